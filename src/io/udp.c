/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP sockets by port. Nothing is read ahead: the kernel's buffer is the queue, and a
 * datagram that nobody asked for stays there for whoever asks next.
 */
#include "tum/udp.h"

#include "base/fd.h"
#include "base/lock.h"
#include "io/tape.h"
#include "io/tcp.h"
#include "io/udptape.h"
#include "tum/mem.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Largest payload of a datagram. */
#define DATAGRAM_MOST 65536u

struct udp {
    unsigned refs; /* guarded by the registry's lock */
    int port, fd;
    struct tum_track *track; /* of the tape, or NULL */
    struct tum_stop *closed; /* set when it is closed: nobody waits on */
};

struct tum_udps {
    struct tum_lock lock;
    struct udp **open;
    size_t count, cap;
    struct tum_tape *tape; /* borrowed, or NULL */
};

void tum_udps_set_tape(struct tum_udps *udps, struct tum_tape *tape)
{
    udps->tape = tape;
}

struct tum_udps *tum_udps_new(void)
{
    struct tum_udps *udps = tum_new(struct tum_udps);

    tum_lock_init(&udps->lock, TUM_RANK_CONSOLES);
    return udps;
}

static size_t find(const struct tum_udps *udps, int port)
{
    size_t i = 0;

    while (i < udps->count && udps->open[i]->port != port)
        i++;
    return i;
}

static struct udp *udp_get(struct tum_udps *udps, int port)
{
    struct udp *udp = NULL;
    size_t i;

    tum_lock_enter(&udps->lock);
    i = find(udps, port);
    if (i < udps->count) {
        udp = udps->open[i];
        udp->refs++;
    }
    tum_lock_leave(&udps->lock);
    return udp;
}

static void udp_unref(struct tum_udps *udps, struct udp *udp)
{
    bool last;

    tum_lock_enter(&udps->lock);
    last = --udp->refs == 0;
    tum_lock_leave(&udps->lock);
    if (!last)
        return;
    tum_fd_close(&udp->fd);
    tum_stop_unref(udp->closed);
    tum_free(udp);
}

bool tum_udp_is_open(struct tum_udps *udps, int port)
{
    bool is;

    tum_lock_enter(&udps->lock);
    is = find(udps, port) < udps->count;
    tum_lock_leave(&udps->lock);
    return is;
}

void tum_udp_close(struct tum_udps *udps, int port)
{
    struct udp *udp = NULL;
    size_t i;

    tum_lock_enter(&udps->lock);
    i = find(udps, port);
    if (i < udps->count) {
        udp = udps->open[i];
        udps->open[i] = udps->open[--udps->count];
    }
    tum_lock_leave(&udps->lock);
    if (udp == NULL)
        return;
    tum_track_end(udp->track, true);
    tum_stop_request(udp->closed, TUM_STOP_WAKE);
    udp_unref(udps, udp);
}

void tum_udps_close_all(struct tum_udps *udps)
{
    while (udps->count > 0)
        tum_udp_close(udps, udps->open[0]->port);
}

void tum_udps_free(struct tum_udps *udps)
{
    if (udps == NULL)
        return;
    tum_udps_close_all(udps);
    tum_free(udps->open);
    tum_lock_release(&udps->lock);
    tum_free(udps);
}

/* ---- opening ---- */

bool tum_udp_is_multicast(const char *host)
{
    struct in_addr address;

    return inet_pton(AF_INET, host, &address) == 1 &&
           IN_MULTICAST(ntohl(address.s_addr));
}

static bool join(int fd, const char *group, const char *interface,
                 struct tum_error **err)
{
    struct ip_mreq request = {0};
    struct in_addr local = {.s_addr = htonl(INADDR_ANY)};
    unsigned char ttl = 1;

    if (interface != NULL && inet_pton(AF_INET, interface, &local) != 1)
        return tum_fail(err, TUM_ERROR_VALUE,
                        "multicast_if '%s' is no address of this machine", interface);
    if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl)) != 0)
        return tum_fail_os(err, errno, "multicast group %s", group);
    if (interface != NULL &&
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &local, sizeof(local)) != 0)
        return tum_fail_os(err, errno, "multicast_if '%s'", interface);
    inet_pton(AF_INET, group, &request.imr_multiaddr);
    request.imr_interface = local;
    if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request)) != 0)
        return tum_fail_os(err, errno, "joining the multicast group %s%s%s", group,
                           interface != NULL ? " on " : "",
                           interface != NULL ? interface : "");
    return true;
}

