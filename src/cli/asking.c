/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kind of request is answered in one line at the bottom of its panel, so that Enter
 * is the key that decides and a stray one decides nothing; only the tree of choices knows
 * more keys. The words of the line are those of a plain dialogue: y, n, numbers, a line
 * with a dot. What is shown is in askrows.c.
 */
#include "cli/asking.h"
#include "cli/askstate.h"
#include "tum/mem.h"

/* ---- the cells of references ---- */

/* An empty cell counts as not given. */
static const char *cell_of(tum_val rows, size_t row, size_t column)
{
    tum_val cells =
        row < tum_list_len(rows) ? tum_list_items(rows)[row] : tum_val_none();

    return column < tum_list_len(cells) ? tum_val_text(tum_list_items(cells)[column]).s
                                        : "";
}

static void fill_cells(struct tum_asking *asking)
{
    size_t rows = tum_list_len(asking->ask->rows);

    asking->cell_count = rows * TUM_ASKING_CELLS;
    asking->cells = tum_new_array(char *, asking->cell_count);
    for (size_t i = 0; i < asking->cell_count; i++) {
        const char *text =
            cell_of(asking->ask->rows, i / TUM_ASKING_CELLS, i % TUM_ASKING_CELLS);

        if (text[0] == '\0')
            text = cell_of(asking->ask->previous, i / TUM_ASKING_CELLS,
                           i % TUM_ASKING_CELLS);
        asking->cells[i] = tum_strdup(text);
    }
}

static void keep_cell(struct tum_asking *asking)
{
    if (asking->field.text.len == 0)
        return;
    tum_free(asking->cells[asking->cell]);
    asking->cells[asking->cell] = tum_strdup(asking->field.text.s);
    tum_field_set(&asking->field, TUM_S(""));
}

/* ---- life ---- */

struct tum_asking *tum_asking_new(const struct tum_ask *ask, const char *editor)
{
    struct tum_asking *asking = tum_new(struct tum_asking);

    asking->ask = ask;
    asking->editor = editor;
    tum_field_init(&asking->field);
    tum_buf_init(&asking->hint, TUM_ASKING_HINT);
    tum_buf_init(&asking->note, TUM_NOTE_LIMIT);
    if (ask->kind == TUM_ASK_CHOICES)
        tum_asktree_init(&asking->tree, ask->tree, ask->previous);
    if (ask->kind == TUM_ASK_REFERENCES)
        fill_cells(asking);
    return asking;
}

void tum_asking_free(struct tum_asking *asking)
{
    if (asking == NULL)
        return;
    for (size_t i = 0; i < asking->cell_count; i++)
        tum_free(asking->cells[i]);
    tum_free(asking->cells);
    tum_asktree_release(&asking->tree);
    tum_buf_release(&asking->note);
    tum_buf_release(&asking->hint);
    tum_field_release(&asking->field);
    tum_free(asking);
}

void tum_asking_say(struct tum_asking *asking, const char *text)
{
    tum_buf_reset(&asking->hint);
    tum_buf_adds(&asking->hint, text);
}

/* ---- lines ---- */

static bool is_word(const struct tum_asking *asking, const char *a, const char *b)
{
    struct tum_str text = tum_str_trim(tum_buf_str(&asking->field.text));

    return tum_str_is_nocase(text, a) || tum_str_is_nocase(text, b);
}

static enum tum_asking_next enter_question(struct tum_asking *asking)
{
    if (is_word(asking, "", "y") || is_word(asking, "yes", "yes"))
        return TUM_ASKING_OK;
    if (is_word(asking, "n", "no"))
        return TUM_ASKING_CANCEL;
    tum_field_set(&asking->field, TUM_S(""));
    tum_asking_say(asking, "y or n");
    return TUM_ASKING_ON;
}

