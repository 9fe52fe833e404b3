/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The caller's side of a link to a worker. What is said over it is none of its business
 * but for three words: "call" (whose it is), "hello", and "ask" (must be answered).
 */
#include "worker/rpc.h"
#include "base/fd.h"
#include "base/lock.h"
#include "base/log.h"
#include "tum/mem.h"
#include "worker/frame.h"
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes kept for a worker that does not read: a message of full size and small ones. */
#define UNSENT_LIMIT (TUM_FRAME_LIMIT + ((size_t)16 << 20))
/* Messages and chunks of raw output taken before the waiting call is looked at
   again. */
#define TURNS        TUM_HOSTILE_OR(1, 16)
#define RAW_SIZE     TUM_HOSTILE_OR(3, 65536)
/* Raw output that is read because a message came after it: what a pipe holds. */
#define BEHIND_LIMIT ((size_t)1 << 20)
/* Memory for sending that is kept between messages. */
#define KEEP         ((size_t)1 << 20)
/*
 * Being woken takes longer than a short function: an answer is looked for so long before
 * the thread sleeps, as long as such waits go well and there is a processor for both.
 * It must be more than waking the other side and a short function take together, about
 * 80 us on a virtual machine: with less, both sides fall asleep in turn and never find
 * out that neither would have to.
 */
#define SPIN_TIME    (100 * TUM_US)
/* After one in vain so many waits are made asleep: the processors may be taken. Few, as
   one that was late by chance must not make all that follow slow. */
#define SPIN_PAUSE   8
/* A call without a descriptor to be woken through looks again this often. */
#define WAIT_BLIND   (20 * TUM_MS)

/* A piece of raw output that was read. When it was tells what a worker had written when
   it printed something, of which we learn later. As many are kept as there are small
   messages in what is read from the link at once. */
#define MARKS 1024
struct raw_mark {
    tum_time begin, end; /* of the reading */
    size_t before, after;
};

struct message {
    struct message *next;
    tum_val value;
};

struct tum_rpc_call {
    struct tum_rpc *rpc;
    int64_t id;
    /* Guarded by the lock of rpc. */
    struct tum_rpc_call *next;
    struct message *first, **last;
    bool waiting; /* for somebody else who reads; woken through `wake` */
    int wake;     /* eventfd, -1 until it first waits so */
};

struct tum_rpc {
    int link, raw;
    char *(*cause)(void *ctx);
    void *ctx;
    struct tum_lock lock;

    /* Guarded by the lock. */
    struct tum_buf unsent;
    size_t sent; /* bytes at the front of `unsent` that are gone */
    struct tum_rpc_call *calls;
    int64_t last_id;
    bool reading; /* a thread has the role of the reader */
    bool lost;
    char *why;
    bool greeted;
    tum_val hello;
    size_t raw_seen;        /* bytes of raw output that have been read */
    struct raw_mark *marks; /* a ring of MARKS, or NULL */
    size_t mark_count;

    /* The reader's. */
    struct tum_frames frames;
    /* raw_seen and mark_count when it last read from the link. */
    size_t link_seen, link_marks;
    bool raw_over;  /* nobody holds the other end any more */
    bool spins;     /* there is more than one processor */
    bool quick;     /* the last answer came in about SPIN_TIME */
    unsigned pause; /* waits until it is tried again */
};

static bool has_processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
}

struct tum_rpc *tum_rpc_new(const struct tum_rpc_opts *opts)
{
    struct tum_rpc *rpc = tum_new(struct tum_rpc);

    rpc->link = opts->link;
    rpc->raw = opts->raw;
    rpc->cause = opts->cause;
    rpc->ctx = opts->ctx;
    tum_lock_init(&rpc->lock, TUM_RANK_WORKER);
    tum_buf_init(&rpc->unsent, UNSENT_LIMIT);
    tum_frames_init(&rpc->frames);
    rpc->spins = has_processors();
    return rpc;
}

