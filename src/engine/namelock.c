/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Advisory locks on files (flock): each holder opens the file anew, so that two branches
 * of one run exclude each other too. The file is never removed: who waits for a removed
 * file waits for nobody.
 */
#include "engine/namelock.h"

#include "base/fd.h"
#include "base/path.h"
#include "tum/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The kernel says that a holder closed the file just before it frees the lock, so the
 * first look after that may come too early. It is repeated, later each time.
 */
#define AGAIN_FIRST (1 * TUM_MS)
#define AGAIN_LAST  (500 * TUM_MS)
/* Of a holder's text. */
#define HOLDER_SIZE 512

struct tum_namelocks {
    char **names;
    int *fds;
    size_t count;
};

static char *lock_folder(void)
{
    const char *base = getenv("XDG_RUNTIME_DIR");

    if (base != NULL && base[0] == '/' && tum_path_is_folder(base))
        return tum_path_join(base, "tum");
    return tum_asprintf("/tmp/tum-%u", (unsigned)geteuid());
}

static void encode(struct tum_str name, struct tum_buf *out)
{
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.s[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') || c == '-' || c == '_' || (c == '.' && i > 0))
            tum_buf_addc(out, (char)c);
        else
            tum_buf_addf(out, "%%%02X", c);
    }
}

char *tum_namelock_path(const char *name)
{
    TUM_AUTO(tum_freep) char *folder = lock_folder();
    TUM_AUTO(tum_buf_release) struct tum_buf file = TUM_BUF_INIT(TUM_BUF_ANY);

    encode(tum_str_of(name), &file);
    return tum_path_join(folder, file.s);
}

/* A folder of ours that nobody else can write. */
static bool make_folder(struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *folder = lock_folder();
    struct stat st;

    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return tum_fail_os(err, errno, "cannot make the folder of locks '%s'", folder);
    if (lstat(folder, &st) != 0)
        return tum_fail_os(err, errno, "cannot use the folder of locks '%s'", folder);
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 0022) != 0)
        return tum_fail(err, TUM_ERROR_SYSTEM,
                        "the folder of locks '%s' is not a folder of this user alone",
                        folder);
    return true;
}

static bool is_inherited(const char *name)
{
    TUM_AUTO(tum_buf_release) struct tum_buf code = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str rest, piece;
    bool more = true;

    rest = tum_str_of(getenv(TUM_LOCKS_VARIABLE));
    encode(tum_str_of(name), &code);
    while (rest.s != NULL && tum_str_split(&rest, &more, ' ', &piece)) {
        if (tum_str_eq(piece, tum_buf_str(&code)))
            return true;
    }
    return false;
}

static void read_holder(int fd, struct tum_buf *out)
{
    char text[HOLDER_SIZE];
    ssize_t n = pread(fd, text, sizeof(text), 0);

    for (ssize_t i = 0; i < n; i++)
        tum_buf_addc(out, (unsigned char)text[i] < ' ' ? ' ' : text[i]);
    while (out->len > 0 && out->s[out->len - 1] == ' ')
        tum_buf_truncate(out, out->len - 1);
}

/* Who waits reads it; a lock without the text is as good. */
static void write_holder(int fd)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(HOLDER_SIZE - 1);
    struct tum_error *err = NULL;
    char *command = NULL;
    size_t n;

    tum_buf_addf(&text, "pid %d", (int)getpid());
    if (tum_file_read("/proc/self/cmdline", 4096, &command, &n, &err)) {
        for (size_t i = 0; i + 1 < n; i++) {
            if (command[i] == '\0')
                command[i] = ' ';
        }
        tum_buf_addf(&text, " %s", command);
    }
    tum_error_clear(&err);
    tum_free(command);
    tum_buf_addc(&text, '\n');
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text.s, text.len, 0) < 0)
        return;
}

/* Waits until the lock might be free: the file was closed by somebody, or it is time. */
static bool wait_for_change(int watch, struct tum_stop *stop, tum_time *again)
{
    char events[4096];
    enum tum_waited waited =
        tum_wait(stop, watch, POLLIN, tum_time_add(tum_now(), *again));

    if (waited == TUM_READY) {
        while (read(watch, events, sizeof(events)) > 0)
            ;
        *again = AGAIN_FIRST;
    } else {
        *again = TUM_MIN(2 * *again, AGAIN_LAST);
    }
    return waited != TUM_STOPPED;
}

