/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups by files of the kernel. Every step may fail, and then there is none.
 */
#include "batch/cgroup.h"
#include "base/fd.h"
#include "base/path.h"
#include "tum/mem.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct tum_cgroup {
    char *path;
};

static bool write_file(const char *folder, const char *name, const char *text)
{
    TUM_AUTO(tum_freep) char *path = tum_path_join(folder, name);
    struct tum_error *err = NULL;
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && tum_fd_write_all(fd, tum_str_of(text), &err);

    tum_error_free(err);
    tum_fd_close(&fd);
    return ok;
}

/* The folder of our own group, or NULL. */
static char *own_group(void)
{
    static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
    struct tum_error *err = NULL;
    struct tum_str rest, line;
    char *text, *found = NULL;
    bool more = true;
    size_t n;

    if (!tum_file_read("/proc/self/cgroup", 65536, &text, &n, &err)) {
        tum_error_free(err);
        return NULL;
    }
    rest = tum_str_n(text, n);
    while (found == NULL && tum_str_split(&rest, &more, '\n', &line)) {
        if (!tum_str_starts(line, "0::"))
            continue;
        for (size_t i = 0; found == NULL && i < TUM_LEN(roots); i++) {
            TUM_AUTO(tum_freep)
            char *folder =
                tum_asprintf("%s%.*s", roots[i], (int)line.n - 3, line.s + 3);
            TUM_AUTO(tum_freep) char *probe = tum_path_join(folder, "cgroup.procs");

            if (access(probe, W_OK) == 0)
                found = tum_strdup(folder);
        }
    }
    tum_free(text);
    return found;
}

struct tum_cgroup *tum_cgroup_make(const char *name, pid_t pid)
{
    TUM_AUTO(tum_freep) char *own = own_group();
    struct tum_cgroup *group;
    char number[24];

    if (own == NULL)
        return NULL;
    group = tum_new(struct tum_cgroup);
    group->path =
        tum_asprintf("%s%stum-%s", own, own[strlen(own) - 1] == '/' ? "" : "/", name);
    for (char *p = group->path + strlen(own) + 1; *p != '\0'; p++) {
        if (*p == '/')
            *p = '.';
    }
    snprintf(number, sizeof(number), "%d", (int)pid);
    if (mkdir(group->path, 0755) == 0 &&
        write_file(group->path, "cgroup.procs", number))
        return group;
    rmdir(group->path);
    tum_free(group->path);
    tum_free(group);
    return NULL;
}

void tum_cgroup_end(struct tum_cgroup *group)
{
    if (group == NULL)
        return;
    write_file(group->path, "cgroup.kill", "1");
    rmdir(group->path);
    tum_free(group->path);
    tum_free(group);
}
