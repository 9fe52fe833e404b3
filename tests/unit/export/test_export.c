/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of formats, the line of an export left out, and what happens to files.
 */
#include "export/formats.h"
#include "exporting.h"
#include "unit.h"

START_TEST(formats_are_sorted_and_whole)
{
    for (size_t i = 0; tum_exporters[i] != NULL; i++) {
        const struct tum_exporter *exporter = tum_exporters[i];

        ck_assert_ptr_eq(tum_exporter_find(exporter->name), exporter);
        ck_assert_int_ne(exporter->write != NULL, exporter->run != NULL);
        ck_assert_int_eq(exporter->doc[strlen(exporter->doc) - 1], '.');
        if (i > 0)
            ck_assert_int_lt(strcmp(tum_exporters[i - 1]->name, exporter->name), 0);
    }
    ck_assert_ptr_null(tum_exporter_find("sqlite"));
    ck_assert_ptr_null(tum_exporter_find("JUnit"));
}
END_TEST

static void check_error(struct tum_error **err, const char *expected)
{
    char *text = error_text(err);

    ck_assert_str_eq(text, expected);
    tum_free(text);
}

START_TEST(unknown_names)
{
    static const char *const plugins[] = {"zip", "abc", "json"};
    struct tum_error *err = NULL;

    ck_assert(!tum_export_run("nope", &(struct tum_export_opts){0}, &err));
    check_error(
        &err, "format not found. Available: command, html, json, junit, sqlite, text");
    ck_assert(!tum_export_unknown(plugins, TUM_LEN(plugins), &err));
    check_error(&err,
                "format not found. Available: abc, command, html, json, junit, sqlite, "
                "text, zip");
}
END_TEST

static bool plugin(void *ctx, const char *format, const struct tum_export_opts *opts,
                   struct tum_error **err)
{
    (void)opts;
    (void)err;
    ck_assert_str_eq(format, "mine");
    ++*(int *)ctx;
    return true;
}

START_TEST(plugin_gets_the_rest)
{
    struct tum_error *err = NULL;
    int calls = 0;
    struct tum_export_opts opts = {.plugin = plugin, .plugin_ctx = &calls};

    ck_assert(tum_export_run("mine", &opts, &err));
    ck_assert(tum_export_run("sqlite", &opts, &err));
    ck_assert_int_eq(calls, 1);
    ck_assert(
        !tum_export_run("json", &opts, &err)); /* built in: no path is its own error */
    check_error(&err, "no path is given");
    ck_assert_int_eq(calls, 1);
}
END_TEST

START_TEST(skipped_line)
{
    static const struct {
        const char *path, *line;
    } rows[] = {
        {"/x/a b.json",
         "[report] Export skipped: format \"json\" to \"/x/a b.json\": why: that"},
        {NULL, "[report] Export skipped: format \"json\": why: that"},
        {"", "[report] Export skipped: format \"json\": why: that"},
    };
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;

    tum_fail(&err, TUM_ERROR_VALUE, "that");
    tum_error_wrap(&err, "why");
    tum_export_skipped(&out, "json", rows[_i].path, err);
    ck_assert_str_eq(out.s, rows[_i].line);
    tum_error_free(err);
    tum_buf_release(&out);
}
END_TEST

START_TEST(seconds)
{
    static const struct {
        int64_t ticks;
        int decimals;
        const char *text;
    } rows[] = {
        {0, 4, "0.0000"},
        {1, 4, "0.0001"},
        {4305, 4, "0.4305"},
        {420, 6, "0.042000"},
        {10000, 0, "1"},
        {123456789, 4, "12345.6789"},
        {-15000, 4, "-1.5000"},
        {9999, 2, "0.99"},
        {9223372036854775807, 4, "922337203685477.5807"},
    };
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_export_seconds(&out, rows[_i].ticks, rows[_i].decimals);
    ck_assert_str_eq(out.s, rows[_i].text);
    tum_buf_release(&out);
}
END_TEST

/* ---- files ---- */

static const struct brief one[] = {{.id = 1, .name = "n", .result = "PASS"}};

static bool export_to(const char *path, struct tum_error **err)
{
    return tum_export_run(
        "json", &(struct tum_export_opts){.report = export_report, .path = path}, err);
}

START_TEST(previous_files_are_kept)
{
    struct tum_error *err = NULL;

    export_begin(one, 1, NULL);
    good(export_to(folder_file("a.json"), &err), &err);
    good(export_to(folder_file("a.json"), &err), &err);
    good(export_to(folder_file("a.json"), &err), &err);
    check_names("a.json a.json-1.saved a.json-2.saved");
    export_end();
}
END_TEST

static const struct {
    const char *path, *says;
} refused[] = {
    {"no/a.json", "cannot write the file: No such file or directory"},
    {"sub", "cannot write the file: Is a directory"},
    {"file/a.json", "cannot write the file: Not a directory"},
};

/* Nothing is left behind, and nothing that was there is touched. */
START_TEST(refused_paths)
{
    struct tum_error *err = NULL;

    export_begin(one, 1, NULL);
    ck_assert_int_eq(mkdir(folder_file("sub"), 0777), 0);
    good(tum_file_replace(folder_file("file"), TUM_S("x"), &err), &err);
    ck_assert(!export_to(folder_file(refused[_i].path), &err));
    check_error(&err, refused[_i].says);
    check_names("file sub");
    export_end();
}
END_TEST

START_TEST(full_disk)
{
    struct tum_error *err = NULL;

    export_begin(one, 1, NULL);
    ck_assert(!export_to("/dev/full", &err));
    ck_assert_int_eq(err->kind, TUM_ERROR_SYSTEM);
    tum_error_clear(&err);
    ck_assert(!tum_path_is_file("/dev/full-1.saved"));
    good(export_to("/dev/null", &err), &err);
    check_names("");
    export_end();
}
END_TEST

START_TEST(relative_path)
{
    char *before = getcwd(NULL, 0);
    struct tum_error *err = NULL;

    export_begin(one, 1, NULL);
    ck_assert_int_eq(chdir(folder_path), 0);
    good(export_to("a.json", &err), &err);
    check_names("a.json");
    ck_assert_int_eq(chdir(before), 0);
    free(before);
    export_end();
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, formats_are_sorted_and_whole);
    tcase_add_test(t, unknown_names);
    tcase_add_test(t, plugin_gets_the_rest);
    tcase_add_loop_test(t, skipped_line, 0, 3);
    tcase_add_loop_test(t, seconds, 0, 9);
    tcase_add_test(t, previous_files_are_kept);
    tcase_add_loop_test(t, refused_paths, 0, TUM_LEN(refused));
    tcase_add_test(t, full_disk);
    tcase_add_test(t, relative_path);
}

UNIT_MAIN("export", add)
