/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The action `open` of the console item: from the words of the file to what a driver is
 * told. How to connect is the drivers' business.
 */
#include "console_item.h"

#include "tum/mem.h"
#include <math.h>
#include <sys/stat.h>

#define DEFAULT_SHELL       "/usr/bin/env bash"
#define NULL_SHELL          "/bin/sh"
#define DEFAULT_TELNET_PORT 69
#define REAL_TELNET_PORT    23 /* what port 0 means */

struct open_data {
    const struct tum_arg *protocol, *write_delay, *log, *overwrite_log, *ignore;
    const struct tum_arg *shell, *terminal_path;
    const struct tum_arg *telnet_host, *telnet_port;
    const struct tum_arg *tcp_host, *tcp_port;
    const struct tum_arg *serial_port, *serial_baudrate, *buffered;
    const struct tum_arg *ssh_host, *ssh_user, *ssh_pwd, *ssh_port;
};

#define FIELD(member) TUM_FIELD(struct open_data, member)

static const struct tum_param open_params[] = {
    {
        .name = "protocol",
        .doc = "What to talk to: terminal, telnet, ssh, rawtcp or serial.",
        .takes = TUM_TAKES_TEXT,
        .flags = TUM_PARAM_REQUIRED,
        .field = FIELD(protocol),
        .choices = tum_console_protocols,
    },
    {
        .name = "write_delay",
        .doc = "Milliseconds to wait after each written character.",
        .takes = TUM_TAKES_NUMBER,
        .field = FIELD(write_delay),
        .deflt = "0",
    },
    {
        .name = "log",
        .doc = "File (ending in .log) or folder for a log of everything received.",
        .takes = TUM_TAKES_PATH,
        .field = FIELD(log),
    },
    {
        .name = "overwrite_log",
        .doc = "False: the log file is appended to.",
        .takes = TUM_TAKES_FLAG,
        .field = FIELD(overwrite_log),
        .deflt = "true",
    },
    {
        .name = "ignore",
        .doc =
            "Regular expressions of lines, or parts of lines, that matching skips and "
            "logs mark.",
        .takes = TUM_TAKES_LIST | TUM_TAKES_TEXT,
        .field = FIELD(ignore),
    },
    {
        .name = "shell",
        .doc = "terminal: the program, text in the shell's quoting or a list of "
               "arguments.",
        .takes = TUM_TAKES_TEXT | TUM_TAKES_LIST,
        .field = FIELD(shell),
        .deflt = DEFAULT_SHELL,
    },
    {
        .name = "terminal_path",
        .doc = "terminal: the folder the program starts in.",
        .takes = TUM_TAKES_PATH,
        .field = FIELD(terminal_path),
    },
    {
        .name = "telnet_host",
        .doc = "telnet: name or address; required there.",
        .takes = TUM_TAKES_TEXT,
        .field = FIELD(telnet_host),
    },
    {
        .name = "telnet_port",
        .doc = "telnet: TCP port; 0 means 23.",
        .takes = TUM_TAKES_INT,
        .field = FIELD(telnet_port),
        .deflt = "69",
    },
    {
        .name = "tcp_host",
        .doc = "rawtcp: name or address; required there.",
        .takes = TUM_TAKES_TEXT,
        .field = FIELD(tcp_host),
    },
    {
        .name = "tcp_port",
        .doc = "rawtcp: TCP port; required there.",
        .takes = TUM_TAKES_INT,
        .field = FIELD(tcp_port),
    },
    {
        .name = "serial_port",
        .doc = "serial: path of the device; required there.",
        .takes = TUM_TAKES_PATH,
        .field = FIELD(serial_port),
    },
    {
        .name = "serial_baudrate",
        .doc = "serial: bits a second, any number the device has; required there.",
        .takes = TUM_TAKES_INT,
        .field = FIELD(serial_baudrate),
    },
    {
        .name = "buffered",
        .doc = "serial: makes no difference; input is always collected.",
        .takes = TUM_TAKES_FLAG,
        .field = FIELD(buffered),
        .deflt = "true",
    },
    {
        .name = "ssh_host",
        .doc = "ssh: name or address; required there.",
        .takes = TUM_TAKES_TEXT,
        .field = FIELD(ssh_host),
    },
    {
        .name = "ssh_user",
        .doc = "ssh: the user to log in as; required there.",
        .takes = TUM_TAKES_TEXT,
        .field = FIELD(ssh_user),
    },
    {
        .name = "ssh_pwd",
        .doc = "ssh: the password, or the passphrase of a key.",
        .takes = TUM_TAKES_TEXT,
        .field = FIELD(ssh_pwd),
    },
    {
        .name = "ssh_port",
        .doc = "ssh: TCP port; absent: what the client's configuration says.",
        .takes = TUM_TAKES_INT,
        .field = FIELD(ssh_port),
    },
    {0},
};

