/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns: what is refused, groups and names, spans, and matches one after the other.
 */
#include "lang/regex.h"
#include "tum/buf.h"
#include "tum/mem.h"
#include "unit.h"

static struct tum_regex *make(const char *pattern, unsigned flags)
{
    struct tum_error *err = NULL;
    struct tum_regex *re = tum_regex_new(tum_str_of(pattern), flags, &err);

    ck_assert_msg(re != NULL, "%s: %s", pattern, err != NULL ? err->text : "");
    return re;
}

/* Wrong patterns, and what the two libraries see differently. */
static const char *const refused[] = {
    "(",         ")",         "a)",       "[",
    "[]",        "[z-a]",     "*",        "a**",
    "a{2}{3}",   "a{3,2}",    "\\",       "\\q",
    "\\x4",      "\\N{DASH}", "(?P<1>a)", "(?P<a>x)(?P<a>y)",
    "(?P=a)",    "\\1",       "(a\\1)",   "(?<=a*)b",
    "(?<=a|bc)", "(?i",       "a(?i)b",   "(?L)a",
    "(?(1)a|b)", "(?>a)",     "a++",      "^*",
    "\\b+",      "(a*)*",     "(?P>a)",   "[\\d-x]",
    "(?au)x",    "{2}",       "a{99999}", "\\777",
};

START_TEST(refusals)
{
    struct tum_error *err = NULL;
    struct tum_regex *re = tum_regex_new(tum_str_of(refused[_i]), 0, &err);

    ck_assert_msg(re == NULL, "%s", refused[_i]);
    ck_assert_int_eq(err->kind, TUM_ERROR_UNSUPPORTED);
    ck_assert_int_gt((int)strlen(err->text), 0);
    tum_error_free(err);
}
END_TEST

static const struct {
    const char *pattern;
    unsigned flags;
    const char *text;
    enum tum_regex_how how;
    const char *spans; /* "0-1 2-3"; "-" for a group without part; "" for no match */
} rows[] = {
    {"b", 0, "abc", TUM_RE_SEARCH, "1-2"},
    {"b", 0, "abc", TUM_RE_MATCH, ""},
    {"a|ab", 0, "ab", TUM_RE_MATCH, "0-1"},
    {"a|ab", 0, "ab", TUM_RE_FULLMATCH, "0-2"},
    {"(a)|(b)", 0, "b", TUM_RE_SEARCH, "0-1 - 0-1"},
    {"(?P<x>\\d+)-(?P<y>\\w*)", 0, "a12-", TUM_RE_SEARCH, "1-4 1-3 4-4"},
    {"\\s", 0, "a\x1c", TUM_RE_SEARCH, "1-2"},
    {"\\s", TUM_RE_ASCII, "a\x1c", TUM_RE_SEARCH, ""},
    {"\\w+", 0, "\xC3\xA9t\xC3\xA9 x", TUM_RE_SEARCH, "0-5"},
    {"\\w+", TUM_RE_ASCII, "\xC3\xA9t\xC3\xA9", TUM_RE_SEARCH, "2-3"},
    {"a.b", 0, "a\nb", TUM_RE_SEARCH, ""},
    {"a.b", TUM_RE_DOTALL, "a\nb", TUM_RE_SEARCH, "0-3"},
    {"a$", 0, "a\n", TUM_RE_SEARCH, "0-1"},
    {"a\\Z", 0, "a\n", TUM_RE_SEARCH, ""},
    {"^b$", TUM_RE_MULTILINE, "a\nb\nc", TUM_RE_SEARCH, "2-3"},
    {"HELLO", TUM_RE_IGNORECASE, "say hello", TUM_RE_SEARCH, "4-9"},
    {"(?i)HELLO", 0, "say hello", TUM_RE_SEARCH, "4-9"},
    {"a # c\n b", TUM_RE_VERBOSE, "ab", TUM_RE_SEARCH, "0-2"},
    {"a{,2}b", 0, "aaab", TUM_RE_SEARCH, "1-4"},
    {"a{x}", 0, "a{x}", TUM_RE_SEARCH, "0-4"},
    {"[]a]+", 0, "x]a", TUM_RE_SEARCH, "1-3"},
    {"[^\\s]", 0, " \x1fx", TUM_RE_SEARCH, "2-3"},
    {"(?<=v)\\d", 0, "v4", TUM_RE_SEARCH, "1-2"},
    {"(a)\\1", 0, "aa", TUM_RE_SEARCH, "0-2 0-1"},
    {"(?P<q>a)(?P=q)", 0, "aa", TUM_RE_SEARCH, "0-2 0-1"},
    {"\\x41\\u0042\\103?", 0, "ABC", TUM_RE_SEARCH, NULL},
};

