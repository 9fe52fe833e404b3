/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests answered with keys, without a terminal: what comes of each key, and the rows
 * that are shown.
 */
#include "base/utf8.h"
#include "cli/asking.h"
#include "tum/mem.h"
#include "unit.h"
#include <string.h>

static tum_val json(const char *text)
{
    struct tum_error *err = NULL;
    tum_val v;

    ck_assert(tum_json_read(tum_str_of(text), (struct tum_span){0}, &v, &err));
    return v;
}

/* Gives all bytes as keys; what came of the last one. */
static enum tum_asking_next type(struct tum_asking *asking, const char *bytes)
{
    struct tum_str rest = tum_str_of(bytes);
    enum tum_asking_next next = TUM_ASKING_ON;
    struct tum_key key;

    while (rest.n > 0) {
        size_t n = tum_key_take(rest, true, &key);

        ck_assert_int_eq(next, TUM_ASKING_ON);
        next = tum_asking_key(asking, &key);
        rest = tum_str_sub(rest, n, rest.n);
    }
    return next;
}

#define TREE                                                                           \
    "[{\"name\": \"a\", \"choices\": [{\"name\": \"b\", \"description\": \"Bus\"}, "   \
    "{\"name\": 3}]}, {\"name\": \"d\"}]"
#define REFERENCES "[[\"A\", \"1\"], [\"\"]]"

#define BEGIN "\x1b[200~"
#define END   "\x1b[201~"

static const struct {
    enum tum_ask_kind kind;
    const char *keys;
    enum tum_asking_next next;
    const char *answer;
} rows[] = {
    {TUM_ASK_MESSAGE, "\r", TUM_ASKING_OK, "None"},
    {TUM_ASK_MESSAGE, "abc", TUM_ASKING_ON, "None"},
    {TUM_ASK_MESSAGE, "\x03", TUM_ASKING_CANCEL, "None"},
    {TUM_ASK_MESSAGE, BEGIN "\r", TUM_ASKING_ON, "None"},
    {TUM_ASK_QUESTION, "\r", TUM_ASKING_OK, "None"},
    {TUM_ASK_QUESTION, "Yes\r", TUM_ASKING_OK, "None"},
    {TUM_ASK_QUESTION, "no\r", TUM_ASKING_CANCEL, "None"},
    {TUM_ASK_QUESTION, "ye\r", TUM_ASKING_ON, "None"},
    {TUM_ASK_QUESTION, "ye\r\r", TUM_ASKING_OK, "None"},
    {TUM_ASK_IMAGE, "\r", TUM_ASKING_OK, "None"},
    {TUM_ASK_IMAGE, "q\r", TUM_ASKING_CANCEL, "None"},
    {TUM_ASK_SLEEP, "\r", TUM_ASKING_ON, "None"},
    {TUM_ASK_SLEEP, "cancel\r", TUM_ASKING_CANCEL, "None"},
    {TUM_ASK_VALUE, "5 V\r", TUM_ASKING_OK, "'5 V'"},
    {TUM_ASK_VALUE, "\r", TUM_ASKING_OK, "''"},
    {TUM_ASK_VALUE, "5\x03", TUM_ASKING_CANCEL, "'5'"},
    {TUM_ASK_VALUE, "5\x1a", TUM_ASKING_SUSPEND, "'5'"},
    {TUM_ASK_VALUE, BEGIN "\x1a", TUM_ASKING_ON, "''"},
    {TUM_ASK_VALUE, "\x04", TUM_ASKING_CANCEL, "''"},
    {TUM_ASK_VALUE, "5\x04", TUM_ASKING_ON, "'5'"},
    {TUM_ASK_VALUE, BEGIN "a\rb\x03\x04" END "\r", TUM_ASKING_OK, "'a b'"},
    {TUM_ASK_NOTE, ".\r", TUM_ASKING_OK, "''"},
    {TUM_ASK_NOTE, "a\rb\r.\r", TUM_ASKING_OK, "'a\\nb'"},
    {TUM_ASK_NOTE, "a\rb\x7f\x7f", TUM_ASKING_ON, "'a'"},
    {TUM_ASK_NOTE, "a\r\x7f!\r.\r", TUM_ASKING_OK, "'a!'"},
    {TUM_ASK_NOTE, BEGIN "a\r.\rb" END, TUM_ASKING_ON, "'a\\n.\\nb'"},
    {TUM_ASK_NOTE, "a\rb\x03", TUM_ASKING_CANCEL, "'a\\nb'"},
    {TUM_ASK_NOTE, "\r", TUM_ASKING_EDIT, "''"},
    {TUM_ASK_NOTE, "a\r\r", TUM_ASKING_ON, "'a\\n'"},
    {TUM_ASK_REFERENCES, "\r\r\r\r\r\r", TUM_ASKING_OK,
     "[['A', '1', 'p'], ['q', '', '']]"},
    {TUM_ASK_REFERENCES, "B\r\x7f\r", TUM_ASKING_ON, "[['B', '', 'p'], ['q', '', '']]"},
    {TUM_ASK_REFERENCES, "B\r\x1b[A", TUM_ASKING_ON,
     "[['B', '1', 'p'], ['q', '', '']]"},
    {TUM_ASK_REFERENCES, "\x1b[B\x1b[Bs,/\x03", TUM_ASKING_CANCEL,
     "[['A', '1', 's,/'], ['q', '', '']]"},
    {TUM_ASK_CHOICES, "\r", TUM_ASKING_OK,
     "[{'name': 'a', 'checked': True, 'choices': [{'name': 'b', 'checked': True}, "
     "{'name': 3, 'checked': False}]}, {'name': 'd', 'checked': True}]"},
    {TUM_ASK_CHOICES, "1,4\r", TUM_ASKING_ON,
     "[{'name': 'a', 'checked': False, 'choices': [{'name': 'b', 'checked': False}, "
     "{'name': 3, 'checked': False}]}, {'name': 'd', 'checked': False}]"},
    {TUM_ASK_CHOICES, "n\rbus \x03", TUM_ASKING_CANCEL,
     "[{'name': 'a', 'checked': False, 'choices': [{'name': 'b', 'checked': True}, "
     "{'name': 3, 'checked': False}]}, {'name': 'd', 'checked': False}]"},
    {TUM_ASK_CHOICES, "q\r", TUM_ASKING_CANCEL,
     "[{'name': 'a', 'checked': True, 'choices': [{'name': 'b', 'checked': True}, "
     "{'name': 3, 'checked': False}]}, {'name': 'd', 'checked': True}]"},
};

