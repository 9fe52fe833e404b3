/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads /proc. Judges nothing and signals nobody.
 */
#include "batch/procscan.h"
#include "base/fd.h"
#include "base/path.h"
#include "batch/runid.h"
#include "io/proctree.h"
#include "tum/mem.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_LIMIT     ((size_t)16 << 20)
/* Of an environment. */
#define ENV_LIMIT      ((size_t)4 << 20)
#define STATE_LISTEN   10
/* Parents of parents. */
#define ANCESTOR_LIMIT 64

/* Whole file; false: not there any more, or not for us. */
static bool read_proc(const char *path, size_t limit, char **ret, size_t *ret_n)
{
    struct tum_error *err = NULL;

    if (tum_file_read(path, limit, ret, ret_n, &err))
        return true;
    tum_error_free(err);
    return false;
}

/* ---- TCP ---- */

static bool hex(struct tum_str text, uint64_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.s[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                : 16;

        if (digit == 16)
            return false;
        *ret = *ret * 16 + digit;
    }
    return text.n > 0;
}

static size_t fields_of(struct tum_str line, struct tum_str *fields, size_t limit)
{
    size_t count = 0, i = 0;

    while (i < line.n && count < limit) {
        size_t start;

        while (i < line.n && line.s[i] == ' ')
            i++;
        start = i;
        while (i < line.n && line.s[i] != ' ')
            i++;
        if (i > start)
            fields[count++] = tum_str_sub(line, start, i);
    }
    return count;
}

/* "0100007F:0650": words of the machine's byte order. */
static bool take_address(struct tum_str text, struct tum_listener *ret)
{
    size_t colon = tum_str_find_char(text, ':', 0);
    uint64_t number;

    if (colon == TUM_STR_NONE || (colon != 8 && colon != 32) ||
        !hex(tum_str_sub(text, colon + 1, text.n), &number))
        return false;
    ret->port = (uint16_t)number;
    ret->v6 = colon == 32;
    for (size_t i = 0; i < colon; i += 8) {
        uint32_t word;

        if (!hex(tum_str_sub(text, i, i + 8), &number))
            return false;
        word = (uint32_t)number;
        memcpy(&ret->address[i / 2], &word, 4);
    }
    return true;
}

static void read_table(const char *path, struct tum_listeners *ret)
{
    struct tum_str rest, line, fields[10];
    bool more = true;
    char *text;
    size_t n;

    if (!read_proc(path, FILE_LIMIT, &text, &n))
        return;
    rest = tum_str_n(text, n);
    while (tum_str_split(&rest, &more, '\n', &line) && ret->count < TUM_SCAN_LIMIT) {
        struct tum_listener one = {0};
        uint64_t state;
        int64_t uid, inode;

        if (fields_of(line, fields, 10) < 10 || !hex(fields[3], &state) ||
            state != STATE_LISTEN || !take_address(fields[1], &one) ||
            !tum_str_int(fields[7], &uid) || !tum_str_int(fields[9], &inode))
            continue;
        one.uid = (uid_t)uid;
        one.inode = (uint64_t)inode;
        tum_grow(&ret->all, &ret->cap, ret->count + 1);
        ret->all[ret->count++] = one;
    }
    tum_free(text);
}

void tum_listeners_read(struct tum_listeners *ret)
{
    *ret = (struct tum_listeners){0};
    read_table("/proc/net/tcp", ret);
    read_table("/proc/net/tcp6", ret);
}

void tum_listeners_release(struct tum_listeners *listeners)
{
    tum_free(listeners->all);
    *listeners = (struct tum_listeners){0};
}

void tum_listener_write(const struct tum_listener *listener, struct tum_buf *out)
{
    char text[INET6_ADDRSTRLEN] = "?";

    inet_ntop(listener->v6 ? AF_INET6 : AF_INET, listener->address, text, sizeof(text));
    tum_buf_addf(out, listener->v6 ? "[%s]:%u" : "%s:%u", text, listener->port);
}

static bool is_any(const unsigned char *address, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (address[i] != 0)
            return false;
    }
    return true;
}

