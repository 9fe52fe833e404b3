/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON-RPC over a console: a request is a line, an answer an object somewhere before the
 * next prompt. What else a console prints is skipped.
 */
#include "json_rpc.h"

#include "tum/mem.h"

/* ---- the block ---- */

static bool fail_block(struct tum_run *run, const char *what)
{
    tum_run_failed(run, "%s'console' %s", tum_rpc_of(run), what);
    return false;
}

bool tum_rpc_console_read(struct tum_run *run, tum_val block, struct tum_rpc *ret)
{
    struct tum_console *console;
    tum_val name, prompt;

    if (block.kind != TUM_MAP)
        return fail_block(run, "must be a mapping {name, prompt}");
    if (!tum_map_peeks(block, "name", &name) || name.kind != TUM_STR ||
        tum_str_trim(tum_val_text(name)).n == 0)
        return fail_block(run, "needs the name of a console as 'name'");
    ret->carrier = &tum_rpc_console;
    ret->console = tum_run_printf(run, "%s", tum_val_text(name).s);
    ret->prompt = "\n";
    if (tum_map_peeks(block, "prompt", &prompt) && prompt.kind != TUM_NONE) {
        struct tum_str text = tum_val_as_text(prompt);

        ret->prompt = tum_run_printf(run, "%s", text.s);
        tum_free((char *)(uintptr_t)text.s);
        if (ret->prompt[0] == '\0')
            return fail_block(run, "needs a text that is not empty as 'prompt'");
    }
    console = tum_console_get(tum_run_consoles(run), ret->console);
    if (console == NULL) {
        tum_run_failed(run, "json_rpc '%s': console '%s' is not open",
                       tum_item_name(tum_run_item(run)), ret->console);
        return false;
    }
    tum_console_unref(console);
    return true;
}

/* ---- the carrier ---- */

static enum tum_verdict console_open(struct tum_run *run, struct tum_rpc *rpc)
{
    (void)run;
    (void)rpc;
    return TUM_PASS;
}

static void console_close(struct tum_run *run, struct tum_rpc *rpc)
{
    (void)run;
    (void)rpc;
}

/* NULL: FAILed. */
static struct tum_console *get_console(struct tum_run *run, const struct tum_rpc *rpc)
{
    struct tum_console *console = tum_console_get(tum_run_consoles(run), rpc->console);

    if (console == NULL)
        tum_run_failed(run, "console '%s' is not open", rpc->console);
    else
        tum_warn_trouble(run, console, rpc->console);
    return console;
}

static bool console_send(struct tum_run *run, struct tum_rpc *rpc,
                         struct tum_str request)
{
    struct tum_console *console = get_console(run, rpc);
    struct tum_buf line = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    bool ok;

    if (console == NULL)
        return false;
    tum_buf_addt(&line, request);
    tum_buf_addc(&line, '\n');
    if (tum_console_shows_writes(console))
        tum_echo_written(run, rpc->console, tum_buf_str(&line));
    ok = tum_console_send(console, tum_buf_str(&line), tum_run_stop(run),
                          tum_item_name(tum_item_parent(tum_run_item(run))), &err);
    if (!ok && err->kind == TUM_ERROR_STOPPED) {
        tum_error_free(err);
        tum_run_stopped(run);
    } else if (!ok) {
        tum_run_broken(run, err);
    }
    tum_buf_release(&line);
    tum_console_unref(console);
    return ok;
}

static bool starts_frame(struct tum_str piece, size_t line)
{
    struct tum_str rest = tum_str_sub(piece, line, piece.n);

    while (rest.n > 0 && (rest.s[0] == ' ' || rest.s[0] == '\t' || rest.s[0] == '\r'))
        rest = tum_str_sub(rest, 1, rest.n);
    return rest.n > 0 && rest.s[0] == '{';
}

/*
 * The object that reaches to the end of a piece and starts in the last line where one can
 * start: an echoed request before the answer is none.
 */
static bool find_frame(struct tum_str piece, tum_val *ret, struct tum_str *ret_text)
{
    for (size_t at = piece.n + 1; at-- > 0;) {
        struct tum_error *err = NULL;

        if ((at > 0 && piece.s[at - 1] != '\n') || !starts_frame(piece, at))
            continue;
        *ret_text = tum_str_sub(piece, at, piece.n);
        if (!tum_json_read(*ret_text, (struct tum_span){0}, ret, &err)) {
            tum_error_free(err);
            continue;
        }
        if (ret->kind == TUM_MAP)
            return true;
        tum_val_unref(*ret);
    }
    return false;
}

