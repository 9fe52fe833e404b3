/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Progress of a run: see progress.h. An item counts once however often it runs, so that
 * the first number never passes the second.
 */
#include "cli/progress.h"
#include "base/utf8.h"
#include "engine/itemtree.h"
#include "tum/mem.h"

/* Longest name shown, in columns. */
#define NAME_COLUMNS 40
#define LINE_LIMIT   4096

struct running {
    int64_t execution, parent;
    const struct tum_item *item;
    int64_t loop_index;
    size_t children; /* running now */
    char *branch;
};

struct tum_progress {
    const struct tum_item *root;
    unsigned char *done; /* by index in tree order */
    size_t items;        /* length of done */
    size_t total, finished;
    tum_time start;
    struct running *running;
    size_t count, cap;
};

/* Next item in tree order below `root`, past what the load skipped. */
static const struct tum_item *next_counted(const struct tum_item *root,
                                           const struct tum_item *item)
{
    if (!item->skipped && item->first != NULL)
        return item->first;
    while (item != root && item->next == NULL)
        item = item->parent;
    return item != root ? item->next : NULL;
}

struct tum_progress *tum_progress_new(const struct tum_item *root)
{
    struct tum_progress *progress = tum_new(struct tum_progress);

    progress->root = root;
    progress->start = tum_now();
    for (const struct tum_item *i = next_counted(root, root); i != NULL;
         i = next_counted(root, i)) {
        progress->items = TUM_MAX(progress->items, (size_t)i->index + 1);
        if (!i->skipped)
            progress->total++;
    }
    progress->done = tum_new_array(unsigned char, progress->items);
    return progress;
}

void tum_progress_free(struct tum_progress *progress)
{
    if (progress == NULL)
        return;
    for (size_t i = 0; i < progress->count; i++)
        tum_free(progress->running[i].branch);
    tum_free(progress->running);
    tum_free(progress->done);
    tum_free(progress);
}

static struct running *find(struct tum_progress *progress, int64_t execution)
{
    for (size_t i = progress->count; i > 0; i--) {
        if (progress->running[i - 1].execution == execution)
            return &progress->running[i - 1];
    }
    return NULL;
}

static void begin(struct tum_progress *progress, const struct tum_event *event)
{
    struct running *parent = find(progress, event->parent_execution);

    if (progress->count >= TUM_PROGRESS_RUNNING)
        return;
    if (parent != NULL)
        parent->children++;
    tum_grow(&progress->running, &progress->cap, progress->count + 1);
    progress->running[progress->count++] = (struct running){
        .execution = event->execution,
        .parent = event->parent_execution,
        .item = event->item,
        .loop_index = event->loop_index,
        .branch = tum_strdup(event->branch != NULL ? event->branch : ""),
    };
}

static void mark_done(struct tum_progress *progress, const struct tum_item *item)
{
    if (item == progress->root || item->skipped || item->index >= progress->items ||
        progress->done[item->index])
        return;
    for (const struct tum_item *i = item; i != NULL; i = next_counted(item, i)) {
        if (i->skipped || i->index >= progress->items || progress->done[i->index])
            continue;
        progress->done[i->index] = 1;
        progress->finished++;
    }
}

static void end(struct tum_progress *progress, const struct tum_event *event)
{
    struct running *one = find(progress, event->execution), *parent;

    mark_done(progress, event->item);
    if (one == NULL)
        return;
    parent = find(progress, one->parent);
    if (parent != NULL && parent->children > 0)
        parent->children--;
    tum_free(one->branch);
    /* In order: a line whose parts change places cannot be read. */
    progress->count--;
    memmove(one, one + 1,
            (size_t)(progress->running + progress->count - one) * sizeof(*one));
}

void tum_progress_take(struct tum_progress *progress, const struct tum_event *event)
{
    switch (event->kind) {
    case TUM_EVENT_RUN_STARTED:
        progress->start = event->at;
        break;
    case TUM_EVENT_ITEM_STARTED:
        begin(progress, event);
        break;
    case TUM_EVENT_ITEM_FINISHED:
        end(progress, event);
        break;
    case TUM_EVENT_ITEM_OUTPUT:
    case TUM_EVENT_FOUND_STARTED:
    case TUM_EVENT_FOUND_FINISHED:
    case TUM_EVENT_ITEM_SKIPPED:
    case TUM_EVENT_RUN_FINISHED:
        break;
    }
}

/* Adds text in at most `columns` columns, unprintable characters replaced. */
static void add_name(struct tum_buf *out, const char *name, size_t columns)
{
    size_t n = strlen(name), used = 0;

    for (size_t i = 0; i < n;) {
        uint32_t c;
        size_t length = tum_utf8_decode(name + i, n - i, &c);
        bool shown = c != TUM_UTF8_BAD && tum_utf8_printable(c);
        struct tum_str piece = shown ? tum_str_n(name + i, length) : TUM_S("?");
        size_t width = tum_utf8_columns(piece);

        if (used + width + (i + length < n ? 1 : 0) > columns) {
            tum_buf_adds(out, "…");
            return;
        }
        tum_buf_addt(out, piece);
        used += width;
        i += length;
    }
}

static void add_running(struct tum_buf *out, const struct running *one)
{
    if (one->branch[0] != '\0') {
        tum_buf_addc(out, '[');
        add_name(out, one->branch, NAME_COLUMNS);
        tum_buf_adds(out, "] ");
    }
    if (tum_item_name(one->item)[0] != '\0')
        add_name(out, tum_item_name(one->item), NAME_COLUMNS);
    else
        tum_buf_adds(out, tum_item_keyword(one->item));
    if (one->loop_index >= 0)
        tum_buf_addf(out, " #%lld", (long long)one->loop_index + 1);
}

void tum_progress_line(const struct tum_progress *progress, tum_time now,
                       size_t columns, struct tum_buf *out)
{
    TUM_AUTO(tum_buf_release) struct tum_buf line = TUM_BUF_INIT(LINE_LIMIT);
    TUM_AUTO(tum_buf_release) struct tum_buf one = TUM_BUF_INIT(LINE_LIMIT);
    long long seconds = (long long)(TUM_MAX(now - progress->start, 0) / TUM_SECOND);
    size_t left = 0, shown = 0, width;

    tum_buf_addf(&line, "%zu/%zu  ", progress->finished, progress->total);
    if (seconds >= 3600)
        tum_buf_addf(&line, "%lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60,
                     seconds % 60);
    else
        tum_buf_addf(&line, "%lld:%02lld", seconds / 60, seconds % 60);
    width = tum_utf8_columns(tum_buf_str(&line));

    for (size_t i = 0; i < progress->count; i++) {
        const struct running *r = &progress->running[i];
        size_t more;

        if (r->children > 0 || r->item == progress->root)
            continue;
        tum_buf_reset(&one);
        tum_buf_adds(&one, shown == 0 ? "  " : ", ");
        add_running(&one, r);
        more = tum_utf8_columns(tum_buf_str(&one));
        /* Room is kept for ", 4096 more". */
        if (left > 0 || (shown > 0 && width + more + 11 > columns)) {
            left++;
            continue;
        }
        tum_buf_addt(&line, tum_buf_str(&one));
        width += more;
        shown++;
    }
    if (left > 0)
        tum_buf_addf(&line, ", %zu more", left);
    add_name(out, line.s, columns);
}
