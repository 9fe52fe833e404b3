/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a console, and what a protocol adds to it.
 *
 * The descriptor of a console does not block. It is read under the console's lock, by the reader
 * when something came, or by a thread that wants to see what is there already; it is written
 * under the lock too, by the one writer of the moment and, for answers of a protocol, by
 * whoever reads. Who must wait does it outside the lock, on a token that closing and news set.
 */
#ifndef TUM_DRIVER_H
#define TUM_DRIVER_H

#include "base/lock.h"
#include "tum/console.h"
#include "tum/proc.h"
#include <stdatomic.h>

/* Bytes of one read(2). */
#define TUM_CONSOLE_CHUNK   TUM_HOSTILE_OR(3, 65536)
/* Answers of a protocol that the peer does not take; more are not sent. */
#define TUM_CONSOLE_ANSWERS ((size_t)64 << 10)
/* Kept of the last line, where a question for a password is looked for. */
#define TUM_CONSOLE_LINE    1024u
/* A beginning of something to be removed from the stream is held back so long. */
#define TUM_CONSOLE_HOLD    (20 * TUM_MS)

struct tum_conlog;
struct tum_console;
struct tum_ignore;
struct tum_skipped;
struct tum_track;

struct tum_driver {
    const char *protocol;
    bool shows_writes; /* in the log of the run */
    bool asks;         /* may ask for passwords: writes wait a little after that */
    const char *gone;  /* what an end without a program means, after the target */

    /* Connects: sets fd and target, or fails naming the target. `stop` ends it. */
    bool (*open)(struct tum_console *console, const struct tum_console_opts *opts,
                 struct tum_error **err);
    /* Received bytes to data, by tum_console_data; NULL: they are data. Locked. */
    void (*receive)(struct tum_console *console, struct tum_str bytes);
    /* Nothing came for TUM_CONSOLE_HOLD: gives up what it holds back. Locked. */
    void (*release)(struct tum_console *console);
    /* Text to bytes; NULL: it is bytes. Any thread. */
    void (*encode)(struct tum_buf *out, struct tum_str text);
    /* Before the descriptor is closed (graceful goodbye) or NULL; nobody uses it. */
    void (*leave)(struct tum_console *console);
};

extern const struct tum_driver tum_driver_terminal, tum_driver_ssh, tum_driver_telnet,
    tum_driver_rawtcp, tum_driver_serial;

/* One call of a thread on a console: read, write, or a wait for its turn. */
struct tum_conop {
    struct tum_stop *stop; /* of the caller */
    struct tum_stop *wake; /* below it; set by news; NULL: nobody waits */
    struct tum_conop *next;
};

/* Of the telnet protocol: where in a command the stream is. */
struct tum_telnet {
    enum {
        TUM_TELNET_DATA,
        TUM_TELNET_IAC,
        TUM_TELNET_OPTION,
        TUM_TELNET_SUB,
        TUM_TELNET_SUB_IAC,
    } state;
    unsigned char verb; /* DO, DONT, WILL, WONT: its option comes next */
};

struct tum_console {
    atomic_uint refs;
    char *name;
    const struct tum_driver *driver;
    struct tum_consoles *home;
    struct tum_reader *reader;
    char *target; /* program, host:port, device: for messages */
    tum_time write_delay;
    uint64_t id; /* in the reader's poll */

    struct tum_lock lock; /* guards everything below */
    int fd;
    bool closing; /* no further operations; those under way are told */
    bool failed;  /* it was not opened: nobody has anything to lose */
    bool ended;   /* nothing more will come */
    bool paused;  /* not watched: a read under way is to catch up */
    int end_os;   /* why, errno, or 0 */
    struct tum_proc *proc;
    bool proc_known; /* proc_status is set */
    struct tum_proc_status proc_status;

    struct tum_conop *ops;
    struct tum_conop *reading, *writing; /* whose turn it is */

    struct tum_buf answers; /* of the protocol, not sent yet */
    struct tum_telnet telnet;
    char held[8]; /* beginning of a sequence that would be removed */
    size_t held_count;
    tum_time hold_until; /* TUM_FOREVER: nothing is held back */

    char undecoded[4]; /* beginning of a character */
    size_t undecoded_count;

    /* Text that waits: `first` is its place in the stream. */
    char *text;
    size_t text_start, text_end, text_cap;
    uint64_t first;
    uint64_t dropped; /* bytes, not told yet */
    tum_time last_came;
    struct tum_buf line; /* last unfinished line, its end when it is long */

    struct tum_ignore *ignore;
    struct tum_skipped *skipped, **skipped_last; /* ignored text, by place */
    struct tum_conlog *log;
    char *log_path;
    struct tum_track *track; /* of a recording */
};

/* Text that reads see, already logged. Locked. */
void tum_console_put(struct tum_console *console, struct tum_str text);
/* Bytes as they came over the line. Locked. */
void tum_console_bytes(struct tum_console *console, struct tum_str bytes);
/* Nothing more will come; os: why, or 0. Locked. */
void tum_console_stream_end(struct tum_console *console, int os);
/* Bytes of data: decoded, logged, put where reads take them. Locked. */
void tum_console_data(struct tum_console *console, struct tum_str bytes);
/* Sends an answer of the protocol, at once or when there is room. Locked. */
void tum_console_answer(struct tum_console *console, struct tum_str bytes);
/* Holds something back: the reader calls `release` when nothing more comes. Locked. */
void tum_console_hold(struct tum_console *console, bool holds);

/* ---- for a driver that talks before the console is open (ssh) ---- */

/* Adds what has arrived and takes it. False: the stream has ended and gave nothing. */
bool tum_console_take(struct tum_console *console, struct tum_buf *out);
/* Waits until something came or the deadline; STOPPED: by the stop of the open. */
enum tum_waited tum_console_await(struct tum_console *console, struct tum_stop *stop,
                                  tum_time deadline);

/* ---- the reader: reader.c ---- */

struct tum_reader;
struct tum_reader *tum_reader_new(void) TUM_MUST_USE;
void tum_reader_free(struct tum_reader *reader); /* accepts NULL */
/* Watches a console from now on (keeps a reference). Fails when no thread or descriptor is to be had. */
bool tum_reader_add(struct tum_reader *reader, struct tum_console *console,
                    struct tum_error **err);
/* Stops watching; the reader may still be busy with it, under its lock. */
void tum_reader_remove(struct tum_reader *reader, struct tum_console *console);
/* Room to write answers is waited for, or not. Console locked. */
void tum_reader_want_write(struct tum_reader *reader, struct tum_console *console,
                           bool wants);
/* A console holds something back until its hold_until. Console locked. */
void tum_reader_hold(struct tum_reader *reader);
/* No longer watched, for good or until it is again. Console locked. */
void tum_reader_forget(struct tum_reader *reader, struct tum_console *console);
void tum_reader_again(struct tum_reader *reader, struct tum_console *console);

/* What the reader calls, in its thread: reads what is there. */
void tum_console_pump(struct tum_console *console, bool writable);
/* Releases what is held back if its time has come; the next time, or TUM_FOREVER. */
tum_time tum_console_tick(struct tum_console *console, tum_time now);

#endif
