/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Driver `ssh`: the system's ssh client on a terminal of ours, and the dialogue of the
 * login. The user's configuration, keys and agent just work, because it is the user's
 * client; what it asks is answered here as a person would.
 */
#include "io/pty.h"
#include "io/tcp.h"

#include "base/fd.h"
#include "tum/mem.h"
#include <stdio.h>

#define LOGIN_PATIENCE  (5 * TUM_SECOND)  /* for something that decides */
#define ANSWER_PATIENCE (30 * TUM_SECOND) /* the same, after an answer */
#define SYNC_PATIENCE   (10 * TUM_SECOND) /* for two equal prompts */
#define SYNC_SILENCE    (50 * TUM_MS)     /* ends a response */
#define TEXT_LIMIT      ((size_t)1 << 20) /* of what came since the last answer */
#define PROMPT_LIMIT    1000u             /* compared of a response */
#define PROBE_PATIENCE  (2 * TUM_SECOND)  /* to see whether a host answers at all */
#define SSH_PORT        22                /* when the configuration has no other */

struct login {
    struct tum_console *console;
    const struct tum_console_opts *opts;
    struct tum_buf text; /* since the last answer, lower case */
    tum_time deadline;
    bool said_yes, said_password, said_terminal;
    bool heard; /* the client or the host said something */
};

static bool fail(struct login *login, struct tum_error **err, const char *what)
{
    return tum_fail(err, TUM_ERROR_LOST, "%s: %s", login->console->target, what);
}

/* ---- why it ended without a word ---- */

/*
 * The client is asked to be quiet and obeys: of a wrong name, a closed port or a changed key
 * it says nothing. What can be seen without it is looked at; the rest it tells a
 * person who asks.
 */
static void add_reason(struct login *login, struct tum_buf *out)
{
    const struct tum_console_opts *opts = login->opts;
    int port = opts->port != 0 ? opts->port : SSH_PORT, fd = -1;
    struct tum_error *err = NULL;

    if (!tum_tcp_connect(opts->host, port, PROBE_PATIENCE, opts->stop, &fd, &err)) {
        char *text = tum_error_text(err);

        tum_buf_addf(out, "; %s", text);
        tum_free(text);
        tum_error_free(err);
        return;
    }
    tum_fd_close(&fd);
    tum_buf_addf(out,
                 "; %s:%d can be reached: a changed host key ('ssh-keygen -R' forgets "
                 "the old one) or no way to log in, 'ssh -v ",
                 opts->host, port);
    if (opts->port != 0)
        tum_buf_addf(out, "-p %d ", opts->port);
    tum_buf_addf(out, "-l %s %s' tells", opts->user, opts->host);
}

/* ---- reading and answering ---- */

static bool came(struct login *login, struct tum_error **err)
{
    struct tum_buf text = TUM_BUF_INIT(TEXT_LIMIT);
    struct tum_buf end = TUM_BUF_INIT(1000);
    bool lives = tum_console_take(login->console, &text);
    struct tum_proc_status status;

    for (size_t i = 0; i < text.len; i++)
        if (text.s[i] >= 'A' && text.s[i] <= 'Z')
            text.s[i] = (char)(text.s[i] | 0x20);
    tum_buf_addt(&login->text, tum_buf_str(&text));
    login->heard = login->heard || text.len > 0;
    if (!lives) {
        tum_buf_adds(&end, "could not connect: the stream ended");
        if (tum_proc_wait(login->console->proc, NULL, tum_now() + TUM_PTY_GRACE,
                          &status) == TUM_READY) {
            tum_buf_adds(&end, ", ssh ended with ");
            tum_proc_status_text(&status, &end);
        }
        if (!login->heard)
            add_reason(login, &end);
        fail(login, err, end.s);
    }
    tum_buf_release(&text);
    tum_buf_release(&end);
    return lives;
}

