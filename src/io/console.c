/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consoles of a run: opening, closing, and the registry. How to connect and what the
 * bytes of a protocol mean is in the drivers; reading and writing are in conread.c and
 * conwrite.c.
 */
#include "io/conparts.h"

#include "base/fd.h"
#include "io/conlog.h"
#include "io/ignore.h"
#include "io/tape.h"
#include "io/udptape.h"
#include "tum/mem.h"

const char *const tum_console_protocols[] = {"terminal", "telnet", "ssh",
                                             "rawtcp",   "serial", NULL};

static const struct tum_driver *const drivers[] = {
    &tum_driver_terminal, &tum_driver_telnet, &tum_driver_ssh,
    &tum_driver_rawtcp,   &tum_driver_serial,
};

struct tum_consoles {
    struct tum_lock lock;      /* guards the list */
    struct tum_console **open; /* in the order of opening; counted */
    size_t count, cap;
    struct tum_reader *reader;
    struct tum_udps *udps;
    struct tum_tape *tape;
};

/* ---- life ---- */

static struct tum_console *console_new(struct tum_consoles *home,
                                       const struct tum_driver *driver,
                                       const struct tum_console_opts *opts)
{
    struct tum_console *console = tum_new(struct tum_console);

    atomic_init(&console->refs, 1);
    console->name = tum_strdup(opts->name);
    console->driver = driver;
    console->home = home;
    console->reader = home->reader;
    console->write_delay = opts->write_delay;
    tum_lock_init(&console->lock, TUM_RANK_CONSOLE);
    console->fd = -1;
    console->hold_until = TUM_FOREVER;
    tum_buf_init(&console->answers, TUM_CONSOLE_ANSWERS);
    tum_buf_init(&console->line, TUM_BUF_ANY);
    console->skipped_last = &console->skipped;
    return console;
}

void tum_console_unref(struct tum_console *console)
{
    if (console == NULL || atomic_fetch_sub(&console->refs, 1) != 1)
        return;
    tum_fd_close(&console->fd);
    tum_proc_free(console->proc);
    tum_conlog_close(console->log);
    tum_ignore_free(console->ignore);
    tum_ignore_free_skipped(console->skipped);
    tum_buf_release(&console->answers);
    tum_buf_release(&console->line);
    tum_lock_release(&console->lock);
    tum_free(console->text);
    tum_free(console->log_path);
    tum_free(console->target);
    tum_free(console->name);
    tum_free(console);
}

/* Ends what is going on, then the connection. No longer in the registry. */
static void console_shut(struct tum_console *console)
{
    struct tum_conop op;

    tum_lock_enter(&console->lock);
    console->closing = true;
    tum_conop_begin(console, &op, NULL);
    tum_console_tell(console);
    while (console->ops != &op || op.next != NULL)
        tum_conop_wait(console, &op, -1, 0, TUM_FOREVER);
    tum_conop_end(console, &op);
    if (console->fd >= 0 && !console->ended && console->id != 0)
        tum_reader_forget(console->reader, console);
    tum_track_end(console->track, true);
    tum_lock_leave(&console->lock);
    tum_reader_remove(console->reader, console);
    /* From here on nobody else has it: the reader found `closing` set, or nothing. */
    if (console->fd >= 0 && console->driver->leave != NULL)
        console->driver->leave(console);
    tum_lock_enter(&console->lock);
    tum_fd_close(&console->fd);
    tum_conlog_close(console->log);
    console->log = NULL;
    tum_lock_leave(&console->lock);
}

static const struct tum_driver *find_driver(const char *protocol)
{
    for (size_t i = 0; i < TUM_LEN(drivers); i++)
        if (strcmp(drivers[i]->protocol, protocol) == 0)
            return drivers[i];
    return NULL;
}

static bool fail_protocol(const char *protocol, struct tum_error **err)
{
    const char *near = tum_str_nearest(tum_str_of(protocol), tum_console_protocols);

    return tum_fail(
        err, TUM_ERROR_NAME,
        "unknown protocol '%s'%s%s%s (terminal, telnet, ssh, rawtcp, serial)", protocol,
        near != NULL ? ", did you mean '" : "", near != NULL ? near : "",
        near != NULL ? "'?" : "");
}

