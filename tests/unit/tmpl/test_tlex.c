/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of templates and the way back to the source. Does not parse anything.
 */
#include "tmpl/tlex.h"
#include "tum/buf.h"
#include "tum/mem.h"
#include "unit.h"

/* Pieces written one after the other: text as it is, {content}, [content]. */
static const struct piece_row {
    const char *text, *want;
} piece_rows[] = {
    {"", ""},
    {"plain { text } }} %} #}", "plain { text } }} %} #}"},
    {"a{{ x }}b", "a{ x }b"},
    {"a{% x %}b", "a[ x ]b"},
    {"a{# x #}b", "ab"},
    {"a\n{{ 1 }}\n", "a\n{ 1 }"},
    {"a\n\n", "a\n"},
    {"\n", ""},
    {"a  {{- x -}}  b", "a{ x }b"},
    {"a \n\t{%- x -%}\n b", "a[ x ]b"},
    {"a {%+ x +%} b", "a [ x ] b"},
    {"a {#- x -#} b", "ab"},
    {"a {#-#} b", "a b"},
    {"{{ '}}' }}", "{ '}}' }"},
    {"{{ \"a\\\"}}\" }}", "{ \"a\\\"}}\" }"},
    {"{{ {'a': {}} }}", "{ {'a': {}} }"},
    {"{{ {}}}", "{ {}}"},
    {"{% raw %}{{ x }}{% endraw %}!", "{{ x }}!"},
    {"a {%- raw -%}  {{ x }}  {%- endraw -%} b", "a{{ x }}b"},
    {"{% raw %}{% endraw %}a", "a"},
    {"{% raw %}{# {% endraw %}", "{# "},
    {"{{-1}}{{+1}}", "{1}{1}"},
    {"{{ 1 +}}", "{ 1 +}"},
    {"a\xC2\xA0{{- x -}}\xE3\x80\x80z", "a{ x }z"},
    {"a\r\nb\rc{{ x }}\r\n", "a\nb\nc{ x }"},
};

static void check_pieces(const char *text, const char *want)
{
    struct tum_buf got = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    struct tum_tpiece piece;
    struct tum_tlex lex;

    tum_tlex_init(&lex, tum_str_of(text), 1);
    for (;;) {
        ck_assert(tum_tlex_next(&lex, &piece, &err));
        if (piece.kind == TUM_TPIECE_END)
            break;
        if (piece.kind != TUM_TPIECE_TEXT)
            tum_buf_addc(&got, piece.kind == TUM_TPIECE_OUTPUT ? '{' : '[');
        tum_buf_addt(&got, tum_str_sub(lex.text, piece.start, piece.end));
        if (piece.kind != TUM_TPIECE_TEXT)
            tum_buf_addc(&got, piece.kind == TUM_TPIECE_OUTPUT ? '}' : ']');
    }
    ck_assert_str_eq(got.s, want);
    tum_buf_release(&got);
    tum_tlex_release(&lex);
}

START_TEST(pieces)
{
    check_pieces(piece_rows[_i].text, piece_rows[_i].want);
}
END_TEST

static const struct error_row {
    const char *text;
    unsigned at;
    const char *word;
} error_rows[] = {
    {"ab{# x", 2, "comment"},
    {"ab{% raw %}x", 2, "endraw"},
    {"ab{{ x", 2, "}}"},
    {"ab{% x }}", 7, "'}'"},
    {"{{ 'a }}", 3, "text"},
    {"{{ [1) }}", 5, "expected ']'"},
    {"{{ 1) }}", 4, "unexpected ')'"},
    {"{{ (1 }}", 6, "expected ')'"},
};

START_TEST(errors)
{
    const struct error_row *row = &error_rows[_i];
    struct tum_error *err = NULL;
    struct tum_tpiece piece = {.kind = TUM_TPIECE_TEXT};
    struct tum_tlex lex;

    tum_tlex_init(&lex, tum_str_of(row->text), 7);
    while (tum_tlex_next(&lex, &piece, &err))
        ck_assert_int_ne(piece.kind, TUM_TPIECE_END);
    ck_assert_str_eq(err->type, "TemplateSyntaxError");
    ck_assert_uint_eq(err->at.source, 7);
    ck_assert_uint_eq(err->at.start, row->at);
    ck_assert_ptr_nonnull(strstr(err->text, row->word));
    tum_error_free(err);
    tum_tlex_release(&lex);
}
END_TEST

/* Every byte of the template's text is the byte of the source it claims to be. */
START_TEST(origins)
{
    static const char text[] = "a\r\nbc\r\r\n\r\nd\re\n\r\nf";
    struct tum_tlex lex;

    tum_tlex_init(&lex, TUM_S(text), 1);
    ck_assert_str_eq(lex.own, "a\nbc\n\n\nd\ne\n\nf");
    for (uint32_t i = 0; i < lex.text.n; i++) {
        uint32_t origin = tum_tlex_origin(&lex, i);
        char c = text[origin] == '\r' ? '\n' : text[origin];

        ck_assert_int_eq(lex.text.s[i], c);
        ck_assert_uint_gt(tum_tlex_shift(&lex, i), i);
        ck_assert_uint_eq(tum_tlex_origin(&lex, tum_tlex_shift(&lex, i) - 1) - origin,
                          tum_tlex_shift(&lex, i) - 1 - i);
    }
    tum_tlex_release(&lex);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, pieces, 0, TUM_LEN(piece_rows));
    tcase_add_loop_test(t, errors, 0, TUM_LEN(error_rows));
    tcase_add_test(t, origins);
}

UNIT_MAIN("tlex", add)
