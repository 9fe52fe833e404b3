/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls to one worker by several threads over one link, without a thread that reads for
 * them: whoever waits for its answer reads, and each message goes to the call it names.
 *
 * Sending never waits: what the worker does not take yet is kept (bounded) and sent by
 * whoever waits next. So a worker that hangs delays nobody who is told to stop.
 *
 * Lock: TUM_RANK_WORKER, inside only; nothing is called back under it.
 */
#ifndef TUM_RPC_H
#define TUM_RPC_H

#include "tum/val.h"
#include "tum/wait.h"

struct tum_rpc;

struct tum_rpc_opts {
    int link; /* taken */
    int raw;  /* taken: what the worker's descriptors 1 and 2 are led to; -1: none */
    /* How the worker ended, in words (tum_alloc), for everybody who still waits. Called
       once, by the thread that finds the link closed; may wait a little. */
    char *(*cause)(void *ctx);
    void *ctx;
};
struct tum_rpc *tum_rpc_new(const struct tum_rpc_opts *opts) TUM_MUST_USE;
/* No call may be open. Accepts NULL. */
void tum_rpc_free(struct tum_rpc *rpc);

/* Sends a message that belongs to no call (the set-up, an answer). */
bool tum_rpc_send(struct tum_rpc *rpc, struct tum_str text, struct tum_error **err);

/* A call, from the caller's side. One thread. */
struct tum_rpc_call;
/* Opens a call and gives it an id, above 0 and never used again on this link. */
struct tum_rpc_call *tum_rpc_call_open(struct tum_rpc *rpc) TUM_MUST_USE;
int64_t tum_rpc_call_id(const struct tum_rpc_call *call);
/*
 * Closes it. Its later messages are dropped, its later requests refused; when
 * `answered` is false the worker is told.
 */
void tum_rpc_call_close(struct tum_rpc_call *call, bool answered);

enum tum_rpc_got {
    TUM_RPC_MESSAGE, /* *ret: a map, or bytes of raw output */
    TUM_RPC_STOPPED,
    TUM_RPC_LATE,
    TUM_RPC_LOST, /* the worker is gone; see tum_rpc_cause */
};
/*
 * The next message of the call, owned. The worker's greeting, {"hello": …}, comes to
 * every call that is open then.
 */
enum tum_rpc_got tum_rpc_call_next(struct tum_rpc_call *call, struct tum_stop *stop,
                                   tum_time deadline, tum_val *ret);

/* The worker has not read all that was sent. */
bool tum_rpc_has_unread(struct tum_rpc *rpc);
/* Closes the link, which tells the worker to end. */
void tum_rpc_hang_up(struct tum_rpc *rpc);
/* The worker's greeting; false: not yet. Owned. */
bool tum_rpc_hello(struct tum_rpc *rpc, tum_val *ret);
/* Raw output that is there now, without waiting; at most the limit of `out`. False:
   there will be none any more. */
bool tum_rpc_drain(struct tum_rpc *rpc, struct tum_buf *out);
bool tum_rpc_is_lost(struct tum_rpc *rpc);
/* Why, when lost (tum_free); else NULL. */
char *tum_rpc_cause(struct tum_rpc *rpc) TUM_MUST_USE;

#endif
