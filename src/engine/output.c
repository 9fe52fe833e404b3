/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines waiting for the face. One lock around one buffer; a thread hands the buffer over
 * a little after the first line came, so that a run of ten thousand lines a second makes
 * a few writes and a single line is still seen at once.
 */
#include "engine/output.h"

#include "base/lock.h"
#include "base/utf8.h"
#include "tum/mem.h"
#include "tum/wait.h"
#include <pthread.h>

struct tum_output {
    void (*write)(void *ctx, struct tum_str lines);
    void *ctx;
    struct tum_lock lock;
    struct tum_stop *wake; /* set when the first line comes, and at the end */
    struct tum_buf pending;
    tum_time since;       /* of the oldest pending line */
    struct tum_stop *end; /* set when the object goes away */
    bool ending;
    bool threaded;
    pthread_t thread;
};

/* Under the lock. */
static void hand_over(struct tum_output *output)
{
    if (output->pending.len == 0)
        return;
    if (output->write != NULL)
        output->write(output->ctx, tum_buf_str(&output->pending));
    tum_buf_reset(&output->pending);
}

/* The token to wait for: the present one while nothing is pending. */
static struct tum_stop *next_wake(struct tum_output *output)
{
    if (output->pending.len == 0 && tum_stop_is_set(output->wake)) {
        tum_stop_unref(output->wake);
        output->wake = tum_stop_new(NULL);
    }
    return tum_stop_ref(output->wake);
}

static void *flusher(void *arg)
{
    struct tum_output *output = arg;
    bool ending = false;

    while (!ending) {
        struct tum_stop *wake;
        tum_time due;

        tum_lock_enter(&output->lock);
        due = output->since + TUM_OUTPUT_LATEST;
        if (output->pending.len > 0 && tum_now() >= due)
            hand_over(output);
        if (output->pending.len == 0)
            due = TUM_FOREVER;
        wake = next_wake(output);
        ending = output->ending;
        tum_lock_leave(&output->lock);
        if (!ending && due == TUM_FOREVER)
            tum_wait(wake, -1, 0, TUM_FOREVER);
        else if (!ending)
            tum_wait(output->end, -1, 0, due);
        tum_stop_unref(wake);
    }
    return NULL;
}

struct tum_output *tum_output_new(void (*write)(void *ctx, struct tum_str lines),
                                  void *ctx)
{
    struct tum_output *output = tum_new(struct tum_output);

    output->write = write;
    output->ctx = ctx;
    tum_lock_init(&output->lock, TUM_RANK_OUTPUT);
    output->wake = tum_stop_new(NULL);
    output->end = tum_stop_new(NULL);
    tum_buf_init(&output->pending, TUM_BUF_ANY);
    return output;
}

void tum_output_free(struct tum_output *output)
{
    if (output == NULL)
        return;
    tum_lock_enter(&output->lock);
    hand_over(output);
    output->ending = true;
    tum_stop_request(output->wake, TUM_STOP_WAKE);
    tum_stop_request(output->end, TUM_STOP_WAKE);
    tum_lock_leave(&output->lock);
    if (output->threaded)
        pthread_join(output->thread, NULL);
    tum_buf_release(&output->pending);
    tum_stop_unref(output->wake);
    tum_stop_unref(output->end);
    tum_lock_release(&output->lock);
    tum_free(output);
}

void tum_output_lines(struct tum_output *output, struct tum_str prefix,
                      struct tum_str text)
{
    tum_lock_enter(&output->lock);
    if (output->pending.len == 0) {
        output->since = tum_now();
        /* The thread is made with the first line: a command that prints nothing has none. */
        if (!output->threaded)
            output->threaded =
                pthread_create(&output->thread, NULL, flusher, output) == 0;
        tum_stop_request(output->wake, TUM_STOP_WAKE);
    }
    if (prefix.n == 0) {
        tum_buf_addt(&output->pending, text);
        if (text.n == 0 || text.s[text.n - 1] != '\n')
            tum_buf_addc(&output->pending, '\n');
    } else {
        bool more = true;
        struct tum_str line;

        if (text.n > 0 && text.s[text.n - 1] == '\n')
            text.n--;
        while (tum_str_split(&text, &more, '\n', &line)) {
            tum_buf_addc(&output->pending, '[');
            tum_buf_addt(&output->pending, prefix);
            tum_buf_add(&output->pending, "] ", 2);
            tum_buf_addt(&output->pending, line);
            tum_buf_addc(&output->pending, '\n');
        }
    }
    if (output->pending.len >= TUM_OUTPUT_CHUNK || !output->threaded)
        hand_over(output);
    tum_lock_leave(&output->lock);
}

void tum_output_flush(struct tum_output *output)
{
    tum_lock_enter(&output->lock);
    hand_over(output);
    tum_lock_leave(&output->lock);
}

/*
 * End of the next piece that must stay together: up to a blank, but a quoted text stays
 * whole, blanks and all, because tools search for quoted names and paths.
 */
static size_t piece_end(struct tum_str line, size_t from)
{
    size_t at = from;

    while (at < line.n && line.s[at] == ' ')
        at++;
    while (at < line.n && line.s[at] != ' ') {
        char c = line.s[at];

        at++;
        if ((c == '"' || c == '\'') &&
            (at < 2 || line.s[at - 2] == ' ' || at - 1 == from)) {
            size_t close = tum_str_find_char(line, c, at);

            if (close != TUM_STR_NONE && close - at < 400)
                at = close + 1;
        }
    }
    return at;
}

static void wrap_line(struct tum_buf *out, struct tum_str rest, size_t column,
                      struct tum_str line)
{
    size_t at = 0;
    bool first = true;

    if (tum_str_find_char(line, ' ', 0) == TUM_STR_NONE ||
        column + line.n <= TUM_OUTPUT_COLUMNS) {
        tum_buf_addt(out, line);
        return;
    }
    while (at < line.n) {
        size_t end = piece_end(line, at);
        struct tum_str piece = tum_str_sub(line, at, end);
        size_t width = tum_utf8_columns(piece);

        if (!first && column + width > TUM_OUTPUT_COLUMNS) {
            tum_buf_addc(out, '\n');
            tum_buf_addt(out, rest);
            column = rest.n;
            while (piece.n > 0 && piece.s[0] == ' ') {
                piece.s++;
                piece.n--;
                width--;
            }
        }
        tum_buf_addt(out, piece);
        column += width;
        at = end;
        first = false;
    }
}

void tum_wrap(struct tum_buf *out, struct tum_str first, struct tum_str rest,
              struct tum_str text)
{
    bool more = true;
    bool start = true;
    struct tum_str line;

    while (tum_str_split(&text, &more, '\n', &line)) {
        if (!start)
            tum_buf_addc(out, '\n');
        tum_buf_addt(out, start ? first : rest);
        wrap_line(out, rest, start ? first.n : rest.n, line);
        start = false;
    }
}