static enum tum_rpc_got end_read(struct tum_run *run, const struct tum_rpc *rpc,
                                 const struct tum_console_read *read,
                                 struct tum_buf *text)
{
    tum_buf_addt(text, tum_buf_str(&read->text));
    switch (read->outcome) {
    case TUM_CONSOLE_TIMEOUT:
        return TUM_RPC_NOTHING;
    case TUM_CONSOLE_STOPPED:
        tum_run_stopped(run);
        break;
    case TUM_CONSOLE_ENDED:
    case TUM_CONSOLE_BROKEN:
        tum_run_failed(run, "console '%s': no answer: %s", rpc->console, read->how);
        break;
    case TUM_CONSOLE_CLOSED:
    case TUM_CONSOLE_MATCH:
        tum_run_failed(run, "console '%s' was closed meanwhile", rpc->console);
        break;
    }
    return TUM_RPC_ENDED;
}

/* One piece, up to the next prompt. FRAME: *ret may be none, nothing was in it. */
static enum tum_rpc_got read_piece(struct tum_run *run, struct tum_rpc *rpc,
                                   struct tum_console *console,
                                   struct tum_console_read_opts *opts, tum_val *ret,
                                   struct tum_buf *text)
{
    enum tum_rpc_got got = TUM_RPC_FRAME;
    struct tum_console_read read;
    struct tum_str frame, piece;
    struct tum_echo echo;

    tum_echo_init(&echo, run, rpc->console);
    opts->on_text = rpc->mute ? NULL : tum_echo_text;
    opts->ctx = &echo;
    tum_console_read(console, opts, &read);
    tum_echo_end(&echo);
    *ret = tum_val_none();
    if (read.outcome != TUM_CONSOLE_MATCH) {
        got = end_read(run, rpc, &read, text);
    } else {
        piece = tum_str_sub(tum_buf_str(&read.text), 0, read.match.start);
        if (find_frame(piece, ret, &frame)) {
            tum_buf_reset(text);
            tum_buf_addt(text, frame);
        } else {
            tum_buf_addt(text, tum_buf_str(&read.text));
        }
    }
    tum_console_read_release(&read);
    return got;
}

static enum tum_rpc_got console_receive(struct tum_run *run, struct tum_rpc *rpc,
                                        tum_time deadline, tum_val *ret,
                                        struct tum_buf *text)
{
    struct tum_console *console = get_console(run, rpc);
    struct tum_str prompt = tum_str_of(rpc->prompt);
    struct tum_console_read_opts opts = {
        .stop = tum_run_stop(run),
        .item = tum_item_name(tum_item_parent(tum_run_item(run))),
        .what = tum_run_printf(run, "the prompt '%s'", rpc->prompt),
    };
    enum tum_rpc_got got = TUM_RPC_FRAME;
    struct tum_error *err = NULL;

    if (console == NULL)
        return TUM_RPC_ENDED;
    opts.expect = tum_expect_new(&prompt, 1, false, &err);
    tum_buf_reset(text);
    *ret = tum_val_none();
    while (got == TUM_RPC_FRAME && ret->kind == TUM_NONE) {
        opts.timeout = deadline == TUM_FOREVER ? TUM_FOREVER : deadline - tum_now();
        if (opts.timeout < 0)
            opts.timeout = 0;
        got = read_piece(run, rpc, console, &opts, ret, text);
    }
    tum_expect_free(opts.expect);
    tum_console_unref(console);
    return got;
}

static tum_time console_deadline(tum_time timeout)
{
    /* 0 looks at what has arrived: the deadline has passed. */
    if (timeout == 0)
        return 0;
    return tum_time_add(tum_now(), TUM_MAX(timeout, TUM_CONSOLE_LEAST));
}

static void console_peer(const struct tum_rpc *rpc, struct tum_buf *out)
{
    tum_buf_addf(out, "console '%s'", rpc->console);
}

const struct tum_rpc_carrier tum_rpc_console = {
    .open = console_open,
    .close = console_close,
    .send = console_send,
    .receive = console_receive,
    .deadline = console_deadline,
    .peer = console_peer,
};
