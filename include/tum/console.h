/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consoles: lines to devices, shells and hosts, as items use them.
 *
 * All consoles of a run live in one registry. A thread of the registry, the reader, drains every
 * open one from the moment it was opened, so that nothing is lost while nobody expects
 * anything; what came waits in the console, decoded, TUM_CONSOLE_UNREAD bytes at most: beyond, the
 * oldest goes, and is counted.
 *
 * Text is UTF-8. Bytes that are not become U+FFFD as Python's "replace" makes it; a
 * character split over packets is one character.
 *
 * Any thread may use any console. Reads of one console take turns, and so do writes; a
 * read and a write go on beside each other. Closing one ends what is going on with it.
 */
#ifndef TUM_CONSOLE_H
#define TUM_CONSOLE_H

#include "tum/buf.h"
#include "tum/clock.h"
#include "tum/err.h"
#include "tum/wait.h"

struct tum_consoles;
struct tum_console;
struct tum_expect;
struct tum_tape;
struct tum_udps;

/* Bytes of text that wait for a read. */
#define TUM_CONSOLE_UNREAD ((size_t)TUM_HOSTILE_OR(1, 64) << 20)
/* Bytes of text one read keeps; beyond, the oldest goes and the cut is marked. */
#define TUM_CONSOLE_READ   ((size_t)256 << 20)
/* Shortest wait of a read whose timeout is not 0. */
#define TUM_CONSOLE_LEAST  (200 * TUM_MS)

/* ---- patterns: src/io/expect.c ---- */

/*
 * Patterns are tested as if characters came one at a time and all were tried, in order, after
 * each. A literal matches when the text ends with it; a regular expression (Python's
 * dialect) when a search in the last TUM_EXPECT_WINDOW characters finds it.
 */
#define TUM_EXPECT_WINDOW 65536

/* Copies the patterns. A pattern that does not compile is a SYNTAX error that names it. */
struct tum_expect *tum_expect_new(const struct tum_str *patterns, size_t count,
                                  bool regex, struct tum_error **err) TUM_MUST_USE;
void tum_expect_free(struct tum_expect *expect); /* accepts NULL */

struct tum_expect_match {
    size_t end;         /* bytes up to and including the character that decided */
    size_t index;       /* of the pattern */
    size_t start, stop; /* what the pattern matched, in the text */
};
enum tum_expected {
    TUM_EXPECT_FOUND,
    TUM_EXPECT_NOT, /* not in this text; may come */
    TUM_EXPECT_CUT, /* the stop or the deadline came during the search */
    TUM_EXPECT_BAD, /* a search was given up: err */
};
/*
 * Tests `text`, all of this read so far, of which the first `from` bytes were tested by earlier calls (0: a new
 * read). Whole characters only, valid UTF-8.
 */
enum tum_expected tum_expect_scan(struct tum_expect *expect, struct tum_str text,
                                  size_t from, struct tum_stop *stop, tum_time deadline,
                                  struct tum_expect_match *ret, struct tum_error **err);
/* What came nearest in a text without a match, in words for the end of a message:
   "the nearest was 'logi' of 'login:' in the line 'Logi'". Adds nothing when nothing came near. */
void tum_expect_nearest(struct tum_expect *expect, struct tum_str text,
                        struct tum_buf *out);

/* ---- the registry ---- */

struct tum_consoles *tum_consoles_new(void) TUM_MUST_USE;
/* Closes what is still open, silently. Accepts NULL. */
void tum_consoles_free(struct tum_consoles *consoles);
/*
 * Closes everything, consoles in the order of opening; `say` is called before each with
 * its name. For the end of a run.
 */
void tum_consoles_close_all(struct tum_consoles *consoles,
                            void (*say)(void *ctx, const char *name), void *ctx);
/* The UDP sockets of the same run (tum/udp.h). */
struct tum_udps *tum_consoles_udps(struct tum_consoles *consoles);

/*
 * Records every byte of every channel, in and out, from now on to FOLDER/channels.tape (made new), or replays
 * such a recording: channels are then not opened, what the recording has is received, and what is
 * written must be what was written then. Before the first channel is opened. The error
 * names the file.
 */
bool tum_consoles_record(struct tum_consoles *consoles, const char *folder,
                         struct tum_error **err);
bool tum_consoles_replay(struct tum_consoles *consoles, const char *folder,
                         struct tum_error **err);
/* Replaying, at the end: true with err when the recording has something that the campaign did
   not ask for. The error names the first. */
bool tum_consoles_left(struct tum_consoles *consoles, struct tum_error **err);
/* Recording, at the end: true with words when it could not be written, and nobody was told. */
bool tum_consoles_trouble(struct tum_consoles *consoles, struct tum_buf *out);
/*
 * A random number, 1 … 2^32-1, that a replay repeats. `item` is who asks. False: the
 * recording has none here.
 */
