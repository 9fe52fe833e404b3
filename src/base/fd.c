/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors and whole files.
 *
 * In a hostile build, TUM_FAULTS="write:3,rename:1" makes the third write and the first
 * rename fail with EIO, so that a loop over the number walks every way out of a
 * scenario.
 */
#include "base/fd.h"
#include "base/path.h"
#include "tum/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_CHUNK ((size_t)TUM_HOSTILE_OR(3, 65536))
/* Old files of one name, and names tried for a new one. */
#define SAVED_MOST 100000

/* ---- faults ---- */

enum family { FAULT_OPEN, FAULT_READ, FAULT_WRITE, FAULT_RENAME, FAULT_PIPE };

#ifdef TUM_HOSTILE

static const char *const family_names[] = {
    [FAULT_OPEN] = "open",     [FAULT_READ] = "read", [FAULT_WRITE] = "write",
    [FAULT_RENAME] = "rename", [FAULT_PIPE] = "pipe",
};

static atomic_int calls[TUM_LEN(family_names)];

void tum_fault_reset(void)
{
    for (size_t i = 0; i < TUM_LEN(calls); i++)
        atomic_store(&calls[i], 0);
}

static bool fault(enum family family)
{
    const char *wanted = getenv("TUM_FAULTS");
    struct tum_str rest = tum_str_of(wanted), word;
    bool more = wanted != NULL;
    int call = atomic_fetch_add(&calls[family], 1) + 1;

    while (tum_str_split(&rest, &more, ',', &word)) {
        size_t colon = tum_str_find_char(word, ':', 0);
        int64_t n;

        if (tum_str_is(tum_str_sub(word, 0, colon), family_names[family]) &&
            colon != TUM_STR_NONE &&
            tum_str_int(tum_str_sub(word, colon + 1, word.n), &n) && n == call) {
            errno = EIO;
            return true;
        }
    }
    return false;
}

#else

static bool fault(enum family family TUM_UNUSED)
{
    return false;
}

#endif

/* ---- descriptors ---- */

void tum_fd_close(int *fd)
{
    int error = errno;

    if (*fd >= 0)
        close(*fd); /* on Linux the descriptor is gone even after EINTR */
    *fd = -1;
    errno = error;
}

bool tum_fd_pipe(int *ret_read, int *ret_write, struct tum_error **err)
{
    int fds[2];

    if (fault(FAULT_PIPE) || pipe2(fds, O_CLOEXEC) < 0)
        return tum_fail_os(err, errno, "making a pipe");
    *ret_read = fds[0];
    *ret_write = fds[1];
    return true;
}

bool tum_fd_socketpair(int *ret_a, int *ret_b, struct tum_error **err)
{
    int fds[2];

    if (fault(FAULT_PIPE) ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return tum_fail_os(err, errno, "making a pair of sockets");
    *ret_a = fds[0];
    *ret_b = fds[1];
    return true;
}

bool tum_fd_set_blocking(int fd, bool blocking, struct tum_error **err)
{
    int flags = fcntl(fd, F_GETFL);
    int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;

    if (flags < 0 || (wanted != flags && fcntl(fd, F_SETFL, wanted) < 0))
        return tum_fail_os(err, errno, "setting the mode of descriptor %d", fd);
    return true;
}

/*
 * After a read or write that did not work: true to try again, after having waited for
 * a descriptor that does not block.
 */
static bool again(int fd, short events)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};

    if (errno == EINTR)
        return true;
    if (errno != EAGAIN)
        return false;
    return poll(&poll_fd, 1, -1) >= 0 || errno == EINTR;
}

bool tum_fd_write_all(int fd, struct tum_str text, struct tum_error **err)
{
    while (text.n != 0) {
        size_t wanted = TUM_MIN(text.n, (size_t)TUM_HOSTILE_OR(3, SSIZE_MAX));
        ssize_t n = fault(FAULT_WRITE) ? -1 : write(fd, text.s, wanted);

        if (n >= 0)
            text = tum_str_sub(text, (size_t)n, text.n);
        else if (!again(fd, POLLOUT))
            return tum_fail_os(err, errno, "writing");
    }
    return true;
}

bool tum_fd_read_all(int fd, struct tum_buf *out, struct tum_error **err)
{
    for (;;) {
        size_t room, before = out->len;
        ssize_t n;

        if (out->len >= out->limit) {
            char more;

            /* Full is only too full when something follows. */
            n = fault(FAULT_READ) ? -1 : read(fd, &more, 1);
            if (n > 0)
                out->full = true;
        } else {
            room = TUM_MIN(READ_CHUNK, out->limit - out->len);
            tum_buf_reserve(out, room);
            n = fault(FAULT_READ) ? -1 : read(fd, out->s + before, room);
            if (n > 0)
                out->len += (size_t)n;
            out->s[out->len] = '\0';
        }
        if (n == 0)
            return true;
        if (n < 0 && !again(fd, POLLIN))
            return tum_fail_os(err, errno, "reading");
        if (out->full)
            return tum_fail(err, TUM_ERROR_LIMIT, "more than %zu bytes", out->limit);
    }
}

/* ---- files ---- */

static bool read_open(int fd, const char *path, size_t limit, struct tum_buf *out,
                      struct tum_error **err)
{
    struct tum_error *cause = NULL;
    struct stat st;