static bool answer(struct login *login, const char *text, struct tum_error **err)
{
    struct tum_buf line = TUM_BUF_INIT(TUM_BUF_ANY);
    bool ok;

    tum_buf_adds(&line, text);
    tum_buf_addc(&line, '\n');
    tum_buf_reset(&login->text);
    login->deadline = tum_now() + ANSWER_PATIENCE;
    ok = tum_console_send(login->console, tum_buf_str(&line), login->opts->stop, NULL,
                          err);
    /* It may have been a password. */
    explicit_bzero(line.s, line.len);
    tum_buf_release(&line);
    return ok;
}

static bool has(struct tum_str text, const char *what)
{
    return tum_str_find(text, tum_str_of(what), 0) != TUM_STR_NONE;
}

static struct tum_str last_line(struct tum_str text)
{
    size_t start = text.n;

    while (start > 0 && text.s[start - 1] != '\n')
        start--;
    return tum_str_sub(text, start, text.n);
}

/* ---- the dialogue ---- */

static bool answer_password(struct login *login, struct tum_error **err)
{
    if (login->opts->password == NULL)
        return fail(login, err, "a password is asked, and 'ssh_pwd' is not given");
    if (login->said_password)
        return fail(login, err, "the password was refused");
    login->said_password = true;
    return answer(login, login->opts->password, err);
}

/* What the text asks for. *ret_done: the shell is there. */
static bool react(struct login *login, bool *ret_done, struct tum_error **err)
{
    struct tum_str text = tum_buf_str(&login->text);
    struct tum_str line = last_line(text);

    if (has(text, "are you sure you want to continue connecting")) {
        if (login->said_yes)
            return fail(login, err, "asks again whether to connect");
        login->said_yes = true;
        return answer(login, "yes", err);
    }
    if (has(line, "password") || has(line, "passphrase for key"))
        return answer_password(login, err);
    if (has(text, "permission denied"))
        return fail(login, err, "permission denied");
    if (has(text, "terminal type")) {
        if (login->said_terminal)
            return fail(login, err, "asks again for the terminal type");
        login->said_terminal = true;
        return answer(login, "ansi", err);
    }
    if (has(text, "connection closed by remote host"))
        return fail(login, err, "could not connect: closed by the remote host");
    *ret_done = has(text, "#") || has(text, "$");
    return true;
}

static bool dialogue(struct login *login, struct tum_error **err)
{
    bool done = false;

    login->deadline = tum_now() + LOGIN_PATIENCE;
    while (!done) {
        switch (tum_console_await(login->console, login->opts->stop, login->deadline)) {
        case TUM_STOPPED:
            return tum_fail(err, TUM_ERROR_STOPPED, "aborted on stop request");
        case TUM_LATE:
            return fail(login, err, "timeout: no prompt and no question came");
        case TUM_READY:
            break;
        }
        /* What came before the end may be the reason of it. */
        if (!came(login, err)) {
            struct tum_error *reason = NULL;

            if (!react(login, &done, &reason)) {
                tum_error_clear(err);
                *err = reason;
            }
            return false;
        }
        if (!react(login, &done, err))
            return false;
    }
    return true;
}

/* ---- the prompt ---- */

/* Collects the response to one Enter. */
static bool response(struct login *login, tum_time deadline, struct tum_buf *ret,
                     struct tum_error **err)
{
    tum_time begun, silence = SYNC_SILENCE, until = deadline;
    bool first = true;

    if (!answer(login, "", err))
        return false;
    begun = tum_now();
    for (;;) {
        enum tum_waited waited =
            tum_console_await(login->console, login->opts->stop, until);

        if (waited == TUM_STOPPED)
            return tum_fail(err, TUM_ERROR_STOPPED, "aborted on stop request");
        if (waited == TUM_LATE)
            break;
        if (!came(login, err))
            return false;
        if (first && login->text.len > 0) {
            silence = TUM_MAX(silence, 2 * (tum_now() - begun));
            first = false;
        }
        until = TUM_MIN(deadline, tum_now() + silence);
    }
    tum_buf_reset(ret);
    tum_buf_addt(ret, tum_buf_str(&login->text));
    return true;
}