/* Of what can only be accepted or cancelled. */
static enum tum_asking_next enter_or_quit(struct tum_asking *asking,
                                          enum tum_asking_next accepted)
{
    if (is_word(asking, "", ""))
        return accepted;
    if (is_word(asking, "q", "cancel"))
        return TUM_ASKING_CANCEL;
    tum_field_set(&asking->field, TUM_S(""));
    tum_asking_say(asking, "q cancels");
    return TUM_ASKING_ON;
}

static enum tum_asking_next enter_note(struct tum_asking *asking)
{
    struct tum_str line = tum_buf_str(&asking->field.text);

    if (!asking->pasting && tum_str_is(line, "."))
        return TUM_ASKING_OK;
    if (!asking->pasting && line.n == 0 && asking->note.len == 0 &&
        asking->editor != NULL)
        return TUM_ASKING_EDIT;
    if (asking->note.len + line.n + 1 > TUM_NOTE_LIMIT) {
        tum_asking_say(asking, "the note is full");
        return TUM_ASKING_ON;
    }
    tum_buf_addt(&asking->note, line);
    tum_buf_addc(&asking->note, '\n');
    tum_field_set(&asking->field, TUM_S(""));
    return TUM_ASKING_ON;
}

static enum tum_asking_next enter_cell(struct tum_asking *asking)
{
    keep_cell(asking);
    if (asking->cell + 1 >= asking->cell_count)
        return TUM_ASKING_OK;
    asking->cell++;
    return TUM_ASKING_ON;
}

void tum_asking_note(struct tum_asking *asking, struct tum_str text)
{
    while (text.n > 0 && text.s[text.n - 1] == '\n')
        text.n--;
    tum_buf_reset(&asking->note);
    tum_field_set(&asking->field, TUM_S(""));
    if (text.n == 0)
        return;
    tum_buf_addt(&asking->note, text);
    tum_buf_addc(&asking->note, '\n');
}

/* ---- the line below a tree ---- */

/* Numbers with commas or blanks between; false: something else. */
static bool toggle_numbers(struct tum_asking *asking, bool dry)
{
    struct tum_str rest = tum_buf_str(&asking->field.text), piece;
    bool more = true, any = false;
    int64_t n;

    while (tum_str_split(&rest, &more, ',', &piece)) {
        piece = tum_str_trim(piece);
        if (piece.n == 0)
            continue;
        if (piece.s[0] < '0' || piece.s[0] > '9' || !tum_str_int(piece, &n))
            return false;
        any = true;
        if (dry)
            continue;
        if (n >= 1 && (uint64_t)n <= asking->tree.count) {
            asking->tree.current = (size_t)n - 1;
            tum_asktree_toggle(&asking->tree, (size_t)n - 1);
        } else {
            tum_buf_addf(&asking->hint, "there is no entry %lld ", (long long)n);
        }
    }
    return any;
}

static bool is_command(const struct tum_asking *asking)
{
    return is_word(asking, "a", "n") || is_word(asking, "f", "q");
}

/* What is typed and no command narrows the tree; "/" makes anything such a text. */
static void filter_tree(struct tum_asking *asking)
{
    struct tum_str text = tum_buf_str(&asking->field.text);

    if (text.n > 0 && text.s[0] == '/')
        text = tum_str_sub(text, 1, text.n);
    else if (is_command(asking) || toggle_numbers(asking, true))
        text = TUM_S("");
    tum_asktree_filter(&asking->tree, text);
}

static enum tum_asking_next enter_tree(struct tum_asking *asking)
{
    if (asking->field.text.len == 0)
        return TUM_ASKING_OK;
    if (is_word(asking, "q", "q"))
        return TUM_ASKING_CANCEL;
    if (is_word(asking, "a", "n"))
        tum_asktree_check_all(&asking->tree, is_word(asking, "a", "a"));
    else if (is_word(asking, "f", "f"))
        tum_asktree_fold_all(&asking->tree, !tum_asktree_is_folded(&asking->tree));
    else
        toggle_numbers(asking, false);
    tum_field_set(&asking->field, TUM_S(""));
    filter_tree(asking);
    return TUM_ASKING_ON;
}