const struct tum_listener *tum_listeners_find(const struct tum_listeners *listeners,
                                              const char *address)
{
    struct tum_str text = tum_str_of(address), host;
    unsigned char wanted[16] = {0};
    bool v6 = false, any;
    size_t colon = text.n;
    int64_t port;
    char name[64];

    while (colon > 0 && text.s[colon - 1] != ':')
        colon--;
    if (!tum_str_int(tum_str_sub(text, colon, text.n), &port))
        return NULL;
    host = colon > 0 ? tum_str_sub(text, 0, colon - 1) : tum_str_n("", 0);
    if (host.n > 1 && host.s[0] == '[') {
        v6 = true;
        host = tum_str_sub(host, 1, host.n - 1);
    }
    if (tum_str_is(host, "localhost"))
        host = TUM_S("127.0.0.1");
    snprintf(name, sizeof(name), "%.*s", TUM_STR_ARG(host));
    any = host.n == 0 || inet_pton(v6 ? AF_INET6 : AF_INET, name, wanted) != 1 ||
          is_any(wanted, v6 ? 16 : 4);
    for (size_t i = 0; i < listeners->count; i++) {
        const struct tum_listener *one = &listeners->all[i];
        size_t n = one->v6 ? 16 : 4;

        if (one->port != port)
            continue;
        /* A v6 socket bound to any address takes the v4 ones too. */
        if (any || is_any(one->address, n) ||
            (one->v6 == v6 && memcmp(one->address, wanted, n) == 0))
            return one;
    }
    return NULL;
}

/* ---- unix sockets ---- */

static bool same_base(struct tum_str name, const char *path)
{
    size_t start = name.n;

    while (start > 0 && name.s[start - 1] != '/')
        start--;
    return tum_str_is(tum_str_sub(name, start, name.n), tum_path_base(path));
}

/*
 * True when the socket with that name is the one at `path`: a name that is not absolute
 * was below the current folder of who bound it, which is taken to be where it is now.
 */
static bool is_at(struct tum_str name, uint64_t inode, const char *path)
{
    TUM_AUTO(tum_freep) char *joined = NULL;
    TUM_AUTO(tum_freep) char *whole = NULL;
    char link[64], folder[PATH_MAX];
    struct tum_process holder;
    ssize_t n;

    if (tum_str_is(name, path))
        return true;
    if (name.n == 0 || name.s[0] == '/' || name.s[0] == '@' || !same_base(name, path))
        return false;
    holder = tum_socket_holder(inode);
    snprintf(link, sizeof(link), "/proc/%d/cwd", (int)holder.pid);
    n = holder.pid != 0 ? readlink(link, folder, sizeof(folder) - 1) : -1;
    if (n <= 0)
        return false;
    folder[n] = '\0';
    whole = tum_strndup(name.s, name.n);
    joined = tum_path_join(folder, whole);
    tum_free(whole);
    whole = tum_path_normalise(joined);
    return strcmp(whole, path) == 0;
}

uint64_t tum_unix_listener(const char *path)
{
    struct tum_str rest, line, fields[8];
    uint64_t found = 0;
    bool more = true;
    char *text;
    size_t n;

    if (!read_proc("/proc/net/unix", FILE_LIMIT, &text, &n))
        return 0;
    rest = tum_str_n(text, n);
    while (found == 0 && tum_str_split(&rest, &more, '\n', &line)) {
        uint64_t flags;
        int64_t inode;

        /* Num RefCount Protocol Flags Type St Inode Path */
        if (fields_of(line, fields, 8) == 8 && hex(fields[3], &flags) &&
            (flags & 0x10000) != 0 && tum_str_int(fields[6], &inode) &&
            is_at(fields[7], (uint64_t)inode, path))
            found = (uint64_t)inode;
    }
    tum_free(text);
    return found;
}

/* ---- processes ---- */

/* Calls `seen` with the target of each descriptor; true when it said true. */
static bool each_fd(pid_t pid, bool (*seen)(void *ctx, const char *target), void *ctx)
{
    char path[64], target[PATH_MAX];
    struct dirent *entry;
    bool found = false;
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    dir = opendir(path);
    while (dir != NULL && !found && (entry = readdir(dir)) != NULL) {
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

        if (n <= 0)
            continue;
        target[n] = '\0';
        found = seen(ctx, target);
    }
    if (dir != NULL)
        closedir(dir);
    return found;
}

