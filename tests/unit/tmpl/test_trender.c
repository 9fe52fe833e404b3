/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a rendering promises besides its text: where each part comes from, where errors
 * are, what lenient rendering absorbs, limits. What templates mean is in
 * tests/conformance/tmpl.
 */
#include "tmpl/tmpl.h"
#include "tum/mem.h"
#include "unit.h"
#include <stdio.h>

/* A rendering and everything that is to be released after it. */
struct rendering {
    struct tum_sources *sources;
    uint32_t source;
    struct tum_tmpl_opts opts;
    struct tum_buf text;
    struct tum_segment *segments;
    size_t count;
    struct tum_error *err;
    bool ok;
};

static void start(struct rendering *r, const char *text)
{
    *r = (struct rendering){.sources = tum_sources_new()};
    tum_buf_init(&r->text, TUM_BUF_ANY);
    r->source = tum_source_add(r->sources, "main.tum", tum_strdup(text), strlen(text));
}

static void run(struct rendering *r)
{
    r->ok = tum_tmpl_render(r->sources, r->source, &r->opts, &r->text, &r->segments,
                            &r->count, &r->err);
}

static void finish(struct rendering *r)
{
    tum_free(r->segments);
    tum_error_free(r->err);
    tum_buf_release(&r->text);
    tum_sources_free(r->sources);
}

/* ---- places ---- */

/*
 * A '^' in the template's author text is not needed: each row says that the first
 * occurrence of `word` in the rendered text comes from this line and column.
 */
static const struct place_row {
    const char *text, *word;
    unsigned line, column;
} place_rows[] = {
    {"plain", "ain", 1, 3},
    {"a: 1\nb: 2\n", "b: 2", 2, 1},
    {"{# x #}a", "a", 1, 8},
    {"a{{ 'xyz' }}b", "yz", 1, 2},
    {"a{{ 'xyz' }}b", "b", 1, 13},
    {"{% set q = 1 %}\nkey: [", "[", 2, 6},
    {"{% for i in [1, 2] %}\n- {{ i }}: z\n{% endfor %}end", "2: z", 2, 3},
    {"{% for i in [1, 2] %}\n- {{ i }}: z\n{% endfor %}end", ": z", 2, 10},
    {"{% for i in [1, 2] %}\n- {{ i }}: z\n{% endfor %}end", "end", 3, 13},
    {"{% macro m() %}\nmade\n{% endmacro %}x\n {{ m() }}", "made", 4, 2},
    {"{% filter upper %}\nabc{% endfilter %}", "ABC", 1, 1},
    {"x\n{% block b %}in\n block{% endblock %}", "block", 3, 2},
    {"a\r\nb\r\n{{ 'c' }}\r\nd", "d", 4, 1},
    {"a\r\nb\r\n{{ 'c' }}\r\nd", "b", 2, 1},
    {"a\rb\r  {{- 1 }}c", "c", 3, 11},
    {"{% raw %}\n{{ x }}{% endraw %}", "{{", 2, 1},
    {"a   {%- if true %}\n  b{% endif %}", "b", 2, 3},
    {"{% for i in [[1]] recursive %}{{ 'q' if loop.depth == 2 }}\n"
     "{{ loop([2]) if loop.depth == 1 }}{% endfor %}",
     "q", 2, 1},
};

START_TEST(places)
{
    const struct place_row *row = &place_rows[_i];
    struct tum_place place;
    struct rendering r;
    uint32_t derived;
    size_t at;

    start(&r, row->text);
    run(&r);
    ck_assert(r.ok);
    at = tum_str_find(tum_buf_str(&r.text), tum_str_of(row->word), 0);
    ck_assert_uint_ne(at, TUM_STR_NONE);
    derived =
        tum_source_add_derived(r.sources, r.source, tum_strndup(r.text.s, r.text.len),
                               r.text.len, r.segments, r.count);
    ck_assert(tum_source_place(r.sources, (struct tum_span){derived, (uint32_t)at, 1},
                               &place));
    ck_assert_uint_eq(place.line, row->line);
    ck_assert_uint_eq(place.column, row->column);
    finish(&r);
}
END_TEST

