/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON-RPC as the item sees it: requests, answers, and the two ways to carry them.
 */
#ifndef TUM_JSON_RPC_H
#define TUM_JSON_RPC_H

#include "console_text.h"

#define TUM_RPC_BUFSIZE 1450 /* default of udp.bufsize */

/* One execution of a json_rpc item: what its actions share. Texts are of the item's run. */
struct tum_rpc {
    const struct tum_rpc_carrier *carrier;
    bool version2;
    bool mute;
    tum_val timeout; /* as expanded */

    const char *console, *prompt; /* console adapter */

    const char *server, *multicast_if; /* UDP adapter; the latter may be NULL */
    int snd_port, rcv_port;
    size_t bufsize;
    bool opened; /* by this execution */
};

/* How frames travel. `run` is that of the action. */
struct tum_rpc_carrier {
    enum tum_verdict (*open)(struct tum_run *run, struct tum_rpc *rpc);
    void (*close)(struct tum_run *run, struct tum_rpc *rpc);
    /* False: the action has ended, FAILed or stopped. */
    bool (*send)(struct tum_run *run, struct tum_rpc *rpc, struct tum_str request);
    /*
     * The next frame before `deadline`, as a value: any for UDP, an object for consoles; also
     * its text. NOTHING: none came in time; `text` is what came instead. ENDED: as for send.
     */
    enum tum_rpc_got {
        TUM_RPC_FRAME,
        TUM_RPC_NOTHING,
        TUM_RPC_ENDED,
    } (*receive)(struct tum_run *run, struct tum_rpc *rpc, tum_time deadline,
                 tum_val *ret, struct tum_buf *text);
    /* When a wait of `timeout` ends. */
    tum_time (*deadline)(tum_time timeout);
    void (*peer)(const struct tum_rpc *rpc, struct tum_buf *out);
};

extern const struct tum_rpc_carrier tum_rpc_udp, tum_rpc_console;

/* A frame that is no answer, shown: the action FAILs. */
enum tum_verdict tum_rpc_bad(struct tum_run *run, const char *what,
                             struct tum_str frame);

/* "json_rpc 'NAME': ", in front of what is wrong with the item. */
const char *tum_rpc_of(struct tum_run *run);
/* From the block of the item; false: the item has FAILed. */
bool tum_rpc_udp_read(struct tum_run *run, tum_val block, struct tum_rpc *ret);
bool tum_rpc_console_read(struct tum_run *run, tum_val block, struct tum_rpc *ret);

#endif