/* ---- parameters ---- */

/* Texts in here live as long as the execution. */
struct opening {
    struct tum_run *run;
    const struct open_data *data;
    struct tum_console_opts opts;
};

static char *keep(struct tum_run *run, struct tum_str text)
{
    char *copy = tum_run_alloc(run, text.n + 1);

    if (text.n > 0)
        memcpy(copy, text.s, text.n);
    return copy;
}

static const char *keep_val(struct tum_run *run, tum_val v)
{
    struct tum_str text = tum_val_as_text(v);
    const char *kept = keep(run, text);

    tum_free((char *)(uintptr_t)text.s);
    return kept;
}

/* Text form; NULL when absent, null or empty. */
static const char *optional_text(struct opening *o, const struct tum_arg *arg)
{
    tum_val v = tum_arg_value(o->run, arg);
    const char *text = v.kind != TUM_NONE ? keep_val(o->run, v) : NULL;

    tum_val_unref(v);
    return text != NULL && text[0] != '\0' ? text : NULL;
}

static bool required_text(struct opening *o, const struct tum_arg *arg,
                          const char *name, const char **ret)
{
    *ret = optional_text(o, arg);
    if (*ret != NULL)
        return true;
    tum_run_failed(o->run, "'open' with protocol %s needs '%s'", o->opts.protocol,
                   name);
    return false;
}

static bool number(struct opening *o, const struct tum_arg *arg, const char *name,
                   int64_t high, int64_t *ret)
{
    tum_val v = tum_arg_value(o->run, arg);
    bool ok = tum_integer_of(o->run, "", v, name, 0, high, ret);

    tum_val_unref(v);
    return ok;
}

static bool required_number(struct opening *o, const struct tum_arg *arg,
                            const char *name, int64_t high, int64_t *ret)
{
    if (arg == NULL) {
        tum_run_failed(o->run, "'open' with protocol %s needs '%s'", o->opts.protocol,
                       name);
        return false;
    }
    return number(o, arg, name, high, ret);
}

static bool read_delay(struct opening *o)
{
    tum_val v = tum_arg_value(o->run, o->data->write_delay);
    double ms = 0;
    enum tum_number kind = tum_val_number(v, &ms);
    bool ok = kind == TUM_NUMBER_NONE || (kind == TUM_NUMBER_OK && ms >= 0);

    if (ok) {
        o->opts.write_delay = tum_time_of_seconds(ms / 1000);
    } else {
        char *shown = tum_val_to_repr(v);

        tum_run_failed(o->run, "'write_delay' must be a number of milliseconds, not %s",
                       shown);
        tum_free(shown);
    }
    tum_val_unref(v);
    return ok;
}

static void read_log(struct opening *o)
{
    o->opts.log = optional_text(o, o->data->log);
    o->opts.log_append =
        o->data->overwrite_log != NULL && !tum_arg_bool(o->run, o->data->overwrite_log);
}

static bool read_ignore(struct opening *o)
{
    tum_val v = tum_arg_value(o->run, o->data->ignore);
    const char **patterns;
    bool ok = true;
    size_t n = 0;

    if (v.kind == TUM_STR) {
        patterns = tum_run_alloc(o->run, sizeof(*patterns));
        patterns[n++] = keep_val(o->run, v);
    } else if (tum_val_is_seq(v)) {
        patterns = tum_run_alloc(o->run, (tum_list_len(v) + 1) * sizeof(*patterns));
        tum_list_each (pattern, v)
            patterns[n++] = keep_val(o->run, *pattern);
    } else if (v.kind != TUM_NONE) {
        char *shown = tum_val_to_repr(v);

        tum_run_failed(o->run, "'ignore' must be a list of regular expressions, not %s",
                       shown);
        tum_free(shown);
        ok = false;
    }
    for (size_t i = 0; ok && i < n; i++) {
        if (patterns[i][0] == '\0') {
            tum_run_failed(o->run, "'ignore' holds an empty pattern");
            ok = false;
        }
    }
    if (ok && n > 0) {
        o->opts.ignore = patterns;
        o->opts.ignore_count = n;
    }
    tum_val_unref(v);
    return ok;
}

