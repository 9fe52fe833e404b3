/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP sockets of a run, named by the port they are bound to. IPv4. Any thread.
 */
#ifndef TUM_UDP_H
#define TUM_UDP_H

#include "tum/buf.h"
#include "tum/clock.h"
#include "tum/err.h"
#include "tum/wait.h"

struct tum_udps;

struct tum_udps *tum_udps_new(void) TUM_MUST_USE;
void tum_udps_free(struct tum_udps *udps); /* closes all; accepts NULL */
void tum_udps_close_all(struct tum_udps *udps);

/* True for a dotted address of 224.0.0.0 to 239.255.255.255. */
bool tum_udp_is_multicast(const char *host);
/*
 * Binds a socket to `port` of all addresses. For a multicast `group` (or NULL) it shares the port,
 * sends with TTL 1, and is a member of the group on the interface with the local address `interface`
 * (NULL: the kernel's choice). Errors name the port, the group or the interface.
 */
bool tum_udp_open(struct tum_udps *udps, int port, const char *group,
                  const char *interface, struct tum_error **err);
bool tum_udp_is_open(struct tum_udps *udps, int port);
/* Ends waits on it. Nothing happens when it is not open. */
void tum_udp_close(struct tum_udps *udps, int port);
/* One datagram to host:to_port from the socket of `port`; the name is looked up each time. */
bool tum_udp_send(struct tum_udps *udps, int port, const char *host, int to_port,
                  struct tum_str datagram, struct tum_stop *stop,
                  struct tum_error **err);
/*
 * The next datagram, from any sender; TUM_READY, or LATE, STOPPED, or READY with an error: at most `size`
 * bytes are taken of it, *ret_peer is its sender "192.0.2.1:4000" (tum_free).
 */
enum tum_waited tum_udp_receive(struct tum_udps *udps, int port, size_t size,
                                struct tum_stop *stop, tum_time deadline,
                                struct tum_buf *ret, char **ret_peer,
                                struct tum_error **err);

#endif