START_TEST(segments_are_ordered)
{
    struct rendering r;

    start(&r, "a{% for i in range(100) %}x{{ i }}\ny{{ '' }}{% endfor %}");
    run(&r);
    ck_assert(r.ok);
    ck_assert_uint_gt(r.count, 200);
    ck_assert_uint_eq(r.segments[0].out, 0);
    for (size_t i = 1; i < r.count; i++)
        ck_assert_uint_gt(r.segments[i].out, r.segments[i - 1].out);
    finish(&r);
}
END_TEST

START_TEST(plain_text_is_one_segment)
{
    struct rendering r;

    start(&r, "a: 1\nb: 2\n# { x }\n");
    run(&r);
    ck_assert(r.ok);
    ck_assert_str_eq(r.text.s, "a: 1\nb: 2\n# { x }");
    ck_assert_uint_eq(r.count, 1);
    ck_assert(r.segments[0].copied);
    finish(&r);
}
END_TEST

/* ---- errors ---- */

static const struct error_row {
    const char *text, *type;
    unsigned line, column;
    const char *words; /* that must be in the message */
} error_rows[] = {
    {"a\n{% endfro %}", "TemplateSyntaxError", 2, 4, "endfro"},
    {"a\n{% if x %}\nb", "TemplateSyntaxError", 2, 1, "endif"},
    {"a\n\n {# b", "TemplateSyntaxError", 3, 2, "comment"},
    {"a\n{{ x|nope }}", "TemplateAssertionError", 2, 6, "nope"},
    {"a\n{{ 1 if 1 is nope }}", "TemplateRuntimeError", 2, 4, "nope"},
    {"a\n  {{ cfg.x }}", "UndefinedError", 2, 6, "'cfg'"},
    {"{{ {'a': 1}.x.y }}", "UndefinedError", 1, 4, "has no attribute 'x'"},
    {"a\n{{ 1 +\n 1 // 0 }}", "ZeroDivisionError", 2, 4, ""},
    {"{% macro m() %}\n{{ [] + 1 }}{% endmacro %}\n{{ m() }}", "TypeError", 2, 4, ""},
    {"{% for i in 5 %}{% endfor %}", "TypeError", 1, 13, "int"},
    {"{% for a, b in [[1]] %}{% endfor %}", "ValueError", 1, 8, "unpack"},
    {"a\r\nb\r\n{{ x.y }}", "UndefinedError", 3, 4, "'x'"},
    {"{% include 'x' %}", "TypeError", 1, 1, "!include"},
    {"{% block a %}{% endblock %}\n{% block a %}{% endblock %}",
     "TemplateAssertionError", 2, 1, "'a'"},
    {"{{ $ }}", "TemplateSyntaxError", 1, 4, "$"},
};

START_TEST(errors)
{
    const struct error_row *row = &error_rows[_i];
    struct tum_place place;
    struct rendering r;
    char line[32];

    start(&r, row->text);
    run(&r);
    ck_assert(!r.ok);
    ck_assert_str_eq(r.err->type, row->type);
    ck_assert(tum_source_place(r.sources, r.err->at, &place));
    ck_assert_uint_eq(place.line, row->line);
    ck_assert_uint_eq(place.column, row->column);
    snprintf(line, sizeof(line), "line %u", row->line);
    ck_assert_ptr_nonnull(strstr(r.err->text, line));
    ck_assert_ptr_nonnull(strstr(r.err->text, row->words));
    finish(&r);
}
END_TEST

/* ---- variables ---- */

struct variables {
    tum_val map;
    unsigned asked;
};

static bool lookup(void *ctx, struct tum_str name, tum_val *ret)
{
    struct variables *v = ctx;
    tum_val key = tum_val_text_of(name);
    bool found = tum_map_peek(v->map, key, ret);

    v->asked++;
    tum_val_unref(key);
    if (found)
        tum_val_ref(*ret);
    return found;
}

static tum_val one_list(void)
{
    struct tum_list_builder *list = tum_list_begin(1);
    struct tum_map_builder *map = tum_map_begin(2);

    ck_assert(tum_list_add(list, tum_val_int(1)));
    ck_assert(tum_map_adds(map, "l", tum_list_end(list)));
    ck_assert(tum_map_adds(map, "n", tum_val_int(7)));
    return tum_map_end(map);
}

