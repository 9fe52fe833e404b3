/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter between what came and what reads see. The whole line in hand is kept,
 * also its part that was let through, so that patterns see where the line starts.
 */
#include "io/ignore.h"

#include "io/conlog.h"
#include "io/expect.h"
#include "tum/mem.h"

struct tum_ignore {
    struct tum_finder *finder;
    struct tum_buf line;    /* the line in hand */
    size_t passed;          /* bytes of it that are decided */
    tum_time hold_until;    /* FOREVER: nothing is held back, or it is one to ignore */
    struct tum_buf logging; /* the line in hand of the log */
    size_t kept;            /* bytes of skipped text in the list */
};

struct tum_ignore *tum_ignore_new(const char *const *patterns, size_t count,
                                  struct tum_error **err)
{
    struct tum_finder *finder = tum_finder_new(patterns, count, err);
    struct tum_ignore *ignore;

    if (finder == NULL) {
        tum_error_wrap(err, "'ignore'");
        return NULL;
    }
    ignore = tum_new(struct tum_ignore);
    ignore->finder = finder;
    ignore->hold_until = TUM_FOREVER;
    tum_buf_init(&ignore->line, TUM_BUF_ANY);
    tum_buf_init(&ignore->logging, TUM_BUF_ANY);
    return ignore;
}

void tum_ignore_free(struct tum_ignore *ignore)
{
    if (ignore == NULL)
        return;
    tum_finder_free(ignore->finder);
    tum_buf_release(&ignore->line);
    tum_buf_release(&ignore->logging);
    tum_free(ignore);
}

void tum_ignore_free_skipped(struct tum_skipped *skipped)
{
    while (skipped != NULL) {
        struct tum_skipped *next = skipped->next;

        tum_free((char *)(uintptr_t)skipped->text.s);
        tum_free(skipped);
        skipped = next;
    }
}

/* Lets the line through up to `end`. */
static void pass(struct tum_console *console, size_t end)
{
    struct tum_ignore *ignore = console->ignore;
    struct tum_str text = tum_str_sub(tum_buf_str(&ignore->line), ignore->passed, end);

    if (text.n > 0)
        tum_console_put(console, text);
    ignore->passed = end;
}

static void skip(struct tum_console *console, size_t end)
{
    struct tum_ignore *ignore = console->ignore;
    struct tum_str text = tum_str_sub(tum_buf_str(&ignore->line), ignore->passed, end);
    struct tum_skipped *skipped;

    ignore->passed = end;
    if (console->skipped == NULL)
        ignore->kept = 0;
    if (ignore->kept + text.n > TUM_IGNORE_KEPT)
        return;
    ignore->kept += text.n;
    skipped = tum_new(struct tum_skipped);
    skipped->place = console->first + (console->text_end - console->text_start);
    skipped->text = tum_str_n(tum_strndup(text.s, text.n), text.n);
    *console->skipped_last = skipped;
    console->skipped_last = &skipped->next;
}

/* Where the content of a line ends: before "\n" or "\r\n". */
static size_t content_end(struct tum_str line)
{
    size_t n = line.n;

    if (n > 0 && line.s[n - 1] == '\n')
        n--;
    if (n > 0 && n < line.n && line.s[n - 1] == '\r')
        n--;
    return n;
}

/* The line is complete: decides all of it. */
static void end_line(struct tum_console *console)
{
    struct tum_ignore *ignore = console->ignore;
    struct tum_str line = tum_buf_str(&ignore->line);
    size_t end = content_end(line), start, stop;

    while (ignore->passed < end &&
           tum_finder_find(ignore->finder, tum_str_sub(line, 0, end), ignore->passed,
                           true, &start, &stop) == TUM_FIND_YES) {
        pass(console, start);
        skip(console, stop == end ? line.n : stop);
    }
    pass(console, line.n);
    tum_buf_reset(&ignore->line);
    ignore->passed = 0;
    ignore->hold_until = TUM_FOREVER;
}

/* The line goes on: decides what can be. */
static void look(struct tum_console *console)
{
    struct tum_ignore *ignore = console->ignore;
    struct tum_str line = tum_buf_str(&ignore->line);
    size_t start, stop;

    for (;;) {
        switch (tum_finder_find(ignore->finder, line, ignore->passed, false, &start,
                                &stop)) {
        case TUM_FIND_NOT:
            pass(console, line.n);
            ignore->hold_until = TUM_FOREVER;
            return;
        case TUM_FIND_MAYBE:
            pass(console, start);
            ignore->hold_until = tum_now() + TUM_IGNORE_HOLD;
            tum_reader_hold(console->reader);
            return;
        case TUM_FIND_YES:
            pass(console, start);
            skip(console, stop);
            break;
        }
        if (ignore->passed >= line.n)
            return;
    }
}

void tum_ignore_add(struct tum_console *console, struct tum_str text)
{
    struct tum_ignore *ignore = console->ignore;

    while (text.n > 0) {
        const char *end = memchr(text.s, '\n', text.n);
        size_t n = end != NULL ? (size_t)(end + 1 - text.s) : text.n;

        tum_buf_add(&ignore->line, text.s, n);
        text = tum_str_sub(text, n, text.n);
        if (end != NULL)
            end_line(console);
        else if (ignore->line.len > TUM_IGNORE_LINE)
            tum_ignore_flush(console);
        else
            look(console);
    }
}

void tum_ignore_flush(struct tum_console *console)
{
    end_line(console);
}

tum_time tum_ignore_tick(struct tum_console *console, tum_time now)
{
    struct tum_ignore *ignore = console->ignore;
    struct tum_str line = tum_buf_str(&ignore->line);
    size_t start, stop;

    if (ignore->hold_until > now)
        return ignore->hold_until;
    ignore->hold_until = TUM_FOREVER;
    /* One to ignore already: it only waits for its end. */
    if (tum_finder_find(ignore->finder, line, ignore->passed, true, &start, &stop) ==
            TUM_FIND_YES &&
        start == ignore->passed)
        return TUM_FOREVER;
    pass(console, line.n);
    return TUM_FOREVER;
}

void tum_ignore_log(struct tum_ignore *ignore, struct tum_conlog *log,
                    struct tum_str text)
{
    while (text.n > 0) {
        const char *end = memchr(text.s, '\n', text.n);
        size_t n = end != NULL ? (size_t)(end - text.s) : text.n;
        size_t start, stop;

        if (ignore->logging.len < TUM_IGNORE_LINE)
            tum_buf_add(&ignore->logging, text.s, n);
        if (n > 0)
            tum_conlog_add(log, tum_str_sub(text, 0, n));
        if (end != NULL) {
            if (tum_finder_find(ignore->finder, tum_buf_str(&ignore->logging), 0, true,
                                &start, &stop) == TUM_FIND_YES)
                tum_conlog_mark(log);
            tum_conlog_add(log, TUM_S("\n"));
            tum_buf_reset(&ignore->logging);
            n++;
        }
        text = tum_str_sub(text, n, text.n);
    }
}
