/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of both dialects: where they begin, where the lexer stops.
 */
#include "lang/lex.h"
#include "machine.h"

static const struct {
    enum tum_dialect dialect;
    const char *text;
    const char *tokens; /* each as "kind:text", or "bad", joined by blanks */
} rows[] = {
    {TUM_PYTHON, "", ""},
    {TUM_PYTHON, "a1 _b", "name:a1 name:_b"},
    {TUM_PYTHON, "1 0x1F 0b1 0o7 1_000",
     "integer:1 integer:0x1F integer:0b1 integer:0o7 "
     "integer:1_000"},
    {TUM_PYTHON, "1. .5 1e5 1_0.5e-3", "float:1. float:.5 float:1e5 float:1_0.5e-3"},
    {TUM_PYTHON, "1if 2or 0xfor", "integer:1 if:if integer:2 or:or integer:0xf or:or"},
    {TUM_PYTHON, "00 0_0", "integer:00 integer:0_0"},
    {TUM_PYTHON, "007", "bad"},
    {TUM_PYTHON, "1__0", "bad"},
    {TUM_PYTHON, "1_", "bad"},
    {TUM_PYTHON, "0b2", "bad"},
    {TUM_PYTHON, "5.real", "bad"},
    {TUM_PYTHON, "5 .real", "integer:5 .:. name:real"},
    {TUM_PYTHON, "'a' \"b\\\"\" r'\\''", "string:'a' string:\"b\\\"\" string:r'\\''"},
    {TUM_PYTHON, "0or", "bad"},
    {TUM_PYTHON, "rB'x' f'{1}' '''a\nb''' bu''",
     "string:rB'x' string:f'{1}' string:'''a\nb''' name:bu string:''"},
    {TUM_PYTHON, "'a", "bad"},
    {TUM_PYTHON, "'a\nb'", "bad"},
    {TUM_PYTHON, "a # c", "name:a"},
    {TUM_PYTHON, "(a\n b) \n # x\n", "(:( name:a name:b ):)"},
    {TUM_PYTHON, "a\nb", "name:a bad"},
    {TUM_PYTHON, "a \\\n b", "name:a name:b"},
    {TUM_PYTHON, "a \\ b", "name:a bad"},
    {TUM_PYTHON, "** // << >> <= >= == != := ...",
     "**:** //:// <<:<< >>:>> <=:<= >=:>= ==:== !=:!= :=::= ...:..."},
    {TUM_PYTHON, "(]", "(:( bad"},
    {TUM_PYTHON, ")", "bad"},
    {TUM_PYTHON, "\xC3\xA9", "bad"},
    {TUM_PYTHON, "a $", "name:a bad"},
    {TUM_JINJA, "a ~ b|c", "name:a ~:~ name:b |:| name:c"},
    {TUM_JINJA, "l.0.1", "name:l .:. integer:0 .:. integer:1"},
    {TUM_JINJA, "1.5 1e3 1. .5", "float:1.5 float:1e3 integer:1 .:. .:. integer:5"},
    {TUM_JINJA, "007", "integer:00 integer:7"},
    {TUM_JINJA, "true none None not", "True:true None:none None:None not:not"},
    {TUM_JINJA, "\xC3\xA9\xC3\xA9", "name:\xC3\xA9\xC3\xA9"},
    {TUM_JINJA, "a\n\nb", "name:a name:b"},
    {TUM_JINJA, "a := b", "name:a ::: =:= name:b"},
    {TUM_JINJA, "a & b", "name:a bad"},
    {TUM_JINJA, "r'x'", "name:r string:'x'"},
    {TUM_JINJA, "'''a'", "string:'' string:'a'"},
};

START_TEST(tokens)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct machine m;
    struct tum_lex lex;

    machine_init(&m);
    tum_lex_init(&lex, &m.vm, rows[_i].dialect, rows[_i].text, 0,
                 (uint32_t)strlen(rows[_i].text));
    for (; lex.token != TUM_T_END; tum_lex_next(&lex)) {
        if (out.len > 0)
            tum_buf_addc(&out, ' ');
        if (lex.token == TUM_T_BAD) {
            tum_buf_adds(&out, "bad");
            break;
        }
        tum_buf_addf(&out, "%s:%.*s", tum_token_text(lex.token),
                     TUM_STR_ARG(tum_lex_text(&lex)));
    }
    ck_assert_str_eq(out.s, rows[_i].tokens);
    machine_release(&m);
}
END_TEST

/* Only the given range is read, and the end is the end for good. */
START_TEST(range)
{
    const char *text = "xx a.b) yy";
    struct machine m;
    struct tum_lex lex;

    machine_init(&m);
    tum_lex_init(&lex, &m.vm, TUM_JINJA, text, 3, 6);
    ck_assert_int_eq(lex.token, TUM_T_NAME);
    ck_assert(tum_lex_is_name(&lex, "a"));
    ck_assert_uint_eq(lex.start, 3);
    tum_lex_next(&lex);
    tum_lex_next(&lex);
    ck_assert(tum_lex_is_name(&lex, "b"));
    for (int i = 0; i < 3; i++) {
        tum_lex_next(&lex);
        ck_assert_int_eq(lex.token, TUM_T_END);
    }
    machine_release(&m);
}
END_TEST

/* Every kind has words for messages. */
START_TEST(words)
{
    for (int t = 0; t <= TUM_T_OTHER; t++)
        ck_assert_int_gt((int)strlen(tum_token_text((enum tum_token)t)), 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, tokens, 0, TUM_LEN(rows));
    tcase_add_test(t, range);
    tcase_add_test(t, words);
}

UNIT_MAIN("lex", add)
