/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conformance lines of tests/conformance/tmpl: each is a template, its variables,
 * and what the reference makes of them. Answers come from Jinja2 3.1.2.
 */
#include "tmpl/renderline.h"
#include "tum/mem.h"
#include "tum/val.h"
#include "unit.h"
#include <stdio.h>

static const char *const files[] = {"templates.jsonl", "more.jsonl"};

/* The member of an object as text; empty when there is none. */
static struct tum_str member(tum_val object, const char *name)
{
    tum_val v;

    return tum_map_peeks(object, name, &v) ? tum_val_text(v) : tum_str_of("");
}

/* Says on standard error what is wrong with a line. */
static bool check_line(struct tum_str line)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    tum_val want = tum_val_none(), got = tum_val_none();
    struct tum_error *err = NULL;
    bool same;

    ck_assert(tum_json_read(line, (struct tum_span){0}, &want, &err));
    ck_assert(tum_render_line(line, false, &out, &err));
    ck_assert(tum_json_read(tum_buf_str(&out), (struct tum_span){0}, &got, &err));
    same = tum_str_eq(member(want, "result"), member(got, "result")) &&
           tum_str_eq(member(want, "error"), member(got, "error"));
    if (!same)
        fprintf(stderr, "%.*s\n  got %s\n", TUM_STR_ARG(tum_str_trim(line)), out.s);
    tum_val_unref(want);
    tum_val_unref(got);
    tum_buf_release(&out);
    return same;
}

START_TEST(conformance)
{
    char *path = tum_asprintf("%s/%s", TUM_CONFORMANCE, files[_i]);
    FILE *file = fopen(path, "re");
    unsigned lines = 0, wrong = 0;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;

    ck_assert_msg(file != NULL, "no file %s", path);
    while ((n = getline(&line, &cap, file)) > 0) {
        lines++;
        wrong += !check_line(tum_str_n(line, (size_t)n));
    }
    ck_assert_uint_gt(lines, 100);
    ck_assert_msg(wrong == 0, "%u of %u lines of %s differ", wrong, lines, files[_i]);
    free(line);
    fclose(file);
    tum_free(path);
}
END_TEST

static const struct bad_row {
    const char *line;
} bad_rows[] = {
    {""}, {"[]"}, {"{}"}, {"{\"template\": 1}"}, {"{\"template\": \"\", \"vars\": []}"},
};

START_TEST(bad_lines)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;

    ck_assert(!tum_render_line(tum_str_of(bad_rows[_i].line), false, &out, &err));
    ck_assert_ptr_nonnull(err);
    ck_assert_uint_eq(out.len, 0);
    tum_error_free(err);
    tum_buf_release(&out);
}
END_TEST

START_TEST(details)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;

    ck_assert(
        tum_render_line(TUM_S("{\"template\": \"a\\n{{ x.y }}\"}"), true, &out, &err));
    ck_assert_str_eq(out.s, "{\"error\": \"UndefinedError\", "
                            "\"message\": \"line 2: 'x' is undefined\"}");
    tum_buf_release(&out);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, conformance, 0, TUM_LEN(files));
    tcase_add_loop_test(t, bad_lines, 0, TUM_LEN(bad_rows));
    tcase_add_test(t, details);
}

UNIT_MAIN("renderline", add)