START_TEST(variables_are_copies)
{
    struct variables v = {.map = one_list()};
    struct rendering r;
    char *after;

    start(&r, "{% set _ = l.append(2) %}{{ l }}{{ l }}{{ nope }}{{ nope }}");
    r.opts.lookup = lookup;
    r.opts.ctx = &v;
    run(&r);
    ck_assert(r.ok);
    ck_assert_str_eq(r.text.s, "[1, 2][1, 2]");
    ck_assert_uint_eq(v.asked, 2);
    after = tum_val_to_repr(v.map);
    ck_assert_str_eq(after, "{'l': [1], 'n': 7}");
    tum_free(after);
    tum_val_unref(v.map);
    finish(&r);
}
END_TEST

START_TEST(names_win)
{
    struct variables v = {.map = one_list()};
    struct tum_map_builder *names = tum_map_begin(1);
    struct rendering r;

    ck_assert(tum_map_adds(names, "n", tum_val_str("given")));
    start(&r, "{{ n }} {{ l }}");
    r.opts.lookup = lookup;
    r.opts.ctx = &v;
    r.opts.names = tum_map_end(names);
    run(&r);
    ck_assert(r.ok);
    ck_assert_str_eq(r.text.s, "given [1]");
    tum_val_unref(r.opts.names);
    tum_val_unref(v.map);
    finish(&r);
}
END_TEST

/* ---- lenient ---- */

static const struct lenient_row {
    const char *text, *want;
} lenient_rows[] = {
    {"{{ x.y.z }}|{{ x[0] }}|{{ x() }}", "||"},
    {"{{ x + 1 }}|{{ 1 + x }}|{{ -x }}|{{ x * 'a' }}", "|||"},
    {"{{ x|int }}|{{ x|float }}|{{ x|round }}|{{ x|tojson }}", "|||"},
    {"{{ 1 if x > 1 else 2 }}{{ 1 if 1 <= x else 2 }}", "22"},
    {"{% for i in range(x) %}a{% endfor %}b", "b"},
    {"{% for i in x.y %}a{% endfor %}b", "b"},
    {"{{ (x + 1)|int * 2 }}|", "|"},
    {"{{ x|default(3) }}{{ x.y|d(4) }}", "34"},
    {"{{ x is defined }}{{ x is odd }}", "FalseFalse"},
    {"{{ 'abc'|center(x) }}|", "|"},
    {"{{ x|upper|length }}|", "|"},
    {"{{ x == y }}{{ x == 1 }}", "TrueFalse"},
    {"{{ x|map('int')|list }}|", "|"},
    {"{{ 'abc'[:x] }}|{{ '%d' % x }}|{{ 'a'.center(x) }}|", "|||"},
    {"{% set a, b = x %}{{ a is defined }}{{ b.c }}", "False"},
    {"{% set y = x %}{{ [1, 2][y:] }}|", "|"},
    {"{% macro m(a) %}{{ 'q'[a:] }}k{% endmacro %}{{ m(x) }}", "k"},
    {"{{ 1 is divisibleby(x) }}{{ [1] if x in [x] }}", "False[1]"},
    {"{{ dict(**x) }}|{{ cycler(*x).next() }}|{{ namespace(**x.y).z }}|", "{}|||"},
    {"{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(*x, **x.y) }}",
     "(){}"},
    {"{{ '{}'.format(*x) }}|{{ '{a}'.format(**x) }}|{{ '%s'|format(*x) }}|", "|||"},
    {"{% macro m(a) %}{{ a }}{% endmacro %}{{ 10 // m(x)|int }}|", "|"},
};

START_TEST(lenient)
{
    struct rendering r;

    start(&r, lenient_rows[_i].text);
    r.opts.lenient = true;
    run(&r);
    ck_assert_msg(r.ok, "%s", r.ok ? "" : r.err->text);
    ck_assert_str_eq(r.text.s, lenient_rows[_i].want);
    finish(&r);
}
END_TEST

START_TEST(lenient_syntax_is_strict)
{
    struct rendering r;

    start(&r, "{{ x. }}");
    r.opts.lenient = true;
    run(&r);
    ck_assert(!r.ok);
    ck_assert_int_eq(r.err->kind, TUM_ERROR_SYNTAX);
    finish(&r);
}
END_TEST

/* ---- limits ---- */