/* What is asked for, to compare a replay by; never a password. */
static void add_asks(struct tum_buf *out, const struct tum_console_opts *opts)
{
    for (size_t i = 0; opts->argv != NULL && opts->argv[i] != NULL; i++)
        tum_buf_addf(out, "%s%s", i > 0 ? " " : "", opts->argv[i]);
    if (opts->directory != NULL)
        tum_buf_addf(out, " in %s", opts->directory);
    if (opts->user != NULL)
        tum_buf_addf(out, "%s@", opts->user);
    if (opts->host != NULL)
        tum_buf_addf(out, "%s:%d", opts->host, opts->port);
    if (opts->device != NULL)
        tum_buf_addf(out, "%s at %u baud", opts->device, opts->baud);
}

static bool begin_track(struct tum_console *console,
                        const struct tum_console_opts *opts, struct tum_error **err)
{
    struct tum_buf asks = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_track_open open = {
        .name = opts->name, .protocol = opts->protocol, .item = opts->item};

    add_asks(&asks, opts);
    open.asks = asks.s;
    console->track = tum_track_begin(console->home->tape, &open, &console->target, err);
    tum_buf_release(&asks);
    return console->track != NULL;
}

static bool connect_console(struct tum_console *console,
                            const struct tum_console_opts *opts, struct tum_error **err)
{
    if (opts->log != NULL) {
        console->log_path = tum_conlog_path(opts->log, opts->name);
        console->log = tum_conlog_open(console->log_path, opts->log_append, err);
        if (console->log == NULL)
            return false;
    }
    if (opts->ignore_count > 0) {
        console->ignore = tum_ignore_new(opts->ignore, opts->ignore_count, err);
        if (console->ignore == NULL)
            return false;
    }
    if (console->home->tape != NULL && !begin_track(console, opts, err))
        return false;
    if (tum_track_replays(console->track))
        return true;
    return console->driver->open(console, opts, err);
}

/*
 * For a recording: what came before this line was the login's, what comes after it is the
 * campaign's. Before the reader has it, therefore; or, when that has it already, with what
 * came since the login looked for the last time.
 */
static void note_opened(struct tum_console *console, const struct tum_error *failure)
{
    size_t n;

    tum_lock_enter(&console->lock);
    tum_track_opened(console->track, console->target, failure);
    n = console->text_end - console->text_start;
    if (n > 0 && failure == NULL)
        tum_track_in(console->track, tum_str_n(console->text + console->text_start, n),
                     NULL);
    tum_lock_leave(&console->lock);
}

static void add_open(struct tum_consoles *consoles, struct tum_console *console,
                     bool *ret_again)
{
    *ret_again = false;
    tum_lock_enter(&consoles->lock);
    for (size_t i = 0; i < consoles->count; i++)
        if (strcmp(consoles->open[i]->name, console->name) == 0)
            *ret_again = true;
    tum_grow(&consoles->open, &consoles->cap, consoles->count + 1);
    consoles->open[consoles->count++] = console;
    tum_lock_leave(&consoles->lock);
}

bool tum_console_open(struct tum_consoles *consoles,
                      const struct tum_console_opts *opts, bool *ret_again,
                      struct tum_error **err)
{
    const struct tum_driver *driver = find_driver(opts->protocol);
    struct tum_console *console;
    bool ok;

    if (driver == NULL)
        return fail_protocol(opts->protocol, err);
    console = console_new(consoles, driver, opts);
    ok = connect_console(console, opts, err);
    note_opened(console, ok ? NULL : *err);
    /* A driver that talks while it opens had it watched already. */
    if (ok && console->fd >= 0 && console->id == 0)
        ok = tum_reader_add(consoles->reader, console, err);
    if (!ok) {
        console->failed = true;
        console_shut(console);
        tum_console_unref(console);
        return false;
    }
    add_open(consoles, console, ret_again);
    return true;
}

struct tum_console *tum_console_get(struct tum_consoles *consoles, const char *name)
{
    struct tum_console *console = NULL;

    tum_lock_enter(&consoles->lock);
    for (size_t i = 0; i < consoles->count && console == NULL; i++) {
        if (strcmp(consoles->open[i]->name, name) == 0) {
            console = consoles->open[i];
            atomic_fetch_add(&console->refs, 1);
        }
    }
    tum_lock_leave(&consoles->lock);
    return console;
}

/* Takes the oldest of that name off the list; of any name when NULL. */
static struct tum_console *take_open(struct tum_consoles *consoles, const char *name)
{
    struct tum_console *console = NULL;