static void go_in(struct tum_asktree *tree)
{
    if (tree->entries[tree->current].folded)
        tum_asktree_fold(tree, tree->current, false);
    else if (tree->entries[tree->current].end > tree->current + 1)
        tum_asktree_down(tree);
}

static void go_out(struct tum_asktree *tree)
{
    const struct tum_asktree_entry *entry = &tree->entries[tree->current];

    if (!entry->folded && entry->end > tree->current + 1)
        tum_asktree_fold(tree, tree->current, true);
    else
        tree->current = entry->parent;
}

/* True when the key was one of the tree's own. */
static bool tree_key(struct tum_asking *asking, const struct tum_key *key)
{
    struct tum_asktree *tree = &asking->tree;
    bool typed = asking->field.text.len > 0;

    if (tree->count == 0 || asking->pasting)
        return false;
    if (key->kind == TUM_KEY_UP) {
        tum_asktree_up(tree);
    } else if (key->kind == TUM_KEY_DOWN) {
        tum_asktree_down(tree);
    } else if (key->kind == TUM_KEY_LEFT && !typed) {
        go_out(tree);
    } else if (key->kind == TUM_KEY_RIGHT && !typed) {
        go_in(tree);
    } else if (key->kind == TUM_KEY_TAB) {
        tum_asktree_fold(tree, tree->current, !tree->entries[tree->current].folded);
    } else if (key->kind == TUM_KEY_TEXT && tum_str_is(key->text, " ")) {
        if (typed && toggle_numbers(asking, true))
            enter_tree(asking);
        else
            tum_asktree_toggle(tree, tree->current);
    } else {
        return false;
    }
    return true;
}

/* ---- keys ---- */

static enum tum_asking_next enter(struct tum_asking *asking)
{
    switch (asking->ask->kind) {
    case TUM_ASK_MESSAGE:
        return TUM_ASKING_OK;
    case TUM_ASK_QUESTION:
        return enter_question(asking);
    case TUM_ASK_IMAGE:
        return enter_or_quit(asking, TUM_ASKING_OK);
    case TUM_ASK_SLEEP:
        return enter_or_quit(asking, TUM_ASKING_ON);
    case TUM_ASK_VALUE:
        return TUM_ASKING_OK;
    case TUM_ASK_NOTE:
        return enter_note(asking);
    case TUM_ASK_CHOICES:
        return enter_tree(asking);
    case TUM_ASK_REFERENCES:
        return enter_cell(asking);
    }
    return TUM_ASKING_ON;
}

/* Backspace in an empty line: into the line before, or takes the default away. */
static void erase_backwards(struct tum_asking *asking)
{
    if (asking->ask->kind == TUM_ASK_REFERENCES) {
        asking->cells[asking->cell][0] = '\0';
    } else if (asking->ask->kind == TUM_ASK_NOTE && asking->note.len > 0) {
        size_t start = asking->note.len - 1;

        while (start > 0 && asking->note.s[start - 1] != '\n')
            start--;
        tum_field_set(&asking->field, tum_str_sub(tum_buf_str(&asking->note), start,
                                                  asking->note.len - 1));
        tum_buf_truncate(&asking->note, start);
    }
}

static void move_cell(struct tum_asking *asking, bool up)
{
    keep_cell(asking);
    if (up && asking->cell > 0)
        asking->cell--;
    else if (!up && asking->cell + 1 < asking->cell_count)
        asking->cell++;
}

static void edit(struct tum_asking *asking, const struct tum_key *key)
{
    const struct tum_key blank = {.kind = TUM_KEY_TEXT, .text = TUM_S(" ")};
    enum tum_ask_kind kind = asking->ask->kind;

    if (kind == TUM_ASK_MESSAGE)
        return;
    /* A line end that is pasted into one line, and a tab, are blanks. */
    if (key->kind == TUM_KEY_TAB || key->kind == TUM_KEY_ENTER)
        key = &blank;
    if (kind == TUM_ASK_REFERENCES &&
        (key->kind == TUM_KEY_UP || key->kind == TUM_KEY_DOWN))
        move_cell(asking, key->kind == TUM_KEY_UP);
    else if (key->kind == TUM_KEY_ERASE && asking->field.text.len == 0)
        erase_backwards(asking);
    else if (key->kind == TUM_KEY_ESCAPE)
        tum_field_set(&asking->field, TUM_S(""));
    else
        tum_field_key(&asking->field, key);
    if (kind == TUM_ASK_CHOICES)
        filter_tree(asking);
}

