/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colours by class of word. In the rows, "<1;31|" stands for the code and ">" for the
 * return to normal.
 */
#include "cli/colour.h"
#include "unit.h"

static const struct {
    const char *line, *dark, *light;
} rows[] = {
    {"plain", "<37|plain>", "plain"},
    {"", "", ""},
    {"say \"hi\" 'x'", "<37|say ><1;94|\"hi\"><37| ><1;94|'x'>",
     "say <34|\"hi\"> <34|'x'>"},
    {"\"\"", "<37|\"\">", "\"\""},
    {"a 1.5 b", "<37|a ><35|1.5><37| b>", "a <35|1.5> b"},
    {"\"n 1\"", "<1;94|\"n ><35|1><1;94|\">", "<34|\"n ><35|1><34|\">"},
    {"-----> step x", "<34|-----> step><37| x>", "<34|-----> step> x"},
    {"@@12@@", "<30|@@12@@>", "@@12@@"},
    {"@@x@@", "<37|@@x@@>", "@@x@@"},
    {"True", "<35|True>", "<35|True>"},
    {"WARN  x", "<33|WARN><37|  x>", "<1;33|WARN>  x"},
    {"INFO", "<1|INFO>", "<36|INFO>"},
    {"DEBUG", "<1;34|DEBUG>", "<34|DEBUG>"},
    {"PASSED", "<1;32|PASS><37|ED>", "<32|PASS>ED"},
    {"\"FAIL\"", "<1;94|\"><1;31|FAIL><1;94|\">", "<34|\"><31|FAIL><34|\">"},
    {"failure error", "<1;31|fail><37|ure ><1;31|error>", "<31|fail>ure <31|error>"},
    {"a\nb\n", "<37|a>\n<37|b>\n", "a\nb\n"},
    {"\x1b[31mx 1", "\x1b[31mx 1", "\x1b[31mx 1"},
    {"\xc3\xa9", "<37|\xc3\xa9>", "\xc3\xa9"},
};

/* Codes as the rows write them. */
static void spell(struct tum_buf *out, const char *s)
{
    for (; *s != '\0'; s++) {
        const char *end = strncmp(s, "\x1b[", 2) == 0 ? strchr(s, 'm') : NULL;

        if (end == NULL) {
            tum_buf_addc(out, *s);
            continue;
        }
        if (end == s + 3 && s[2] == '0') {
            tum_buf_addc(out, '>');
        } else {
            tum_buf_addc(out, '<');
            tum_buf_add(out, s + 2, (size_t)(end - s - 2));
            tum_buf_addc(out, '|');
        }
        s = end;
    }
}

static void check_row(const char *line, bool light, const char *want)
{
    struct tum_buf out = TUM_BUF_INIT(4096), got = TUM_BUF_INIT(4096);

    tum_colour_lines(&out, tum_str_of(line), light);
    if (line[0] == '\x1b')
        tum_buf_adds(&got, out.s);
    else
        spell(&got, out.s);
    ck_assert_msg(strcmp(got.s, want) == 0, "%s\n got  %s\n want %s", line, got.s,
                  want);
    tum_buf_release(&out);
    tum_buf_release(&got);
}

START_TEST(paints)
{
    check_row(rows[_i].line, false, rows[_i].dark);
    check_row(rows[_i].line, true, rows[_i].light);
}
END_TEST

/* The end of a very long line is written plain, and written. */
START_TEST(long_lines_are_whole)
{
    struct tum_buf line = TUM_BUF_INIT(TUM_BUF_ANY), out = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_buf_fill(&line, 'x', TUM_COLOUR_LINE + 10);
    tum_colour_lines(&out, tum_buf_str(&line), false);
    ck_assert_uint_eq(out.len, line.len + strlen("\x1b[37m\x1b[0m"));
    tum_buf_release(&line);
    tum_buf_release(&out);
}
END_TEST

static const struct {
    const char *value;
    bool light;
} backgrounds[] = {
    {NULL, false}, {"", false}, {"15;0", false},         {"0;15", true}, {"0;6", false},
    {"0;7", true}, {"7", true}, {"15;default;0", false}, {"0;x", false},
};

START_TEST(background)
{
    ck_assert_int_eq(tum_colour_is_light(backgrounds[_i].value), backgrounds[_i].light);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, paints, 0, TUM_LEN(rows));
    tcase_add_test(t, long_lines_are_whole);
    tcase_add_loop_test(t, background, 0, TUM_LEN(backgrounds));
}

UNIT_MAIN("colour", add)
