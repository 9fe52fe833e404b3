/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tum_expr_eval: outcomes, the plain form of results, what the host gives, limits, the cache.
 * What expressions mean is in the corpora of tests/conformance/expr.
 */
#include "lang/expr.h"
#include "tum/mem.h"
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- helpers ---- */

/* The outcome in words: JSON of a value, "!TYPE: MESSAGE", "?", "stopped". */
static char *outcome(struct tum_expr_machine *m, const char *text,
                     const struct tum_expr_host *host)
{
    static const struct tum_json_style style = {.indent = 0};
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    struct tum_expr_result r;

    tum_expr_eval(m, tum_str_of(text), host, 0, &r);
    switch (r.outcome) {
    case TUM_EXPR_VALUE:
        ck_assert_ptr_null(r.type);
        ck_assert(tum_json_write(&out, r.value, &style, &err));
        break;
    case TUM_EXPR_RAISED:
        tum_buf_addf(&out, "!%s: %s", r.type, r.message);
        break;
    case TUM_EXPR_UNSUPPORTED:
        ck_assert_int_gt((int)strlen(r.message), 0);
        tum_buf_addc(&out, '?');
        break;
    case TUM_EXPR_STOPPED:
        tum_buf_adds(&out, "stopped");
        break;
    }
    tum_expr_result_release(&r);
    return tum_buf_detach(&out);
}

static void check(const char *text, const struct tum_expr_host *host, const char *want)
{
    struct tum_expr_machine *m = tum_expr_machine_new();
    char *got = outcome(m, text, host);

    ck_assert_msg(strcmp(got, want) == 0, "%s: got %s, want %s", text, got, want);
    tum_free(got);
    tum_expr_machine_free(m);
}

/* ---- results ---- */

static const struct {
    const char *text, *want;
} rows[] = {
    {"None", "null"},
    {"1 == 1", "true"},
    {"2 ** 70", "1180591620717411303424"},
    {"0.5", "0.5"},
    {"float('inf')", "Infinity"},
    {"'a'", "\"a\""},
    {"(1, [2, (3,)])", "[1, [2, [3]]]"},
    {"{'a': (1,), 'b': {}}", "{\"a\": [1], \"b\": {}}"},
    {"{1: 'a', 1.5: 'b', True: 'c', None: 'd', 2: 'e'}",
     "{\"1\": \"c\", \"1.5\": \"b\", \"null\": \"d\", \"2\": \"e\"}"},
    {"{'1': 'a', 1: 'b'}", "{\"1\": \"b\"}"},
    {"time.gmtime(0)", "[1970, 1, 1, 0, 0, 0, 3, 1, 0]"},
    {"re.I", "2"},
    {"{1}", "!TypeError: result of type set is not a plain value"},
    {"[b'a']", "!TypeError: result of type bytes is not a plain value"},
    {"range(3)", "!TypeError: result of type range is not a plain value"},
    {"{(1,): 2}", "!TypeError: keys of type tuple are not plain values"},
    {"len",
     "!TypeError: result of type builtin_function_or_method is not a plain value"},
    {"1 / 0", "!ZeroDivisionError: division by zero"},
    {"nope", "!NameError: name 'nope' is not defined"},
    {"1 +", "!SyntaxError: invalid syntax (<string>, line 1)"},
    {"", "!SyntaxError: invalid syntax (<string>, line 1)"},
    {"  \n 1", "!IndentationError: unexpected indent"},
    {"\n1  # c\n\n", "1"},
    {"{'a': 1}['b']", "!KeyError: 'b'"},
    {"random.random()", "?"},
    {"0 and random", "?"},
    {"open('x')", "?"},
    {"print(1)", "?"},
    {"os.getcwd()", "?"},
    {"1j", "?"},
    {"id(1)", "?"},
    {"[].__class__.__mro__", "?"},
    {"tm.gd('x')", "?"},
    {"1 if True else os.fork()", "1"},
};

START_TEST(results)
{
    check(rows[_i].text, NULL, rows[_i].want);
}
END_TEST

START_TEST(reprs)
{
    struct tum_expr_machine *m = tum_expr_machine_new();
    struct tum_expr_result r;

    tum_expr_eval(m, TUM_S("{1: (2,), 'a': {3}}"), NULL, TUM_EXPR_WANT_REPR, &r);
    ck_assert_int_eq(r.outcome, TUM_EXPR_VALUE);
    ck_assert_str_eq(r.repr, "{1: (2,), 'a': {3}}");
    tum_expr_result_release(&r);
    tum_expr_eval(m, TUM_S("lambda: 0"), NULL, TUM_EXPR_WANT_REPR, &r);
    ck_assert_int_eq(r.outcome, TUM_EXPR_UNSUPPORTED);
    tum_expr_result_release(&r);
    tum_expr_machine_free(m);
}
END_TEST

