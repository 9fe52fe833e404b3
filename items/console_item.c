/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console: a list of actions on a line to a device, a shell or a host. Lines live
 * as long as the run; an item only names one.
 */
#include "console_item.h"

#include "items.h"
#include "tum/mem.h"
#include <stdio.h>

static const struct tum_param console_params[] = {
    {
        .name = "console_name",
        .doc = "Name of the console, the same in every item that uses it.",
        .takes = TUM_TAKES_TEXT,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct tum_console_item, console_name),
    },
    {0},
};

/* ---- what the actions share ---- */

char *tum_console_item_name(struct tum_run *run, const struct tum_item *action)
{
    const struct tum_console_item *data = tum_item_data(tum_item_parent(action));
    tum_val v = tum_arg_value(run, data->console_name);
    char *name = NULL;

    if (v.kind == TUM_STR && tum_str_trim(tum_val_text(v)).n > 0) {
        name = tum_val_to_str(v);
    } else {
        char *shown = tum_val_to_repr(v);

        tum_run_failed(run, "'console_name' must be a text that is not blank, not %s",
                       shown);
        tum_free(shown);
    }
    tum_val_unref(v);
    return name;
}

/* The open console of this item; NULL: FAILed. *ret_name is for tum_free. */
static struct tum_console *get_console(struct tum_run *run, const struct tum_item *item,
                                       char **ret_name)
{
    struct tum_console *console;

    *ret_name = tum_console_item_name(run, item);
    if (*ret_name == NULL)
        return NULL;
    console = tum_console_get(tum_run_consoles(run), *ret_name);
    if (console == NULL)
        tum_run_failed(run, "console '%s' is not open", *ret_name);
    else
        tum_warn_trouble(run, console, *ret_name);
    return console;
}

static enum tum_verdict end_failed(struct tum_run *run, struct tum_error *take)
{
    if (take->kind != TUM_ERROR_STOPPED)
        return tum_run_broken(run, take);
    tum_error_free(take);
    return tum_run_stopped(run);
}

/* ---- write, writeln ---- */

/* What the body says: itself, or the value of its key `text`. */
static tum_val payload(struct tum_run *run, const struct tum_item *item)
{
    tum_val raw = tum_arg_raw(tum_item_body(item)), text;
    tum_val v;

    if (raw.kind == TUM_MAP && tum_map_peeks(raw, "text", &text))
        raw = text;
    v = tum_expand(run, raw);
    return v.kind == TUM_NONE ? tum_val_str("") : v;
}

static enum tum_verdict write_run(struct tum_run *run, const struct tum_item *item)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    enum tum_verdict verdict = TUM_PASS;
    struct tum_console *console;
    struct tum_error *err = NULL;
    tum_val v;
    char *name;

    console = get_console(run, item, &name);
    if (console == NULL) {
        tum_free(name);
        return TUM_FAIL;
    }
    v = payload(run, item);
    tum_val_write_str(&text, v);
    if (strcmp(tum_item_keyword(item), "writeln") == 0)
        tum_buf_addc(&text, '\n');
    if (tum_console_shows_writes(console))
        tum_echo_written(run, name, tum_buf_str(&text));
    if (tum_console_send(console, tum_buf_str(&text), tum_run_stop(run),
                         tum_item_name(tum_item_parent(item)), &err))
        tum_run_set_data(run, "data", tum_val_ref(v));
    else
        verdict = end_failed(run, err);
    tum_val_unref(v);
    tum_buf_release(&text);
    tum_console_unref(console);
    tum_free(name);
    return verdict;
}

/* ---- read_until ---- */

struct read_data {
    const struct tum_arg *expected, *regex, *timeout, *mute;
};

static const struct tum_param read_params[] = {
    {
        .name = "expected",
        .doc = "Text, or list of texts, of which the first that comes ends the read.",
        .takes = TUM_TAKES_TEXT | TUM_TAKES_LIST,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct read_data, expected),
    },
    {
        .name = "regex",
        .doc = "True: what is expected are Python regular expressions.",
        .takes = TUM_TAKES_FLAG,
        .field = TUM_FIELD(struct read_data, regex),
        .deflt = "false",
    },
    {
        .name = "timeout",
        .doc = "Seconds; negative waits for ever, 0 looks at what has arrived.",
        .takes = TUM_TAKES_NUMBER,
        .field = TUM_FIELD(struct read_data, timeout),
        .deflt = "-1",
    },
    {
        .name = "mute",
        .doc = "True: the text is neither printed nor put into the row.",
        .takes = TUM_TAKES_FLAG,
        .field = TUM_FIELD(struct read_data, mute),
        .deflt = "false",
    },
    {0},
};

/* One execution of read_until. */
struct reading {
    struct tum_run *run;
    const struct tum_item *item;
    struct tum_str *patterns; /* owned texts */
    size_t count;
    bool is_list, regex, mute;
    tum_time timeout;
    struct tum_expect *expect;
};

