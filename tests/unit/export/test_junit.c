/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format junit, byte by byte.
 */
#include "exporting.h"
#include "unit.h"

static const char *const headers[] = {"test_name", "main", NULL};

#define SUITES(failures, tests, time)                                                  \
    "<?xml version=\"1.0\" ?>\n<testsuites disabled=\"0\" errors=\"0\" "               \
    "failures=\"" failures "\" tests=\"" tests "\" time=\"" time                       \
    "\">\n\t<testsuite disabled=\"0\" errors=\"0\" "                                   \
    "failures=\"" failures "\""

static const struct brief page[] = {
    {10, 420, 2, 1, 1, "power on", "x", "PASS", "PASS", NULL, NULL, NULL},
    {20, 4305, 3, 1, 1, "measure", "x", "FAIL", "got 2.9 V, wanted 3", NULL, NULL,
     NULL},
    {30, 0, 4, 1, 1, "late", "x", "SKIP", "condition not met: \"False\"", NULL, NULL,
     NULL},
};

START_TEST(whole_page)
{
    export_begin(page, TUM_LEN(page), headers);
    check_export(
        "junit", (struct tum_export_opts){0},
        SUITES(
            "1", "3",
            "0.4725") " name=\"main\" skipped=\"1\" tests=\"3\" time=\"0.4725\">\n"
                      "\t\t<testcase name=\"power on\" time=\"0.042000\" "
                      "status=\"PASS\" log=\"PASS\"/>\n"
                      "\t\t<testcase name=\"measure\" time=\"0.430500\" "
                      "status=\"FAIL\" "
                      "log=\"got 2.9 V, wanted 3\">\n"
                      "\t\t\t<failure type=\"failure\">got 2.9 V, wanted 3</failure>\n"
                      "\t\t</testcase>\n"
                      "\t\t<testcase name=\"late\" status=\"SKIP\" "
                      "log=\"condition not met: &quot;False&quot;\">\n"
                      "\t\t\t<skipped type=\"skipped\" message=\"test skipped\"/>\n"
                      "\t\t</testcase>\n"
                      "\t</testsuite>\n"
                      "</testsuites>\n");
    export_end();
}
END_TEST

START_TEST(no_row)
{
    export_begin(page, TUM_LEN(page), headers);
    check_export(
        "junit",
        (struct tum_export_opts){
            .filter = ONE_PATTERN("nothing"), .title = "<item>", .host_ip = "10.0.0.1"},
        SUITES("0", "0", "0.0") " name=\"&lt;item&gt;\" skipped=\"0\" tests=\"0\" "
                                "time=\"0.0\" hostname=\"10.0.0.1\"/>\n"
                                "</testsuites>\n");
    export_end();
}
END_TEST

/* One row each; its test case. */
static const struct {
    struct brief row;
    const char *text;
} rows[] = {
    /* the log stands before the message */
    {{.duration = 1, .name = "n", .result = "PASS", .message = "m", .log = "a\nb\n"},
     "\t\t<testcase name=\"n\" time=\"0.000100\" status=\"PASS\" "
     "log=\"a&#10;b&#10;\"/>\n"},
    /* a failure without words */
    {{.name = "n", .result = "FAIL"},
     "\t\t<testcase name=\"n\" status=\"FAIL\" log=\"\">\n"
     "\t\t\t<failure type=\"failure\">test failure</failure>\n\t\t</testcase>\n"},
    /* escapes: in attributes line breaks and tabs too, in text they stay */
    {{.name = "<&>\"'", .result = "FAIL", .message = "a\tb\n<&>\"'"},
     "\t\t<testcase name=\"&lt;&amp;&gt;&quot;'\" status=\"FAIL\" "
     "log=\"a&#9;b&#10;&lt;&amp;&gt;&quot;'\">\n"
     "\t\t\t<failure "
     "type=\"failure\">a\tb\n&lt;&amp;&gt;&quot;'</failure>\n\t\t</testcase>\n"},
    {{.name = "cr", .result = "FAIL", .message = "a\r\nb"},
     "\t\t<testcase name=\"cr\" status=\"FAIL\" log=\"a&#13;&#10;b\">\n"
     "\t\t\t<failure type=\"failure\">a&#13;\nb</failure>\n\t\t</testcase>\n"},
    /* what XML forbids is dropped; U+0085, U+00A0 and what lies beyond stay */
    {{.name = "a\x01\x08\x0b\x1f\x1b[0mb",
      .result = "PASS",
      .message = "\x7f\xc2\x80\xc2\x84\xc2\x85\xc2\x86\xc2\x9f\xc2\xa0"
                 "\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd\xf0\x9f\x98\x80"},
     "\t\t<testcase name=\"a[0mb\" status=\"PASS\" log=\"\xc2\x85\xc2\xa0\xef\xbf\xbd"
     "\xf0\x9f\x98\x80\"/>\n"},
    /* seconds */
    {{.duration = 36000 * 10000LL + 12345,
      .name = "n",
      .result = "PASS",
      .message = "m"},
     "\t\t<testcase name=\"n\" time=\"36001.234500\" status=\"PASS\" log=\"m\"/>\n"},
};

START_TEST(row_by_row)
{
    char *text;

    export_begin(&rows[_i].row, 1, headers);
    text = exported("junit", (struct tum_export_opts){0});
    ck_assert_msg(strstr(text, rows[_i].text) != NULL, "%s", text);
    tum_free(text);
    export_end();
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, whole_page);
    tcase_add_test(t, no_row);
    tcase_add_loop_test(t, row_by_row, 0, TUM_LEN(rows));
}

UNIT_MAIN("junit", add)