/* ---- the program of a terminal ---- */

struct words {
    struct tum_buf text; /* each ended by NUL */
    size_t count;
};

/*
 * POSIX shell quoting without expansion: blanks separate; '…' is literal; in "…" a backslash
 * escapes " and \; elsewhere any character. False: a quote is not closed.
 */
static bool split_words(struct tum_str text, struct words *words)
{
    char quote = '\0';
    bool inside = false;

    for (size_t i = 0; i < text.n; i++) {
        char c = text.s[i];

        if (quote == '\0' && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            if (inside)
                tum_buf_addc(&words->text, '\0');
            words->count += inside;
            inside = false;
            continue;
        }
        inside = true;
        if (quote == '\0' && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == quote) {
            quote = '\0';
        } else if (c == '\\' && quote != '\'') {
            if (i + 1 == text.n)
                return false;
            c = text.s[++i];
            if (quote == '"' && c != '"' && c != '\\')
                tum_buf_addc(&words->text, '\\');
            tum_buf_addc(&words->text, c);
        } else {
            tum_buf_addc(&words->text, c);
        }
    }
    if (inside)
        tum_buf_addc(&words->text, '\0');
    words->count += inside;
    return quote == '\0';
}

static bool set_arguments(struct opening *o, struct words *words)
{
    const char **argv = tum_run_alloc(o->run, (words->count + 1) * sizeof(*argv));
    const char *at = keep(o->run, tum_buf_str(&words->text));

    if (words->count == 0) {
        tum_run_failed(o->run, "'shell' names no program");
        return false;
    }
    for (size_t i = 0; i < words->count; i++) {
        argv[i] = at;
        at += strlen(at) + 1;
    }
    o->opts.argv = argv;
    return true;
}

static bool read_shell(struct opening *o)
{
    struct words words = {.text = TUM_BUF_INIT(TUM_BUF_ANY)};
    tum_val v = o->data->shell != NULL ? tum_arg_value(o->run, o->data->shell)
                                       : tum_val_str(DEFAULT_SHELL);
    struct tum_str text;
    bool ok = true;

    if (tum_val_is_seq(v)) {
        tum_list_each (word, v) {
            text = tum_val_as_text(*word);
            tum_buf_adds(&words.text, text.s);
            tum_buf_addc(&words.text, '\0');
            words.count++;
            tum_free((char *)(uintptr_t)text.s);
        }
    } else {
        text = v.kind == TUM_NONE
                   ? tum_str_n(tum_strdup(NULL_SHELL), strlen(NULL_SHELL))
                   : tum_val_as_text(v);
        ok = split_words(text, &words);
        if (!ok)
            tum_run_failed(o->run, "'shell' has a quote that is not closed: %s",
                           text.s);
        tum_free((char *)(uintptr_t)text.s);
    }
    ok = ok && set_arguments(o, &words);
    tum_buf_release(&words.text);
    tum_val_unref(v);
    return ok;
}

static bool read_terminal(struct opening *o)
{
    struct stat facts;

    if (!read_shell(o))
        return false;
    o->opts.directory = optional_text(o, o->data->terminal_path);
    if (o->opts.directory != NULL &&
        (stat(o->opts.directory, &facts) != 0 || !S_ISDIR(facts.st_mode))) {
        tum_run_failed(o->run, "terminal_path '%s' is no folder", o->opts.directory);
        return false;
    }
    return true;
}

static bool read_telnet(struct opening *o)
{
    int64_t port = DEFAULT_TELNET_PORT;

    if (!required_text(o, o->data->telnet_host, "telnet_host", &o->opts.host))
        return false;
    if (o->data->telnet_port != NULL &&
        !number(o, o->data->telnet_port, "telnet_port", 65535, &port))
        return false;
    o->opts.port = port == 0 ? REAL_TELNET_PORT : (int)port;
    return true;
}

