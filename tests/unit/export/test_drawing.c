/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows left a picture, which files are taken, and the page that holds them. */
#include "export/drawing.h"
#include "exporting.h"
#include "unit.h"

#define PLOT "Runtime plot action"

static const struct {
    const char *type, *message, *path; /* NULL: none */
} rows[] = {
    {PLOT, "written: /a/b.svg", "/a/b.svg"},
    {PLOT, "written: /a b/c d.svg", "/a b/c d.svg"},
    {PLOT, "written: /a/b.pdf", NULL},
    {PLOT, "written: a/b.svg", NULL},
    {PLOT, "PASS", NULL},
    {PLOT, "", NULL},
    {"Process", "written: /a/b.svg", NULL},
};

START_TEST(of_row)
{
    struct tum_report_row row = {.type = tum_str_of(rows[_i].type),
                                 .message = tum_str_of(rows[_i].message)};
    struct tum_str path;

    ck_assert_int_eq(tum_drawing_of(&row, &path), rows[_i].path != NULL);
    if (rows[_i].path != NULL)
        ck_assert(tum_str_is(path, rows[_i].path));
}
END_TEST

#define OURS "<?xml version=\"1.0\"?>\n<svg class=\"tum-plot\"/>"

static const struct {
    const char *text, *url; /* NULL: not taken */
} files[] = {
    {OURS, "data:image/svg+xml;base64,"
           "PD94bWwgdmVyc2lvbj0iMS4wIj8+CjxzdmcgY2xhc3M9InR1bS1wbG90Ii8+"},
    {OURS "a", "data:image/svg+xml;base64,"
               "PD94bWwgdmVyc2lvbj0iMS4wIj8+CjxzdmcgY2xhc3M9InR1bS1wbG90Ii8+YQ=="},
    {OURS "ab", "data:image/svg+xml;base64,"
                "PD94bWwgdmVyc2lvbj0iMS4wIj8+CjxzdmcgY2xhc3M9InR1bS1wbG90Ii8+YWI="},
    {"<?xml version=\"1.0\"?>\n<svg/>", NULL},
    {"root:x:0:0", NULL},
    {"", NULL},
};

START_TEST(file)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    const char *path;

    folder_make();
    path = folder_file("p.svg");
    good(tum_file_replace(path, tum_str_of(files[_i].text), &err), &err);
    ck_assert_int_eq(tum_drawing_add(&out, tum_str_of(path)), files[_i].url != NULL);
    ck_assert_str_eq(out.s, files[_i].url != NULL ? files[_i].url : "");
    ck_assert(!tum_drawing_add(&out, TUM_S("/nowhere/at/all.svg")));
    tum_buf_release(&out);
    folder_remove();
}
END_TEST

/* The page names a picture only when it could be read. */
START_TEST(page)
{
    static const char *const headers[] = {"test_name", "n", NULL};
    struct tum_error *err = NULL;
    char path[100], message[120];
    char *text;

    snprintf(path, sizeof(path), "/tmp/tum-drawing-%ld.svg", (long)getpid());
    snprintf(message, sizeof(message), "written: %s", path);
    const struct brief page_rows[] = {
        {5, 0, 2, 1, 1, "export", PLOT, "PASS", message, NULL, NULL, NULL},
        {6, 0, 3, 1, 1, "gone", PLOT, "PASS", "written: /nowhere/at/all.svg", NULL,
         NULL, NULL},
        {0, 0, 1, 0, 0, "main", "default", "PASS", "", NULL, NULL, NULL},
    };

    export_begin(page_rows, TUM_LEN(page_rows), headers);
    text = exported("html", (struct tum_export_opts){0});
    ck_assert_ptr_null(strstr(text, "<figure"));
    ck_assert_ptr_null(strstr(text, "<h2>Pictures</h2>"));
    tum_free(text);
    good(tum_file_replace(path, TUM_S(OURS), &err), &err);
    text = exported("html", (struct tum_export_opts){0});
    ck_assert_ptr_nonnull(strstr(text, "<h2>Pictures</h2>\n<figure data-x=\"1\">"));
    ck_assert_ptr_nonnull(
        strstr(text, "<img alt=\"\" src=\"data:image/svg+xml;base64,"));
    ck_assert_ptr_null(strstr(text, "nowhere/at/all.svg</figcaption>"));
    tum_free(text);
    unlink(path);
    export_end();
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, of_row, 0, TUM_LEN(rows));
    tcase_add_loop_test(t, file, 0, TUM_LEN(files));
    tcase_add_test(t, page);
}

UNIT_MAIN("drawing", add)
