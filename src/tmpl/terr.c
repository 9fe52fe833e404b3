/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the errors of templates. Does not know lines: tum_tmpl_render adds them when it
 * hands an error out.
 */
#include "tmpl/terr.h"
#include "tum/mem.h"

static enum tum_error_kind kind_of(const char *type)
{
    static const struct {
        const char *type;
        enum tum_error_kind kind;
    } kinds[] = {
        {"TemplateSyntaxError", TUM_ERROR_SYNTAX},
        {"TemplateAssertionError", TUM_ERROR_SYNTAX},
        {"SyntaxError", TUM_ERROR_SYNTAX},
        {"UndefinedError", TUM_ERROR_NAME},
        {"AttributeError", TUM_ERROR_NAME},
        {"TypeError", TUM_ERROR_TYPE},
        {"RecursionError", TUM_ERROR_LIMIT},
        {"MemoryError", TUM_ERROR_LIMIT},
    };

    for (size_t i = 0; i < TUM_LEN(kinds); i++)
        if (strcmp(kinds[i].type, type) == 0)
            return kinds[i].kind;
    return TUM_ERROR_VALUE;
}

bool tum_tmpl_fail(struct tum_error **err, const char *type, struct tum_span at,
                   const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = tum_vasprintf(fmt, ap);
    va_end(ap);
    tum_fail_at(err, kind_of(type), at, "%s", text);
    (*err)->type = tum_strdup(type);
    tum_free(text);
    return false;
}

/* The class that Python has for a limit, told by the words of lang. */
static const char *limit_type(struct tum_str text)
{
    if (tum_str_find(text, TUM_S("depth"), 0) != TUM_STR_NONE)
        return "RecursionError";
    if (tum_str_find(text, TUM_S("memory"), 0) != TUM_STR_NONE)
        return "MemoryError";
    return "TemplateRuntimeError";
}

bool tum_tmpl_vm_fail(struct tum_error **err, struct tum_vm *vm, struct tum_span at,
                      const char *type)
{
    struct tum_str text = vm->exc_text;

    switch (vm->state) {
    case TUM_VM_STOPPED:
        tum_fail_at(err, TUM_ERROR_STOPPED, at, "rendering was stopped");
        break;
    case TUM_VM_RAISED:
        tum_tmpl_fail(err, vm->exc_type, at, "%.*s", TUM_STR_ARG(text));
        break;
    case TUM_VM_UNSUPPORTED:
    case TUM_VM_FINE:
        if (type == NULL)
            type = limit_type(text);
        tum_tmpl_fail(err, type, at, "more than a template may do: %.*s",
                      TUM_STR_ARG(text));
        break;
    }
    vm->state = TUM_VM_FINE;
    return false;
}