static bool add_pattern(struct reading *r, tum_val v)
{
    struct tum_str text = tum_val_as_text(v);

    r->patterns[r->count++] = text;
    if (text.n > 0)
        return true;
    tum_run_failed(r->run, r->is_list ? "'expected' holds an empty text"
                                      : "'expected' is empty");
    return false;
}

static bool read_patterns(struct reading *r, tum_val v)
{
    r->is_list = tum_val_is_seq(v);
    r->patterns = tum_run_alloc(r->run, (tum_list_len(v) + 1) * sizeof(*r->patterns));
    if (!r->is_list)
        return add_pattern(r, v);
    if (tum_list_len(v) == 0) {
        tum_run_failed(r->run, "'expected' is an empty list");
        return false;
    }
    tum_list_each (pattern, v)
        if (!add_pattern(r, *pattern))
            return false;
    return true;
}

static bool read_parameters(struct reading *r)
{
    const struct read_data *data = tum_item_data(r->item);
    struct tum_error *err = NULL;
    tum_val expected, timeout;
    bool ok;

    r->timeout = TUM_FOREVER;
    if (data->timeout != NULL) {
        timeout = tum_arg_value(r->run, data->timeout);
        ok = tum_timeout_of(r->run, "", timeout, "timeout", &r->timeout);
        tum_val_unref(timeout);
        if (!ok)
            return false;
    }
    r->regex = tum_arg_bool(r->run, data->regex);
    r->mute = tum_arg_bool(r->run, data->mute);
    expected = tum_arg_value(r->run, data->expected);
    ok = read_patterns(r, expected);
    tum_val_unref(expected);
    if (!ok)
        return false;
    r->expect = tum_expect_new(r->patterns, r->count, r->regex, &err);
    if (r->expect == NULL) {
        tum_error_wrap(&err, "'expected'");
        tum_run_broken(r->run, err);
    }
    return r->expect != NULL;
}

static void add_patterns(const struct reading *r, struct tum_buf *out)
{
    for (size_t i = 0; i < r->count; i++) {
        tum_buf_adds(out, i == 0 ? "" : i + 1 < r->count ? ", " : " or ");
        tum_quote_last(out, r->patterns[i], TUM_SHOWN_CHARACTERS);
    }
}

static enum tum_verdict matched(struct reading *r, const struct tum_console_read *read)
{
    struct tum_str text = tum_buf_str(&read->text);
    tum_val value = tum_val_str_valid(text.s, text.n);
    struct tum_str what = r->patterns[read->match.index];

    if (r->regex)
        what = tum_str_sub(text, read->match.start, read->match.stop);
    if (r->is_list)
        tum_run_set_data(r->run, "matched", tum_val_text_of(what));
    tum_run_set_value(r->run, value);
    return TUM_PASS;
}

static enum tum_verdict not_matched(struct reading *r,
                                    const struct tum_console_read *read)
{
    struct tum_str text = tum_buf_str(&read->text);
    struct tum_buf message = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_buf near = TUM_BUF_INIT(TUM_BUF_ANY);
    enum tum_verdict verdict;

    tum_buf_adds(&message, "expected ");
    add_patterns(r, &message);
    if (read->outcome == TUM_CONSOLE_TIMEOUT && r->timeout > 0) {
        tum_buf_adds(&message, " did not come within ");
        tum_add_seconds(&message, TUM_MAX(r->timeout, TUM_CONSOLE_LEAST));
    } else if (read->outcome == TUM_CONSOLE_TIMEOUT) {
        tum_buf_adds(&message, " has not come (timeout 0)");
    } else {
        tum_buf_addf(&message, " did not come: %s", read->how);
    }
    if (text.n == 0) {
        tum_buf_adds(&message, "; nothing was received");
    } else if (!r->mute) {
        tum_buf_adds(&message, "; received last: ");
        tum_quote_last(&message, text, TUM_SHOWN_CHARACTERS);
        tum_expect_nearest(r->expect, text, &near);
        if (near.len > 0)
            tum_buf_addf(&message, "; %s", near.s);
    }
    if (!r->mute)
        tum_show_instead(r->run, text);
    verdict = tum_run_failed(r->run, "%s", message.s);
    tum_buf_release(&message);
    tum_buf_release(&near);
    return verdict;
}

static enum tum_verdict judge(struct reading *r, const char *name,
                              const struct tum_console_read *read)
{
    switch (read->outcome) {
    case TUM_CONSOLE_MATCH:
        return matched(r, read);
    case TUM_CONSOLE_TIMEOUT:
    case TUM_CONSOLE_ENDED:
        return not_matched(r, read);
    case TUM_CONSOLE_STOPPED:
        return tum_run_stopped(r->run);
    case TUM_CONSOLE_CLOSED:
        return tum_run_failed(r->run, "console '%s' was closed meanwhile", name);
    case TUM_CONSOLE_BROKEN:
        break;
    }
    return tum_run_failed(r->run, "'expected': %s", read->how);
}