static bool is_same(void *ctx, const char *target)
{
    return strcmp(ctx, target) == 0;
}

bool tum_process_has_socket(pid_t pid, uint64_t inode)
{
    char wanted[64];

    snprintf(wanted, sizeof(wanted), "socket:[%llu]", (unsigned long long)inode);
    return each_fd(pid, is_same, wanted);
}

bool tum_process_holds(pid_t pid, const char *path)
{
    TUM_AUTO(tum_freep) char *wanted = tum_strdup(path);

    return each_fd(pid, is_same, wanted);
}

void tum_processes_each(bool (*seen)(void *ctx, const struct tum_process *process),
                        void *ctx)
{
    DIR *dir = opendir("/proc");
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        struct tum_process process = {0};
        struct stat st;
        int64_t pid;

        if (!tum_str_int(tum_str_of(entry->d_name), &pid) ||
            fstatat(dirfd(dir), entry->d_name, &st, 0) != 0 || st.st_uid != geteuid())
            continue;
        process.pid = (pid_t)pid;
        process.ticks = tum_process_ticks(process.pid);
        if (process.ticks != 0 && !seen(ctx, &process))
            break;
    }
    if (dir != NULL)
        closedir(dir);
}

struct holder {
    uint64_t inode;
    struct tum_process found;
};

static bool look_for_holder(void *ctx, const struct tum_process *process)
{
    struct holder *holder = ctx;

    if (!tum_process_has_socket(process->pid, holder->inode))
        return true;
    holder->found = *process;
    return false;
}

struct tum_process tum_socket_holder(uint64_t inode)
{
    struct holder holder = {.inode = inode};

    if (inode != 0)
        tum_processes_each(look_for_holder, &holder);
    return holder.found;
}

void tum_process_run(pid_t pid, struct tum_buf *out)
{
    char path[64], *text;
    struct tum_str rest, entry;
    bool more = true;
    size_t n;

    tum_buf_reset(out);
    snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
    if (!read_proc(path, ENV_LIMIT, &text, &n))
        return;
    rest = tum_str_n(text, n);
    while (tum_str_split(&rest, &more, '\0', &entry)) {
        if (tum_str_starts(entry, TUM_RUN_VARIABLE "=")) {
            tum_buf_addt(out, tum_str_sub(entry, sizeof(TUM_RUN_VARIABLE), entry.n));
            break;
        }
    }
    tum_free(text);
}

void tum_process_command(pid_t pid, struct tum_buf *out)
{
    char path[64], *text;
    size_t n;

    snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
    if (!read_proc(path, ENV_LIMIT, &text, &n))
        return;
    while (n > 0 && text[n - 1] == '\0')
        n--;
    for (size_t i = 0; i < n; i++)
        tum_buf_addc(out, (unsigned char)text[i] < ' ' ? ' ' : text[i]);
    tum_free(text);
}

void tum_process_write(pid_t pid, size_t limit, struct tum_buf *out)
{
    TUM_AUTO(tum_buf_release) struct tum_buf command = TUM_BUF_INIT(limit);

    tum_process_command(pid, &command);
    tum_buf_addf(out, "pid %d", (int)pid);
    if (command.len > 0)
        tum_buf_addf(out, " %s%s", command.s, command.full ? "…" : "");
}

static bool link_is_under(pid_t pid, const char *what, const char *folder)
{
    char path[64], target[PATH_MAX];
    size_t n = strlen(folder);
    ssize_t got;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
    got = readlink(path, target, sizeof(target) - 1);
    if (got <= 0)
        return false;
    target[got] = '\0';
    return strncmp(target, folder, n) == 0 &&
           (target[n] == '\0' || target[n] == '/' || folder[n - 1] == '/');
}

bool tum_process_is_under(pid_t pid, const char *folder)
{
    return link_is_under(pid, "exe", folder) || link_is_under(pid, "cwd", folder);
}

bool tum_process_is_around(pid_t pid)
{
    struct tum_procinfo info = {.parent = getpid()};

    for (int i = 0; i < ANCESTOR_LIMIT && info.parent != pid; i++) {
        if (info.parent <= 1 || !tum_procinfo_read(info.parent, &info))
            return false;
    }
    return info.parent == pid;
}