void tum_rpc_free(struct tum_rpc *rpc)
{
    if (rpc == NULL)
        return;
    if (rpc->calls != NULL)
        tum_bug("a link to a worker is freed under call %lld",
                (long long)rpc->calls->id);
    tum_fd_close(&rpc->link);
    tum_fd_close(&rpc->raw);
    tum_buf_release(&rpc->unsent);
    tum_frames_release(&rpc->frames);
    tum_val_release(&rpc->hello);
    tum_lock_release(&rpc->lock);
    tum_free(rpc->marks);
    tum_free(rpc->why);
    tum_free(rpc);
}

/* ---- sending; under the lock ---- */

/* Sends what the worker takes now. That it is gone shows when reading. */
static void flush(struct tum_rpc *rpc)
{
    while (rpc->sent < rpc->unsent.len) {
        ssize_t n = send(rpc->link, rpc->unsent.s + rpc->sent,
                         rpc->unsent.len - rpc->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0)
            break;
        rpc->sent += (size_t)n;
    }
    if (rpc->unsent.cap > KEEP)
        tum_buf_release(&rpc->unsent);
    tum_buf_reset(&rpc->unsent);
    rpc->sent = 0;
}

static bool send_now(struct tum_rpc *rpc, struct tum_str text, struct tum_error **err)
{
    struct tum_buf *unsent = &rpc->unsent;

    if (rpc->lost)
        return tum_fail(err, TUM_ERROR_LOST, "the worker is gone");
    if (rpc->sent > unsent->len / 2) {
        memmove(unsent->s, unsent->s + rpc->sent, unsent->len - rpc->sent);
        tum_buf_truncate(unsent, unsent->len - rpc->sent);
        rpc->sent = 0;
    }
    if (!tum_frame_add(unsent, text, err))
        return false;
    flush(rpc);
    return true;
}

bool tum_rpc_send(struct tum_rpc *rpc, struct tum_str text, struct tum_error **err)
{
    bool ok;

    tum_lock_enter(&rpc->lock);
    ok = send_now(rpc, text, err);
    tum_lock_leave(&rpc->lock);
    return ok;
}

/* For what nobody can be told about: the worker is gone or does not read. */
static void send_note(struct tum_rpc *rpc, const char *fmt, int64_t number)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(200);
    struct tum_error *err = NULL;

    tum_buf_addf(&text, fmt, (long long)number);
    if (!send_now(rpc, tum_buf_str(&text), &err))
        tum_error_free(err);
}

/* Answers a question that nobody serves any more: its asker must not wait for ever. */
static void refuse(struct tum_rpc *rpc, tum_val message)
{
    int64_t ask;
    tum_val v;

    if (tum_map_peeks(message, "ask", &v) && tum_val_to_int64(v, &ask))
        send_note(rpc, "{\"answer\": %lld, \"error\": \"the call was abandoned\"}",
                  ask);
}

/* ---- calls ---- */

struct tum_rpc_call *tum_rpc_call_open(struct tum_rpc *rpc)
{
    struct tum_rpc_call *call = tum_new(struct tum_rpc_call);

    call->rpc = rpc;
    call->wake = -1;
    call->last = &call->first;
    tum_lock_enter(&rpc->lock);
    call->id = ++rpc->last_id;
    call->next = rpc->calls;
    rpc->calls = call;
    tum_lock_leave(&rpc->lock);
    return call;
}

int64_t tum_rpc_call_id(const struct tum_rpc_call *call)
{
    return call->id;
}

void tum_rpc_call_close(struct tum_rpc_call *call, bool answered)
{
    struct tum_rpc *rpc = call->rpc;
    struct tum_rpc_call **at = &rpc->calls;

    tum_lock_enter(&rpc->lock);
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    if (!answered && !rpc->lost)
        send_note(rpc, "{\"drop\": %lld}", call->id);
    for (struct message *m = call->first; m != NULL; m = m->next)
        refuse(rpc, m->value);
    tum_lock_leave(&rpc->lock);
    while (call->first != NULL) {
        struct message *m = call->first;

        call->first = m->next;
        tum_val_unref(m->value);
        tum_free(m);
    }
    tum_fd_close(&call->wake);
    tum_free(call);
}

