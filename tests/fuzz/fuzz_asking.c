/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys for requests: src/cli/askkeys.c, asking.c, asktree.c, askrows.c. The first byte is
 * the kind, the second the width and height of the terminal, the rest was typed. The panel
 * always fits, with the cursor in it.
 */
#include "base/utf8.h"
#include "cli/asking.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static tum_val json(const char *text)
{
    struct tum_error *err = NULL;
    tum_val v;

    if (!tum_json_read(tum_str_of(text), (struct tum_span){0}, &v, &err))
        tum_bug("the fuzzer has a mistake");
    return v;
}

static void show(const struct tum_asking *asking, size_t rows, size_t columns)
{
    struct tum_asking_state state = {.waiting = 1, .left = 5 * TUM_SECOND};
    struct tum_panel panel;
    struct tum_str rest, line;
    bool more = true;
    size_t n = 0;

    tum_panel_init(&panel, rows, columns, false);
    tum_asking_show(asking, &state, &panel);
    rest = tum_buf_str(&panel.text);
    for (; tum_str_split(&rest, &more, '\n', &line); n++)
        if (tum_utf8_columns(line) > panel.most_columns)
            tum_bug("a row is too wide");
    if (n > panel.most_rows || panel.cursor_row >= n ||
        panel.cursor_column > panel.most_columns)
        tum_bug("the panel does not fit");
    tum_panel_release(&panel);
}

static void type(struct tum_asking *asking, struct tum_str bytes, size_t rows,
                 size_t columns)
{
    enum tum_asking_next next = TUM_ASKING_ON;
    struct tum_key key;
    size_t n;

    while ((next == TUM_ASKING_ON || next == TUM_ASKING_SUSPEND) &&
           (n = tum_key_take(bytes, true, &key)) > 0) {
        bytes = tum_str_sub(bytes, n, bytes.n);
        next = tum_asking_key(asking, &key);
        show(asking, rows, columns);
    }
    tum_val_unref(tum_asking_answer(asking));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tum_ask ask = {.question = "What\nis it?",
                          .file = "/p.png",
                          .deflt = "5",
                          .title = "name",
                          .path = "top > name",
                          .branch = "left"};
    struct tum_asking *asking;

    if (size < 2)
        return 0;
    ask.kind = (enum tum_ask_kind)(data[0] % (TUM_ASK_SLEEP + 1));
    ask.tree = json("[{\"name\": \"a\", \"choices\": [{\"name\": \"b\"}, {\"name\": "
                    "\"bc\", \"choices\": [{\"name\": 3}]}]}, {\"name\": \"d\"}]");
    ask.rows = json("[[\"A\", \"1\"], [\"\"], []]");
    ask.previous = json("[[\"z\", 1, \"p\"], \"q\"]");
    asking = tum_asking_new(&ask, data[0] > 127 ? "vi" : NULL);
    type(asking, tum_str_n((const char *)data + 2, size - 2), data[1] % 16,
         (size_t)data[1] / 2);
    tum_asking_free(asking);
    tum_val_unref(ask.tree);
    tum_val_unref(ask.rows);
    tum_val_unref(ask.previous);
    return 0;
}
