/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions of -k: values, and where a mistake is.
 */
#include "batch/nodexpr.h"
#include "unit.h"

/* Words are true when they start with t. */
static bool holds(void *ctx, struct tum_str word)
{
    (void)ctx;
    return tum_str_starts(word, "t");
}

static const struct {
    const char *text;
    bool want;
} values[] = {
    {"t", true},
    {"f", false},
    {"t and t", true},
    {"t and f", false},
    {"f or t", true},
    {"f or f", false},
    {"not f", true},
    {"not not t", true},
    {"not f and not f", true},
    {"t or t and f", true},
    {"(t or t) and f", false},
    {"not (t and f)", true},
    {"((t))", true},
    {"'t and f'", true},
    {"\"f or t\"", false},
    {"  t  ", true},
    {"t::x/y[1]", true},
    {"android", false},
    {"tandem or f", true},
};

START_TEST(value)
{
    struct tum_error *err = NULL;
    struct tum_nodexpr *expr;

    ck_assert_msg(tum_nodexpr_parse(values[_i].text, &expr, &err), "%s",
                  values[_i].text);
    ck_assert_msg(tum_nodexpr_eval(expr, holds, NULL) == values[_i].want, "%s",
                  values[_i].text);
    tum_nodexpr_free(expr);
}
END_TEST

static const struct {
    const char *text;
    int column; /* of the caret, from 0 */
} mistakes[] = {
    {"", 0},   {"a and", 5},   {"and a", 0},      {"a b", 2}, {"(a", 0},
    {"a)", 1}, {"not", 3},     {"a or or", 5},    {"'a", 0},  {"a and (b or c", 6},
    {"()", 1}, {"a not b", 2}, {"\xc3\xa4 b", 2},
};

START_TEST(mistake)
{
    struct tum_error *err = NULL;
    struct tum_nodexpr *expr;
    const char *line;

    ck_assert_msg(!tum_nodexpr_parse(mistakes[_i].text, &expr, &err), "%s",
                  mistakes[_i].text);
    line = strrchr(err->text, '\n') + 1;
    ck_assert_msg((int)strlen(line) - 1 - 4 == mistakes[_i].column, "%s: %s",
                  mistakes[_i].text, err->text);
    tum_error_free(err);
}
END_TEST

START_TEST(depth)
{
    struct tum_error *err = NULL;
    struct tum_nodexpr *expr;
    char text[1001];

    memset(text, '(', 1000);
    text[1000] = '\0';
    ck_assert(!tum_nodexpr_parse(text, &expr, &err));
    tum_error_free(err);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, value, 0, TUM_LEN(values));
    tcase_add_loop_test(t, mistake, 0, TUM_LEN(mistakes));
    tcase_add_test(t, depth);
}

UNIT_MAIN("nodexpr", add)
