/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal view: see live.h. The live line is the last row of the terminal: every
 * write takes it away, adds its lines and puts it back in one go, so that nothing
 * flickers. Its text is made anew by a thread of its own, at most every
 * TUM_LIVE_INTERVAL; that thread also lets the time run on while nothing happens. No
 * scroll regions and no alternate screen: whatever ends tum, the terminal is usable.
 */
#include "cli/live.h"
#include "base/fd.h"
#include "base/lock.h"
#include "base/utf8.h"
#include "cli/colour.h"
#include "cli/progress.h"
#include "tum/mem.h"
#include "tum/wait.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* Columns of a terminal that does not say. */
#define COLUMNS_DEFAULT 80
#define ROWS_DEFAULT    24
#define TEXT_LIMIT      ((size_t)4096)
#define PANEL_LIMIT     ((size_t)256 << 10)
#define HELD_LIMIT      ((size_t)16 << 20)

struct tum_live {
    bool colours, light, terminal;
    struct tum_lock lock; /* guards what follows */
    bool dead;            /* standard output is gone */
    struct tum_progress *progress;
    struct tum_buf line;              /* text of the live line; empty: none */
    size_t width;                     /* its columns */
    bool drawn;                       /* it is on the screen */
    struct tum_buf out;               /* one write */
    struct tum_buf panel;             /* rows above the live line; empty: none */
    size_t cursor_row, cursor_column; /* in the panel */
    struct tum_buf held;              /* printed while it was lent */

    atomic_bool lent;
    struct termios before, raw; /* of standard input */
    atomic_bool keys; /* it is, or is about to be, as tum_live_keys makes it */

    pthread_t thread; /* only while progress is set */
    struct tum_stop *end;
    int wake; /* eventfd: something has changed; -1: no live line here */
    int news; /* eventfd: see tum_live_news */
};

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0';
}

struct tum_live *tum_live_new(bool no_color)
{
    struct tum_live *live = tum_new(struct tum_live);
    const char *term = getenv("TERM"), *force = getenv("FORCE_COLOR");
    bool tty = isatty(STDOUT_FILENO);
    bool forced = force != NULL && *force != '\0' && strcmp(force, "0") != 0;

    live->terminal = tty && (term == NULL || strcmp(term, "dumb") != 0);
    live->colours = !no_color && !is_set("NO_COLOR") && (forced || live->terminal);
    live->light = live->colours && tum_colour_is_light(getenv("COLORFGBG"));
    live->wake = live->terminal ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
    live->news = live->terminal ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
    tum_lock_init(&live->lock, TUM_RANK_FACE);
    tum_buf_init(&live->line, TEXT_LIMIT);
    tum_buf_init(&live->out, TUM_BUF_ANY);
    tum_buf_init(&live->panel, PANEL_LIMIT);
    tum_buf_init(&live->held, HELD_LIMIT);
    return live;
}

void tum_live_free(struct tum_live *live)
{
    if (live == NULL)
        return;
    tum_live_end(live);
    tum_live_keys(live, false);
    tum_fd_close(&live->wake);
    tum_fd_close(&live->news);
    tum_buf_release(&live->panel);
    tum_buf_release(&live->held);
    tum_buf_release(&live->line);
    tum_buf_release(&live->out);
    tum_lock_release(&live->lock);
    tum_free(live);
}

bool tum_live_colours(const struct tum_live *live)
{
    return live->colours;
}

bool tum_live_is_terminal(const struct tum_live *live)
{
    return live->terminal;
}

static size_t columns(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return COLUMNS_DEFAULT;
    return size.ws_col;
}

/* Columns of a row of the panel, whose colours take none. */
static size_t row_columns(struct tum_str row)
{
    size_t width = 0, from = 0;

    while (from < row.n) {
        size_t code = tum_str_find_char(row, '\x1b', from);
        size_t end = code == TUM_STR_NONE ? row.n : code;

        width += tum_utf8_columns(tum_str_sub(row, from, end));
        from = end == row.n ? end : tum_str_find_char(row, 'm', end);
        from = from >= row.n ? row.n : from + (end < row.n);
    }
    return width;
}

