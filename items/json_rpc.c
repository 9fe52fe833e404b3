/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_rpc: requests and answers of JSON-RPC 1.0 and 2.0. How they travel is in
 * json_rpc_udp.c and json_rpc_console.c.
 */
#include "json_rpc.h"

#include "items.h"
#include "tum/mem.h"

struct rpc_data {
    const struct tum_arg *udp, *console, *version, *timeout, *mute;
};

static const struct tum_param udp_params[] = {
    {
        .name = "server",
        .doc = "Host name, address, or multicast group that requests go to.",
        .takes = TUM_TAKES_TEXT,
        .flags = TUM_PARAM_REQUIRED,
    },
    {
        .name = "snd_port",
        .doc = "Port that requests go to.",
        .takes = TUM_TAKES_INT,
        .flags = TUM_PARAM_REQUIRED,
    },
    {
        .name = "rcv_port",
        .doc = "Port of our own, where answers come.",
        .takes = TUM_TAKES_INT,
        .flags = TUM_PARAM_REQUIRED,
    },
    {
        .name = "bufsize",
        .doc = "Bytes of an answer; one as long as this is an overflow.",
        .takes = TUM_TAKES_INT,
        .deflt = "1450",
    },
    {
        .name = "multicast_if",
        .doc = "Local address of the interface for multicast.",
        .takes = TUM_TAKES_TEXT,
    },
    {0},
};

static const struct tum_param console_params[] = {
    {
        .name = "name",
        .doc = "Name of an open console.",
        .takes = TUM_TAKES_TEXT,
        .flags = TUM_PARAM_REQUIRED,
    },
    {
        .name = "prompt",
        .doc = "Text that ends an answer.",
        .takes = TUM_TAKES_TEXT,
        .deflt = "\"\\n\"",
    },
    {0},
};

static const struct tum_param rpc_params[] = {
    {
        .name = "udp",
        .doc = "Carries requests over UDP.",
        .takes = TUM_TAKES_MAP,
        .field = TUM_FIELD(struct rpc_data, udp),
        .map = udp_params,
    },
    {
        .name = "console",
        .doc = "Carries requests over an open console; wins over udp.",
        .takes = TUM_TAKES_MAP,
        .field = TUM_FIELD(struct rpc_data, console),
        .map = console_params,
    },
    {
        .name = "version",
        .doc = "Version of the protocol: 1.0 or 2.0.",
        .takes = TUM_TAKES_TEXT | TUM_TAKES_NUMBER,
        .field = TUM_FIELD(struct rpc_data, version),
        .deflt = "\"1.0\"",
    },
    {
        .name = "timeout",
        .doc = "Seconds that query and receive wait for an answer.",
        .takes = TUM_TAKES_NUMBER,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct rpc_data, timeout),
    },
    {
        .name = "mute",
        .doc = "True: less traffic in the log.",
        .takes = TUM_TAKES_FLAG,
        .field = TUM_FIELD(struct rpc_data, mute),
        .deflt = "false",
    },
    {0},
};

struct query_data {
    const struct tum_arg *method, *params, *id, *no_wait, *timeout;
};

static const struct tum_param query_params[] = {
    {
        .name = "method",
        .doc = "Name of the method.",
        .takes = TUM_TAKES_TEXT,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct query_data, method),
    },
    {
        .name = "params",
        .doc = "Parameters of the method.",
        .field = TUM_FIELD(struct query_data, params),
        .deflt = "[]",
    },
    {
        .name = "id",
        .doc = "Number of the request; absent or \"rand\": a random one.",
        .field = TUM_FIELD(struct query_data, id),
    },
    {
        .name = "no_wait",
        .doc = "True: only sends, a later receive takes the answer.",
        .takes = TUM_TAKES_FLAG,
        .field = TUM_FIELD(struct query_data, no_wait),
        .deflt = "false",
    },
    {
        .name = "timeout",
        .doc = "Seconds to wait, instead of the item's.",
        .takes = TUM_TAKES_NUMBER,
        .field = TUM_FIELD(struct query_data, timeout),
    },
    {0},
};

static const struct tum_param receive_params[] = {
    {
        .name = "id",
        .doc = "Number of the request whose answer is taken.",
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct query_data, id),
    },
    {
        .name = "timeout",
        .doc = "Seconds to wait, instead of the item's.",
        .takes = TUM_TAKES_NUMBER,
        .field = TUM_FIELD(struct query_data, timeout),
    },
    {0},
};

/* ---- answers ---- */