static void wake(struct tum_rpc_call *call)
{
    static const uint64_t one = 1;

    if (call->waiting && call->wake >= 0 && write(call->wake, &one, sizeof one) < 0 &&
        errno != EAGAIN)
        tum_bug("waking a call: %s", tum_errno_text(errno));
}

/* Gives the role of the reader to somebody who waits for one. */
static void hand_over(struct tum_rpc *rpc)
{
    if (rpc->reading)
        return;
    for (struct tum_rpc_call *call = rpc->calls; call != NULL; call = call->next)
        if (call->waiting && call->wake >= 0) {
            wake(call);
            return;
        }
}

static void deliver(struct tum_rpc_call *call, tum_val take)
{
    struct message *m = tum_new(struct message);

    m->value = take;
    *call->last = m;
    call->last = &m->next;
    wake(call);
}

/* ---- reading ---- */

/* Under the lock. False: nothing is there now; *ret_over: nor will there be. */
static bool read_piece(struct tum_rpc *rpc, struct tum_buf *out, bool *ret_over)
{
    char chunk[RAW_SIZE];
    tum_time begin = tum_now();
    ssize_t n;

    do {
        n = read(rpc->raw, chunk, TUM_MIN(sizeof chunk, out->limit - out->len));
    } while (n < 0 && errno == EINTR);
    *ret_over = n == 0;
    if (n <= 0)
        return false;
    tum_buf_add(out, chunk, (size_t)n);
    if (rpc->marks == NULL)
        rpc->marks = tum_new_array(struct raw_mark, MARKS);
    rpc->marks[rpc->mark_count++ % MARKS] =
        (struct raw_mark){.begin = begin,
                          .end = tum_now(),
                          .before = rpc->raw_seen,
                          .after = rpc->raw_seen + (size_t)n};
    rpc->raw_seen += (size_t)n;
    return true;
}

/* False at its end. */
static bool drain(struct tum_rpc *rpc, struct tum_buf *out)
{
    bool over = false, more = rpc->raw >= 0;

    while (more && out->len < out->limit) {
        tum_lock_enter(&rpc->lock);
        more = read_piece(rpc, out, &over);
        tum_lock_leave(&rpc->lock);
    }
    return !over;
}

/* How much had been read when the worker found `count` bytes unread. */
static size_t seen_at(struct tum_rpc *rpc, tum_time at, size_t count)
{
    size_t seen = rpc->link_seen;
    size_t oldest = rpc->mark_count - TUM_MIN(rpc->mark_count, (size_t)MARKS);

    for (size_t i = rpc->link_marks; i > oldest; i--) {
        struct raw_mark *mark = &rpc->marks[(i - 1) % MARKS];

        if (at > mark->end)
            break;
        /* While it was being read. All of it was there when that began, so with less it
           had been read; else it depends. */
        if (at >= mark->begin &&
            (count < mark->after - mark->before || at - mark->begin > mark->end - at)) {
            mark->end = at;
            break;
        }
        seen = mark->before;
    }
    return seen;
}

/* Under the lock: raw output that was written before this message was made, and is
   still to be read. */
static tum_val raw_before(struct tum_rpc *rpc, tum_val message)
{
    int64_t count = 0, at = 0;
    size_t until;
    tum_val v;

    if (!tum_map_peeks(message, "behind", &v) || !tum_val_to_int64(v, &count) ||
        !tum_map_peeks(message, "at", &v) || !tum_val_to_int64(v, &at) || count < 0 ||
        (size_t)count > BEHIND_LIMIT)
        return tum_val_none();
    until = seen_at(rpc, at, (size_t)count) + (size_t)count;
    if (until > rpc->raw_seen && rpc->raw >= 0) {
        TUM_AUTO(tum_buf_release)
        struct tum_buf bytes = TUM_BUF_INIT(until - rpc->raw_seen);
        bool over;

        while (bytes.len < bytes.limit && read_piece(rpc, &bytes, &over))
            ;
        if (bytes.len > 0)
            return tum_val_bytes(bytes.s, bytes.len);
    }
    return tum_val_none();
}