static bool bind_port(int fd, int port, bool shared, struct tum_error **err)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_ANY)};
    int one = 1;

    if (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0)
        return tum_fail_os(err, errno, "sharing UDP port %d", port);
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        return tum_fail(err, TUM_ERROR_SYSTEM, "binding UDP port %d: %s%s", port,
                        tum_errno_text(errno),
                        errno == EADDRINUSE ? " ('ss -ulpn' tells by whom)" : "");
    return true;
}

static bool begin_track(struct tum_udps *udps, int port, const char *group,
                        const char *interface, struct tum_track **ret,
                        struct tum_error **err)
{
    char *name = tum_asprintf("UDP port %d", port), *target = NULL;
    char *asks =
        tum_asprintf("port %d%s%s%s%s", port, group != NULL ? " group " : "",
                     group != NULL ? group : "", interface != NULL ? " on " : "",
                     interface != NULL ? interface : "");
    struct tum_track_open open = {.name = name, .protocol = "udp", .asks = asks};

    *ret = tum_track_begin(udps->tape, &open, &target, err);
    tum_free(name);
    tum_free(asks);
    tum_free(target);
    return *ret != NULL;
}

static bool open_socket(int port, const char *group, const char *interface, int *ret,
                        struct tum_error **err)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return tum_fail_os(err, errno, "opening UDP port %d", port);
    if (bind_port(fd, port, group != NULL, err) &&
        (group == NULL || join(fd, group, interface, err))) {
        *ret = fd;
        return true;
    }
    tum_fd_close(&fd);
    return false;
}

bool tum_udp_open(struct tum_udps *udps, int port, const char *group,
                  const char *interface, struct tum_error **err)
{
    struct tum_track *track = NULL;
    struct udp *udp;
    bool ok = true;
    int fd = -1;

    if (port < 0 || port > 65535)
        return tum_fail(err, TUM_ERROR_VALUE, "there is no UDP port %d", port);
    if (tum_udp_is_open(udps, port))
        return tum_fail(err, TUM_ERROR_VALUE, "UDP port %d is open already", port);
    if (udps->tape != NULL && !begin_track(udps, port, group, interface, &track, err))
        return false;
    if (!tum_track_replays(track))
        ok = open_socket(port, group, interface, &fd, err);
    tum_track_opened(track, "", ok ? NULL : *err);
    if (!ok)
        return false;
    udp = tum_new(struct udp);
    *udp = (struct udp){.refs = 1,
                        .port = port,
                        .fd = fd,
                        .track = track,
                        .closed = tum_stop_new(NULL)};
    tum_lock_enter(&udps->lock);
    tum_grow(&udps->open, &udps->cap, udps->count + 1);
    udps->open[udps->count++] = udp;
    tum_lock_leave(&udps->lock);
    return true;
}

/* ---- datagrams ---- */

static bool fail_not_open(int port, struct tum_error **err)
{
    return tum_fail(err, TUM_ERROR_LOST, "UDP port %d is not open", port);
}

static bool send_datagram(struct udp *udp, const char *host, int to_port,
                          struct tum_str datagram, struct tum_stop *stop,
                          struct tum_error **err)
{
    struct addrinfo *address;
    bool ok = true;
    ssize_t n;

    if (!tum_resolve(host, to_port, AF_INET, SOCK_DGRAM, stop, &address, err))
        return false;
    do {
        n = sendto(udp->fd, datagram.s, datagram.n, MSG_NOSIGNAL, address->ai_addr,
                   address->ai_addrlen);
        if (n < 0 && errno == EAGAIN &&
            tum_wait(stop, udp->fd, POLLOUT, TUM_FOREVER) == TUM_STOPPED) {
            ok = tum_fail(err, TUM_ERROR_STOPPED, "aborted on stop request");
            break;
        }
    } while (n < 0 && (errno == EAGAIN || errno == EINTR));
    if (ok && n < 0)
        ok = tum_fail_os(err, errno, "sending to %s:%d", host, to_port);
    freeaddrinfo(address);
    return ok;
}

