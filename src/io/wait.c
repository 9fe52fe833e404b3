/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one poll: descriptors, a stop token and a deadline on the monotonic clock. It
 * reads and writes nothing, and ends nothing.
 */
#include "io/stop.h"
#include "tum/mem.h"
#include <errno.h>
#include <poll.h>
#include <time.h>

#define WAIT_FEW   16 /* descriptors that need no allocation */
/* Without a descriptor for the token's eventfd the token is looked at this often. */
#define WAIT_BLIND (20 * TUM_MS)

/* One ppoll until `until`, which may be TUM_FOREVER. Interrupted counts as nothing. */
static int poll_until(struct pollfd *fds, size_t count, tum_time until)
{
    struct timespec left = {0};
    int n;

    if (until != TUM_FOREVER) {
        tum_time now = tum_now();

        if (until > now) {
            left.tv_sec = (time_t)((until - now) / TUM_SECOND);
            left.tv_nsec = (long)((until - now) % TUM_SECOND);
        }
    }
    n = ppoll(fds, (nfds_t)count, until == TUM_FOREVER ? NULL : &left, NULL);
    if (n < 0 && errno != EINTR)
        tum_bug("ppoll: %s", tum_errno_text(errno));
    return n;
}

static enum tum_waited sleep_until(struct tum_stop *stop, tum_time deadline)
{
    for (;;) {
        tum_time until = TUM_MIN(deadline, tum_stop_look(stop));

        if (tum_stop_is_set(stop))
            return TUM_STOPPED;
        if (deadline != TUM_FOREVER && tum_now() >= deadline)
            return TUM_LATE;
        if (stop != NULL)
            tum_stop_sleep(stop, until);
        else
            poll_until(NULL, 0, until);
    }
}

/* fds has room for one more entry at the end, for the token. */
static enum tum_waited poll_with_stop(struct tum_stop *stop, struct pollfd *fds,
                                      size_t count, tum_time deadline)
{
    size_t all = count;
    bool blind = false;

    if (stop != NULL) {
        fds[count] = (struct pollfd){.fd = tum_stop_try_fd(stop), .events = POLLIN};
        blind = fds[count].fd < 0;
        all = count + 1;
    }
    for (;;) {
        tum_time until = TUM_MIN(deadline, tum_stop_look(stop));
        int n;

        if (blind)
            until = TUM_MIN(until, tum_now() + WAIT_BLIND);
        n = poll_until(fds, all, until);
        if (tum_stop_is_set(stop))
            return TUM_STOPPED;
        if (n > 0)
            for (size_t i = 0; i < count; i++)
                if (fds[i].revents != 0)
                    return TUM_READY;
        if (n == 0 && deadline != TUM_FOREVER && tum_now() >= deadline)
            return TUM_LATE;
    }
}

enum tum_waited tum_wait(struct tum_stop *stop, int fd, short events, tum_time deadline)
{
    struct pollfd fds[2] = {{.fd = fd, .events = events}};

    if (fd < 0)
        return sleep_until(stop, deadline);
    return poll_with_stop(stop, fds, 1, deadline);
}

enum tum_waited tum_wait_many(struct tum_stop *stop, struct pollfd *fds, size_t count,
                              tum_time deadline)
{
    struct pollfd few[WAIT_FEW + 1];
    struct pollfd *all = few;
    enum tum_waited waited;

    if (count > WAIT_FEW)
        all = tum_new_array(struct pollfd, count + 1);
    if (count > 0)
        memcpy(all, fds, count * sizeof *fds);
    waited = poll_with_stop(stop, all, count, deadline);
    if (count > 0)
        memcpy(fds, all, count * sizeof *fds);
    if (all != few)
        tum_free(all);
    return waited;
}