enum tum_verdict tum_rpc_bad(struct tum_run *run, const char *what,
                             struct tum_str frame)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY), shown = TUM_BUF_INIT(TUM_BUF_ANY);
    enum tum_verdict verdict;
    tum_val clean;

    clean = tum_val_text_of(tum_str_sub(frame, 0, TUM_SHOWN_CHARACTERS));
    tum_console_show(&shown, tum_val_text(clean));
    tum_buf_addf(&text, "%s: '%s%s'", what, shown.s,
                 frame.n > TUM_SHOWN_CHARACTERS ? "…" : "");
    verdict = tum_run_failed(run, "%s", text.s);
    tum_val_unref(clean);
    tum_buf_release(&shown);
    tum_buf_release(&text);
    return verdict;
}

static bool is_request(tum_val frame)
{
    tum_val v;

    return frame.kind == TUM_MAP && tum_map_peeks(frame, "method", &v) &&
           !tum_map_peeks(frame, "result", &v) && !tum_map_peeks(frame, "error", &v);
}

/* What is wrong with a frame as an answer; NULL: nothing. */
static const char *wrong_form(const struct tum_rpc *rpc, tum_val frame)
{
    tum_val result = tum_val_none(), error = tum_val_none(), v;
    bool has_result, has_error;

    if (frame.kind != TUM_MAP)
        return "the answer is no JSON object";
    has_result = tum_map_peeks(frame, "result", &result);
    has_error = tum_map_peeks(frame, "error", &error);
    if (rpc->version2) {
        if (!tum_map_peeks(frame, "jsonrpc", &v) || v.kind != TUM_STR ||
            !tum_str_is(tum_val_text(v), "2.0"))
            return "the answer has not \"jsonrpc\": \"2.0\"";
        if (has_result == has_error)
            return "the answer must have either 'result' or 'error'";
    } else {
        if (!has_result)
            return "the answer has no 'result'";
        if (!has_error)
            return "the answer has no 'error'";
        if (result.kind != TUM_NONE && error.kind != TUM_NONE)
            return "the answer has both a 'result' and an 'error'";
    }
    if (!tum_map_peeks(frame, "id", &v))
        return "the answer has no 'id'";
    return NULL;
}

static enum tum_verdict fail_id(struct tum_run *run, tum_val id, tum_val got,
                                struct tum_str frame)
{
    char *wanted = tum_val_to_repr(id), *found = tum_val_to_repr(got);
    char *what =
        tum_asprintf("the answer has id %s, the request had %s", found, wanted);
    enum tum_verdict verdict = tum_rpc_bad(run, what, frame);

    tum_free(what);
    tum_free(wanted);
    tum_free(found);
    return verdict;
}

static enum tum_verdict take_answer(struct tum_run *run, const struct tum_rpc *rpc,
                                    tum_val id, tum_val frame, struct tum_str text)
{
    const char *wrong = wrong_form(rpc, frame);
    enum tum_verdict verdict;
    tum_val v;
    char *shown;

    if (wrong != NULL)
        return tum_rpc_bad(run, wrong, text);
    tum_map_peeks(frame, "id", &v);
    if (!tum_val_eq(v, id))
        return fail_id(run, id, v, text);
    if (!tum_map_peeks(frame, "error", &v) || (!rpc->version2 && v.kind == TUM_NONE)) {
        tum_map_peeks(frame, "result", &v);
        tum_run_set_value(run, tum_val_ref(v));
        return TUM_PASS;
    }
    shown = tum_val_to_repr(v);
    verdict = tum_run_failed(run, "the answer is an error: %s", shown);
    tum_run_set_value(run, tum_val_ref(v));
    tum_free(shown);
    return verdict;
}

static enum tum_verdict fail_late(struct tum_run *run, const struct tum_rpc *rpc,
                                  tum_time timeout, struct tum_str instead)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    enum tum_verdict verdict;

    tum_buf_adds(&text, "no answer from ");
    rpc->carrier->peer(rpc, &text);
    tum_buf_adds(&text, " within ");
    tum_add_seconds(&text, timeout == TUM_FOREVER ? 0 : timeout);
    if (instead.n > 0) {
        tum_buf_adds(&text, "; what came: ");
        tum_quote_last(&text, instead, TUM_SHOWN_CHARACTERS);
    }
    verdict = tum_run_failed(run, "%s", text.s);
    tum_buf_release(&text);
    return verdict;
}

