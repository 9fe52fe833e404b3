/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format text, column by column.
 */
#include "exporting.h"
#include "unit.h"

static const char *const headers[] = {
    "test_name", "main",        "testrun_date", "2026-01-31", "testrun_time",
    "09:15:02",  "test_result", "FAIL",         NULL,
};

#define HEAD                                                                           \
    "Testium\n"                                                                        \
    "                                              main                             "  \
    "                 \n"                                                              \
    "                                      2026-01-31 09:15:02                      "  \
    "                 \n\n\n"
#define FOOT                                                                           \
    "============================================================\n"                   \
    "\n"                                                                               \
    "Overall test status                                                             " \
    " "                                                                                \
    "          FAIL\n"                                                                 \
    "\n\n"                                                                             \
    "Operator:                               signature:                              " \
    "\n"                                                                               \
    "\n\n"

static const struct brief page[] = {
    {1, 1, 2, 1, 1, "power on", "python Function", "PASS", "PASS", NULL, NULL,
     "{\"returned\": {\"v\": 3.0, \"ok\": true}}"},
    {2, 1, 3, 1, 2, "measure", "Check value", "FAIL", "got 2.9 V, wanted 3", NULL, NULL,
     NULL},
    {0, 5, 1, 0, 0, "root", "default", "FAIL", "FAIL", NULL, NULL, NULL},
};

START_TEST(whole_page)
{
    export_begin(page, TUM_LEN(page), headers);
    check_export(
        "text", (struct tum_export_opts){0},
        HEAD " power on....................................:                        "
             "                     PASS\n"
             "   power on..................................: returned = {'ok': True, "
             "'v': 3.0}\n"
             "   | measure.................................: got 2.9 V, wanted 3    "
             "                     FAIL\n" FOOT);
    export_end();
}
END_TEST

START_TEST(of_an_item)
{
    export_begin(page, 0, headers);
    check_export("text", (struct tum_export_opts){.no_header = true, .title = "t"},
                 FOOT);
    export_end();
}
END_TEST

START_TEST(unfinished)
{
    char *text;

    export_begin(NULL, 0, NULL);
    text = exported("text", (struct tum_export_opts){.title = "caf\xc3\xa9"});
    ck_assert_ptr_nonnull(strstr(
        text, "\n                                              caf\xc3\xa9          "
              "                                    \n"));
    ck_assert_ptr_nonnull(strstr(text,
                                 "Overall test status                             "
                                 "                                   Not finished\n"));
    tum_free(text);
    export_end();
}
END_TEST

/* One row each; what its lines are. */
static const struct {
    struct brief row;
    const char *pattern;
    const char *lines;
} rows[] = {
    /* main is not listed, not even its data */
    {{.id = 1, .name = "m", .result = "PASS", .data = "{\"a\": 1}"}, NULL, ""},
    /* a skipped row has no result, but values */
    {{.id = 1,
      .level = 1,
      .name = "s",
      .result = "SKIP",
      .message = "no",
      .type = "x",
      .data = "{\"input_condition\": \"\"}"},
     NULL,
     "   s.........................................: input_condition = \n"},
    /* the text of a value */
    {{.id = 1,
      .level = 1,
      .name = "v",
      .result = "SKIP",
      .type = "x",
      .data = "{\"a\": \"x\", \"b\": [\"x\", 1], \"c\": null, \"d\": true, \"e\": 1.5, "
              "\"f\": {\"k\": \"\\u00fc\"}}"},
     NULL,
     "   v.........................................: a = x\n"
     "   v.........................................: b = ['x', 1]\n"
     "   v.........................................: c = None\n"
     "   v.........................................: d = True\n"
     "   v.........................................: e = 1.5\n"
     "   v.........................................: f = {'k': '\xc3\xbc'}\n"},
    /* types whose data are not listed */
    {{.id = 1,
      .level = 1,
      .name = "q",
      .result = "SKIP",
      .type = "Let",
      .data = "{\"a\": 1}"},
     NULL,
     ""},
    {{.id = 1,
      .level = 1,
      .name = "q",
      .result = "SKIP",
      .type = "Question Dialog",
      .data = "{\"a\": 1}"},
     NULL,
     ""},
    {{.id = 1,
      .level = 1,
      .name = "q",
      .result = "SKIP",
      .type = "Loop",
      .data = "{\"a\": 1}"},
     NULL,
     "   q.........................................: a = 1\n"},
    /* the message of what passed is not shown, a failure's as it is */
    {{.id = 1, .level = 1, .name = "p", .result = "PASS", .message = "odd"},
     NULL,
     " p...........................................:                                   "
     " "
     "         PASS\n"},
    {{.id = 1, .level = 1, .name = "p", .result = "FAIL", .message = "two\nlines"},
     NULL,
     " p...........................................: two\nlines                        "
     "  "
     "         FAIL\n"},
    /* longer parts push the rest; characters count, not bytes */
    {{.id = 1,
      .level = 1,
      .name = "a name of more than forty-four characters, really",
      .result = "FAIL",
      .message = "a message of more than forty-three characters, too"},
     NULL,
     " a name of more than forty-four characters, really: a message of more than "
     "forty-three characters, too FAIL\n"},
    {{.id = 1, .level = 1, .name = "\xc3\xa9\xe2\x82\xac", .result = "PASS"},
     NULL,
     " \xc3\xa9\xe2\x82\xac..........................................:                 "
     " "
     "                           PASS\n"},
    /* deeper levels */
    {{.id = 1, .level = 3, .name = "d", .result = "PASS"},
     NULL,
     "   |   | d...................................:                                   "
     " "
     "         PASS\n"},
    /* with a pattern: no indentation, no blank */
    {{.id = 1,
      .level = 3,
      .name = "d",
      .result = "PASS",
      .type = "x",
      .data = "{\"a\": 1}"},
     "d",
     "d............................................:                                   "
     " "
     "         PASS\n"
     "  d..........................................: a = 1\n"},
    /* an empty pattern is none */
    {{.id = 1, .level = 1, .name = "d", .result = "PASS"},
     "",
     " d...........................................:                                   "
     " "
     "         PASS\n"},
};

START_TEST(row_by_row)
{
    const struct tum_report_filter filter = ONE_PATTERN(rows[_i].pattern);
    struct tum_export_opts opts = {.no_header = true};
    char *expected = tum_asprintf("%s%s", rows[_i].lines, FOOT);

    if (rows[_i].pattern != NULL)
        opts.filter = filter;
    export_begin(&rows[_i].row, 1, headers);
    check_export("text", opts, expected);
    tum_free(expected);
    export_end();
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, whole_page);
    tcase_add_test(t, of_an_item);
    tcase_add_test(t, unfinished);
    tcase_add_loop_test(t, row_by_row, 0, TUM_LEN(rows));
}

UNIT_MAIN("text", add)