/* Rows of the screen that a text takes: a terminal that got narrower has folded it. */
static size_t folded(size_t width, size_t columns_now)
{
    return width == 0 ? 1 : (width - 1) / columns_now + 1;
}

/* Rows of the screen above the one with the cursor, and below it. */
static void measure(const struct tum_live *live, size_t *ret_above, size_t *ret_below)
{
    size_t now = columns(), above = 0, below = 0, row = 0;
    struct tum_str rest = tum_buf_str(&live->panel), line;
    bool more = true;

    if (live->panel.len == 0) {
        *ret_above = folded(live->width, now) - 1;
        *ret_below = 0;
        return;
    }
    while (tum_str_split(&rest, &more, '\n', &line)) {
        size_t rows = folded(row_columns(line), now);

        if (row < live->cursor_row) {
            above += rows;
        } else if (row > live->cursor_row) {
            below += rows;
        } else {
            above += live->cursor_column / now;
            below += rows - 1 - TUM_MIN(rows - 1, live->cursor_column / now);
        }
        row++;
    }
    *ret_above = above;
    *ret_below = below + (live->line.len > 0 ? folded(live->width, now) : 0);
}

/* Takes panel and live line off the screen. */
static void erase(struct tum_live *live)
{
    size_t above, below;

    if (!live->drawn)
        return;
    measure(live, &above, &below);
    tum_buf_addc(&live->out, '\r');
    if (above > 0)
        tum_buf_addf(&live->out, "\x1b[%zuA", above);
    tum_buf_adds(&live->out, "\x1b[J");
    live->drawn = false;
}

static void draw_panel(struct tum_live *live)
{
    tum_buf_addt(&live->out, tum_buf_str(&live->panel));
    if (live->line.len > 0)
        tum_buf_addc(&live->out, '\n');
    live->drawn = true;
}

static void draw_line(struct tum_live *live)
{
    if (live->colours)
        tum_buf_adds(&live->out, "\x1b[1m");
    tum_buf_addt(&live->out, tum_buf_str(&live->line));
    if (live->colours)
        tum_buf_adds(&live->out, "\x1b[0m");
    live->drawn = true;
}

static void place_cursor(struct tum_live *live)
{
    size_t above, below;

    measure(live, &above, &below);
    if (below > 0)
        tum_buf_addf(&live->out, "\x1b[%zuA", below);
    tum_buf_addc(&live->out, '\r');
    if (live->cursor_column > 0)
        tum_buf_addf(&live->out, "\x1b[%zuC", live->cursor_column % columns());
}

static void draw(struct tum_live *live)
{
    if (live->panel.len > 0)
        draw_panel(live);
    if (live->line.len > 0)
        draw_line(live);
    if (live->panel.len > 0)
        place_cursor(live);
}

/* Once; a reader that went away, or a terminal, did not want more. */
static void lose_output(struct tum_live *live, struct tum_error *take)
{
    live->dead = true;
    if (take->os != EPIPE && take->os != EIO)
        tum_complain("cannot write to standard output: %s; the run goes on without it",
                     tum_errno_text(take->os));
    tum_error_free(take);
}

/* Writes what was collected in `out`, and forgets it. */
static void flush(struct tum_live *live)
{
    struct tum_error *err = NULL;

    if (live->out.len > 0 && !live->dead &&
        !tum_fd_write_all(STDOUT_FILENO, tum_buf_str(&live->out), &err))
        lose_output(live, err);
    tum_buf_reset(&live->out);
}

/* A long text is not copied only to be written. */
static void write_lines(struct tum_live *live, struct tum_str text, bool colours)
{
    struct tum_error *err = NULL;

    tum_lock_enter(&live->lock);
    if (live->lent) {
        if (colours)
            tum_colour_lines(&live->held, text, live->light);
        else
            tum_buf_addt(&live->held, text);
    } else if (!live->dead && text.n > 0) {
        erase(live);
        if (colours) {
            tum_colour_lines(&live->out, text, live->light);
        } else if (live->out.len == 0 && live->line.len == 0 && live->panel.len == 0) {
            if (!tum_fd_write_all(STDOUT_FILENO, text, &err))
                lose_output(live, err);
        } else {
            tum_buf_addt(&live->out, text);
        }
        draw(live);
        flush(live);
    }
    tum_lock_leave(&live->lock);
}