static enum tum_verdict await_answer(struct tum_run *run, struct tum_rpc *rpc,
                                     tum_val id, tum_time timeout)
{
    tum_time deadline = rpc->carrier->deadline(timeout);
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    enum tum_verdict verdict = TUM_FAIL;

    for (;;) {
        enum tum_rpc_got got;
        tum_val frame;

        got = rpc->carrier->receive(run, rpc, deadline, &frame, &text);
        if (got == TUM_RPC_NOTHING)
            verdict = fail_late(run, rpc, timeout, tum_buf_str(&text));
        if (got != TUM_RPC_FRAME)
            break;
        if (is_request(frame)) {
            if (!rpc->mute)
                tum_out(run, "  | ignored, a request: '%s'", text.s);
            tum_val_unref(frame);
            continue;
        }
        verdict = take_answer(run, rpc, id, frame, tum_buf_str(&text));
        tum_val_unref(frame);
        break;
    }
    tum_buf_release(&text);
    return verdict;
}

/* ---- the actions ---- */

static bool read_timeout(struct tum_run *run, const struct tum_rpc *rpc,
                         const struct tum_arg *arg, tum_time *ret)
{
    tum_val v = arg != NULL ? tum_arg_value(run, arg) : tum_val_ref(rpc->timeout);
    bool ok = tum_timeout_of(run, "", v, "timeout", ret);

    tum_val_unref(v);
    return ok;
}

static bool is_random(tum_val id)
{
    return id.kind == TUM_STR &&
           tum_str_is_nocase(tum_str_sub(tum_val_text(id), 0, 4), "rand");
}

/* False: FAILed. */
static bool request_id(struct tum_run *run, const struct tum_arg *arg, tum_val *ret)
{
    struct tum_error *err = NULL;
    uint32_t number;

    *ret = tum_arg_value(run, arg);
    if (arg != NULL && !is_random(*ret))
        return true;
    tum_val_release(ret);
    if (!tum_consoles_random(tum_run_consoles(run),
                             tum_item_name(tum_item_parent(tum_run_item(run))), &number,
                             &err)) {
        tum_run_broken(run, err);
        return false;
    }
    *ret = tum_val_int(number);
    return true;
}

static bool write_request(struct tum_run *run, const struct tum_rpc *rpc,
                          const struct query_data *data, tum_val id,
                          struct tum_buf *out)
{
    struct tum_json_style style = {.ascii = true};
    struct tum_map_builder *b = tum_map_begin(4);
    tum_val params = tum_arg_value(run, data->params);
    tum_val method = tum_arg_value(run, data->method);
    struct tum_error *err = NULL;
    tum_val request;
    bool ok;

    if (method.kind == TUM_NONE) {
        tum_map_drop(b);
        tum_val_unref(params);
        tum_run_failed(run, "'method' is empty");
        return false;
    }
    if (params.kind == TUM_NONE)
        params = tum_list_end(tum_list_begin(0));
    if (rpc->version2)
        tum_map_adds(b, "jsonrpc", tum_val_str("2.0"));
    tum_map_adds(b, "method", method);
    tum_map_adds(b, "params", params);
    tum_map_adds(b, "id", tum_val_ref(id));
    request = tum_map_end(b);
    ok = tum_json_write(out, request, &style, &err);
    tum_val_unref(request);
    if (!ok)
        tum_run_broken(run, err);
    return ok;
}

static enum tum_verdict query_run(struct tum_run *run, const struct tum_item *item)
{
    const struct query_data *data = tum_item_data(item);
    struct tum_buf request = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_rpc *rpc = tum_run_shared(run);
    enum tum_verdict verdict = TUM_FAIL;
    tum_time timeout;
    tum_val id;

    if (!read_timeout(run, rpc, data->timeout, &timeout) ||
        !request_id(run, data->id, &id))
        return TUM_FAIL;
    if (write_request(run, rpc, data, id, &request) &&
        rpc->carrier->send(run, rpc, tum_buf_str(&request)))
        verdict = tum_arg_bool(run, data->no_wait)
                      ? TUM_PASS
                      : await_answer(run, rpc, id, timeout);
    tum_buf_release(&request);
    tum_val_unref(id);
    return verdict;
}

static enum tum_verdict receive_run(struct tum_run *run, const struct tum_item *item)
{
    const struct query_data *data = tum_item_data(item);
    struct tum_rpc *rpc = tum_run_shared(run);
    enum tum_verdict verdict;
    tum_time timeout;
    tum_val id;

    if (!read_timeout(run, rpc, data->timeout, &timeout))
        return TUM_FAIL;
    id = tum_arg_value(run, data->id);
    verdict = await_answer(run, rpc, id, timeout);
    tum_val_unref(id);
    return verdict;
}

static enum tum_verdict open_run(struct tum_run *run, const struct tum_item *item)
{
    struct tum_rpc *rpc = tum_run_shared(run);

    (void)item;
    return rpc->carrier->open(run, rpc);
}