static enum tum_verdict read_console(struct reading *r, struct tum_console *console,
                                     const char *name)
{
    struct tum_buf what = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_console_read_opts opts = {
        .expect = r->expect,
        .timeout = r->timeout,
        .stop = tum_run_stop(r->run),
        .item = tum_item_name(tum_item_parent(r->item)),
    };
    struct tum_console_read read;
    enum tum_verdict verdict;
    struct tum_echo echo;
    char *variable;
    tum_val text;

    add_patterns(r, &what);
    opts.what = what.s;
    tum_echo_init(&echo, r->run, name);
    if (!r->mute) {
        opts.on_text = tum_echo_text;
        opts.ctx = &echo;
    }
    tum_console_read(console, &opts, &read);
    tum_echo_end(&echo);
    if (read.cut > 0)
        tum_out_warn(r->run,
                     "console '%s': the first %zu bytes of this read were dropped, it "
                     "passed the limit of %zu MiB.",
                     name, read.cut, TUM_CONSOLE_READ >> 20);
    text = tum_val_str_valid(read.text.s, read.text.len);
    tum_run_set_data(r->run, "data", r->mute ? tum_val_str("") : tum_val_ref(text));
    variable = tum_asprintf("cn_%s", tum_item_name(tum_item_parent(r->item)));
    tum_var_set(r->run, variable, text);
    tum_free(variable);
    verdict = judge(r, name, &read);
    tum_console_read_release(&read);
    tum_buf_release(&what);
    return verdict;
}

static enum tum_verdict read_run(struct tum_run *run, const struct tum_item *item)
{
    struct reading r = {.run = run, .item = item};
    enum tum_verdict verdict = TUM_FAIL;
    struct tum_console *console;
    char *name;

    console = get_console(run, item, &name);
    if (console != NULL && read_parameters(&r))
        verdict = read_console(&r, console, name);
    for (size_t i = 0; i < r.count; i++)
        tum_free((char *)(uintptr_t)r.patterns[i].s);
    tum_expect_free(r.expect);
    tum_console_unref(console);
    tum_free(name);
    return verdict;
}

/* ---- close ---- */

static enum tum_verdict close_run(struct tum_run *run, const struct tum_item *item)
{
    char *name = tum_console_item_name(run, item), *log = NULL;

    if (name == NULL)
        return TUM_FAIL;
    if (tum_console_close(tum_run_consoles(run), name, &log) && log != NULL)
        tum_out(run, "The log file %s of console \"%s\" and the console are closed.",
                log, name);
    tum_free(log);
    tum_free(name);
    return TUM_PASS;
}

/* ---- the types ---- */

static const struct tum_param text_params[] = {
    {
        .name = "text",
        .doc = "What is written, when the body is a mapping that has it.",
        .takes = TUM_TAKES_TEXT,
    },
    {0},
};

static const struct tum_item_type action_close = {
    .keyword = "close",
    .row_type = "Console action",
    .summary = "Closes the oldest open console of that name.",
    .flags = TUM_ITEM_ACTION | TUM_ITEM_FREE_BODY | TUM_ITEM_UNCHECKED,
    .run = close_run,
};

static const struct tum_item_type action_read = {
    .keyword = "read_until",
    .row_type = "Console action",
    .summary = "Reads until something expected comes, and takes what came before it.",
    .flags = TUM_ITEM_ACTION,
    .params = read_params,
    .data_size = sizeof(struct read_data),
    .run = read_run,
};

static const struct tum_item_type action_write = {
    .keyword = "write",
    .row_type = "Console action",
    .summary = "Writes its body.",
    .flags = TUM_ITEM_ACTION | TUM_ITEM_FREE_BODY | TUM_ITEM_UNCHECKED,
    .params = text_params,
    .run = write_run,
};

static const struct tum_item_type action_writeln = {
    .keyword = "writeln",
    .row_type = "Console action",
    .summary = "Writes its body and a newline.",
    .flags = TUM_ITEM_ACTION | TUM_ITEM_FREE_BODY | TUM_ITEM_UNCHECKED,
    .params = text_params,
    .run = write_run,
};

static const struct tum_item_type *const actions[] = {
    &action_close, &tum_console_action_open, &action_read,
    &action_write, &action_writeln,          NULL,
};

static enum tum_verdict console_run(struct tum_run *run, const struct tum_item *item)
{
    struct tum_children children;

    (void)item;
    tum_children_run(run, &children);
    return tum_children_verdict(run, &children);
}

const struct tum_item_type tum_item_console = {
    .keyword = "console",
    .row_type = "Console",
    .summary = "Talks to a device, a shell or a host.",
    .flags = TUM_ITEM_ACTIONS,
    .params = console_params,
    .actions = actions,
    .data_size = sizeof(struct tum_console_item),
    .run = console_run,
};
