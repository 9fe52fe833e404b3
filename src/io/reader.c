/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that drains every open console. It knows which descriptors have something
 * and asks their console to read; what the bytes mean is not its business.
 *
 * Descriptors are watched by number of the console, never by pointer: an event of a console that
 * is gone finds nobody. epoll rather than poll, because a poll under way holds the
 * files it looks at: the last close of a terminal would not hang it up.
 */
#include "io/driver.h"

#include "base/fd.h"
#include "base/log.h"
#include "tum/mem.h"
#include <errno.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define READER_EVENTS 64
#define READER_WAKE   0 /* the id of our own eventfd */

struct slot {
    uint64_t id;
    struct tum_console *console;
};

struct tum_reader {
    int poll, wake;
    pthread_t thread;
    bool running; /* the thread exists; only its user knows and asks */
    atomic_bool leaving;
    atomic_bool holding;  /* some console holds something back */
    struct tum_lock lock; /* guards the slots */
    struct slot *slots;
    size_t count, cap;
    uint64_t last_id;
};

struct tum_reader *tum_reader_new(void)
{
    struct tum_reader *reader = tum_new(struct tum_reader);

    reader->poll = reader->wake = -1;
    tum_lock_init(&reader->lock, TUM_RANK_CONSOLES);
    return reader;
}

static void wake_up(struct tum_reader *reader)
{
    static const uint64_t one = 1;

    /* Full means that it is going to wake anyway. */
    if (write(reader->wake, &one, sizeof(one)) < 0 && errno != EAGAIN)
        tum_bug("eventfd of the reader: %s", tum_errno_text(errno));
}

static struct tum_console *find(struct tum_reader *reader, uint64_t id)
{
    struct tum_console *console = NULL;

    tum_lock_enter(&reader->lock);
    for (size_t i = 0; i < reader->count && console == NULL; i++) {
        if (reader->slots[i].id == id) {
            console = reader->slots[i].console;
            atomic_fetch_add(&console->refs, 1);
        }
    }
    tum_lock_leave(&reader->lock);
    return console;
}

static struct tum_console *nth(struct tum_reader *reader, size_t i)
{
    struct tum_console *console = NULL;

    tum_lock_enter(&reader->lock);
    if (i < reader->count) {
        console = reader->slots[i].console;
        atomic_fetch_add(&console->refs, 1);
    }
    tum_lock_leave(&reader->lock);
    return console;
}

/* Until when to sleep; gives up what was held back long enough. */
static tum_time tick(struct tum_reader *reader)
{
    tum_time next = TUM_FOREVER, now = tum_now();
    struct tum_console *console;

    if (!atomic_exchange(&reader->holding, false))
        return TUM_FOREVER;
    for (size_t i = 0; (console = nth(reader, i)) != NULL; i++) {
        next = TUM_MIN(next, tum_console_tick(console, now));
        tum_console_unref(console);
    }
    if (next != TUM_FOREVER)
        atomic_store(&reader->holding, true);
    return next;
}

static int milliseconds_to(tum_time until)
{
    tum_time left;

    if (until == TUM_FOREVER)
        return -1;
    left = until - tum_now();
    return left <= 0 ? 0 : (int)TUM_MIN((left + TUM_MS - 1) / TUM_MS, (tum_time)60000);
}

static void *reader_main(void *arg)
{
    struct tum_reader *reader = arg;
    struct epoll_event events[READER_EVENTS];

    pthread_setname_np(pthread_self(), "tum-reader");
    while (!atomic_load(&reader->leaving)) {
        int n = epoll_wait(reader->poll, events, READER_EVENTS,
                           milliseconds_to(tick(reader)));

        for (int i = 0; i < n; i++) {
            struct tum_console *console;
            uint64_t count;

            if (events[i].data.u64 == READER_WAKE) {
                if (read(reader->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
                    tum_bug("eventfd of the reader: %s", tum_errno_text(errno));
                continue;
            }
            console = find(reader, events[i].data.u64);
            if (console == NULL)
                continue;
            tum_console_pump(console, (events[i].events & EPOLLOUT) != 0);
            tum_console_unref(console);
        }
    }
    return NULL;
}

static bool watch(struct tum_reader *reader, int operation, int fd, uint64_t id,
                  uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = id};

    return epoll_ctl(reader->poll, operation, fd, &event) == 0;
}

static bool start(struct tum_reader *reader, struct tum_error **err)
{
    int os;

    if (reader->running)
        return true;
    reader->poll = epoll_create1(EPOLL_CLOEXEC);
    reader->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (reader->poll < 0 || reader->wake < 0 ||
        !watch(reader, EPOLL_CTL_ADD, reader->wake, READER_WAKE, EPOLLIN)) {
        os = errno;
        tum_fd_close(&reader->poll);
        tum_fd_close(&reader->wake);
        return tum_fail_os(err, os, "starting to read consoles");
    }
    os = pthread_create(&reader->thread, NULL, reader_main, reader);
    if (os != 0) {
        tum_fd_close(&reader->poll);
        tum_fd_close(&reader->wake);
        return tum_fail_os(err, os, "starting to read consoles");
    }
    reader->running = true;
    return true;
}

bool tum_reader_add(struct tum_reader *reader, struct tum_console *console,
                    struct tum_error **err)
{
    bool ok;
    int os = 0;

    tum_lock_enter(&reader->lock);
    ok = start(reader, err);
    if (ok) {
        console->id = ++reader->last_id;
        ok = watch(reader, EPOLL_CTL_ADD, console->fd, console->id, EPOLLIN);
        os = errno;
        if (ok) {
            tum_grow(&reader->slots, &reader->cap, reader->count + 1);
            reader->slots[reader->count++] = (struct slot){console->id, console};
            atomic_fetch_add(&console->refs, 1);
        } else {
            tum_fail_os(err, os, "reading '%s'", console->target);
        }
    }
    tum_lock_leave(&reader->lock);
    return ok;
}

void tum_reader_remove(struct tum_reader *reader, struct tum_console *console)
{
    struct tum_console *found = NULL;

    tum_lock_enter(&reader->lock);
    for (size_t i = 0; i < reader->count; i++) {
        if (reader->slots[i].console == console) {
            found = console;
            reader->slots[i] = reader->slots[--reader->count];
            break;
        }
    }
    tum_lock_leave(&reader->lock);
    tum_console_unref(found);
}

void tum_reader_forget(struct tum_reader *reader, struct tum_console *console)
{
    if (reader->poll >= 0)
        watch(reader, EPOLL_CTL_DEL, console->fd, console->id, 0);
}

void tum_reader_again(struct tum_reader *reader, struct tum_console *console)
{
    /* It was watched before: there is room for it. */
    watch(reader, EPOLL_CTL_ADD, console->fd, console->id, EPOLLIN);
}

void tum_reader_want_write(struct tum_reader *reader, struct tum_console *console,
                           bool wants)
{
    watch(reader, EPOLL_CTL_MOD, console->fd, console->id,
          wants ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void tum_reader_hold(struct tum_reader *reader)
{
    /* A replay has consoles and nothing to read. */
    if (reader->running && !atomic_exchange(&reader->holding, true))
        wake_up(reader);
}

void tum_reader_free(struct tum_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->running) {
        atomic_store(&reader->leaving, true);
        wake_up(reader);
        pthread_join(reader->thread, NULL);
    }
    for (size_t i = 0; i < reader->count; i++)
        tum_console_unref(reader->slots[i].console);
    tum_free(reader->slots);
    tum_fd_close(&reader->poll);
    tum_fd_close(&reader->wake);
    tum_lock_release(&reader->lock);
    tum_free(reader);
}