/* Under the lock: gives a message (taken) to the call it names, and first what came
   before it on the raw descriptors. */
static void route(struct tum_rpc *rpc, tum_val take)
{
    int64_t id = 0;
    tum_val v;

    if (tum_map_peeks(take, "hello", &v) && !rpc->greeted) {
        rpc->hello = tum_val_ref(v);
        rpc->greeted = true;
        /* For all: from now on their patience is no longer that of a start. */
        for (struct tum_rpc_call *call = rpc->calls; call != NULL; call = call->next)
            deliver(call, tum_val_ref(take));
    } else if (tum_map_peeks(take, "call", &v) && tum_val_to_int64(v, &id)) {
        for (struct tum_rpc_call *call = rpc->calls; call != NULL; call = call->next)
            if (call->id == id) {
                tum_val raw = raw_before(rpc, take);

                if (raw.kind != TUM_NONE)
                    deliver(call, raw);
                deliver(call, take);
                return;
            }
        refuse(rpc, take);
    }
    tum_val_unref(take);
}

/* Takes messages off what was read; false: what follows cannot be understood. */
static bool take_messages(struct tum_rpc *rpc)
{
    struct tum_str text;
    enum tum_frames_next next;

    tum_lock_enter(&rpc->lock);
    rpc->link_seen = rpc->raw_seen;
    rpc->link_marks = rpc->mark_count;
    tum_lock_leave(&rpc->lock);
    while ((next = tum_frames_next(&rpc->frames, &text)) == TUM_FRAMES_ONE) {
        struct tum_error *err = NULL;
        tum_val value;

        if (!tum_json_read(text, (struct tum_span){0}, &value, &err)) {
            TUM_AUTO(tum_freep) char *why = tum_error_text(err);

            tum_log(TUM_AREA_WORKER, 1, "message of a worker: %s", why);
            tum_error_free(err);
            return false;
        }
        tum_log(TUM_AREA_WORKER, 3, "< %.*s", (int)TUM_MIN(text.n, (size_t)500),
                text.s);
        tum_lock_enter(&rpc->lock);
        route(rpc, value);
        tum_lock_leave(&rpc->lock);
    }
    return next == TUM_FRAMES_MORE;
}

/* Reads the link until it is empty, or for some turns; false: it is over. */
static bool read_link(struct tum_rpc *rpc)
{
    for (int turn = 0; turn < TURNS; turn++)
        switch (tum_frames_read(&rpc->frames, rpc->link)) {
        case TUM_FRAMES_SOME:
            if (!take_messages(rpc))
                return false;
            if (rpc->frames.drained)
                return true;
            break;
        case TUM_FRAMES_NOTHING:
            return true;
        case TUM_FRAMES_END:
            return false;
        }
    return true;
}

bool tum_rpc_drain(struct tum_rpc *rpc, struct tum_buf *out)
{
    return drain(rpc, out);
}

/* How much has been written to the raw descriptors until now; 0: nothing is to be read,
   as at their end. */
static size_t raw_written(struct tum_rpc *rpc)
{
    int bytes = 0;
    size_t written = 0;

    tum_lock_enter(&rpc->lock);
    if (ioctl(rpc->raw, FIONREAD, &bytes) == 0 && bytes > 0)
        written = rpc->raw_seen + (size_t)bytes;
    tum_lock_leave(&rpc->lock);
    return written;
}

/* What the link brought is heeded first, by the call and of the link itself. */
static bool comes_first(const struct tum_rpc_call *call)
{
    int bytes = 0;

    return call->first != NULL ||
           (ioctl(call->rpc->link, FIONREAD, &bytes) == 0 && bytes > 0);
}