static enum tum_verdict close_run(struct tum_run *run, const struct tum_item *item)
{
    struct tum_rpc *rpc = tum_run_shared(run);

    (void)item;
    rpc->carrier->close(run, rpc);
    return TUM_PASS;
}

/* ---- the item ---- */

static bool is_given(const struct tum_arg *arg)
{
    tum_val raw = tum_arg_raw(arg);

    return tum_val_truth(raw);
}

static bool rpc_load(struct tum_load *load, struct tum_item *item)
{
    const struct rpc_data *data = tum_item_data(item);

    if (is_given(data->udp) || is_given(data->console))
        return true;
    return tum_load_error(load, item, tum_node_at(tum_load_node(load)),
                          "'json_rpc' item '%s': neither 'console' nor 'udp' is given",
                          tum_item_name(item));
}

const char *tum_rpc_of(struct tum_run *run)
{
    return tum_run_printf(run, "json_rpc '%s': ", tum_item_name(tum_run_item(run)));
}

static bool read_version(struct tum_run *run, const struct rpc_data *data,
                         struct tum_rpc *rpc)
{
    char *text = tum_arg_text(run, data->version);
    bool ok = true;

    if (text != NULL && strcmp(text, "2.0") == 0) {
        rpc->version2 = true;
    } else if (text != NULL && strcmp(text, "1.0") != 0) {
        tum_run_failed(run, "%sunknown 'version' '%s', use 1.0 or 2.0", tum_rpc_of(run),
                       text);
        ok = false;
    }
    tum_free(text);
    return ok;
}

static bool prepare(struct tum_run *run, const struct rpc_data *data,
                    struct tum_rpc *rpc)
{
    bool is_console = is_given(data->console);
    tum_val block;
    tum_time ignored;
    bool ok;

    rpc->timeout = tum_arg_value(run, data->timeout);
    if (!read_version(run, data, rpc) ||
        !tum_timeout_of(run, tum_rpc_of(run), rpc->timeout, "timeout", &ignored))
        return false;
    rpc->mute = tum_arg_bool(run, data->mute);
    block = tum_arg_value(run, is_console ? data->console : data->udp);
    ok = is_console ? tum_rpc_console_read(run, block, rpc)
                    : tum_rpc_udp_read(run, block, rpc);
    tum_val_unref(block);
    return ok;
}

static enum tum_verdict rpc_run(struct tum_run *run, const struct tum_item *item)
{
    struct tum_rpc rpc = {.timeout = tum_val_none()};
    enum tum_verdict verdict = TUM_FAIL;
    struct tum_children children;

    if (prepare(run, tum_item_data(item), &rpc)) {
        tum_run_share(run, &rpc);
        tum_children_run(run, &children);
        tum_run_share(run, NULL);
        verdict = tum_children_verdict(run, &children);
    }
    tum_val_unref(rpc.timeout);
    return verdict;
}

static const struct tum_item_type action_close = {
    .keyword = "close",
    .row_type = "JSON-RPC action",
    .summary = "Closes the UDP socket; leaves a console open.",
    .flags = TUM_ITEM_ACTION | TUM_ITEM_FREE_BODY | TUM_ITEM_UNCHECKED,
    .run = close_run,
};

static const struct tum_item_type action_open = {
    .keyword = "open",
    .row_type = "JSON-RPC action",
    .summary = "Opens the UDP socket; does nothing for a console.",
    .flags = TUM_ITEM_ACTION | TUM_ITEM_FREE_BODY | TUM_ITEM_UNCHECKED,
    .run = open_run,
};

static const struct tum_item_type action_query = {
    .keyword = "query",
    .row_type = "JSON-RPC action",
    .summary = "Sends a request and takes its answer.",
    .flags = TUM_ITEM_ACTION,
    .params = query_params,
    .data_size = sizeof(struct query_data),
    .run = query_run,
};

static const struct tum_item_type action_receive = {
    .keyword = "receive",
    .row_type = "JSON-RPC action",
    .summary = "Takes the answer of a request that was only sent.",
    .flags = TUM_ITEM_ACTION,
    .params = receive_params,
    .data_size = sizeof(struct query_data),
    .run = receive_run,
};

static const struct tum_item_type *const actions[] = {
    &action_close, &action_open, &action_query, &action_receive, NULL,
};

const struct tum_item_type tum_item_json_rpc = {
    .keyword = "json_rpc",
    .row_type = "JSON-RPC",
    .summary = "Calls methods over UDP or a console.",
    .flags = TUM_ITEM_ACTIONS,
    .params = rpc_params,
    .actions = actions,
    .data_size = sizeof(struct rpc_data),
    .load = rpc_load,
    .run = rpc_run,
};