    tum_lock_enter(&consoles->lock);
    for (size_t i = 0; i < consoles->count && console == NULL; i++) {
        if (name != NULL && strcmp(consoles->open[i]->name, name) != 0)
            continue;
        console = consoles->open[i];
        consoles->count--;
        memmove(consoles->open + i, consoles->open + i + 1,
                (consoles->count - i) * sizeof(*consoles->open));
    }
    tum_lock_leave(&consoles->lock);
    return console;
}

bool tum_console_close(struct tum_consoles *consoles, const char *name, char **ret_log)
{
    struct tum_console *console = take_open(consoles, name);

    if (console == NULL)
        return false;
    console_shut(console);
    *ret_log = console->log_path != NULL ? tum_strdup(console->log_path) : NULL;
    tum_console_unref(console);
    return true;
}

const char *tum_console_protocol(const struct tum_console *console)
{
    return console->driver->protocol;
}

bool tum_console_shows_writes(const struct tum_console *console)
{
    return console->driver->shows_writes;
}

uint64_t tum_console_dropped(struct tum_console *console)
{
    uint64_t dropped;

    tum_lock_enter(&console->lock);
    dropped = console->dropped;
    console->dropped = 0;
    tum_lock_leave(&console->lock);
    return dropped;
}

bool tum_console_trouble(struct tum_console *console, struct tum_buf *out)
{
    int os = 0;

    if (tum_console_dropped(console) > 0) {
        tum_buf_addf(out,
                     "more than %zu MiB were waiting to be read; the oldest text was "
                     "dropped",
                     TUM_CONSOLE_UNREAD >> 20);
        return true;
    }
    tum_lock_enter(&console->lock);
    if (console->log != NULL)
        os = tum_conlog_trouble(console->log);
    tum_lock_leave(&console->lock);
    if (os != 0) {
        tum_buf_addf(out, "its log '%s' ends here, it cannot be written: %s",
                     console->log_path, tum_errno_text(os));
        return true;
    }
    return tum_tape_trouble(console->home->tape, out);
}

/* ---- the registry ---- */

struct tum_consoles *tum_consoles_new(void)
{
    struct tum_consoles *consoles = tum_new(struct tum_consoles);

    tum_lock_init(&consoles->lock, TUM_RANK_CONSOLES);
    consoles->reader = tum_reader_new();
    consoles->udps = tum_udps_new();
    return consoles;
}

void tum_consoles_close_all(struct tum_consoles *consoles,
                            void (*say)(void *ctx, const char *name), void *ctx)
{
    struct tum_console *console;

    while ((console = take_open(consoles, NULL)) != NULL) {
        if (say != NULL)
            say(ctx, console->name);
        console_shut(console);
        tum_console_unref(console);
    }
    tum_udps_close_all(consoles->udps);
}

void tum_consoles_free(struct tum_consoles *consoles)
{
    if (consoles == NULL)
        return;
    tum_consoles_close_all(consoles, NULL, NULL);
    tum_reader_free(consoles->reader);
    tum_udps_free(consoles->udps);
    tum_tape_free(consoles->tape);
    tum_lock_release(&consoles->lock);
    tum_free(consoles->open);
    tum_free(consoles);
}

struct tum_udps *tum_consoles_udps(struct tum_consoles *consoles)
{
    return consoles->udps;
}

/* Both of a run's registries have the tape. */
static bool set_tape(struct tum_consoles *consoles, struct tum_tape *take)
{
    consoles->tape = take;
    tum_udps_set_tape(consoles->udps, take);
    return take != NULL;
}

bool tum_consoles_record(struct tum_consoles *consoles, const char *folder,
                         struct tum_error **err)
{
    return set_tape(consoles, tum_tape_record(folder, err));
}

bool tum_consoles_replay(struct tum_consoles *consoles, const char *folder,
                         struct tum_error **err)
{
    return set_tape(consoles, tum_tape_replay(folder, err));
}

bool tum_consoles_left(struct tum_consoles *consoles, struct tum_error **err)
{
    return tum_tape_left(consoles->tape, err);
}

bool tum_consoles_trouble(struct tum_consoles *consoles, struct tum_buf *out)
{
    tum_tape_flush(consoles->tape);
    return tum_tape_trouble(consoles->tape, out);
}

bool tum_consoles_random(struct tum_consoles *consoles, const char *item, uint32_t *ret,
                         struct tum_error **err)
{
    return tum_tape_random(consoles->tape, item, ret, err);
}