START_TEST(matches)
{
    TUM_AUTO(tum_buf_release) struct tum_buf got = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str text = tum_str_of(rows[_i].text);
    struct tum_error *err = NULL;
    struct tum_regex *re;
    size_t spans[20];

    if (rows[_i].spans == NULL) { /* octal numbers look like references */
        ck_assert_ptr_null(tum_regex_new(tum_str_of(rows[_i].pattern), 0, &err));
        tum_error_free(err);
        return;
    }
    re = make(rows[_i].pattern, rows[_i].flags);
    ck_assert(tum_regex_takes(re, text));
    if (tum_regex_find(re, text, 0, rows[_i].how, false, spans) == TUM_RE_FOUND) {
        for (size_t i = 0; i <= tum_regex_groups(re); i++) {
            if (i > 0)
                tum_buf_addc(&got, ' ');
            if (spans[2 * i] == SIZE_MAX)
                tum_buf_addc(&got, '-');
            else
                tum_buf_addf(&got, "%zu-%zu", spans[2 * i], spans[2 * i + 1]);
        }
    }
    ck_assert_msg(strcmp(got.s, rows[_i].spans) == 0, "%s: got %s, want %s",
                  rows[_i].pattern, got.s, rows[_i].spans);
    tum_regex_free(re);
}
END_TEST

START_TEST(names)
{
    struct tum_regex *re = make("(a)(?P<bee>b)(?:c)(?P<dee>d)", TUM_RE_MULTILINE);

    ck_assert_uint_eq(tum_regex_groups(re), 3);
    ck_assert_ptr_null(tum_regex_group_name(re, 1).s);
    ck_assert(tum_str_is(tum_regex_group_name(re, 2), "bee"));
    ck_assert_uint_eq(tum_regex_group(re, TUM_S("dee")), 3);
    ck_assert_uint_eq(tum_regex_group(re, TUM_S("nope")), 0);
    ck_assert_uint_eq(tum_regex_all_flags(re), TUM_RE_MULTILINE | TUM_RE_UNICODE);
    tum_regex_free(re);
}
END_TEST

static const struct {
    const char *pattern;
    unsigned flags;
    const char *text;
    bool takes;
} texts[] = {
    {"a", 0, "\xED\xA0\x80", false},             /* a surrogate */
    {"i", TUM_RE_IGNORECASE, "\xC4\xB0", false}, /* dotted capital I */
    {"i", 0, "\xC4\xB0", true},
    {"i", TUM_RE_IGNORECASE, "\xC3\xA9", true},
    {"[\\S]", 0, "a\x1f", false},
    {"\\S", 0, "a\x1f", true},
    {"\\B", 0, "", false},
    {"\\B", 0, "a", true},
};

START_TEST(takes)
{
    struct tum_regex *re = make(texts[_i].pattern, texts[_i].flags);

    ck_assert_int_eq(tum_regex_takes(re, tum_str_of(texts[_i].text)), texts[_i].takes);
    tum_regex_free(re);
}
END_TEST

/* Empty matches: one may follow another that is not empty, never itself. */
START_TEST(one_after_the_other)
{
    TUM_AUTO(tum_buf_release) struct tum_buf got = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_regex *re = make("a*", 0);
    size_t from = 0, spans[2];
    bool advance = false;

    while (tum_regex_find(re, TUM_S("baac"), from, TUM_RE_SEARCH, advance, spans) ==
           TUM_RE_FOUND) {
        tum_buf_addf(&got, "%zu-%zu ", spans[0], spans[1]);
        from = spans[1];
        advance = spans[0] == spans[1];
    }
    ck_assert_str_eq(got.s, "0-0 1-3 3-3 4-4 ");
    tum_regex_free(re);
}
END_TEST

START_TEST(gives_up)
{
    struct tum_regex *re = make("(?:a+)+$", 0);
    struct tum_str text =
        TUM_S("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
    size_t spans[2];

    ck_assert_int_eq(tum_regex_find(re, text, 0, TUM_RE_MATCH, false, spans),
                     TUM_RE_GIVEN_UP);
    tum_regex_free(re);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, refusals, 0, TUM_LEN(refused));
    tcase_add_loop_test(t, matches, 0, TUM_LEN(rows));
    tcase_add_test(t, names);
    tcase_add_loop_test(t, takes, 0, TUM_LEN(texts));
    tcase_add_test(t, one_after_the_other);
    tcase_add_test(t, gives_up);
}

UNIT_MAIN("regex", add)