static bool read_rawtcp(struct opening *o)
{
    int64_t port;

    if (!required_text(o, o->data->tcp_host, "tcp_host", &o->opts.host) ||
        !required_number(o, o->data->tcp_port, "tcp_port", 65535, &port))
        return false;
    o->opts.port = (int)port;
    return true;
}

static bool read_serial(struct opening *o)
{
    int64_t baud;

    if (!required_text(o, o->data->serial_port, "serial_port", &o->opts.device) ||
        !required_number(o, o->data->serial_baudrate, "serial_baudrate", UINT32_MAX,
                         &baud))
        return false;
    if (o->data->buffered != NULL)
        tum_arg_bool(o->run, o->data->buffered);
    o->opts.baud = (uint32_t)baud;
    return true;
}

static bool read_ssh(struct opening *o)
{
    int64_t port = 0;

    if (!required_text(o, o->data->ssh_host, "ssh_host", &o->opts.host) ||
        !required_text(o, o->data->ssh_user, "ssh_user", &o->opts.user))
        return false;
    /* An option in the place of a host would be obeyed. */
    if (o->opts.host[0] == '-' || o->opts.user[0] == '-') {
        tum_run_failed(o->run, "'%s' is no ssh_%s",
                       o->opts.host[0] == '-' ? o->opts.host : o->opts.user,
                       o->opts.host[0] == '-' ? "host" : "user");
        return false;
    }
    if (o->data->ssh_port != NULL &&
        !number(o, o->data->ssh_port, "ssh_port", 65535, &port))
        return false;
    o->opts.port = (int)port;
    o->opts.password = optional_text(o, o->data->ssh_pwd);
    return true;
}

static const struct {
    const char *protocol;
    bool (*read)(struct opening *o);
} readers[] = {
    {"terminal", read_terminal}, {"telnet", read_telnet}, {"rawtcp", read_rawtcp},
    {"serial", read_serial},     {"ssh", read_ssh},
};

/* ---- the action ---- */

static bool read_opening(struct opening *o)
{
    o->opts.protocol = optional_text(o, o->data->protocol);
    if (o->opts.protocol == NULL) {
        tum_run_failed(o->run, "'protocol' is empty");
        return false;
    }
    if (!read_delay(o) || !read_ignore(o))
        return false;
    read_log(o);
    /* An unknown protocol has no reader: opening says what is wrong. */
    for (size_t i = 0; i < TUM_LEN(readers); i++)
        if (strcmp(readers[i].protocol, o->opts.protocol) == 0)
            return readers[i].read(o);
    return true;
}

static enum tum_verdict open_run(struct tum_run *run, const struct tum_item *item)
{
    struct opening o = {.run = run, .data = tum_item_data(item)};
    char *name = tum_console_item_name(run, item);
    enum tum_verdict verdict = TUM_FAIL;
    struct tum_error *err = NULL;
    bool again;

    if (name != NULL && read_opening(&o)) {
        o.opts.name = name;
        o.opts.stop = tum_run_stop(run);
        o.opts.item = tum_item_name(tum_item_parent(item));
        tum_run_flush(run);
        if (tum_console_open(tum_run_consoles(run), &o.opts, &again, &err)) {
            verdict = TUM_PASS;
            if (again)
                tum_out_warn(
                    run,
                    "console '%s' is open already: the older one is used until "
                    "it is closed.",
                    name);
        } else if (err->kind == TUM_ERROR_STOPPED) {
            tum_error_free(err);
            verdict = tum_run_stopped(run);
        } else {
            tum_error_wrap(&err, "console '%s' could not be opened", name);
            verdict = tum_run_broken(run, err);
        }
    }
    tum_free(name);
    return verdict;
}

const struct tum_item_type tum_console_action_open = {
    .keyword = "open",
    .row_type = "Console action",
    .summary = "Opens the console.",
    .flags = TUM_ITEM_ACTION,
    .params = open_params,
    .data_size = sizeof(struct open_data),
    .run = open_run,
};