    if (fstat(fd, &st) < 0)
        return tum_fail_os(err, errno, "reading '%s'", path);
    if (S_ISDIR(st.st_mode))
        return tum_fail_os(err, EISDIR, "reading '%s'", path);
    tum_buf_init(out, limit);
    if (S_ISREG(st.st_mode) && st.st_size > 0)
        tum_buf_reserve(out, (size_t)st.st_size + 1);
    if (tum_fd_read_all(fd, out, &cause))
        return true;
    tum_buf_release(out);
    if (cause->kind == TUM_ERROR_LIMIT)
        tum_fail(err, TUM_ERROR_LIMIT, "reading '%s': larger than %zu bytes", path,
                 limit);
    else
        tum_fail_os(err, cause->os, "reading '%s'", path);
    tum_error_free(cause);
    return false;
}

bool tum_file_read(const char *path, size_t limit, char **ret_text, size_t *ret_length,
                   struct tum_error **err)
{
    int fd = fault(FAULT_OPEN) ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct tum_buf text;
    bool ok;

    if (fd < 0)
        return tum_fail_os(err, errno, "reading '%s'", path);
    ok = read_open(fd, path, limit, &text, err);
    tum_fd_close(&fd);
    if (!ok)
        return false;
    *ret_length = text.len;
    *ret_text = tum_buf_detach(&text);
    return true;
}

/* Opens a new file beside `path`; *ret_name is for tum_free. */
static int open_beside(const char *path, mode_t mode, char **ret_name)
{
    TUM_AUTO(tum_freep) char *folder = tum_path_folder(path);
    int fd = -1;

    for (int i = 0; i < SAVED_MOST; i++) {
        TUM_AUTO(tum_freep)
        char *base =
            tum_asprintf(".%s.tum-%ld-%d", tum_path_base(path), (long)getpid(), i);
        char *name = tum_path_join(folder, base);

        fd = fault(FAULT_OPEN)
                 ? -1
                 : open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd >= 0) {
            *ret_name = name;
            return fd;
        }
        tum_free(name);
        if (errno != EEXIST)
            break;
    }
    return -1;
}

bool tum_file_replace(const char *path, struct tum_str text, struct tum_error **err)
{
    struct tum_error *cause = NULL;
    struct stat st;
    bool exists = stat(path, &st) == 0 && S_ISREG(st.st_mode);
    TUM_AUTO(tum_freep) char *name = NULL;
    int error = 0, fd = open_beside(path, 0666, &name);

    if (fd < 0)
        return tum_fail_os(err, errno, "writing '%s'", path);
    /* A new file has 0666 without the umask, as open made it. */
    if (exists && fchmod(fd, st.st_mode & 07777) < 0)
        error = errno;
    if (error == 0 && !tum_fd_write_all(fd, text, &cause))
        error = cause->os;
    tum_error_free(cause);
    if (close(fd) < 0 && error == 0)
        error = errno;
    if (error == 0 && (fault(FAULT_RENAME) || rename(name, path) < 0))
        error = errno;
    if (error == 0)
        return true;
    unlink(name);
    return tum_fail_os(err, error, "writing '%s'", path);
}

/* Renames, but never over what another run saved meanwhile. */
static bool rename_new(const char *path, const char *target)
{
    if (fault(FAULT_RENAME))
        return false;
    if (renameat2(AT_FDCWD, path, AT_FDCWD, target, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    /* A file system without the flag: the next best. */
    if (tum_path_exists(target)) {
        errno = EEXIST;
        return false;
    }
    return rename(path, target) == 0;
}

bool tum_file_save_old(const char *path, struct tum_error **err)
{
    if (!tum_path_is_file(path))
        return true;
    for (int i = 1; i <= SAVED_MOST; i++) {
        TUM_AUTO(tum_freep) char *saved = tum_asprintf("%s-%d.saved", path, i);

        if (rename_new(path, saved))
            return true;
        if (errno == ENOENT)
            return true; /* somebody else saved it */
        if (errno != EEXIST)
            return tum_fail_os(err, errno, "moving '%s' to '%s'", path, saved);
    }
    return tum_fail(err, TUM_ERROR_LIMIT, "moving '%s' away: %d old files are kept",
                    path, SAVED_MOST);
}

bool tum_file_place(const char *beside, const char *path, struct tum_error **err)
{
    struct stat info;

    for (int i = 0; i < SAVED_MOST; i++) {
        if (!tum_file_save_old(path, err))
            return false;
        if (rename_new(beside, path))
            return true;
        if (errno != EEXIST)
            break;
        /* No file, or one that another placed meanwhile. */
        if (lstat(path, &info) == 0 && !tum_path_is_file(path)) {
            if (rename(beside, path) == 0)
                return true;
            break;
        }
    }
    return tum_fail_os(err, errno, "cannot put the file in place");
}

bool tum_folder_make(const char *path, struct tum_error **err)
{
    TUM_AUTO(tum_freep) char *folder = tum_strdup(path);
    char *slash = folder;

    if (path[0] == '\0')
        return true;
    do {
        slash = strchr(slash + 1, '/');
        if (slash != NULL)
            *slash = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST)
            return tum_fail_os(err, errno, "making the folder '%s'", folder);
        if (slash != NULL)
            *slash = '/';
    } while (slash != NULL);
    return tum_path_is_folder(path) ||
           tum_fail_os(err, ENOTDIR, "making the folder '%s'", path);
}