/* A request of a kind, with everything that kinds may have. */
static struct tum_ask request(enum tum_ask_kind kind)
{
    return (struct tum_ask){
        .kind = kind,
        .question = kind == TUM_ASK_SLEEP ? NULL : "Which one of them\nis it?",
        .file = "/p.png",
        .media_type = "image/png",
        .deflt = "5",
        .tree = json(TREE),
        .rows = json(REFERENCES),
        .title = "name",
        .path = "top > name",
        .branch = "left",
        .previous = json(kind == TUM_ASK_REFERENCES
                             ? "[[\"z\", \"z\", \"p\"], [\"q\"]]"
                             : "[{\"checked\": true, \"choices\": [{\"checked\": true},"
                               "{\"checked\": false}]}, {\"checked\": 1}]"),
    };
}

static void forget(struct tum_ask *ask)
{
    tum_val_release(&ask->tree);
    tum_val_release(&ask->rows);
    tum_val_release(&ask->previous);
}

START_TEST(answers)
{
    struct tum_ask ask = request(rows[_i].kind);
    struct tum_asking *asking = tum_asking_new(&ask, "vi");
    enum tum_asking_next next = type(asking, rows[_i].keys);
    tum_val answer = tum_asking_answer(asking);
    char *text = tum_val_to_repr(answer);

    ck_assert_int_eq(next, rows[_i].next);
    ck_assert_str_eq(text, rows[_i].answer);
    tum_free(text);
    tum_val_unref(answer);
    tum_asking_free(asking);
    forget(&ask);
}
END_TEST

