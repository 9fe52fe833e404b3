/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON-RPC over UDP: a request is a datagram, so is an answer.
 */
#include "json_rpc.h"

#include "tum/mem.h"
#include "tum/udp.h"

/* However short the timeout, an answer has a moment to come. */
#define LEAST_WAIT (200 * TUM_MS)

static struct tum_udps *udps(struct tum_run *run)
{
    return tum_consoles_udps(tum_run_consoles(run));
}

/* ---- the block ---- */

static bool fail_block(struct tum_run *run, const char *fmt, const char *a)
{
    tum_run_failed(run, "%s'udp' %s%s", tum_rpc_of(run), fmt, a);
    return false;
}

static bool check_missing(struct tum_run *run, tum_val block)
{
    static const char *const required[] = {"server", "snd_port", "rcv_port"};
    struct tum_buf missing = TUM_BUF_INIT(TUM_BUF_ANY);
    bool ok;

    for (size_t i = 0; i < TUM_LEN(required); i++) {
        tum_val v;

        if (!tum_map_peeks(block, required[i], &v) || v.kind == TUM_NONE)
            tum_buf_addf(&missing, "%s'%s'", missing.len > 0 ? ", " : "", required[i]);
    }
    ok = missing.len == 0 || fail_block(run, "lacks ", missing.s);
    tum_buf_release(&missing);
    return ok;
}

static bool read_number(struct tum_run *run, tum_val block, const char *name,
                        int64_t low, int64_t high, int64_t *ret)
{
    tum_val v;

    if (!tum_map_peeks(block, name, &v) || v.kind == TUM_NONE)
        return true;
    return tum_integer_of(run, tum_rpc_of(run), v, name, low, high, ret);
}

static const char *kept(struct tum_run *run, tum_val v)
{
    return tum_run_printf(run, "%s", tum_val_text(v).s);
}

bool tum_rpc_udp_read(struct tum_run *run, tum_val block, struct tum_rpc *ret)
{
    int64_t snd_port = 0, rcv_port = 0, bufsize = TUM_RPC_BUFSIZE;
    tum_val server, interface;

    if (block.kind != TUM_MAP)
        return fail_block(run, "must be a mapping {server, snd_port, rcv_port}", "");
    if (!check_missing(run, block))
        return false;
    tum_map_peeks(block, "server", &server);
    if (server.kind == TUM_MAP)
        return fail_block(run,
                          "needs a text as 'server': { x } is a mapping in YAML, a "
                          "template is written {{ x }}",
                          "");
    if (server.kind != TUM_STR || tum_val_text(server).n == 0)
        return fail_block(run, "needs a text as 'server'", "");
    if (!read_number(run, block, "snd_port", 0, 65535, &snd_port) ||
        !read_number(run, block, "rcv_port", 0, 65535, &rcv_port) ||
        !read_number(run, block, "bufsize", 1, 65536, &bufsize))
        return false;
    if (tum_map_peeks(block, "multicast_if", &interface) &&
        interface.kind != TUM_NONE) {
        if (interface.kind != TUM_STR)
            return fail_block(run, "needs a text as 'multicast_if'", "");
        ret->multicast_if = kept(run, interface);
    }
    ret->carrier = &tum_rpc_udp;
    ret->server = kept(run, server);
    ret->snd_port = (int)snd_port;
    ret->rcv_port = (int)rcv_port;
    ret->bufsize = (size_t)bufsize;
    return true;
}

/* ---- the carrier ---- */

static enum tum_verdict udp_open(struct tum_run *run, struct tum_rpc *rpc)
{
    const char *group = tum_udp_is_multicast(rpc->server) ? rpc->server : NULL;
    struct tum_error *err = NULL;

    if (!tum_udp_open(udps(run), rpc->rcv_port, group, rpc->multicast_if, &err))
        return tum_run_broken(run, err);
    rpc->opened = true;
    if (group != NULL && !rpc->mute)
        tum_out(run, "  | joined the multicast group %s%s%s", group,
                rpc->multicast_if != NULL ? " on " : "",
                rpc->multicast_if != NULL ? rpc->multicast_if : "");
    return TUM_PASS;
}

static void udp_close(struct tum_run *run, struct tum_rpc *rpc)
{
    tum_udp_close(udps(run), rpc->rcv_port);
}

static bool end_failed(struct tum_run *run, struct tum_error *take)
{
    if (take->kind == TUM_ERROR_STOPPED) {
        tum_error_free(take);
        tum_run_stopped(run);
    } else {
        tum_run_broken(run, take);
    }
    return false;
}

