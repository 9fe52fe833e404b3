/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format command: what the program gets and says.
 */
#include "exporting.h"
#include "tum/proc.h"
#include "unit.h"

/* ---- running ---- */

static const struct brief rows[] = {
    {.id = 1, .name = "n", .result = "PASS"},
    {.id = 2, .name = "m", .result = "PASS"},
};

static struct tum_buf said;

static void hear(void *ctx, struct tum_str text)
{
    ck_assert_ptr_eq(ctx, &said);
    tum_buf_addt(&said, text);
}

static void begin(void)
{
    tum_guardian_set_program(UNIT_GUARDIAN);
    tum_buf_init(&said, TUM_BUF_ANY);
    export_begin(rows, TUM_LEN(rows), NULL);
}

static void end(void)
{
    export_end();
    tum_buf_release(&said);
    tum_guardian_close(TUM_FOREVER);
}

static bool run(const char *cmd, const char *path, struct tum_error **err)
{
    return tum_export_run("command",
                          &(struct tum_export_opts){
                              .report = export_report,
                              .cmd = cmd,
                              .path = path,
                              .folder = folder_path,
                              .output = hear,
                              .output_ctx = &said,
                          },
                          err);
}

/* The copy is a database of its own, with a path that is gone afterwards. */
START_TEST(program_reads_the_copy)
{
    struct tum_error *err = NULL;
    char *path, *text;
    size_t length;

    good(run("cp '$(db)' \"$(out)\"", folder_file("out put.db"), &err), &err);
    check_sql(folder_file("out put.db"), "SELECT test_name FROM tests", "n\nm");
    good(run("echo 'db=$(db)' $(out) \"$(db)$(out)\" \\$\\(db\\)", "/o $(db)", &err),
         &err);
    path = strchr(said.s, '=') + 1;
    text = tum_strndup(path, strcspn(path, " "));
    ck_assert_int_eq(text[0], '/');
    ck_assert_int_ne(access(text, F_OK), 0);
    path = tum_asprintf("db=%s /o $(db) %s/o $(db) %s\n", text, text, text);
    ck_assert_str_eq(said.s, path);
    tum_free(path);
    tum_free(text);
    length = said.len;
    good(run("pwd", NULL, &err), &err);
    ck_assert_int_eq(strncmp(said.s + length, folder_path, strlen(folder_path)), 0);
}
END_TEST

/* A relative path means the same file as in the other formats. */
START_TEST(relative_path)
{
    struct tum_error *err = NULL;
    char *before = getcwd(NULL, 0);
    char *expected;

    good(run("echo [$(out)]", "some/../out.txt", &err), &err);
    expected = tum_asprintf("[%s/out.txt]\n", before);
    ck_assert_str_eq(said.s, expected);
    tum_free(expected);
    free(before);
}
END_TEST

START_TEST(no_path_and_no_input)
{
    struct tum_error *err = NULL;

    good(run("sh -c 'cat; echo \"$#:$1\"' x \"$(out)\"", NULL, &err), &err);
    ck_assert_str_eq(said.s, "1:\n");
}
END_TEST

static const struct {
    const char *cmd;
    const char *error; /* %s: the folder */
    const char *said;
} failures[] = {
    {NULL, "'cmd' is missing or no text", ""},
    {"  ", "'cmd' is empty", ""},
    {"sh 'open", "'cmd' cannot be split: a single quote is not closed", ""},
    {"sh -c 'echo out text; echo err text >&2; exit 4'",
     "'sh' ended with exit status 4: err text", "out text\n"},
    {"sh -c 'exit 1'", "'sh' ended with exit status 1", ""},
    {"sh -c 'kill -9 $$'", "'sh' ended with signal 9 (SIGKILL)", ""},
};

START_TEST(failing_programs)
{
    struct tum_error *err = NULL;
    char *text;

    ck_assert(!run(failures[_i].cmd, NULL, &err));
    text = error_text(&err);
    ck_assert_str_eq(text, failures[_i].error);
    ck_assert_str_eq(said.s, failures[_i].said);
    tum_free(text);
}
END_TEST

START_TEST(program_that_is_not_there)
{
    struct tum_error *err = NULL;
    char *text, *start;

    ck_assert(!run("/no/such/tool_99 $(db)", NULL, &err));
    text = error_text(&err);
    start = tum_asprintf("cannot start '/no/such/tool_99' in '%s': ", folder_path);
    ck_assert_msg(tum_str_starts(tum_str_of(text), start), "%s", text);
    tum_free(start);
    tum_free(text);
}
END_TEST

START_TEST(stopped_before)
{
    struct tum_stop *stop = tum_stop_new(NULL);
    struct tum_error *err = NULL;

    tum_stop_request(stop, TUM_STOP_USER);
    ck_assert(!tum_export_run("command",
                              &(struct tum_export_opts){.report = export_report,
                                                        .cmd = "cat /dev/zero",
                                                        .stop = stop},
                              &err));
    ck_assert_int_eq(err->kind, TUM_ERROR_STOPPED);
    tum_error_free(err);
    tum_stop_unref(stop);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, program_reads_the_copy);
    tcase_add_test(t, relative_path);
    tcase_add_test(t, no_path_and_no_input);
    tcase_add_loop_test(t, failing_programs, 0, TUM_LEN(failures));
    tcase_add_test(t, program_that_is_not_there);
    tcase_add_test(t, stopped_before);
}

UNIT_MAIN("command", add)