/* ---- the host ---- */

static bool variable(void *ctx, struct tum_str name, tum_val *ret)
{
    ++*(int *)ctx;
    if (tum_str_is(name, "n"))
        *ret = tum_val_int(7);
    else if (tum_str_is(name, "text"))
        *ret = tum_val_str("\xC3\xA9t\xC3\xA9");
    else if (tum_str_is(name, "bytes"))
        *ret = tum_val_bytes("x", 1);
    else if (tum_str_is(name, "list"))
        return tum_json_read(TUM_S("[1, {\"a\": [2.5, null]}, 123456789012345678901]"),
                             (struct tum_span){0}, ret, &(struct tum_error *){NULL});
    else
        return false;
    return true;
}

static const struct {
    const char *text, *want;
} variables[] = {
    {"tm.gd('n') + 1", "8"},
    {"tm.gd('text')[::-1].upper()", "\"\xC3\x89T\xC3\x89\""},
    {"tm.gd('list')", "[1, {\"a\": [2.5, null]}, 123456789012345678901]"},
    {"tm.gd('list')[1]['a'][0] * 2, tm.gd('list')[2] + 1",
     "[5.0, 123456789012345678902]"},
    {"(lambda l: (l.append(4), len(l), len(tm.gd('list'))))(tm.gd('list'))",
     "[null, 4, 3]"},
    {"tm.gd('none')", "null"},
    {"tm.gd('none', 5)", "5"},
    {"tm.gd(name='none', default='d')", "\"d\""},
    {"tm.gd(None, 6)", "6"},
    {"tm.gd('bytes')", "?"},
    {"tm.setgd('n', 1)", "?"},
    {"tm.gd()", "!TypeError: gd() missing 1 required positional argument: 'name'"},
};

START_TEST(host_variables)
{
    int asked = 0;
    struct tum_expr_host host = {.ctx = &asked, .variable = variable};

    check(variables[_i].text, &host, variables[_i].want);
}
END_TEST

static bool stop_at_once(void *ctx)
{
    (void)ctx;
    return true;
}

START_TEST(host_stop)
{
    struct tum_expr_host host = {.stopped = stop_at_once};

    check("sum(x for x in range(100000))", &host, "stopped");
    check("1 + 1", &host, "2");
}
END_TEST

START_TEST(host_environment)
{
    struct tum_expr_host host = {.worker_started = false};

    setenv("TUM_TEST_VARIABLE", "v", 1);
    check("os.environ['TUM_TEST_VARIABLE'] + os.getenv('TUM_TEST_VARIABLE')", &host,
          "\"vv\"");
    check("'TUM_TEST_VARIABLE' in os.environ", &host, "true");
    check("os.environ.get('TUM_TEST_NONE', 1)", &host, "1");
    check("len(os.environ) > 0", &host, "?");
    check("os.environ['PATH']", &host, "?");
    check("os.getenv('PYTHONPATH', 1)", &host, "?");
    check("'TUM_RUN_ID' in os.environ", &host, "?");
    host.worker_started = true;
    check("os.environ['TUM_TEST_VARIABLE']", &host, "?");
    check("os.getenv('TUM_TEST_VARIABLE')", &host, "?");
    check("os.path.expanduser('~')", &host, "?");
}
END_TEST

START_TEST(host_patched)
{
    struct tum_expr_host host = {.worker_started = true};

    check("math.floor(math.pi)", &host, "3");
    check("getattr(os.path, 'mine', 1)", &host, "1");
    host.worker_patched = true;
    check("math.floor(math.pi)", &host, "?");
    check("getattr(os.path, 'mine', 1)", &host, "?");
    check("hasattr(sys, 'mine')", &host, "?");
    check("round(2.5) + len('abc')", &host, "5");
}
END_TEST

START_TEST(host_directory)
{
    struct tum_expr_host host = {.test_directory = "/usr/bin"};

    check("os.path.abspath('../x')", &host, "\"/usr/x\"");
    check("os.path.isfile('env'), os.path.isdir('.'), os.path.exists('no such file')",
          &host, "[true, true, false]");
    check("os.path.relpath('/usr/lib')", &host, "\"../lib\"");
    check("'env' in os.listdir()", &host, "true");
    host.test_directory = "/no such directory";
    check("os.path.abspath('x')", &host, "?");
}
END_TEST