START_TEST(output_limit)
{
    struct rendering r;

    start(&r, "{% for i in range(10) %}{{ i }}{% endfor %}");
    r.opts.limit = 10;
    run(&r);
    ck_assert(r.ok);
    ck_assert_str_eq(r.text.s, "0123456789");
    finish(&r);
    start(&r, "{% for i in range(11) %}{{ i }}{% endfor %}");
    r.opts.limit = 10;
    run(&r);
    ck_assert(!r.ok);
    ck_assert_str_eq(r.err->type, "TemplateRuntimeError");
    finish(&r);
}
END_TEST

START_TEST(memory_limit)
{
    struct rendering r;

    start(&r, "{{ ('a' * 3000000)|length }}");
    r.opts.memory = 2000000;
    run(&r);
    ck_assert(!r.ok);
    ck_assert_str_eq(r.err->type, "MemoryError");
    finish(&r);
}
END_TEST

/* `count` times `open`, then `count` times `close`. */
static char *nested(const char *open, const char *close, size_t count)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    for (size_t i = 0; i < count; i++)
        tum_buf_adds(&text, open);
    tum_buf_adds(&text, "x");
    for (size_t i = 0; i < count; i++)
        tum_buf_adds(&text, close);
    return tum_buf_detach(&text);
}

START_TEST(nest_limit)
{
    for (size_t over = 0; over < 2; over++) {
        char *text = nested("{% if true %}", "{% endif %}", TUM_TMPL_NEST_LIMIT + over);
        struct rendering r;

        start(&r, text);
        run(&r);
        ck_assert_int_eq(r.ok, over == 0);
        if (over)
            ck_assert_str_eq(r.err->type, "TemplateSyntaxError");
        finish(&r);
        tum_free(text);
    }
}
END_TEST

START_TEST(depth_limit)
{
    for (int over = 0; over < 2; over++) {
        char *text = tum_asprintf("{%% macro m(n) %%}{{ m(n - 1) if n else 'end' }}"
                                  "{%% endmacro %%}{{ m(%d) }}",
                                  TUM_TMPL_DEPTH_LIMIT - 1 + over);
        struct rendering r;

        start(&r, text);
        run(&r);
        ck_assert_int_eq(r.ok, over == 0);
        if (over)
            ck_assert_str_eq(r.err->type, "RecursionError");
        else
            ck_assert_str_eq(r.text.s, "end");
        finish(&r);
        tum_free(text);
    }
}
END_TEST

static bool stop(void *ctx)
{
    return ++*(unsigned *)ctx > 3;
}

START_TEST(stopped)
{
    unsigned asked = 0;
    struct rendering r;

    start(&r, "{% for i in range(100000000) %}{% endfor %}");
    r.opts.stopped = stop;
    r.opts.ctx = &asked;
    run(&r);
    ck_assert(!r.ok);
    ck_assert_int_eq(r.err->kind, TUM_ERROR_STOPPED);
    ck_assert_uint_eq(asked, 4);
    finish(&r);
}
END_TEST

/* ---- needed ---- */

static const struct needed_row {
    const char *text;
    bool want;
} needed_rows[] = {
    {"", false},        {"a\n", false}, {"{ a }", false}, {"{", false},
    {"a{{ x }}", true}, {"{% x", true}, {"{#", true},     {"a\r\n", true},
};

START_TEST(needed)
{
    ck_assert_int_eq(tum_tmpl_needed(tum_str_of(needed_rows[_i].text)),
                     needed_rows[_i].want);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, places, 0, TUM_LEN(place_rows));
    tcase_add_test(t, segments_are_ordered);
    tcase_add_test(t, plain_text_is_one_segment);
    tcase_add_loop_test(t, errors, 0, TUM_LEN(error_rows));
    tcase_add_test(t, variables_are_copies);
    tcase_add_test(t, names_win);
    tcase_add_loop_test(t, lenient, 0, TUM_LEN(lenient_rows));
    tcase_add_test(t, lenient_syntax_is_strict);
    tcase_add_test(t, output_limit);
    tcase_add_test(t, memory_limit);
    tcase_add_test(t, nest_limit);
    tcase_add_test(t, depth_limit);
    tcase_add_test(t, stopped);
    tcase_add_loop_test(t, needed, 0, TUM_LEN(needed_rows));
}

UNIT_MAIN("trender", add)