/*
 * What comes on the raw descriptors names no call: it goes to the one that reads. What
 * was written after `until` waits: what was printed before may still be in the link. So
 * does all when there is more to be read there; and behind a reply nothing is heeded.
 */
static void read_raw(struct tum_rpc_call *call, size_t until)
{
    struct tum_rpc *rpc = call->rpc;
    TUM_AUTO(tum_buf_release) struct tum_buf bytes = TUM_BUF_INIT(RAW_SIZE);
    bool over = false;

    tum_lock_enter(&rpc->lock);
    if (until > rpc->raw_seen)
        bytes.limit = TUM_MIN(bytes.limit, until - rpc->raw_seen);
    if (!comes_first(call) && (until == 0 || until > rpc->raw_seen))
        read_piece(rpc, &bytes, &over);
    if (bytes.len > 0)
        deliver(call, tum_val_bytes(bytes.s, bytes.len));
    tum_lock_leave(&rpc->lock);
    rpc->raw_over = over;
}

static void lose(struct tum_rpc *rpc)
{
    char *why = rpc->cause != NULL ? rpc->cause(rpc->ctx) : NULL;

    tum_lock_enter(&rpc->lock);
    rpc->lost = true;
    rpc->why = why;
    for (struct tum_rpc_call *call = rpc->calls; call != NULL; call = call->next)
        wake(call);
    tum_lock_leave(&rpc->lock);
}