bool tum_consoles_random(struct tum_consoles *consoles, const char *item, uint32_t *ret,
                         struct tum_error **err);

/* ---- opening and closing ---- */

/* Everything any protocol takes; zero is the default. Nothing is kept after the call. */
struct tum_console_opts {
    const char *name;
    const char *protocol; /* "terminal", "telnet", "ssh", "rawtcp", "serial" */
    tum_time write_delay; /* after each character */
    const char *log;      /* path of the traffic log, a file; or NULL */
    bool log_append;
    /* Regular expressions of what matching skips (tum_console_opts.ignore of a bench that
       mixes the kernel's messages into answers); see tum-consoles(7). */
    const char *const *ignore;
    size_t ignore_count;
    struct tum_stop *stop; /* ends a connect, a login; or NULL */
    const char *item;      /* who opens, for a recording; or NULL */

    const char *const *argv; /* terminal: NULL-terminated */
    const char *directory;   /* terminal; NULL: that of tum */
    const char *host;        /* telnet, rawtcp, ssh */
    int port;                /* telnet, rawtcp; ssh: 0 is the client's default */
    const char *user;        /* ssh */
    const char *password;    /* ssh, or NULL */
    const char *device;      /* serial */
    uint32_t baud;           /* serial */
};

/* Names of the protocols, ended by NULL. */
extern const char *const tum_console_protocols[];

/*
 * Opens a console and puts it behind those of the same name; *ret_again tells that there
 * were some. Errors name the target and the system's reason; kind STOPPED: by the stop.
 */
bool tum_console_open(struct tum_consoles *consoles,
                      const struct tum_console_opts *opts, bool *ret_again,
                      struct tum_error **err);
/* The oldest open console of that name, or NULL; for tum_console_unref. */
struct tum_console *tum_console_get(struct tum_consoles *consoles,
                                    const char *name) TUM_MUST_USE;
void tum_console_unref(struct tum_console *console); /* accepts NULL */
/*
 * Closes the oldest of that name; false when there is none. *ret_log is the path of its
 * traffic log (tum_free), or NULL.
 */
bool tum_console_close(struct tum_consoles *consoles, const char *name, char **ret_log);

/* ---- using ---- */

/* "terminal", …; static. */
const char *tum_console_protocol(const struct tum_console *console);
/* True when writes are shown in the log of the run: the other side does not echo them. */
bool tum_console_shows_writes(const struct tum_console *console);
/* Bytes dropped since the last call, because nobody read them. */
uint64_t tum_console_dropped(struct tum_console *console);
/*
 * What is wrong beside reads and writes, one thing a call, each once: text was dropped, the log or the recording
 * cannot be written any longer. False: nothing (more).
 */
bool tum_console_trouble(struct tum_console *console, struct tum_buf *out);

/*
 * Writes all of it, at the console's pace; returns when the system took the last byte. Received data is drained
 * meanwhile. `item` is for a recording.
 */
bool tum_console_send(struct tum_console *console, struct tum_str text,
                      struct tum_stop *stop, const char *item, struct tum_error **err);

enum tum_console_outcome {
    TUM_CONSOLE_MATCH,
    TUM_CONSOLE_TIMEOUT,
    TUM_CONSOLE_ENDED,   /* the stream ended; see `how` */
    TUM_CONSOLE_STOPPED, /* by the stop token */
    TUM_CONSOLE_CLOSED,  /* somebody closed it meanwhile */
    TUM_CONSOLE_BROKEN,  /* a search was given up; see `how` */
};

struct tum_console_read_opts {
    struct tum_expect *expect;
    tum_time timeout; /* TUM_FOREVER; 0: what has arrived; else TUM_CONSOLE_LEAST at
                         least */
    struct tum_stop *stop;
    const char *item; /* for a recording; or NULL */
    const char *what; /* the patterns in words, for a recording; or NULL */
    /* Gets the text as it is consumed, in the calling thread; `ignored` text is none of
       the read's. Or NULL. */
    void (*on_text)(void *ctx, struct tum_str text, bool ignored);
    void *ctx;
};

struct tum_console_read {
    enum tum_console_outcome outcome;
    struct tum_buf text; /* consumed by this read */
    size_t cut;          /* bytes that went from its start: TUM_CONSOLE_READ */
    struct tum_expect_match match; /* MATCH; offsets in `text` */
    char *how;                     /* ENDED, BROKEN: in words; or NULL */
};
/* Always fills *ret; release it afterwards. */
void tum_console_read(struct tum_console *console,
                      const struct tum_console_read_opts *opts,
                      struct tum_console_read *ret);
void tum_console_read_release(struct tum_console_read *read);

/*
 * Text with what cannot be seen made visible: \r, \t, \x1b; newlines stay. For
 * logs of what came instead.
 */
void tum_console_show(struct tum_buf *out, struct tum_str text);

#endif