void tum_live_output(void *live, struct tum_str lines)
{
    struct tum_live *view = live;

    write_lines(view, lines, view->colours);
}

void tum_live_raw(struct tum_live *live, struct tum_str text)
{
    write_lines(live, text, false);
}

/* ---- the live line ---- */

static void wake(int fd)
{
    uint64_t one = 1;
    ssize_t done;

    do {
        done = write(fd, &one, sizeof(one));
    } while (done < 0 && errno == EINTR);
}

static void redraw(struct tum_live *live)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TEXT_LIMIT);

    tum_lock_enter(&live->lock);
    /* One column is left free: a full row would make some terminals fold it. */
    tum_progress_line(live->progress, tum_now(), columns() - 1, &text);
    if (!live->lent &&
        (!live->drawn || !tum_str_eq(tum_buf_str(&text), tum_buf_str(&live->line)))) {
        erase(live);
        tum_buf_reset(&live->line);
        tum_buf_addt(&live->line, tum_buf_str(&text));
        live->width = tum_utf8_columns(tum_buf_str(&text));
        draw(live);
        flush(live);
    }
    tum_lock_leave(&live->lock);
}

static void *live_main(void *ctx)
{
    struct tum_live *live = ctx;
    enum tum_waited waited;
    uint64_t seen;

    for (;;) {
        redraw(live);
        if (tum_wait(live->end, -1, 0, tum_now() + TUM_LIVE_INTERVAL) == TUM_STOPPED)
            return NULL;
        /* Then until something happens, or the seconds go on. */
        waited = tum_wait(live->end, live->wake, POLLIN,
                          tum_now() + TUM_SECOND - TUM_LIVE_INTERVAL);
        if (waited == TUM_STOPPED)
            return NULL;
        if (waited == TUM_READY && read(live->wake, &seen, sizeof(seen)) < 0 &&
            errno != EINTR && errno != EAGAIN)
            return NULL;
    }
}

void tum_live_begin(struct tum_live *live, const struct tum_item *root)
{
    if (live->wake < 0 || live->progress != NULL || root == NULL)
        return;
    live->end = tum_stop_new(NULL);
    live->progress = tum_progress_new(root);
    if (pthread_create(&live->thread, NULL, live_main, live) != 0) {
        /* A run without a live line is better than none. */
        tum_progress_free(live->progress);
        live->progress = NULL;
        tum_stop_unref(live->end);
        live->end = NULL;
    }
}

void tum_live_event(void *ctx, const struct tum_event *event)
{
    struct tum_live *live = ctx;

    if (live->progress == NULL)
        return;
    tum_lock_enter(&live->lock);
    tum_progress_take(live->progress, event);
    tum_lock_leave(&live->lock);
    wake(live->wake);
}

void tum_live_resized(struct tum_live *live)
{
    if (live->wake >= 0)
        wake(live->wake);
    tum_live_nudge(live);
}

void tum_live_end(struct tum_live *live)
{
    if (live->progress == NULL)
        return;
    tum_stop_request(live->end, TUM_STOP_USER);
    pthread_join(live->thread, NULL);
    tum_lock_enter(&live->lock);
    erase(live);
    flush(live);
    tum_buf_reset(&live->line);
    tum_progress_free(live->progress);
    live->progress = NULL;
    tum_lock_leave(&live->lock);
    tum_stop_unref(live->end);
    live->end = NULL;
}

void tum_live_line(struct tum_live *live, const char *line)
{
    tum_lock_enter(&live->lock);
    erase(live);
    tum_buf_reset(&live->line);
    if (line != NULL)
        tum_buf_adds(&live->line, line);
    live->width = tum_utf8_columns(tum_buf_str(&live->line));
    draw(live);
    flush(live);
    tum_lock_leave(&live->lock);
}

/* ---- asking ---- */

/* A paste comes between marks, so that a line end in it is no key. */
#define PASTE_MARKED   "\x1b[?2004h"
#define PASTE_PLAIN    "\x1b[?2004l"
/* The main screen, plain letters, a cursor, the first column: a program that was ended may
   have left them otherwise. */
#define BACK_TO_NORMAL "\x1b[?47l\x1b[0m\x1b[?25h\r"

