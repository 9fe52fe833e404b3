/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a request: heading, question, what its kind shows, hint and prompt, as many
 * of each as there is room for. The prompt is always there.
 */
#include "cli/askstate.h"
#include "tum/mem.h"

/* Rows below which a panel does without the path of the item, and without hints. */
#define ROWS_FOR_PATH     8
#define ROWS_FOR_HINT     6
/* Columns below which the cells of references are shown one at a time. */
#define COLUMNS_FOR_CELLS 20

static const char *const cell_names[TUM_ASKING_CELLS] = {"Reference", "Revision",
                                                         "Serial number"};

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
    TUM_AUTO(tum_buf_release) struct tum_buf beside = TUM_BUF_INIT(TUM_ASKING_HINT);
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
    size_t width = (panel->most_columns - 2) / TUM_ASKING_CELLS;
    bool current = row == asking->cell / TUM_ASKING_CELLS;

    tum_panel_row(panel);
    tum_buf_adds(&panel->text, current ? "> " : "  ");
    /* A narrow terminal has room for the cell that is asked for. */
    if (panel->most_columns < COLUMNS_FOR_CELLS) {
        tum_panel_add(panel, tum_str_of(asking->cells[asking->cell]),
                      panel->most_columns - 2, TUM_PANEL_PLAIN);
        return;
    }
    for (size_t i = row * TUM_ASKING_CELLS; i < (row + 1) * TUM_ASKING_CELLS; i++) {
        size_t used =
            tum_panel_add(panel, tum_str_of(asking->cells[i]), width - 1,
                          i == asking->cell ? TUM_PANEL_STRONG : TUM_PANEL_PLAIN);

        if ((i + 1) % TUM_ASKING_CELLS != 0)
            tum_buf_fill(&panel->text, ' ', width - used);
    }
}

static void show_cells(const struct tum_asking *asking, struct tum_panel *panel,
                       size_t room)
{
    size_t width = (panel->most_columns - 2) / TUM_ASKING_CELLS;
    size_t rows = asking->cell_count / TUM_ASKING_CELLS,
           current = asking->cell / TUM_ASKING_CELLS, start;

    if (panel->most_columns < COLUMNS_FOR_CELLS) {
        show_row(asking, current, panel);
        return;
    }
    if (room > 2) {
        tum_panel_row(panel);
        tum_buf_adds(&panel->text, "  ");
        for (size_t k = 0; k < TUM_ASKING_CELLS; k++) {
            size_t used = tum_panel_add(panel, tum_str_of(cell_names[k]), width - 1,
                                        TUM_PANEL_FAINT);

            if (k + 1 < TUM_ASKING_CELLS)
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
        if (asking->cell_count > TUM_ASKING_CELLS)
            tum_buf_addf(out, "%zu. ", asking->cell / TUM_ASKING_CELLS + 1);
        tum_buf_addf(out, "%s [%s]: ", cell_names[asking->cell % TUM_ASKING_CELLS],
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
    TUM_AUTO(tum_buf_release) struct tum_buf hint = TUM_BUF_INIT(TUM_ASKING_HINT);
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