/* ---- limits: at them and beyond ---- */

static const struct {
    const char *text, *want;
} limits[] = {
    {"'a' * 10 ** 10", "?"},
    {"len('a' * 10 ** 6)", "1000000"},
    {"[0] * 10 ** 9", "?"},
    {"sum(1 for _ in range(10 ** 8))", "?"},
    {"10 ** 10 ** 8", "?"},
    {"(lambda f: f(f))(lambda f: f(f))", "?"},
    {"'%*d' % (10 ** 9, 1)", "?"},
    {"f'{1:{10 ** 9}}'", "?"},
    {"len(f'{1:{10 ** 6}}')", "1000000"},
    {"re.match('(a+)+$', 'a' * 60 + 'b')", "?"},
    {"(lambda l: (l.append(l), l)[1])([])", "?"},
    {"len(str((lambda l: (l.append(l), l)[1])([])))", "7"},
    {"range(10 ** 30)", "?"},
    {"isinstance(1, 1 + 1 == 3 and 1 or int)", "true"},
};

START_TEST(at_limits)
{
    char *got;
    struct tum_expr_machine *m = tum_expr_machine_new();

    got = outcome(m, limits[_i].text, NULL);
    /* Nesting deeper than a value can be is no value, whoever finds out first. */
    if (strcmp(limits[_i].want, "?") == 0 && got[0] == '!')
        ck_assert_msg(strstr(got, "nested") != NULL, "%s: %s", limits[_i].text, got);
    else
        ck_assert_msg(strcmp(got, limits[_i].want) == 0, "%s: got %s, want %s",
                      limits[_i].text, got, limits[_i].want);
    tum_free(got);
    /* The machine goes on as if nothing had been. */
    got = outcome(m, "[x for x in range(3)]", NULL);
    ck_assert_str_eq(got, "[0, 1, 2]");
    tum_free(got);
    tum_expr_machine_free(m);
}
END_TEST

START_TEST(long_text)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    /* Longer than what is cached, shorter than the limit. */
    tum_buf_adds(&text, "len('");
    tum_buf_fill(&text, 'x', 2 * TUM_EXPR_CACHE_TEXT);
    tum_buf_adds(&text, "')");
    check(text.s, NULL, "8192");
    tum_buf_reset(&text);
    tum_buf_fill(&text, ' ', TUM_EXPR_TEXT_LIMIT);
    tum_buf_addc(&text, '1');
    check(text.s, NULL, "?");
    tum_buf_release(&text);
}
END_TEST

static const struct {
    const char *open, *middle, *close;
} nests[] = {
    {"(", "1", ")"},
    {"[", "", "]"},
    {"-", "1", ""},
    {"not ", "1", ""},
    {"1+", "1", ""},
    {"f(", "", ")"},
    {"a", "", ".a"},
    {"lambda:", "1", ""},
    {"{1:", "1", "}"},
    {"a", "", "[0]"},
    {"1 if ", "1", " else 0"},
};

/* However deep, it ends: with a value, an exception or at the worker. */
START_TEST(nesting)
{
    for (size_t depth = 10; depth < 200000; depth *= 7) {
        struct tum_expr_machine *m = tum_expr_machine_new();
        struct tum_buf text = TUM_BUF_INIT(TUM_EXPR_TEXT_LIMIT);

        for (size_t i = 0; i < depth; i++)
            tum_buf_adds(&text, nests[_i].open);
        tum_buf_adds(&text, nests[_i].middle);
        for (size_t i = 0; i < depth; i++)
            tum_buf_adds(&text, nests[_i].close);
        tum_free(outcome(m, text.s, NULL));
        tum_buf_release(&text);
        tum_expr_machine_free(m);
    }
}
END_TEST

/* ---- the cache ---- */

START_TEST(cache)
{
    struct tum_expr_machine *m = tum_expr_machine_new();
    char text[64], *got;

    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < TUM_EXPR_CACHE_COUNT + 100; i++) {
            struct tum_expr_result r;

            snprintf(text, sizeof(text), "[%d, 'a%d', {%d: 10 ** 30}][0]", i, i, i);
            tum_expr_eval(m, tum_str_of(text), NULL, 0, &r);
            ck_assert_int_eq(r.outcome, TUM_EXPR_VALUE);
            ck_assert_int_eq(r.value.as.i, i);
            tum_expr_result_release(&r);
        }
    }
    /* Failures of parsing are remembered, too. */
    for (int i = 0; i < 3; i++) {
        got = outcome(m, "1 + * 2", NULL);
        ck_assert_str_eq(got, "!SyntaxError: invalid syntax (<string>, line 1)");
        tum_free(got);
        got = outcome(m, "yield_ + random", NULL);
        ck_assert_str_eq(got, "?");
        tum_free(got);
    }
    tum_expr_machine_free(m);
}
END_TEST

