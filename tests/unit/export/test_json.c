/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format json, byte by byte.
 */
#include "exporting.h"
#include "unit.h"

static const char *const headers[] = {"report_version", "0.1", "test_file",
                                      "/t/\xc3\xa9.tum", NULL};

static const struct brief rows[] = {
    {12, 420, 7, 1, 1, "power \"on\"", "python Function", "PASS", "PASS", NULL, "",
     "{\"returned\": 3, \"l\": [1, []], \"m\": {\"b\": null}, \"x\": 1e400}"},
    {0, 500, 1, 0, 0, "main", "default", "FAIL", "\xe2\x82\xac\n", "a, b", "x\ny",
     NULL},
};

START_TEST(whole_document)
{
    export_begin(rows, TUM_LEN(rows), headers);
    check_export("json", (struct tum_export_opts){0},
                 "{\n"
                 "    \"header\": {\n"
                 "        \"report_version\": \"0.1\",\n"
                 "        \"test_file\": \"/t/\\u00e9.tum\"\n"
                 "    },\n"
                 "    \"tests\": [\n"
                 "        {\n"
                 "            \"timestamp_start\": 0,\n"
                 "            \"test_id\": 1,\n"
                 "            \"parent_id\": null,\n"
                 "            \"test_name\": \"main\",\n"
                 "            \"test_type\": \"default\",\n"
                 "            \"report_key\": \"a, b\",\n"
                 "            \"result\": \"FAIL\",\n"
                 "            \"message\": \"\\u20ac\\n\",\n"
                 "            \"duration\": 500,\n"
                 "            \"data\": {},\n"
                 "            \"level\": 0,\n"
                 "            \"log\": \"x\\ny\"\n"
                 "        },\n"
                 "        {\n"
                 "            \"timestamp_start\": 12,\n"
                 "            \"test_id\": 7,\n"
                 "            \"parent_id\": 1,\n"
                 "            \"test_name\": \"power \\\"on\\\"\",\n"
                 "            \"test_type\": \"python Function\",\n"
                 "            \"report_key\": null,\n"
                 "            \"result\": \"PASS\",\n"
                 "            \"message\": \"PASS\",\n"
                 "            \"duration\": 420,\n"
                 "            \"data\": {\n"
                 "                \"l\": [\n"
                 "                    1,\n"
                 "                    []\n"
                 "                ],\n"
                 "                \"m\": {\n"
                 "                    \"b\": null\n"
                 "                },\n"
                 "                \"returned\": 3,\n"
                 "                \"x\": Infinity\n"
                 "            },\n"
                 "            \"level\": 1,\n"
                 "            \"log\": \"\"\n"
                 "        }\n"
                 "    ]\n"
                 "}");
    export_end();
}
END_TEST

static const struct {
    struct tum_export_opts opts;
    const char *text;
} empty[] = {
    {{0}, "{\n    \"header\": {},\n    \"tests\": []\n}"},
    {{.no_header = true}, "{\n    \"tests\": []\n}"},
    {{.no_header = true, .title = ""}, "{\n    \"tests\": []\n}"},
    {{.no_header = true, .title = "my \"name\""}, "{\n    \"my \\\"name\\\"\": []\n}"},
};

START_TEST(nothing_to_tell)
{
    export_begin(NULL, 0, NULL);
    check_export("json", empty[_i].opts, empty[_i].text);
    export_end();
}
END_TEST

/* A mapping has a key once: at its first place, with its last value. */
START_TEST(header_twice)
{
    static const char *const twice[] = {"a", "1", "b", "2", "a", "3", NULL};

    export_begin(NULL, 0, twice);
    check_export(
        "json", (struct tum_export_opts){0},
        "{\n    \"header\": {\n        \"a\": \"3\",\n        \"b\": \"2\"\n    },\n"
        "    \"tests\": []\n}");
    export_end();
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, whole_document);
    tcase_add_loop_test(t, nothing_to_tell, 0, TUM_LEN(empty));
    tcase_add_test(t, header_twice);
}

UNIT_MAIN("json", add)
