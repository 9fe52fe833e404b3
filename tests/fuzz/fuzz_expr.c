/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as an expression: evaluated to a value and to its repr, each twice, so that the
 * second time comes from the cache; both times the same must come out.
 *
 * Reaches src/lang (all of it but the template's dialect) and through it src/value. Run with
 * -max_len=1024.
 */
#include "base/utf8.h"
#include "lang/expr.h"
#include "tum/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Times that an evaluation is asked whether to go on; each is a few thousand steps. */
#define PATIENCE 20

static bool impatient(void *ctx)
{
    return ++*(unsigned *)ctx > PATIENCE;
}

static bool variable(void *ctx, struct tum_str name, tum_val *ret)
{
    (void)ctx;
    if (name.n == 0)
        return false;
    *ret = tum_val_text_of(name);
    return true;
}

static void check(const struct tum_expr_result *r, bool repr)
{
    switch (r->outcome) {
    case TUM_EXPR_VALUE:
        if (repr && r->repr == NULL)
            tum_bug("a value without its repr");
        break;
    case TUM_EXPR_RAISED:
        if (r->type == NULL || r->type[0] == '\0' || r->message == NULL)
            tum_bug("an exception without a class or a message");
        break;
    case TUM_EXPR_UNSUPPORTED:
        if (r->message == NULL || r->message[0] == '\0')
            tum_bug("handed over without a reason");
        break;
    case TUM_EXPR_STOPPED:
        break;
    }
}

/* Whatever asks a clock may differ from one time to the next. */
static bool asks_clock(struct tum_str text)
{
    return tum_str_find(text, TUM_S("time"), 0) != TUM_STR_NONE;
}

static void evaluate_twice(struct tum_expr_machine *machine, struct tum_str text,
                           unsigned flags)
{
    struct tum_expr_result first, second;
    unsigned asked = 0;
    struct tum_expr_host host = {
        .ctx = &asked, .variable = variable, .stopped = impatient};

    tum_expr_eval(machine, text, &host, flags, &first);
    check(&first, flags != 0);
    asked = 0;
    tum_expr_eval(machine, text, &host, flags, &second);
    check(&second, flags != 0);
    if (!asks_clock(text) && first.outcome != second.outcome)
        tum_bug("outcome %d, then %d", first.outcome, second.outcome);
    tum_expr_result_release(&first);
    tum_expr_result_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tum_str text = tum_str_n((const char *)data, size);
    struct tum_expr_machine *machine;

    if (!tum_utf8_valid(text, NULL))
        return 0;
    machine = tum_expr_machine_new();
    evaluate_twice(machine, text, 0);
    evaluate_twice(machine, text, TUM_EXPR_WANT_REPR);
    tum_expr_machine_free(machine);
    return 0;
}
