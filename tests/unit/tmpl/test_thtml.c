/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Escapes, character references, tags, URLs and links.
 */
#include "tmpl/thtml.h"
#include "unit.h"

static const char *const escape_rows[][2] = {
    {"", ""},
    {"plain", "plain"},
    {"<a href=\"x\">'&'</a>", "&lt;a href=&#34;x&#34;&gt;&#39;&amp;&#39;&lt;/a&gt;"},
};

START_TEST(escape)
{
    struct tum_buf got = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_html_escape(&got, tum_str_of(escape_rows[_i][0]));
    ck_assert_str_eq(got.s, escape_rows[_i][1]);
    tum_buf_release(&got);
}
END_TEST

static const char *const strip_rows[][2] = {
    {"<p>a <b>b</b>\n\t c</p>", "a b c"},
    {"a<!-- <b> -->b", "ab"},
    {"a < b", "a < b"},
    {"1 &lt; 2 &amp;&amp; 3", "1 < 2 && 3"},
    {"&#65;&#x42;&#x43 &#0;&#128;", "ABC \xEF\xBF\xBD\xE2\x82\xAC"},
    {"&eacute;&notit;&nosuch;&copy", "\xC3\xA9\xC2\xACit;&nosuch;\xC2\xA9"},
    {"&#xD800;&#x110000;&#1;x", "\xEF\xBF\xBD\xEF\xBF\xBDx"},
    {"&acE;&NotEqualTilde;", "\xE2\x88\xBE\xCC\xB3\xE2\x89\x82\xCC\xB8"},
    {"&;&#;&#x;&", "&;&#;&#x;&"},
};

START_TEST(strip)
{
    struct tum_buf got = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_html_strip(&got, tum_str_of(strip_rows[_i][0]));
    ck_assert_str_eq(got.s, strip_rows[_i][1]);
    tum_buf_release(&got);
}
END_TEST

static const struct quote_row {
    const char *text;
    bool query;
    const char *want;
} quote_rows[] = {
    {"a b/c-_.~", false, "a%20b/c-_.~"},
    {"a b/c", true, "a+b%2Fc"},
    {"\xC3\xA9&=", false, "%C3%A9%26%3D"},
};

START_TEST(quote)
{
    struct tum_buf got = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_url_quote(&got, tum_str_of(quote_rows[_i].text), quote_rows[_i].query);
    ck_assert_str_eq(got.s, quote_rows[_i].want);
    tum_buf_release(&got);
}
END_TEST

/* What is linked is written [href|shown]. */
static const char *const link_rows[][2] = {
    {"see http://example.com/a?b=1.",
     "see [http://example.com/a?b=1|http://example.com/a?b=1]."},
    {"(www.x.org)", "([https://www.x.org|www.x.org])"},
    {"xy.com:80/y, xy.nope x.com", "[https://xy.com:80/y|xy.com:80/y], xy.nope x.com"},
    {"me@x.org mailto:me@x.org",
     "[mailto:me@x.org|me@x.org] [mailto:me@x.org|me@x.org]"},
    {"http://x.org/a_(b)", "[http://x.org/a_(b)|http://x.org/a_(b)]"},
    {"http://127.0.0.1:8080/ http://1.2.3",
     "[http://127.0.0.1:8080/|http://127.0.0.1:8080/] http://1.2.3"},
    {"http://[::1]/ http://[x]/", "[http://[::1]/|http://[::1]/] http://[x]/"},
    {"&lt;http://x.org&gt;", "&lt;[http://x.org|http://x.org]&gt;"},
    {"ftp://x.org/a", "[ftp://x.org/a|ftp://x.org/a]"},
    {"@x.org a@ a@b http://", "@x.org a@ a@b http://"},
    {"  a  ", "  a  "},
};

/* Brings links into the short form of the table. */
static void shorten(struct tum_buf *out, struct tum_str html)
{
    size_t from = 0, at;

    while ((at = tum_str_find(html, TUM_S("<a href=\""), from)) != TUM_STR_NONE) {
        size_t href = tum_str_find(html, TUM_S("\""), at + 9);
        size_t close = tum_str_find(html, TUM_S("</a>"), href);

        tum_buf_addt(out, tum_str_sub(html, from, at));
        tum_buf_addf(out, "[%.*s|", TUM_STR_ARG(tum_str_sub(html, at + 9, href)));
        tum_buf_addt(out, tum_str_sub(html, href + 2, close));
        tum_buf_addc(out, ']');
        from = close + 4;
    }
    tum_buf_addt(out, tum_str_sub(html, from, html.n));
}

START_TEST(links)
{
    static const struct tum_str schemes[] = {{"ftp:", 4}};
    struct tum_urlize_opts opts = {
        .limit = INT64_MAX, .schemes = schemes, .scheme_count = 1};
    struct tum_buf html = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_buf got = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_html_urlize(&html, tum_str_of(link_rows[_i][0]), &opts);
    shorten(&got, tum_buf_str(&html));
    ck_assert_str_eq(got.s, link_rows[_i][1]);
    tum_buf_release(&html);
    tum_buf_release(&got);
}
END_TEST

START_TEST(link_attributes)
{
    struct tum_urlize_opts opts = {
        .limit = 8, .rel = TUM_S("a\"b"), .target = TUM_S("_top")};
    struct tum_buf got = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_html_urlize(&got, TUM_S("http://x.org/"), &opts);
    ck_assert_str_eq(got.s, "<a href=\"http://x.org/\" rel=\"a&#34;b\" "
                            "target=\"_top\">http://x...</a>");
    tum_buf_release(&got);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, escape, 0, TUM_LEN(escape_rows));
    tcase_add_loop_test(t, strip, 0, TUM_LEN(strip_rows));
    tcase_add_loop_test(t, quote, 0, TUM_LEN(quote_rows));
    tcase_add_loop_test(t, links, 0, TUM_LEN(link_rows));
    tcase_add_test(t, link_attributes);
}

UNIT_MAIN("thtml", add)