static size_t edit_distance(struct tum_str a, struct tum_str b)
{
    size_t row[PROMPT_LIMIT + 1];

    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t change = diagonal + (a.s[i - 1] == b.s[j - 1] ? 0 : 1);
            size_t insert = TUM_MIN(row[j], row[j - 1]) + 1;

            diagonal = row[j];
            row[j] = TUM_MIN(change, insert);
        }
    }
    return row[b.n];
}

static bool nearly_equal(struct tum_str a, struct tum_str b)
{
    a = tum_str_sub(a, a.n > PROMPT_LIMIT ? a.n - PROMPT_LIMIT : 0, a.n);
    b = tum_str_sub(b, b.n > PROMPT_LIMIT ? b.n - PROMPT_LIMIT : 0, b.n);
    if (a.n == 0 || b.n == 0)
        return false;
    return edit_distance(a, b) * 10 < 4 * TUM_MAX(a.n, b.n);
}

static bool synchronise(struct login *login, struct tum_error **err)
{
    struct tum_buf before = TUM_BUF_INIT(TEXT_LIMIT), now = TUM_BUF_INIT(TEXT_LIMIT);
    tum_time deadline = tum_now() + SYNC_PATIENCE;
    bool ok = true, found = false;

    while (ok && !found) {
        struct tum_buf swap = before;

        before = now;
        now = swap;
        if (tum_now() >= deadline)
            ok = fail(login, err, "no prompt: the responses to Enter differ");
        else
            ok = response(login, deadline, &now, err);
        found = ok && nearly_equal(tum_buf_str(&before), tum_buf_str(&now));
    }
    tum_buf_release(&before);
    tum_buf_release(&now);
    return ok;
}

/* ---- the driver ---- */

static void set_target(struct tum_console *console, const struct tum_console_opts *opts)
{
    tum_free(console->target);
    console->target = tum_asprintf("ssh %s@%s port %d", opts->user, opts->host,
                                   opts->port != 0 ? opts->port : SSH_PORT);
}

static bool ssh_open(struct tum_console *console, const struct tum_console_opts *opts,
                     struct tum_error **err)
{
    struct login login = {
        .console = console, .opts = opts, .text = TUM_BUF_INIT(TEXT_LIMIT)};
    tum_time delay = console->write_delay;
    const char *argv[12];
    struct tum_pty_opts pty = {
        .argv = argv,
        .rows = 24,
        .columns = 1000,
        .ignore_hangup = true,
        .stop = opts->stop,
    };
    char port[16];
    size_t n = 0;
    bool ok;

    argv[n++] = "ssh";
    argv[n++] = "-o";
    argv[n++] = "StrictHostKeyChecking=no";
    argv[n++] = "-q";
    if (opts->port != 0) {
        snprintf(port, sizeof(port), "%d", opts->port);
        argv[n++] = "-p";
        argv[n++] = port;
    }
    argv[n++] = "-l";
    argv[n++] = opts->user;
    argv[n++] = opts->host;
    argv[n] = NULL;
    ok = tum_pty_open(console, &pty, err);
    set_target(console, opts);
    if (!ok) {
        tum_error_wrap(err, "%s", console->target);
        return false;
    }
    /* The login is not what the delay is for. */
    console->write_delay = 0;
    ok = tum_reader_add(console->reader, console, err) && dialogue(&login, err) &&
         synchronise(&login, err);
    console->write_delay = delay;
    tum_buf_release(&login.text);
    return ok;
}

const struct tum_driver tum_driver_ssh = {
    .protocol = "ssh",
    .shows_writes = true,
    .asks = true,
    .open = ssh_open,
    .receive = tum_pty_receive,
    .release = tum_pty_release,
    .leave = tum_pty_leave,
};