struct taking {
    struct tum_stop *stop;
    void (*waiting)(void *ctx, const char *name, const char *holder);
    void *ctx;
    bool stopped;
};

static bool take_one(struct taking *t, const char *name, int *ret_fd,
                     struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *path = tum_namelock_path(name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    tum_time again = AGAIN_FIRST;
    int watch = -1;

    if (fd < 0)
        return tum_fail_os(err, errno, "cannot open the lock '%s' (%s)", name, path);
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int os = errno;

        if (os == EINTR)
            continue;
        if (os != EWOULDBLOCK) {
            tum_fd_close(&fd);
            tum_fd_close(&watch);
            return tum_fail_os(err, os, "cannot take the lock '%s' (%s)", name, path);
        }
        if (watch < 0) {
            TUM_AUTO(tum_buf_release) struct tum_buf holder = TUM_BUF_INIT(HOLDER_SIZE);

            /* Without a watch the lock is looked at now and then. */
            watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
            if (watch >= 0)
                inotify_add_watch(watch, path, IN_CLOSE_WRITE);
            read_holder(fd, &holder);
            t->waiting(t->ctx, name, holder.s);
            continue;
        }
        if (!wait_for_change(watch, t->stop, &again)) {
            t->stopped = true;
            break;
        }
    }
    tum_fd_close(&watch);
    if (t->stopped)
        tum_fd_close(&fd);
    else
        write_holder(fd);
    *ret_fd = fd;
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Texts of the list, sorted, each once, without those held around us. */
static struct tum_namelocks *wanted(tum_val names)
{
    struct tum_namelocks *held = tum_new(struct tum_namelocks);
    size_t count = tum_list_len(names), kept = 0;

    held->names = tum_new_array(char *, count);
    held->fds = tum_new_array(int, count);
    tum_list_each (name, names) {
        const char *text = tum_val_text(*name).s;

        if (text != NULL && text[0] != '\0' && !is_inherited(text))
            held->names[held->count++] = tum_strdup(text);
    }
    qsort(held->names, held->count, sizeof(*held->names), compare_names);
    for (size_t i = 0; i < held->count; i++) {
        if (kept > 0 && strcmp(held->names[kept - 1], held->names[i]) == 0)
            tum_free(held->names[i]);
        else
            held->names[kept++] = held->names[i];
    }
    held->count = kept;
    for (size_t i = 0; i < kept; i++)
        held->fds[i] = -1;
    return held;
}

bool tum_namelocks_take(tum_val names, struct tum_stop *stop,
                        void (*waiting)(void *ctx, const char *name,
                                        const char *holder),
                        void *ctx, struct tum_namelocks **ret, bool *ret_stopped,
                        struct tum_error **err)
{
    struct taking t = {.stop = stop, .waiting = waiting, .ctx = ctx};
    struct tum_namelocks *held = wanted(names);
    bool ok = true;

    if (held->count > TUM_NAMELOCKS_LIMIT)
        ok = tum_fail(err, TUM_ERROR_LIMIT, "more than %d locks", TUM_NAMELOCKS_LIMIT);
    ok = ok && (held->count == 0 || make_folder(err));
    for (size_t i = 0; ok && !t.stopped && i < held->count; i++)
        ok = take_one(&t, held->names[i], &held->fds[i], err);
    if (!ok || t.stopped) {
        tum_namelocks_release(held);
        held = NULL;
    }
    if (!ok)
        return false;
    *ret = held;
    *ret_stopped = t.stopped;
    return true;
}

void tum_namelocks_release(struct tum_namelocks *held)
{
    if (held == NULL)
        return;
    for (size_t i = 0; i < held->count; i++) {
        if (held->fds[i] >= 0 && ftruncate(held->fds[i], 0) == 0)
            flock(held->fds[i], LOCK_UN); /* before the close that wakes who waits */
        tum_fd_close(&held->fds[i]);
        tum_free(held->names[i]);
    }
    tum_free(held->names);
    tum_free(held->fds);
    tum_free(held);
}

void tum_namelocks_list(const struct tum_namelocks *held, struct tum_buf *out)
{
    for (size_t i = 0; held != NULL && i < held->count; i++) {
        tum_buf_addc(out, ' ');
        encode(tum_str_of(held->names[i]), out);
    }
}