static bool is_open(struct tum_run *run, struct tum_rpc *rpc)
{
    if (!tum_udp_is_open(udps(run), rpc->rcv_port)) {
        tum_run_failed(run, "UDP port %d is not open", rpc->rcv_port);
        return false;
    }
    if (rpc->multicast_if != NULL && !rpc->opened) {
        tum_out_warn(run,
                     "UDP port %d was opened by another item: its multicast_if counts, "
                     "not '%s'.",
                     rpc->rcv_port, rpc->multicast_if);
        rpc->opened = true; /* said */
    }
    return true;
}

static bool udp_send(struct tum_run *run, struct tum_rpc *rpc, struct tum_str request)
{
    struct tum_error *err = NULL;

    if (!is_open(run, rpc))
        return false;
    tum_out(run, "  | UDP query: '%.*s'", TUM_STR_ARG(request));
    if (!tum_udp_send(udps(run), rpc->rcv_port, rpc->server, rpc->snd_port, request,
                      tum_run_stop(run), &err))
        return end_failed(run, err);
    if (!rpc->mute)
        tum_out(run, "  | sent to @%s:%d", rpc->server, rpc->snd_port);
    return true;
}

static void show_answer(struct tum_run *run, struct tum_str text, const char *peer)
{
    struct tum_buf line = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_buf_adds(&line, "  | UDP answer: '");
    tum_buf_addt(&line, text);
    tum_buf_addf(&line, "'\n  | received from @%s\n", peer);
    tum_out_bytes(run, tum_buf_str(&line));
    tum_buf_release(&line);
}

static enum tum_rpc_got read_frame(struct tum_run *run, struct tum_rpc *rpc,
                                   tum_val *ret, struct tum_buf *text)
{
    struct tum_str frame = tum_buf_str(text);
    struct tum_error *err = NULL;
    tum_val whole;
    bool same;

    if (frame.n >= rpc->bufsize) {
        tum_rpc_bad(run, "overflow: the answer has as many bytes as 'bufsize' or more",
                    frame);
        return TUM_RPC_ENDED;
    }
    /* A value of bytes that are not UTF-8 differs from them. */
    whole = tum_val_text_of(frame);
    same = tum_str_eq(tum_val_text(whole), frame);
    tum_val_unref(whole);
    if (!same) {
        tum_rpc_bad(run, "the answer is not UTF-8", frame);
        return TUM_RPC_ENDED;
    }
    if (!tum_json_read(frame, (struct tum_span){0}, ret, &err)) {
        tum_error_free(err);
        tum_rpc_bad(run, "the answer is not JSON", frame);
        return TUM_RPC_ENDED;
    }
    return TUM_RPC_FRAME;
}

static enum tum_rpc_got udp_receive(struct tum_run *run, struct tum_rpc *rpc,
                                    tum_time deadline, tum_val *ret,
                                    struct tum_buf *text)
{
    struct tum_error *err = NULL;
    char *peer = NULL;
    enum tum_rpc_got got;

    tum_buf_reset(text);
    if (!is_open(run, rpc))
        return TUM_RPC_ENDED;
    switch (tum_udp_receive(udps(run), rpc->rcv_port, rpc->bufsize, tum_run_stop(run),
                            deadline, text, &peer, &err)) {
    case TUM_LATE:
        return TUM_RPC_NOTHING;
    case TUM_STOPPED:
        tum_run_stopped(run);
        return TUM_RPC_ENDED;
    case TUM_READY:
        break;
    }
    if (err != NULL) {
        end_failed(run, err);
        return TUM_RPC_ENDED;
    }
    if (!rpc->mute)
        show_answer(run, tum_buf_str(text), peer);
    got = read_frame(run, rpc, ret, text);
    tum_free(peer);
    return got;
}

static tum_time udp_deadline(tum_time timeout)
{
    /* A negative timeout is no wait for ever here: the longer of it and the least. */
    if (timeout == TUM_FOREVER)
        timeout = LEAST_WAIT;
    return tum_time_add(tum_now(), TUM_MAX(timeout, LEAST_WAIT));
}

static void udp_peer(const struct tum_rpc *rpc, struct tum_buf *out)
{
    tum_buf_addf(out, "%s:%d", rpc->server, rpc->snd_port);
}

const struct tum_rpc_carrier tum_rpc_udp = {
    .open = udp_open,
    .close = udp_close,
    .send = udp_send,
    .receive = udp_receive,
    .deadline = udp_deadline,
    .peer = udp_peer,
};
