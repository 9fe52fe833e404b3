/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP connections.
 */
#ifndef TUM_TCP_H
#define TUM_TCP_H

#include "io/driver.h"

/* Said of the target when the stream ended. */
#define TUM_TCP_GONE "has closed it"

/* Connects to one of a host's addresses, tried in order, each for `patience` at most. The
   descriptor does not block. */
bool tum_tcp_connect(const char *host, int port, tum_time patience,
                     struct tum_stop *stop, int *ret_fd, struct tum_error **err);
/* The same for a console: sets fd and target ("host:port"). */
bool tum_tcp_open(struct tum_console *console, const struct tum_console_opts *opts,
                  struct tum_error **err);
/* Says goodbye: what was written still arrives. */
void tum_tcp_leave(struct tum_console *console);

/*
 * Resolves a name without holding up a stop: getaddrinfo runs in a thread that is left
 * behind when it does not end. `family`, `type`: of a struct addrinfo. The addresses are
 * for freeaddrinfo.
 */
struct addrinfo;
bool tum_resolve(const char *host, int port, int family, int type,
                 struct tum_stop *stop, struct addrinfo **ret, struct tum_error **err);

#endif
