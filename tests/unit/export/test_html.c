/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format html: the elements that tools address, in their order. What the script makes of
 * them needs a browser and is looked at there.
 */
#include "exporting.h"
#include "unit.h"

static const char *const headers[] = {
    "report_version", "0.1",           "test_file",    "/t/<main>.tum", "test_name",
    "main",           "test_revision", "v1",           "test_result",   "FAIL",
    "testrun_date",   "2026-01-31",    "testrun_time", "09:15:02",      NULL,
};

static const struct brief page[] = {
    {20, 4305, 3, 1, 1, "measure", "Check \"value\"", "FAIL", "got 2.9 V,\nwanted 3",
     "k<", "one line\n\nof its log\n", "{\"a\": \"it's\", \"b\": [1]}"},
    {30, 0, 4, 1, 1, "late", "x", "SKIP", "no\x01", NULL, NULL, NULL},
    {0, 5000, 1, 0, 0, "root", "default", "FAIL", "FAIL", NULL, NULL, NULL},
};

/* The text without the styles, the scripts and, of each tag, the attributes. */
static char *skeleton(const char *text)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    while (*text != '\0') {
        const char *end;

        if (strncmp(text, "<style>", 7) == 0)
            text = strstr(text, "</style>") + 8;
        else if (strncmp(text, "<script>", 8) == 0)
            text = strstr(text, "</script>") + 9;
        if (strncmp(text, "<tr ", 4) == 0 || strncmp(text, "<body ", 6) == 0) {
            end = strpbrk(text, " ");
            tum_buf_add(&out, text, (size_t)(end - text));
            text = strchr(text, '>');
        }
        tum_buf_addc(&out, *text++);
    }
    return tum_buf_detach(&out);
}

static const char expected[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head><meta charset=\"utf-8\"/><title>main</title>\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
    "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
    "\n\n"
    "</head>\n"
    "<body>\n"
    "<h1>main</h1>\n"
    "<div>\n"
    "<h2>Test conditions</h2>\n"
    "<h3>Test file name</h3>\n"
    "<p>/t/&lt;main&gt;.tum</p>\n"
    "<h3>Test name</h3>\n"
    "<p>main</p>\n"
    "<h3>Date of the test</h3>\n"
    "<p>2026-01-31</p>\n"
    "<h3>Time of the test</h3>\n"
    "<p>09:15:02</p>\n"
    "<h3>Git revision of the test</h3>\n"
    "<p>v1</p>\n"
    "<h3>Report tool version</h3>\n"
    "<p>0.1</p>\n"
    "</div>\n"
    "<div><h2>Test results</h2></div>\n"
    "<table>\n"
    "<tr>\n"
    "<th>Test title</th>\n"
    "<th>Message</th>\n"
    "<th>Duration (s)</th>\n"
    "<th>Test Result</th>\n"
    "</tr>\n"
    "<tr><td>root</td><td>FAIL</td><td>0.5000</td><td>FAIL</td></tr>\n"
    "<tr><td>measure</td><td>got 2.9 V,\nwanted "
    "3</td><td>0.4305</td><td>FAIL</td></tr>\n"
    "<tr><td>late</td><td>no\xef\xbf\xbd</td><td>0.0000</td><td>SKIP</td></tr>\n"
    "</table>\n"
    "<div>\n"
    "<h2>Logs</h2>\n"
    "<h3>measure</h3>\n"
    "<p>one line</p><p></p><p>of its log</p>\n"
    "</div>\n"
    "\n"
    "</body>\n"
    "</html>\n";

START_TEST(elements)
{
    char *text, *bones;

    export_begin(page, TUM_LEN(page), headers);
    text = exported("html", (struct tum_export_opts){0});
    bones = skeleton(text);
    ck_assert_str_eq(bones, expected);
    tum_free(bones);
    tum_free(text);
    export_end();
}
END_TEST

/* What the script reads. */
static const char *const tags[] = {
    "<body data-result=\"FAIL\" data-date=\"2026-01-31\" data-time=\"09:15:02\">",
    "<tr class=\"fail\" data-l=\"0\" data-x=\"0 -1 1 0 5000\" data-y=\"default\">",
    "<tr class=\"fail\" data-l=\"1\" data-x=\"1 0 3 20 4305\" data-y=\"Check "
    "&quot;value&quot;\" data-k=\"k&lt;\" data-v='{\"a\": \"it&#x27;s\", \"b\": [1]}' "
    "data-g=\"3\">",
    "<tr class=\"skip\" data-l=\"1\" data-x=\"2 0 4 30 0\" data-y=\"x\">",
};

START_TEST(attributes)
{
    char *text;

    export_begin(page, TUM_LEN(page), headers);
    text = exported("html", (struct tum_export_opts){0});
    ck_assert_msg(strstr(text, tags[_i]) != NULL, "%s", tags[_i]);
    tum_free(text);
    export_end();
}
END_TEST

START_TEST(of_an_item)
{
    char *text;

    export_begin(page, TUM_LEN(page), headers);
    text = exported("html", (struct tum_export_opts){.no_header = true,
                                                     .title = "snap & co",
                                                     .filter = ONE_PATTERN("late")});
    ck_assert_ptr_nonnull(strstr(text, "<title>snap &amp; co</title>"));
    ck_assert_ptr_nonnull(
        strstr(text, "<h1>snap &amp; co</h1>\n<div>\n<h2>Test conditions"));
    ck_assert_ptr_nonnull(strstr(text, "<p>/t/&lt;main&gt;.tum</p>"));
    ck_assert_ptr_nonnull(strstr(text, "<td>late</td>"));
    ck_assert_ptr_null(strstr(text, "<td>measure</td>"));
    ck_assert_ptr_nonnull(strstr(text, "<h2>Logs</h2>\n</div>"));
    tum_free(text);
    export_end();
}
END_TEST

static int count(const char *text, const char *what)
{
    int found = 0;

    for (; (text = strstr(text, what)) != NULL; text++)
        found++;
    return found;
}

/* The page must stand on its own, and no text of it may end a script or a style early. */
START_TEST(self_contained)
{
    static const char *const absent[] = {"https://", "src=", "@import", "url("};
    char *text;

    export_begin(page, TUM_LEN(page), headers);
    text = exported("html", (struct tum_export_opts){0});
    ck_assert_int_eq(count(text, "</script"), 2);
    ck_assert_int_eq(count(text, "</style"), 1);
    for (size_t i = 0; i < TUM_LEN(absent); i++)
        ck_assert_msg(count(text, absent[i]) == 0, "%s", absent[i]);
    /* The name space of SVG is a name, not an address that is asked. */
    ck_assert_int_eq(count(text, "http://"),
                     count(text, "http://www.w3.org/2000/svg\""));
    tum_free(text);
    export_end();
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, elements);
    tcase_add_loop_test(t, attributes, 0, TUM_LEN(tags));
    tcase_add_test(t, of_an_item);
    tcase_add_test(t, self_contained);
}

UNIT_MAIN("html", add)
