/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kind of request is answered in one line at the bottom of its panel, so that Enter
 * is the key that decides and a stray one decides nothing; only the tree of choices knows
 * more keys. The words of the line are those of a plain dialogue: y, n, numbers, a line
 * with a dot.
 */
#include "cli/asking.h"
#include "base/utf8.h"
#include "cli/asktree.h"
#include "tum/mem.h"

#define HINT_LIMIT        ((size_t)200)
/* Rows below which a panel does without the path of the item, and without hints. */
#define ROWS_FOR_PATH     8
#define ROWS_FOR_HINT     6
/* Columns below which the cells of references are shown one at a time. */
#define COLUMNS_FOR_CELLS 20

#define CELLS 3
static const char *const cell_names[CELLS] = {"Reference", "Revision", "Serial number"};

struct tum_asking {
    const struct tum_ask *ask;
    const char *editor;
    struct tum_field field;
    bool pasting;
    struct tum_buf hint; /* until the next key; empty: that of the kind */

    struct tum_buf note; /* lines that are done, each with its end */
    struct tum_asktree tree;
    char **cells; /* CELLS a row */
    size_t cell_count, cell;
};

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

    asking->cell_count = rows * CELLS;
    asking->cells = tum_new_array(char *, asking->cell_count);
    for (size_t i = 0; i < asking->cell_count; i++) {
        const char *text = cell_of(asking->ask->rows, i / CELLS, i % CELLS);

        if (text[0] == '\0')
            text = cell_of(asking->ask->previous, i / CELLS, i % CELLS);
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
    tum_buf_init(&asking->hint, HINT_LIMIT);
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
    struct tum_list_builder *rows = tum_list_begin(asking->cell_count / CELLS);

    for (size_t i = 0; i < asking->cell_count; i += CELLS) {
        struct tum_list_builder *row = tum_list_begin(CELLS);

        for (size_t k = i; k < i + CELLS; k++)
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

/* ---- rows ---- */

/* "0:05", "1:02:03": rounded up, so that nothing is left at 0. */
static void add_time(struct tum_buf *out, tum_time left, bool full)
{
    long long s =
        (long long)((TUM_MAX(left, (tum_time)0) + TUM_SECOND - 1) / TUM_SECOND);

    if (full)
        tum_buf_addf(out, "%02lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    else if (s >= 3600)
        tum_buf_addf(out, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    else
        tum_buf_addf(out, "%lld:%02lld", s / 60, s % 60);
}

static void show_heading(const struct tum_asking *asking,
                         const struct tum_asking_state *state, struct tum_panel *panel)
{
    TUM_AUTO(tum_buf_release) struct tum_buf title = TUM_BUF_INIT(TUM_PANEL_LIMIT);
    TUM_AUTO(tum_buf_release) struct tum_buf beside = TUM_BUF_INIT(HINT_LIMIT);
    const struct tum_ask *ask = asking->ask;
    size_t room = panel->most_columns, width;

    tum_buf_adds(&title, "? ");
    if (ask->branch[0] != '\0')
        tum_buf_addf(&title, "[%s] ", ask->branch);
    tum_buf_adds(&title, ask->title);
    if (state->waiting > 0)
        tum_buf_addf(&beside, "%zu more wait%s", state->waiting,
                     state->waiting == 1 ? "s" : "");
    if (state->left != TUM_FOREVER && ask->kind != TUM_ASK_SLEEP) {
        tum_buf_adds(&beside, beside.len > 0 ? ", " : "");
        add_time(&beside, state->left, false);
        tum_buf_adds(&beside, " left");
    }
    tum_panel_row(panel);
    if (beside.len > 0 && beside.len + 12 < room)
        room -= beside.len + 2;
    width = tum_panel_add(panel, tum_buf_str(&title), room, TUM_PANEL_STRONG);
    if (beside.len > 0 && room < panel->most_columns) {
        tum_buf_fill(&panel->text, ' ', panel->most_columns - beside.len - width);
        tum_panel_add(panel, tum_buf_str(&beside), beside.len, TUM_PANEL_FAINT);
    }
    if (panel->most_rows >= ROWS_FOR_PATH)
        tum_panel_line(panel, tum_str_of(ask->path), TUM_PANEL_FAINT);
}

static void show_entry(const struct tum_asking *asking, size_t i,
                       struct tum_panel *panel)
{
    TUM_AUTO(tum_buf_release) struct tum_buf row = TUM_BUF_INIT(TUM_PANEL_LIMIT);
    const struct tum_asktree *tree = &asking->tree;
    const struct tum_asktree_entry *entry = &tree->entries[i];
    TUM_AUTO(tum_freep) char *name = tum_val_to_str(entry->name);
    size_t left = panel->most_columns;
    int digits = 1;

    for (size_t n = tree->count; n >= 10; n /= 10)
        digits++;
    tum_buf_addf(&row, "%c %*zu [%c] ", i == tree->current ? '>' : ' ', digits, i + 1,
                 entry->checked ? 'x' : ' ');
    tum_buf_fill(&row, ' ', TUM_MIN(2 * entry->depth, left / 3));
    if (entry->end > i + 1)
        tum_buf_adds(&row, entry->folded && !tree->filtered ? "+ " : "- ");
    tum_buf_adds(&row, name);
    tum_panel_row(panel);
    left -= tum_panel_add(panel, tum_buf_str(&row), left,
                          i == tree->current ? TUM_PANEL_STRONG : TUM_PANEL_PLAIN);
    if (entry->description.n > 0 && left > 3) {
        tum_buf_adds(&panel->text, "  ");
        tum_panel_add(panel, entry->description, left - 2, TUM_PANEL_FAINT);
    }
}

/* As many entries as there is room for, the current one among them. */
static void show_tree(const struct tum_asking *asking, struct tum_panel *panel,
                      size_t room)
{
    const struct tum_asktree *tree = &asking->tree;
    size_t seen = 0, current = 0, start, row = 0;

    for (size_t i = tum_asktree_first(tree); i < tree->count;
         i = tum_asktree_next(tree, i)) {
        if (i == tree->current)
            current = seen;
        seen++;
    }
    start = current > room / 2 ? current - room / 2 : 0;
    start = TUM_MIN(start, seen > room ? seen - room : 0);
    for (size_t i = tum_asktree_first(tree); i < tree->count && row < start + room;
         i = tum_asktree_next(tree, i), row++)
        if (row >= start)
            show_entry(asking, i, panel);
    if (seen == 0)
        tum_panel_line(panel, TUM_S("  nothing of that name"), TUM_PANEL_FAINT);
}

static void show_row(const struct tum_asking *asking, size_t row,
                     struct tum_panel *panel)
{
    size_t width = (panel->most_columns - 2) / CELLS;
    bool current = row == asking->cell / CELLS;

    tum_panel_row(panel);
    tum_buf_adds(&panel->text, current ? "> " : "  ");
    /* A narrow terminal has room for the cell that is asked for. */
    if (panel->most_columns < COLUMNS_FOR_CELLS) {
        tum_panel_add(panel, tum_str_of(asking->cells[asking->cell]),
                      panel->most_columns - 2, TUM_PANEL_PLAIN);
        return;
    }
    for (size_t i = row * CELLS; i < (row + 1) * CELLS; i++) {
        size_t used =
            tum_panel_add(panel, tum_str_of(asking->cells[i]), width - 1,
                          i == asking->cell ? TUM_PANEL_STRONG : TUM_PANEL_PLAIN);

        if ((i + 1) % CELLS != 0)
            tum_buf_fill(&panel->text, ' ', width - used);
    }
}

static void show_cells(const struct tum_asking *asking, struct tum_panel *panel,
                       size_t room)
{
    size_t width = (panel->most_columns - 2) / CELLS;
    size_t rows = asking->cell_count / CELLS, current = asking->cell / CELLS, start;

    if (panel->most_columns < COLUMNS_FOR_CELLS) {
        show_row(asking, current, panel);
        return;
    }
    if (room > 2) {
        tum_panel_row(panel);
        tum_buf_adds(&panel->text, "  ");
        for (size_t k = 0; k < CELLS; k++) {
            size_t used = tum_panel_add(panel, tum_str_of(cell_names[k]), width - 1,
                                        TUM_PANEL_FAINT);

            if (k + 1 < CELLS)
                tum_buf_fill(&panel->text, ' ', width - used);
        }
        room--;
    }
    start = current > room / 2 ? current - room / 2 : 0;
    start = TUM_MIN(start, rows > room ? rows - room : 0);
    for (size_t row = start; row < rows && row < start + room; row++)
        show_row(asking, row, panel);
}

/* The last lines that are done. */
static void show_note(const struct tum_asking *asking, struct tum_panel *panel,
                      size_t room)
{
    struct tum_str rest = tum_buf_str(&asking->note), line;
    size_t start = rest.n, lines = 0;
    bool more = true;

    while (start > 0 && lines < room) {
        start--;
        while (start > 0 && rest.s[start - 1] != '\n')
            start--;
        lines++;
    }
    rest = tum_str_sub(rest, start, rest.n > 0 ? rest.n - 1 : 0);
    while (lines > 0 && tum_str_split(&rest, &more, '\n', &line)) {
        tum_panel_row(panel);
        tum_buf_adds(&panel->text, "| ");
        tum_panel_add(panel, line, panel->most_columns - 2, TUM_PANEL_PLAIN);
    }
}

/* What can be done, in few words. */
static void add_hint(const struct tum_asking *asking, struct tum_buf *out)
{
    size_t checked = 0;

    switch (asking->ask->kind) {
    case TUM_ASK_MESSAGE:
    case TUM_ASK_QUESTION:
        break;
    case TUM_ASK_VALUE:
        if (asking->ask->deflt[0] == '\0' && asking->field.text.len == 0)
            tum_buf_adds(out, "an empty answer fails; Ctrl-C cancels");
        break;
    case TUM_ASK_IMAGE:
    case TUM_ASK_SLEEP:
        tum_buf_adds(out, "q Enter or Ctrl-C cancels");
        break;
    case TUM_ASK_NOTE:
        if (asking->editor != NULL && asking->note.len == 0)
            tum_buf_addf(out, "Enter opens %s; ", asking->editor);
        tum_buf_adds(out, "a line with only . ends the note, Ctrl-C cancels");
        break;
    case TUM_ASK_CHOICES:
        for (size_t i = 0; i < asking->tree.count; i++)
            checked += asking->tree.entries[i].checked;
        tum_buf_addf(out,
                     "%zu of %zu; space or number checks, a all, n none, f fold, q "
                     "cancel, text filters",
                     checked, asking->tree.count);
        break;
    case TUM_ASK_REFERENCES:
        tum_buf_adds(out, "Enter takes the cell, arrows move, Ctrl-C cancels");
        break;
    }
}

static void add_prompt(const struct tum_asking *asking, tum_time left,
                       struct tum_buf *out)
{
    const struct tum_ask *ask = asking->ask;

    switch (ask->kind) {
    case TUM_ASK_MESSAGE:
    case TUM_ASK_IMAGE:
        tum_buf_adds(out, "Press Enter to continue... ");
        break;
    case TUM_ASK_QUESTION:
        tum_buf_adds(out, "[Y/n] ");
        break;
    case TUM_ASK_VALUE:
        if (ask->deflt[0] != '\0')
            tum_buf_addf(out, "[%s] ", ask->deflt);
        tum_buf_adds(out, "> ");
        break;
    case TUM_ASK_NOTE:
    case TUM_ASK_CHOICES:
        tum_buf_adds(out, "> ");
        break;
    case TUM_ASK_REFERENCES:
        if (asking->cell_count > CELLS)
            tum_buf_addf(out, "%zu. ", asking->cell / CELLS + 1);
        tum_buf_addf(out, "%s [%s]: ", cell_names[asking->cell % CELLS],
                     asking->cells[asking->cell]);
        break;
    case TUM_ASK_SLEEP:
        add_time(out, left, true);
        tum_buf_addc(out, ' ');
        break;
    }
}

static void show_prompt(const struct tum_asking *asking, tum_time left,
                        struct tum_panel *panel)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_PANEL_LIMIT);
    size_t used, cursor;

    add_prompt(asking, left, &text);
    tum_panel_row(panel);
    used = tum_panel_add(panel, tum_buf_str(&text),
                         panel->most_columns > 20 ? panel->most_columns - 12
                                                  : panel->most_columns / 2,
                         TUM_PANEL_PLAIN);
    tum_field_show(&asking->field, panel->most_columns - used, &panel->text, &cursor);
    panel->cursor_row = panel->rows - 1;
    panel->cursor_column = used + cursor;
}

/* How the rows of a panel are shared out: the prompt first, then what the kind cannot do
   without, the heading, the question; path, hint and more of the body when there is room. */
struct shares {
    bool heading, hint;
    size_t question, body;
};

static void share(const struct tum_asking *asking, struct tum_panel *panel, bool said,
                  struct shares *ret)
{
    enum tum_ask_kind kind = asking->ask->kind;
    size_t left = panel->most_rows - 1;
    size_t body = kind == TUM_ASK_CHOICES || kind == TUM_ASK_REFERENCES ? 1 : 0;
    size_t wish = kind == TUM_ASK_CHOICES      ? panel->most_rows / 2
                  : kind == TUM_ASK_NOTE       ? panel->most_rows / 3
                  : kind == TUM_ASK_REFERENCES ? 3
                  : kind == TUM_ASK_IMAGE      ? 1
                                               : 0;

    ret->hint = (said && left > body) || panel->most_rows >= ROWS_FOR_HINT;
    left -= ret->hint;
    ret->heading = left > body;
    left -= ret->heading;
    left -= panel->most_rows >= ROWS_FOR_PATH;
    wish = TUM_MIN(wish, left);
    ret->question = left > wish ? left - wish : left > body;
    ret->body = left - ret->question;
}

void tum_asking_show(const struct tum_asking *asking,
                     const struct tum_asking_state *state, struct tum_panel *panel)
{
    TUM_AUTO(tum_buf_release) struct tum_buf hint = TUM_BUF_INIT(HINT_LIMIT);
    const struct tum_ask *ask = asking->ask;
    struct shares shares;
    size_t question;

    share(asking, panel, asking->hint.len > 0, &shares);
    if (shares.hint && asking->hint.len > 0)
        tum_buf_addt(&hint, tum_buf_str(&asking->hint));
    else if (shares.hint)
        add_hint(asking, &hint);
    if (shares.heading)
        show_heading(asking, state, panel);
    question = panel->rows;
    if (ask->question != NULL)
        tum_panel_wrap(panel, tum_str_of(ask->question), shares.question);
    shares.body += shares.question - (panel->rows - question);
    if (ask->kind == TUM_ASK_CHOICES)
        show_tree(asking, panel, shares.body);
    else if (ask->kind == TUM_ASK_REFERENCES)
        show_cells(asking, panel, shares.body);
    else if (ask->kind == TUM_ASK_NOTE)
        show_note(asking, panel, shares.body);
    else if (ask->kind == TUM_ASK_IMAGE && shares.body > 0)
        tum_panel_line(panel, tum_str_of(ask->file), TUM_PANEL_PLAIN);
    if (hint.len > 0)
        tum_panel_line(panel, tum_buf_str(&hint), TUM_PANEL_FAINT);
    show_prompt(asking, state->left, panel);
}
