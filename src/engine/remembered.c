/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Remembered answers, a JSON file of the user's state folder: {"choices": {NAME: tree},
 * "references": rows}. Read and written whole, at each answer; of two runs that answer
 * at the same time the last one is remembered.
 */
#include "engine/remembered.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "tum/mem.h"
#include <stdlib.h>

/* XDG base directories: state. NULL: the user has no home. */
static char *file_path(void)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (state != NULL && state[0] == '/')
        return tum_path_join(state, "tum/answers.json");
    if (home != NULL && home[0] == '/')
        return tum_path_join(home, ".local/state/tum/answers.json");
    return NULL;
}

static tum_val read_all(const char *path)
{
    TUM_AUTO(tum_freep) char *text = NULL;
    struct tum_error *err = NULL;
    size_t length;
    tum_val all;

    if (tum_file_read(path, TUM_REMEMBERED_BYTES, &text, &length, &err) &&
        tum_json_read(tum_str_n(text, length), (struct tum_span){0}, &all, &err))
        return all;
    tum_error_free(err);
    return tum_val_none();
}

static tum_val field(tum_val map, const char *key)
{
    tum_val v;

    return tum_map_peeks(map, key, &v) ? v : tum_val_none();
}

tum_val tum_remembered_get(enum tum_ask_kind kind, const char *name)
{
    TUM_AUTO(tum_freep) char *path = file_path();
    tum_val all, found;

    if (path == NULL)
        return tum_val_none();
    all = read_all(path);
    found = kind == TUM_ASK_CHOICES ? field(field(all, "choices"), name)
                                    : field(all, "references");
    found = tum_val_ref(found);
    tum_val_unref(all);
    return found;
}

/* The names and icons of a tree are the campaign's; only what was checked is kept. */
static tum_val checks_of(tum_val tree)
{
    struct tum_list_builder *b = tum_list_begin(tum_list_len(tree));

    tum_list_each (entry, tree) {
        struct tum_map_builder *m = tum_map_begin(2);
        tum_val below = field(*entry, "choices");

        tum_map_adds(m, "checked",
                     tum_val_bool(tum_val_truth(field(*entry, "checked"))));
        if (tum_val_is_seq(below))
            tum_map_adds(m, "choices", checks_of(below));
        tum_list_add(b, tum_map_end(m));
    }
    return tum_list_end(b);
}

/* The name goes last: the first ones are the oldest. */
static tum_val with_name(tum_val names, const char *name, tum_val tree)
{
    struct tum_map_builder *b = tum_map_begin(8);
    size_t excess = tum_map_len(names) >= TUM_REMEMBERED_NAMES
                        ? tum_map_len(names) - TUM_REMEMBERED_NAMES + 1
                        : 0;

    tum_map_each (entry, names) {
        if (excess > 0)
            excess--;
        else if (!tum_str_is(tum_val_text(entry->key), name))
            tum_map_add(b, tum_val_ref(entry->key), tum_val_ref(entry->value));
    }
    tum_map_adds(b, name, checks_of(tree));
    return tum_map_end(b);
}

static tum_val changed(tum_val all, enum tum_ask_kind kind, const char *name,
                       tum_val answer)
{
    struct tum_map_builder *b = tum_map_begin(2);
    bool choices = kind == TUM_ASK_CHOICES;

    tum_map_adds(b, "choices",
                 choices ? with_name(field(all, "choices"), name, answer)
                         : tum_val_ref(field(all, "choices")));
    tum_map_adds(b, "references",
                 tum_val_ref(choices ? field(all, "references") : answer));
    return tum_map_end(b);
}

void tum_remembered_set(enum tum_ask_kind kind, const char *name, tum_val answer)
{
    static const struct tum_json_style style = {.indent = 1};
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_REMEMBERED_BYTES);
    TUM_AUTO(tum_freep) char *path = file_path();
    TUM_AUTO(tum_freep) char *folder = path != NULL ? tum_path_folder(path) : NULL;
    struct tum_error *err = NULL;
    tum_val all, next;

    if (path == NULL)
        return;
    all = read_all(path);
    next = changed(all, kind, name, answer);
    if (!tum_json_write(&text, next, &style, &err) || text.full ||
        !tum_folder_make(folder, &err) ||
        !tum_file_replace(path, tum_buf_str(&text), &err))
        tum_log(TUM_AREA_ENGINE, 1, "answers are not remembered in '%s'", path);
    tum_error_free(err);
    tum_val_unref(all);
    tum_val_unref(next);
}
