/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Short words for tests of consoles: a registry that lives for one test, and what is read
 * and written on one.
 */
#ifndef TUM_CONSOLES_H
#define TUM_CONSOLES_H

#include "unit.h"

#include "tum/console.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE (20 * TUM_SECOND)

static struct tum_consoles *all;

static inline void set_up(void)
{
    signal(SIGPIPE, SIG_IGN);
    tum_guardian_set_program(UNIT_GUARDIAN);
    all = tum_consoles_new();
}

static inline void tear_down(void)
{
    tum_consoles_free(all);
    tum_guardian_close(5 * TUM_SECOND);
}

/* ---- short words ---- */

static inline struct tum_console *opened(const struct tum_console_opts *opts)
{
    struct tum_error *err = NULL;
    bool again;

    ck_assert_msg(tum_console_open(all, opts, &again, &err), "%s",
                  err != NULL ? err->text : "");
    return tum_console_get(all, opts->name);
}

static inline struct tum_console *terminal(const char *name, const char *script)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    struct tum_console_opts opts = {.name = name, .protocol = "terminal", .argv = argv};

    return opened(&opts);
}

static inline void shut(struct tum_console *console, const char *name)
{
    char *log = NULL;

    tum_console_unref(console);
    ck_assert(tum_console_close(all, name, &log));
    tum_free(log);
}

static inline enum tum_console_outcome read_for(struct tum_console *console,
                                                const char *what, tum_time timeout,
                                                struct tum_stop *stop,
                                                struct tum_console_read *ret)
{
    struct tum_str text = tum_str_of(what);
    struct tum_error *err = NULL;
    struct tum_console_read_opts opts = {
        .expect = tum_expect_new(&text, 1, false, &err),
        .timeout = timeout,
        .stop = stop,
        .what = what,
    };

    tum_console_read(console, &opts, ret);
    tum_expect_free(opts.expect);
    return ret->outcome;
}

/* Reads until `what` and checks all that came with it. */
static inline void reads(struct tum_console *console, const char *what,
                         const char *text)
{
    struct tum_console_read read;

    read_for(console, what, PATIENCE, NULL, &read);
    ck_assert_msg(read.outcome == TUM_CONSOLE_MATCH, "'%s': %d %s", what,
                  (int)read.outcome, read.how != NULL ? read.how : "");
    ck_assert_str_eq(read.text.s, text);
    tum_console_read_release(&read);
}

static inline void ends(struct tum_console *console, enum tum_console_outcome outcome,
                        tum_time timeout, const char *text, const char *how)
{
    struct tum_console_read read;

    read_for(console, "never", timeout, NULL, &read);
    ck_assert_int_eq(read.outcome, outcome);
    ck_assert_str_eq(read.text.s, text);
    if (how != NULL)
        ck_assert_msg(read.how != NULL && strstr(read.how, how) != NULL, "%s",
                      read.how);
    tum_console_read_release(&read);
}

static inline void sends(struct tum_console *console, const char *text)
{
    struct tum_error *err = NULL;

    ck_assert_msg(tum_console_send(console, tum_str_of(text), NULL, "test", &err), "%s",
                  err != NULL ? err->text : "");
}

static inline char *folder(void)
{
    static char path[] = "/tmp/tum-console-XXXXXX";

    memcpy(path, "/tmp/tum-console-XXXXXX", sizeof path);
    ck_assert_ptr_nonnull(mkdtemp(path));
    return path;
}

#endif