/* Texts that differ in whole numbers share a tree, and nothing else. */
static const struct {
    const char *first, *second, *want; /* of the second, in the machine of the first */
} numbers[] = {
    {"1 + 2", "30 + 40", "70"},
    {"1 + 2", "30 + 4.5", "34.5"},
    {"2 ** 3", "2 ** 70", "1180591620717411303424"},
    {"-1 ** 2", "-3 ** 2", "-9"},
    {"[1, 2, 3][0]", "[4, 5, 6][2]", "6"},
    {"{1: 2}", "{3: 4}", "{\"3\": 4}"},
    {"'1' + '2'", "'3' + '4'", "\"34\""},
    {"'''1'2''' * 1", "'''3'4''' * 2", "\"3'43'4\""},
    {"r'\\1' * 1", "r'\\2' * 2", "\"\\\\2\\\\2\""},
    {"'\\'1' * 1", "'\\'2' * 2", "\"'2'2\""},
    {"f'{1}' * 2", "f'{3}' * 4", "\"3333\""},
    {"f'{1:4}' * 1", "f'{2:3}' * 2", "\"  2  2\""},
    {"1", "007",
     "!SyntaxError: leading zeros in decimal integer literals are not permitted; use "
     "an 0o prefix for octal integers (<string>, line 1)"},
    {"1", "00", "0"},
    {"1", "1_000", "1000"},
    {"1 + 1", "0x1F + 1", "32"},
    {"1 if 1 else 2", "3if 0else 4", "4"},
    {"1", "123456789012345678901234567890", "123456789012345678901234567890"},
    {"999999999999999999", "999999999999999998", "999999999999999998"},
    {"10 .real", "20 .real", "20"},
    {"1 == 1 == 1", "2 == 2 == 3", "false"},
    {"[i * 2 for i in range(3)]", "[i * 3 for i in range(2)]", "[0, 3]"},
    {"(lambda a=1: a + 1)()", "(lambda a=5: a + 2)()", "7"},
    {"1 / 1", "1 / 0", "!ZeroDivisionError: division by zero"},
    {"1 + x", "2 + x", "!NameError: name 'x' is not defined"},
    {"1 + 1 +", "2 + 2 +", "!SyntaxError: invalid syntax (<string>, line 1)"},
    {"1 + 1", "\x01 + \x01", "!SyntaxError: invalid syntax (<string>, line 1)"},
    {"sum([1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18])",
     "sum([2,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,19])", "173"},
};

START_TEST(shared_trees)
{
    struct tum_expr_machine *m = tum_expr_machine_new();

    /* Twice: the second time with a tree that was used. */
    for (int i = 0; i < 2; i++) {
        char *got;

        tum_free(outcome(m, numbers[_i].first, NULL));
        got = outcome(m, numbers[_i].second, NULL);
        ck_assert_msg(strcmp(got, numbers[_i].want) == 0,
                      "%s after %s: got %s, want %s", numbers[_i].second,
                      numbers[_i].first, got, numbers[_i].want);
        tum_free(got);
    }
    tum_expr_machine_free(m);
}
END_TEST

/* Constants of a cached text are not changed by who uses them. */
START_TEST(constants)
{
    struct tum_expr_machine *m = tum_expr_machine_new();

    for (int i = 0; i < 3; i++) {
        char *got = outcome(m, "(lambda l: (l.append(3), l))([1, 2])[1]", NULL);

        ck_assert_str_eq(got, "[1, 2, 3]");
        tum_free(got);
    }
    tum_expr_machine_free(m);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, results, 0, TUM_LEN(rows));
    tcase_add_test(t, reprs);
    tcase_add_loop_test(t, host_variables, 0, TUM_LEN(variables));
    tcase_add_test(t, host_stop);
    tcase_add_test(t, host_environment);
    tcase_add_test(t, host_patched);
    tcase_add_test(t, host_directory);
    tcase_add_loop_test(t, at_limits, 0, TUM_LEN(limits));
    tcase_add_test(t, long_text);
    tcase_add_loop_test(t, nesting, 0, TUM_LEN(nests));
    tcase_add_test(t, cache);
    tcase_add_loop_test(t, shared_trees, 0, TUM_LEN(numbers));
    tcase_add_test(t, constants);
}

UNIT_MAIN("expr", add)
