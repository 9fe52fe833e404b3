/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets between a batch and a campaign.
 */
#include "batch/link.h"
#include "base/fd.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

bool tum_link_pair(int *ret_ours, int *ret_theirs, struct tum_error **err)
{
    int pair[2], size = 4 * (int)TUM_LINK_LIMIT;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return tum_fail_os(err, errno, "cannot make a pair of sockets");
    for (int i = 0; i < 2; i++)
        setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    *ret_ours = pair[0];
    *ret_theirs = pair[1];
    return true;
}

bool tum_link_send(int fd, struct tum_str text)
{
    ssize_t n;

    if (text.n > TUM_LINK_LIMIT)
        return false;
    do
        n = send(fd, text.s, text.n, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)text.n;
}

bool tum_link_send_val(int fd, tum_val take)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    static const struct tum_json_style style = {0};
    struct tum_error *err = NULL;
    bool ok = tum_json_write(&text, take, &style, &err);

    tum_val_unref(take);
    tum_error_free(err);
    return ok && tum_link_send(fd, tum_buf_str(&text));
}

bool tum_link_take(int fd, struct tum_buf *buf, bool *ret_end)
{
    ssize_t n;

    tum_buf_reset(buf);
    tum_buf_reserve(buf, TUM_LINK_LIMIT + 1);
    n = recv(fd, buf->s, TUM_LINK_LIMIT, MSG_DONTWAIT);
    *ret_end = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
    if (n <= 0)
        return false;
    buf->len = (size_t)n;
    buf->s[n] = '\0';
    return true;
}