/* True: the link can be read, or is over. */
static bool spin(struct tum_rpc *rpc, struct tum_stop *stop, tum_time until)
{
    char byte;

    do {
        if (recv(rpc->link, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN)
            return true;
    } while (tum_now() < until && !tum_stop_is_set(stop));
    return false;
}

/* One wait with the role of the reader; not under the lock. */
static enum tum_waited read_once(struct tum_rpc_call *call, bool unsent,
                                 struct tum_stop *stop, tum_time deadline)
{
    struct tum_rpc *rpc = call->rpc;
    struct pollfd fds[2] = {
        {.fd = rpc->link, .events = (short)(unsent ? POLLIN | POLLOUT : POLLIN)},
        {.fd = rpc->raw_over ? -1 : rpc->raw, .events = POLLIN},
    };
    tum_time start = tum_now();
    enum tum_waited waited;
    size_t until = 0;

    if (rpc->pause > 0) {
        rpc->pause--;
    } else if (rpc->quick && !unsent) {
        if (spin(rpc, stop, start + SPIN_TIME)) {
            if (!read_link(rpc))
                lose(rpc);
            return TUM_READY;
        }
        rpc->pause = SPIN_PAUSE;
    }
    waited = tum_wait_many(stop, fds, 2, deadline);
    rpc->quick = rpc->spins && tum_now() - start < 2 * SPIN_TIME;
    if (waited != TUM_READY)
        return waited;
    if (fds[0].revents & POLLOUT) {
        tum_lock_enter(&rpc->lock);
        flush(rpc);
        tum_lock_leave(&rpc->lock);
    }
    if (fds[1].revents != 0)
        until = raw_written(rpc);
    if (((fds[0].revents & ~POLLOUT) != 0 || fds[1].revents != 0) && !read_link(rpc))
        lose(rpc);
    if (fds[1].revents != 0)
        read_raw(call, until);
    return TUM_READY;
}

/* One wait while somebody else reads; helps to send. */
static enum tum_waited wait_turn(struct tum_rpc_call *call, bool unsent,
                                 struct tum_stop *stop, tum_time deadline)
{
    struct pollfd fds[2] = {
        {.fd = call->wake, .events = POLLIN},
        {.fd = unsent ? call->rpc->link : -1, .events = POLLOUT},
    };
    tum_time until =
        call->wake >= 0 ? deadline : TUM_MIN(deadline, tum_now() + WAIT_BLIND);
    enum tum_waited waited = tum_wait_many(stop, fds, 2, until);
    uint64_t count;

    if (waited == TUM_LATE && until < deadline)
        return TUM_READY;
    if (waited == TUM_READY && fds[1].revents != 0) {
        tum_lock_enter(&call->rpc->lock);
        flush(call->rpc);
        tum_lock_leave(&call->rpc->lock);
    }
    if (waited == TUM_READY && fds[0].revents != 0 &&
        read(call->wake, &count, sizeof count) < 0 && errno != EAGAIN)
        tum_bug("reading an eventfd: %s", tum_errno_text(errno));
    return waited;
}

enum tum_rpc_got tum_rpc_call_next(struct tum_rpc_call *call, struct tum_stop *stop,
                                   tum_time deadline, tum_val *ret)
{
    struct tum_rpc *rpc = call->rpc;
    enum tum_waited waited = TUM_READY;
    enum tum_rpc_got got;

    tum_lock_enter(&rpc->lock);
    while (call->first == NULL && !rpc->lost && waited == TUM_READY) {
        bool unsent = rpc->unsent.len > 0;

        if (!rpc->reading) {
            rpc->reading = true;
            tum_lock_leave(&rpc->lock);
            waited = read_once(call, unsent, stop, deadline);
            tum_lock_enter(&rpc->lock);
            rpc->reading = false;
        } else {
            if (call->wake < 0)
                call->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
            call->waiting = true;
            tum_lock_leave(&rpc->lock);
            waited = wait_turn(call, unsent, stop, deadline);
            tum_lock_enter(&rpc->lock);
            call->waiting = false;
        }
    }
    if (call->first != NULL && waited != TUM_STOPPED) {
        struct message *m = call->first;

        call->first = m->next;
        if (call->first == NULL)
            call->last = &call->first;
        *ret = m->value;
        tum_free(m);
        got = TUM_RPC_MESSAGE;
    } else if (waited == TUM_STOPPED) {
        got = TUM_RPC_STOPPED;
    } else {
        got = rpc->lost ? TUM_RPC_LOST : TUM_RPC_LATE;
    }
    hand_over(rpc);
    tum_lock_leave(&rpc->lock);
    return got;
}

bool tum_rpc_has_unread(struct tum_rpc *rpc)
{
    int bytes = 0;
    bool unsent;

    tum_lock_enter(&rpc->lock);
    unsent = rpc->unsent.len > 0;
    tum_lock_leave(&rpc->lock);
    return unsent || (ioctl(rpc->link, SIOCOUTQ, &bytes) == 0 && bytes > 0);
}

void tum_rpc_hang_up(struct tum_rpc *rpc)
{
    shutdown(rpc->link, SHUT_RDWR);
}

/* ---- asking about the link ---- */

bool tum_rpc_hello(struct tum_rpc *rpc, tum_val *ret)
{
    bool greeted;

    tum_lock_enter(&rpc->lock);
    greeted = rpc->greeted;
    if (greeted)
        *ret = tum_val_ref(rpc->hello);
    tum_lock_leave(&rpc->lock);
    return greeted;
}

/* A worker that died while nobody waited is found out here. */
bool tum_rpc_is_lost(struct tum_rpc *rpc)
{
    bool lost;

    tum_lock_enter(&rpc->lock);
    if (!rpc->reading && !rpc->lost) {
        rpc->reading = true;
        tum_lock_leave(&rpc->lock);
        if (!read_link(rpc))
            lose(rpc);
        tum_lock_enter(&rpc->lock);
        rpc->reading = false;
        hand_over(rpc);
    }
    lost = rpc->lost;
    tum_lock_leave(&rpc->lock);
    return lost;
}

char *tum_rpc_cause(struct tum_rpc *rpc)
{
    char *why = NULL;

    tum_lock_enter(&rpc->lock);
    if (rpc->lost)
        why = tum_strdup(rpc->why != NULL ? rpc->why : "the worker is gone");
    tum_lock_leave(&rpc->lock);
    return why;
}
