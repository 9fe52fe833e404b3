/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds filters, and has the global functions.
 */
#include "tmpl/tfilter.h"
#include "tmpl/lipsum.h"
#include "tmpl/tobj.h"

static const struct tum_native *find(const struct tum_tfilters *part,
                                     struct tum_str name)
{
    size_t low = 0, high = part->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = tum_str_cmp(name, tum_str_of(part->rows[mid].name));

        if (order == 0)
            return &part->rows[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

const struct tum_native *tum_tfilter_find(struct tum_str name)
{
    const struct tum_tfilters *const parts[] = {&tum_tfilters_text, &tum_tfilters_html,
                                                &tum_tfilters_num, &tum_tfilters_seq,
                                                &tum_tfilters_lazy};

    for (size_t i = 0; i < TUM_LEN(parts); i++) {
        const struct tum_native *filter = find(parts[i], name);

        if (filter != NULL)
            return filter;
    }
    return NULL;
}

struct tum_obj *tum_tfilter_call(struct tum_vm *vm, struct tum_obj *name,
                                 struct tum_obj *subject, const struct tum_args *args)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    const struct tum_native *filter = NULL;

    if (tum_is_str(name))
        filter = tum_tfilter_find(tum_text_of(name));
    if (filter != NULL)
        return tum_native_call(vm, filter, subject, args);
    if (!tum_op_write_repr(vm, name, &text))
        return NULL;
    return tum_raise(vm, "TemplateRuntimeError", "no filter named %s", text.s);
}

/* ---- what filters share ---- */

struct tum_obj *tum_tcall_method(struct tum_vm *vm, struct tum_obj *o, const char *name,
                                 struct tum_obj **v, size_t n)
{
    struct tum_args args = {.v = v, .n = n};
    struct tum_obj *method = tum_op_getattr(vm, o, tum_str_of(name));

    return method != NULL ? tum_op_call(vm, method, &args) : NULL;
}

bool tum_targ_int(struct tum_vm *vm, struct tum_obj *o, int64_t deflt, int64_t *ret)
{
    if (o == NULL) {
        *ret = deflt;
        return true;
    }
    if (tum_is_undefined(o))
        return tum_undefined_fail(vm, o) != NULL;
    if (!tum_is_int(o))
        return tum_raise_type_false(vm, "an integer is required, not %s",
                                    o->type->name);
    return tum_arg_index_clip(vm, o, ret);
}

bool tum_targ_bool(struct tum_vm *vm, struct tum_obj *o, bool deflt, bool *ret)
{
    if (o != NULL)
        return tum_op_truth(vm, o, ret);
    *ret = deflt;
    return true;
}

/* ---- global functions ---- */

static struct tum_obj *g_namespace(struct tum_vm *vm, struct tum_obj *self,
                                   const struct tum_args *args)
{
    (void)self;
    return tum_namespace_new(vm, args);
}

static struct tum_obj *g_cycler(struct tum_vm *vm, struct tum_obj *self,
                                const struct tum_args *args)
{
    (void)self;
    return tum_cycler_new(vm, args);
}

static struct tum_obj *g_joiner(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return tum_joiner_new(vm, a[0]);
}

/*
 * range() that absorbs undefined bounds; only where a template is rendered leniently.
 */
static struct tum_obj *g_range(struct tum_vm *vm, struct tum_obj *self,
                               const struct tum_args *args)
{
    struct tum_obj *range;

    (void)self;
    for (size_t i = 0; i < args->n; i++)
        if (tum_is_undefined(args->v[i]))
            return args->v[i];
    range = tum_builtin(vm, TUM_S("range"));
    return range != NULL ? tum_op_call(vm, range, args) : NULL;
}

static struct tum_obj *g_lipsum(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    struct tum_dice dice = {tum_tstate_of(vm)->dice};
    int64_t count, min, max;
    struct tum_buf buf;
    struct tum_obj *text;
    bool html;

    (void)n;
    if (!tum_targ_int(vm, a[0], 5, &count) || !tum_targ_bool(vm, a[1], true, &html) ||
        !tum_targ_int(vm, a[2], 20, &min) || !tum_targ_int(vm, a[3], 100, &max))
        return NULL;
    if (count > 0 && min >= max)
        return tum_raise_value(vm, "empty range for randrange()");
    tum_buf_init(&buf, vm->heap->limit / 4);
    for (int64_t i = 0; i < count && !buf.full; i++) {
        if (i > 0)
            tum_buf_adds(&buf, html ? "\n" : "\n\n");
        if (html)
            tum_buf_adds(&buf, "<p>");
        tum_lipsum_paragraph(&buf, &dice, min, max);
        if (html)
            tum_buf_adds(&buf, "</p>");
    }
    tum_tstate_of(vm)->dice = dice.state;
    if (buf.full || !tum_vm_room(vm, buf.len)) {
        tum_buf_release(&buf);
        return tum_raise(vm, "TemplateRuntimeError", "lipsum() makes too long a text");
    }
    text = tum_new_str_buf(vm, &buf);
    return html ? tum_markup_of(vm, text) : text;
}

static const struct tum_native globals[] = {
    {"cycler", NULL, 0, 0, NULL, 0, g_cycler},
    {"joiner", g_joiner, 0, 1, "sep", 0, NULL},
    {"lipsum", g_lipsum, 0, 4, "n html min max", 0, NULL},
    {"namespace", NULL, 0, 0, NULL, 0, g_namespace},
    {"range", NULL, 0, 0, NULL, 0, g_range},
};

static const struct tum_tfilters global_table = {globals, TUM_LEN(globals)};

struct tum_obj *tum_tglobal_new(struct tum_vm *vm, struct tum_str name)
{
    const struct tum_native *global;

    if (tum_str_is(name, "dict") ||
        (tum_str_is(name, "range") && !tum_tstate_of(vm)->lenient))
        return tum_builtin(vm, name);
    global = find(&global_table, name);
    return global != NULL ? tum_new_native(vm, global) : NULL;
}