enum tum_asking_next tum_asking_key(struct tum_asking *asking,
                                    const struct tum_key *key)
{
    enum tum_ask_kind kind = asking->ask->kind;

    tum_buf_reset(&asking->hint);
    if (key->kind == TUM_KEY_PASTE_BEGIN || key->kind == TUM_KEY_PASTE_END) {
        asking->pasting = key->kind == TUM_KEY_PASTE_BEGIN;
        return TUM_ASKING_ON;
    }
    if (key->kind == TUM_KEY_ENTER && (!asking->pasting || kind == TUM_ASK_NOTE))
        return enter(asking);
    if (!asking->pasting && key->kind == TUM_KEY_CANCEL)
        return TUM_ASKING_CANCEL;
    if (!asking->pasting && key->kind == TUM_KEY_SUSPEND)
        return TUM_ASKING_SUSPEND;
    /* In a line that was begun, control-D deletes, as in other lines. */
    if (!asking->pasting && key->kind == TUM_KEY_END_OF_INPUT) {
        if (asking->field.text.len == 0)
            return TUM_ASKING_CANCEL;
        edit(asking, &(struct tum_key){.kind = TUM_KEY_DELETE});
        return TUM_ASKING_ON;
    }
    if (kind != TUM_ASK_CHOICES || !tree_key(asking, key))
        edit(asking, key);
    return TUM_ASKING_ON;
}

/* ---- answers ---- */

static tum_val note_answer(const struct tum_asking *asking)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_NOTE_LIMIT + TUM_FIELD_LIMIT);
    tum_val answer;

    tum_buf_addt(&text, tum_buf_str(&asking->note));
    if (tum_str_is(tum_buf_str(&asking->field.text), ".") ||
        asking->field.text.len == 0) {
        if (text.len > 0)
            tum_buf_truncate(&text, text.len - 1); /* the end of the last line */
    } else {
        tum_buf_addt(&text, tum_buf_str(&asking->field.text));
    }
    answer = tum_val_text_of(tum_buf_str(&text));
    tum_buf_release(&text);
    return answer;
}

static tum_val cells_answer(const struct tum_asking *asking)
{
    struct tum_list_builder *rows =
        tum_list_begin(asking->cell_count / TUM_ASKING_CELLS);

    for (size_t i = 0; i < asking->cell_count; i += TUM_ASKING_CELLS) {
        struct tum_list_builder *row = tum_list_begin(TUM_ASKING_CELLS);

        for (size_t k = i; k < i + TUM_ASKING_CELLS; k++)
            tum_list_add(row,
                         tum_val_str(k == asking->cell && asking->field.text.len > 0
                                         ? asking->field.text.s
                                         : asking->cells[k]));
        tum_list_add(rows, tum_list_end(row));
    }
    return tum_list_end(rows);
}

tum_val tum_asking_answer(const struct tum_asking *asking)
{
    switch (asking->ask->kind) {
    case TUM_ASK_VALUE:
        return tum_val_text_of(tum_buf_str(&asking->field.text));
    case TUM_ASK_NOTE:
        return note_answer(asking);
    case TUM_ASK_CHOICES:
        return tum_asktree_answer(&asking->tree);
    case TUM_ASK_REFERENCES:
        return cells_answer(asking);
    case TUM_ASK_MESSAGE:
    case TUM_ASK_QUESTION:
    case TUM_ASK_IMAGE:
    case TUM_ASK_SLEEP:
        break;
    }
    return tum_val_none();
}