void tum_live_panel(struct tum_live *live, struct tum_str rows, size_t cursor_row,
                    size_t cursor_column)
{
    tum_lock_enter(&live->lock);
    if (!live->lent)
        erase(live);
    tum_buf_reset(&live->panel);
    tum_buf_addt(&live->panel, rows);
    live->cursor_row = cursor_row;
    live->cursor_column = cursor_column;
    if (!live->lent) {
        draw(live);
        flush(live);
    }
    tum_lock_leave(&live->lock);
}

/* The modes of a terminal, with what it is told in them. */
static bool set_modes(const struct termios *modes, struct tum_str code)
{
    /* Without the lock: nothing of a run may keep a terminal from being restored. */
    ssize_t n = write(STDOUT_FILENO, code.s, code.n);

    return tcsetattr(STDIN_FILENO, TCSANOW, modes) == 0 && n == (ssize_t)code.n;
}

bool tum_live_keys(struct tum_live *live, bool on)
{
    if (!on)
        return !atomic_exchange(&live->keys, false) ||
               set_modes(&live->before, TUM_S(PASTE_PLAIN));
    if (atomic_load(&live->keys))
        return true;
    /* What a program left that had the terminal is not how it was. */
    if (!live->lent && tcgetattr(STDIN_FILENO, &live->before) != 0)
        return false;
    live->raw = live->before;
    live->raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    live->raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
    live->raw.c_cc[VMIN] = 1;
    live->raw.c_cc[VTIME] = 0;
    atomic_store(&live->keys, true);
    return set_modes(&live->raw, TUM_S(PASTE_MARKED));
}

void tum_live_resumed(struct tum_live *live)
{
    if (atomic_load(&live->keys))
        set_modes(&live->raw, TUM_S(PASTE_MARKED));
    tum_live_resized(live);
}

void tum_live_lend(struct tum_live *live, bool lent)
{
    tum_lock_enter(&live->lock);
    if (lent) {
        erase(live);
        flush(live);
    } else if (live->lent) {
        tum_buf_adds(&live->out, BACK_TO_NORMAL);
        tum_buf_addt(&live->out, tum_buf_str(&live->held));
        if (live->held.full)
            tum_buf_adds(&live->out, "\n[what followed was not shown]\n");
        tum_buf_release(&live->held);
        draw(live);
        flush(live);
    }
    live->lent = lent;
    tum_lock_leave(&live->lock);
}

bool tum_live_is_lent(const struct tum_live *live)
{
    return live->lent;
}

int tum_live_news(const struct tum_live *live)
{
    return live->news;
}

void tum_live_nudge(struct tum_live *live)
{
    if (live->news >= 0)
        wake(live->news);
}

void tum_live_size(size_t *ret_rows, size_t *ret_columns)
{
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;

    *ret_rows = known && size.ws_row > 0 ? size.ws_row : ROWS_DEFAULT;
    *ret_columns = columns();
}

/* ---- without a run ---- */

bool tum_print(struct tum_str text)
{
    struct tum_error *err = NULL;
    int os;

    if (tum_fd_write_all(STDOUT_FILENO, text, &err))
        return true;
    os = err->os;
    tum_error_free(err);
    if (os != EPIPE)
        tum_complain("cannot write to standard output: %s", tum_errno_text(os));
    return false;
}

void tum_print_error(struct tum_str text)
{
    struct tum_error *err = NULL;

    /* There is nowhere left to say that this failed. */
    if (!tum_fd_write_all(STDERR_FILENO, text, &err))
        tum_error_free(err);
}

void tum_complain(const char *fmt, ...)
{
    TUM_AUTO(tum_buf_release) struct tum_buf line = TUM_BUF_INIT(TUM_BUF_ANY);
    va_list ap;

    tum_buf_adds(&line, "tum: ");
    va_start(ap, fmt);
    tum_buf_addv(&line, fmt, ap);
    va_end(ap);
    tum_buf_addc(&line, '\n');
    tum_print_error(tum_buf_str(&line));
}

void tum_complain_take(struct tum_error **err)
{
    char *text = tum_error_text(*err);

    tum_complain("%s", text);
    tum_free(text);
    tum_error_clear(err);
}
