/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a batch and the campaigns that it runs say to each other: JSON objects, one a
 * packet, over a pair of AF_UNIX SOCK_SEQPACKET sockets. Both ends are this program, in
 * one version.
 *
 * batch to campaign
 *   {"msg": "plan", …}                    first, at once: see tum_link_plan in runner.c
 *   {"msg": "need", "id", "state", "text"}  answer: ready, error, degraded, skip
 *   {"msg": "died", "id", "text"}           a service in use is gone
 *   {"msg": "bye"}                          the campaign may exit
 * campaign to batch
 *   {"event": …}                          events, as tum-batch(7) describes them
 *   {"msg": "loaded", "files": […]}       files it was loaded from
 *   {"msg": "need", "id", "names": […]}, {"msg": "release", "id"}
 *   {"msg": "waiting", "on": true}        it waits for a lock, or goes on
 *   {"msg": "bye", "status"}              all is done; nothing of it runs any more
 */
#ifndef TUM_LINK_H
#define TUM_LINK_H

#include "tum/val.h"
#include "tum/wait.h"

/* Largest packet; what is larger is not sent. */
#define TUM_LINK_LIMIT  ((size_t)180 << 10)
/* Number of the descriptor in a campaign. */
#define TUM_LINK_NUMBER 9

bool tum_link_pair(int *ret_ours, int *ret_theirs, struct tum_error **err);
/* False when the other side is gone, or the text too large. Any thread. */
bool tum_link_send(int fd, struct tum_str text);
bool tum_link_send_val(int fd, tum_val take);
/*
 * Takes one packet that is there. False: none (*ret_end: the other side is gone). The
 * text is in `buf`.
 */
bool tum_link_take(int fd, struct tum_buf *buf, bool *ret_end);

#endif
