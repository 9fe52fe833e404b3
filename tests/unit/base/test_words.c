/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command line as words.
 */
#include "tum/buf.h"
#include "tum/words.h"
#include "unit.h"

static const struct {
    const char *text;
    const char *words; /* each in brackets; or the error */
} splits[] = {
    {"", ""},
    {"  \t\n ", ""},
    {"a", "[a]"},
    {" a  b\tc\nd ", "[a][b][c][d]"},
    {"'a b' c", "[a b][c]"},
    {"\"a b\" c", "[a b][c]"},
    {"a'b c'd\"e f\"g", "[ab cde fg]"},
    {"''", "[]"},
    {"a '' \"\"", "[a][][]"},
    {"a\\ b", "[a b]"},
    {"\\'a\\'", "['a']"},
    {"\\\\", "[\\]"},
    {"'a\\'", "[a\\]"},
    {"\"a\\\"b\"", "[a\"b]"},
    {"\"a\\\\b\"", "[a\\b]"},
    {"\"\\$x \\`y\"", "[$x `y]"},
    {"\"a\\nb\"", "[a\\nb]"},
    {"a\\nb", "[anb]"},
    {"a \\\n b", "[a][b]"},
    {"a\\\nb", "[ab]"},
    {"\"a\\\nb\"", "[ab]"},
    {"'a\nb'", "[a\nb]"},
    {"echo a | cat > x.txt && y; z", "[echo][a][|][cat][>][x.txt][&&][y;][z]"},
    {"a #b $HOME *.c ~ `x`", "[a][#b][$HOME][*.c][~][`x`]"},
    {"'it''s'", "[its]"},
    {"caf\xc3\xa9 \xc2\xa0", "[caf\xc3\xa9][\xc2\xa0]"},
    {"sh 'open", "a single quote is not closed"},
    {"sh \"open", "a double quote is not closed"},
    {"sh \"open\\\"", "a double quote is not closed"},
    {"sh \\", "nothing follows the last backslash"},
};

START_TEST(split_by_example)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    char **words = NULL;

    if (tum_words_split(splits[_i].text, &words, &err)) {
        for (size_t i = 0; words[i] != NULL; i++)
            tum_buf_addf(&out, "[%s]", words[i]);
    } else {
        tum_buf_adds(&out, err->text);
    }
    ck_assert_str_eq(out.s, splits[_i].words);
    tum_words_free(words);
    tum_error_free(err);
    tum_buf_release(&out);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, split_by_example, 0, TUM_LEN(splits));
}

UNIT_MAIN("words", add)
