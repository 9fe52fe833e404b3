/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Driver `rawtcp`: a connection whose bytes are data. Also what telnet builds on.
 */
#include "io/tcp.h"

#include "base/fd.h"
#include "tum/mem.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of one address: a host that drops packets would take minutes. */
#define CONNECT_PATIENCE (30 * TUM_SECOND)

/* ---- names ---- */

/* Shared by the one who asks and the thread that looks up; the last of them frees it. */
struct lookup {
    atomic_uint refs;
    char *host;
    char port[16];
    struct addrinfo hints;
    struct addrinfo *found;
    int result, os;
    atomic_bool finished; /* result, os and found are set */
    int done;             /* eventfd */
};

static void lookup_unref(struct lookup *lookup)
{
    if (atomic_fetch_sub(&lookup->refs, 1) != 1)
        return;
    if (lookup->found != NULL)
        freeaddrinfo(lookup->found);
    tum_fd_close(&lookup->done);
    tum_free(lookup->host);
    tum_free(lookup);
}

static void *lookup_main(void *arg)
{
    static const uint64_t one = 1;
    struct lookup *lookup = arg;

    lookup->result =
        getaddrinfo(lookup->host, lookup->port, &lookup->hints, &lookup->found);
    lookup->os = errno;
    atomic_store(&lookup->finished, true);
    if (write(lookup->done, &one, sizeof(one)) < 0)
        tum_bug("eventfd of a lookup: %s", tum_errno_text(errno));
    lookup_unref(lookup);
    return NULL;
}

static bool lookup_start(struct lookup *lookup, struct tum_error **err)
{
    pthread_attr_t attr;
    pthread_t thread;
    int os;

    lookup->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (lookup->done < 0)
        return tum_fail_os(err, errno, "looking up '%s'", lookup->host);
    atomic_fetch_add(&lookup->refs, 1);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    os = pthread_create(&thread, &attr, lookup_main, lookup);
    pthread_attr_destroy(&attr);
    if (os != 0) {
        atomic_fetch_sub(&lookup->refs, 1);
        return tum_fail_os(err, os, "looking up '%s'", lookup->host);
    }
    return true;
}

static bool lookup_result(struct lookup *lookup, struct addrinfo **ret,
                          struct tum_error **err)
{
    if (lookup->result == 0) {
        *ret = lookup->found;
        lookup->found = NULL;
        return true;
    }
    if (lookup->result == EAI_SYSTEM)
        return tum_fail_os(err, lookup->os, "looking up '%s'", lookup->host);
    return tum_fail(err, TUM_ERROR_SYSTEM, "looking up '%s': %s", lookup->host,
                    gai_strerror(lookup->result));
}

bool tum_resolve(const char *host, int port, int family, int type,
                 struct tum_stop *stop, struct addrinfo **ret, struct tum_error **err)
{
    struct lookup *lookup = tum_new(struct lookup);
    bool ok;

    atomic_init(&lookup->refs, 1);
    lookup->host = tum_strdup(host);
    snprintf(lookup->port, sizeof(lookup->port), "%d", port);
    lookup->hints = (struct addrinfo){.ai_family = family,
                                      .ai_socktype = type,
                                      .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    lookup->done = -1;
    /* A number needs no thread. */
    lookup->result =
        getaddrinfo(lookup->host, lookup->port, &lookup->hints, &lookup->found);
    ok = true;
    if (lookup->result != 0) {
        lookup->hints.ai_flags = AI_NUMERICSERV;
        ok = lookup_start(lookup, err);
        while (ok && !atomic_load(&lookup->finished) &&
               tum_wait(stop, lookup->done, POLLIN, TUM_FOREVER) != TUM_STOPPED)
            continue;
        if (ok && !atomic_load(&lookup->finished))
            ok = tum_fail(err, TUM_ERROR_STOPPED, "aborted on stop request");
    }
    ok = ok && lookup_result(lookup, ret, err);
    lookup_unref(lookup);
    return ok;
}

/* ---- connections ---- */

static int socket_error(int fd)
{
    socklen_t size = sizeof(int);
    int os = 0;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &os, &size) != 0)
        os = errno;
    return os;
}

/* 0, an errno value, or ECANCELED for a stop. */
static int connect_one(const struct addrinfo *address, tum_time patience,
                       struct tum_stop *stop, int *ret_fd)
{
    int fd =
        socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
               address->ai_protocol);
    int os = 0;

    if (fd < 0)
        return errno;
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0)
        os = errno;
    if (os == EINPROGRESS || os == EINTR) {
        switch (tum_wait(stop, fd, POLLOUT, tum_now() + patience)) {
        case TUM_READY:
            os = socket_error(fd);
            break;
        case TUM_LATE:
            os = ETIMEDOUT;
            break;
        case TUM_STOPPED:
            os = ECANCELED;
            break;
        }
    }
    if (os != 0)
        tum_fd_close(&fd);
    else
        *ret_fd = fd;
    return os;
}

bool tum_tcp_connect(const char *host, int port, tum_time patience,
                     struct tum_stop *stop, int *ret_fd, struct tum_error **err)
{
    struct addrinfo *addresses;
    int os = ENOENT, fd = -1;

    if (!tum_resolve(host, port, AF_UNSPEC, SOCK_STREAM, stop, &addresses, err)) {
        tum_error_wrap(err, "connecting to %s:%d", host, port);
        return false;
    }
    for (struct addrinfo *a = addresses; a != NULL && os != 0 && os != ECANCELED;
         a = a->ai_next)
        os = connect_one(a, patience, stop, &fd);
    freeaddrinfo(addresses);
    if (os == ECANCELED)
        return tum_fail(err, TUM_ERROR_STOPPED, "aborted on stop request");
    if (os != 0)
        return tum_fail_os(err, os, "connecting to %s:%d", host, port);
    *ret_fd = fd;
    return true;
}

bool tum_tcp_open(struct tum_console *console, const struct tum_console_opts *opts,
                  struct tum_error **err)
{
    int fd, one = 1;

    console->target = tum_asprintf("%s:%d", opts->host, opts->port);
    if (!tum_tcp_connect(opts->host, opts->port, CONNECT_PATIENCE, opts->stop, &fd,
                         err))
        return false;
    /* Only a matter of speed. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    console->fd = fd;
    return true;
}

/*
 * A close with unread data in the kernel would be a reset, and a reset throws away what the
 * peer has not read yet.
 */
void tum_tcp_leave(struct tum_console *console)
{
    char rest[4096];

    shutdown(console->fd, SHUT_WR);
    for (int i = 0; i < 1024 && read(console->fd, rest, sizeof(rest)) > 0; i++)
        continue;
}

const struct tum_driver tum_driver_rawtcp = {
    .protocol = "rawtcp",
    .shows_writes = true,
    .gone = TUM_TCP_GONE,
    .open = tum_tcp_open,
    .leave = tum_tcp_leave,
};