/* In a recording a datagram is preceded by where it went. */
static bool send_on_tape(struct tum_udps *udps, struct udp *udp, const char *host,
                         int to_port, struct tum_str datagram, struct tum_error **err)
{
    struct tum_buf bytes = TUM_BUF_INIT(TUM_BUF_ANY);
    bool ok = true;

    tum_buf_addf(&bytes, "%s:%d ", host, to_port);
    tum_buf_addt(&bytes, datagram);
    tum_lock_enter(&udps->lock);
    if (tum_track_replays(udp->track))
        ok = tum_track_send(udp->track, tum_buf_str(&bytes), NULL, NULL, err);
    else
        tum_track_out(udp->track, tum_buf_str(&bytes));
    tum_lock_leave(&udps->lock);
    tum_buf_release(&bytes);
    return ok;
}

bool tum_udp_send(struct tum_udps *udps, int port, const char *host, int to_port,
                  struct tum_str datagram, struct tum_stop *stop,
                  struct tum_error **err)
{
    struct udp *udp = udp_get(udps, port);
    bool ok = true;

    if (udp == NULL)
        return fail_not_open(port, err);
    if (udp->track != NULL)
        ok = send_on_tape(udps, udp, host, to_port, datagram, err);
    if (ok && !tum_track_replays(udp->track))
        ok = send_datagram(udp, host, to_port, datagram, stop, err);
    udp_unref(udps, udp);
    return ok;
}

/* False: nothing is there. */
static bool take(struct udp *udp, size_t size, struct tum_buf *ret, char **ret_peer,
                 struct tum_error **err)
{
    char *space = tum_alloc(DATAGRAM_MOST);
    char text[INET_ADDRSTRLEN];
    struct sockaddr_in from = {0};
    socklen_t length = sizeof(from);
    bool got = true;
    ssize_t n;

    do
        n = recvfrom(udp->fd, space, TUM_MIN(size, (size_t)DATAGRAM_MOST), 0,
                     (struct sockaddr *)&from, &length);
    while (n < 0 && errno == EINTR);
    if (n >= 0) {
        tum_buf_add(ret, space, (size_t)n);
        inet_ntop(AF_INET, &from.sin_addr, text, sizeof(text));
        *ret_peer = tum_asprintf("%s:%d", text, ntohs(from.sin_port));
    } else if (errno == EAGAIN || errno == ECONNREFUSED) {
        /* The latter: an earlier datagram found nobody. Not an answer. */
        got = false;
    } else {
        tum_fail_os(err, errno, "receiving on UDP port %d", udp->port);
    }
    tum_free(space);
    return got;
}

static enum tum_waited replay_receive(struct tum_udps *udps, struct udp *udp,
                                      size_t size, struct tum_buf *ret, char **ret_peer,
                                      struct tum_error **err)
{
    enum tum_waited waited;

    tum_lock_enter(&udps->lock);
    waited = tum_track_next_datagram(udp->track, ret, ret_peer, err);
    tum_lock_leave(&udps->lock);
    if (ret->len > size)
        tum_buf_truncate(ret, size);
    return waited;
}

enum tum_waited tum_udp_receive(struct tum_udps *udps, int port, size_t size,
                                struct tum_stop *stop, tum_time deadline,
                                struct tum_buf *ret, char **ret_peer,
                                struct tum_error **err)
{
    struct udp *udp = udp_get(udps, port);
    enum tum_waited waited = TUM_READY;
    struct pollfd fds[2];

    if (udp == NULL) {
        fail_not_open(port, err);
        return TUM_READY;
    }
    if (tum_track_replays(udp->track)) {
        waited = replay_receive(udps, udp, size, ret, ret_peer, err);
        /* The stop that cut it then comes when it comes. */
        if (waited == TUM_STOPPED)
            waited = tum_wait(stop, -1, 0, tum_now() + TUM_TAPE_STOP_PATIENCE);
        udp_unref(udps, udp);
        return waited;
    }
    fds[0] = (struct pollfd){.fd = udp->fd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = tum_stop_fd(udp->closed), .events = POLLIN};
    while (waited == TUM_READY) {
        if (tum_stop_is_set(stop)) {
            waited = TUM_STOPPED;
            break;
        }
        if (take(udp, size, ret, ret_peer, err)) {
            if (*err == NULL)
                tum_track_in(udp->track, tum_buf_str(ret), *ret_peer);
            break;
        }
        waited = tum_wait_many(stop, fds, 2, deadline);
        if (waited == TUM_READY && fds[1].revents != 0) {
            fail_not_open(port, err);
            break;
        }
    }
    if (waited != TUM_READY)
        tum_track_late(udp->track, waited == TUM_STOPPED);
    udp_unref(udps, udp);
    return waited;
}