/* Of every kind, at every size, after some keys: within the size, the cursor in it. */
START_TEST(sizes)
{
    enum tum_ask_kind kind = (enum tum_ask_kind)(_i % (TUM_ASK_SLEEP + 1));
    struct tum_asking_state state = {.waiting = 3, .left = 90 * TUM_SECOND};
    struct tum_ask ask = request(kind);
    struct tum_asking *asking = tum_asking_new(&ask, NULL);

    if (kind != TUM_ASK_MESSAGE)
        type(asking, "\xe6\xbc\xa2\xe5\xad\x97 x\x1b[D");
    if (_i > TUM_ASK_SLEEP)
        tum_asking_say(asking, "something is wrong with what was typed");
    for (size_t height = 1; height < 30; height++)
        for (size_t width = 1; width < 120; width += 1 + width / 10) {
            struct tum_panel panel;
            struct tum_str rest, line;
            size_t n = 0;
            bool more = true;

            tum_panel_init(&panel, height, width, false);
            tum_asking_show(asking, &state, &panel);
            rest = tum_buf_str(&panel.text);
            for (; tum_str_split(&rest, &more, '\n', &line); n++)
                ck_assert_msg(tum_utf8_columns(line) <= panel.most_columns,
                              "kind %d, %zu x %zu: '%.*s'", kind, width, height,
                              TUM_STR_ARG(line));
            ck_assert_msg(n <= panel.most_rows, "kind %d, %zu x %zu: %zu rows", kind,
                          width, height, n);
            ck_assert_uint_eq(n, panel.rows);
            ck_assert_uint_lt(panel.cursor_row, n);
            ck_assert_uint_le(panel.cursor_column, panel.most_columns);
            tum_panel_release(&panel);
        }
    tum_asking_free(asking);
    forget(&ask);
}
END_TEST

START_TEST(picture_of_a_panel)
{
    struct tum_asking_state state = {.waiting = 1, .left = TUM_FOREVER};
    struct tum_ask ask = request(TUM_ASK_CHOICES);
    struct tum_asking *asking = tum_asking_new(&ask, NULL);
    struct tum_panel panel;

    type(asking, "1 ");
    tum_panel_init(&panel, 12, 40, false);
    tum_asking_show(asking, &state, &panel);
    ck_assert_str_eq(panel.text.s,
                     "? [left] name              1 more waits\n"
                     "top > name\n"
                     "Which one of them\n"
                     "is it?\n"
                     "> 1 [ ] - a\n"
                     "  2 [ ]   b  Bus\n"
                     "  3 [ ]   3\n"
                     "  4 [x] d\n"
                     "1 of 4; space or number checks, a all,\xe2\x80\xa6\n"
                     "> ");
    ck_assert_uint_eq(panel.cursor_row, 9);
    ck_assert_uint_eq(panel.cursor_column, 2);
    tum_panel_release(&panel);
    tum_asking_free(asking);
    forget(&ask);
}
END_TEST

START_TEST(text_of_anybody)
{
    struct tum_ask ask = request(TUM_ASK_MESSAGE);
    struct tum_asking_state state = {.left = TUM_FOREVER};
    struct tum_asking *asking;
    struct tum_panel panel;

    ask.question = "a\x1b[2Jb\x07\xff"
                   "c\td";
    ask.title = "\x1b]0;x";
    asking = tum_asking_new(&ask, NULL);
    tum_panel_init(&panel, 24, 80, false);
    tum_asking_show(asking, &state, &panel);
    ck_assert_ptr_null(strchr(panel.text.s, '\x1b'));
    ck_assert_ptr_null(strchr(panel.text.s, '\x07'));
    ck_assert_ptr_nonnull(strstr(panel.text.s, "a?[2Jb??c d"));
    tum_panel_release(&panel);
    tum_asking_free(asking);
    forget(&ask);
}
END_TEST

#define LINE 1000

START_TEST(notes)
{
    struct tum_ask ask = request(TUM_ASK_NOTE);
    struct tum_asking *asking = tum_asking_new(&ask, "vi");
    char *line = tum_alloc(LINE + 1);
    tum_val answer;

    tum_asking_note(asking, TUM_S("a\nb\n\n\n"));
    answer = tum_asking_answer(asking);
    ck_assert(tum_str_is(tum_val_text(answer), "a\nb"));
    tum_val_unref(answer);
    memset(line, 'x', LINE);
    for (size_t i = 0; i < TUM_NOTE_LIMIT / LINE + 9; i++) {
        type(asking, line);
        type(asking, "\r");
    }
    answer = tum_asking_answer(asking);
    ck_assert_uint_le(tum_val_text(answer).n, TUM_NOTE_LIMIT + TUM_FIELD_LIMIT);
    tum_val_unref(answer);
    tum_free(line);
    tum_asking_free(asking);
    forget(&ask);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, answers, 0, TUM_LEN(rows));
    tcase_add_loop_test(t, sizes, 0, 2 * (TUM_ASK_SLEEP + 1));
    tcase_add_test(t, picture_of_a_panel);
    tcase_add_test(t, text_of_anybody);
    tcase_add_test(t, notes);
}

UNIT_MAIN("asking", add)
