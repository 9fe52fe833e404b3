/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads /proc. Decides nothing: what is to be ended, and when, is the guardian's
 * business.
 */
#include "io/proctree.h"
#include "tum/mem.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Longest /proc/PID/stat: a name of 64 bytes and some fifty numbers. */
#define STAT_SIZE     2048
/* Of the children of one thread read at a time; who looks again sees the others. */
#define CHILDREN_SIZE 16384
#define TREE_MAX      65536
/* Beyond this depth a chain of parents is a reading of two moments, not a tree. */
#define CHAIN_MAX     4096

/* Whole small file; returns its length or -1. Terminates. */
static ssize_t read_small(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t have = 0;

    if (fd < 0)
        return -1;
    while (have < size - 1) {
        ssize_t n = read(fd, out + have, size - 1 - have);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    close(fd);
    out[have] = '\0';
    return have > 0 ? (ssize_t)have : -1;
}

/* The next blank-separated field from *at on, as a number (0 when it is none). */
static uint64_t next_number(const char **at)
{
    const char *p = *at;
    uint64_t number = 0;

    while (*p == ' ')
        p++;
    if (*p == '-')
        p++;
    for (; *p >= '0' && *p <= '9'; p++)
        number = number * 10 + (uint64_t)(*p - '0');
    while (*p != ' ' && *p != '\0')
        p++;
    *at = p;
    return number;
}

bool tum_procinfo_read(pid_t pid, struct tum_procinfo *ret)
{
    char path[64], stat[STAT_SIZE];
    const char *at;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (read_small(path, stat, sizeof stat) < 0)
        return false;
    /* "pid (name) state ppid pgrp …": the name may hold blanks and brackets. */
    at = strrchr(stat, ')');
    if (at == NULL || at[1] != ' ' || at[2] == '\0')
        return false;
    *ret = (struct tum_procinfo){.pid = pid, .state = at[2]};
    at += 3;
    ret->parent = (pid_t)next_number(&at);
    ret->group = (pid_t)next_number(&at);
    for (int field = 6; field < 22; field++)
        next_number(&at);
    ret->start = next_number(&at);
    return true;
}

static int by_pid(const void *a, const void *b)
{
    const struct tum_procinfo *x = a, *y = b;

    return (x->pid > y->pid) - (x->pid < y->pid);
}

static bool descends(const struct tum_proctree *tree, const struct tum_procinfo *info,
                     pid_t root)
{
    for (int steps = 0; steps < CHAIN_MAX; steps++) {
        struct tum_procinfo key = {.pid = info->parent};

        if (info->parent == root)
            return true;
        info = bsearch(&key, tree->all, tree->count, sizeof key, by_pid);
        if (info == NULL)
            return false;
    }
    return false;
}

static void tree_add(struct tum_proctree *tree, const struct tum_procinfo *info)
{
    tum_grow(&tree->all, &tree->cap, tree->count + 1);
    tree->all[tree->count++] = *info;
}

/* Reads every process of the machine, then keeps those below `root`. */
static void read_by_parents(struct tum_proctree *tree, pid_t root)
{
    struct tum_proctree kept = {0};
    DIR *folder = opendir("/proc");
    struct dirent *entry;

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL) {
        const char *at = entry->d_name;
        struct tum_procinfo info;

        if (*at >= '0' && *at <= '9' &&
            tum_procinfo_read((pid_t)next_number(&at), &info))
            tree_add(tree, &info);
    }
    closedir(folder);
    qsort(tree->all, tree->count, sizeof *tree->all, by_pid);
    for (size_t i = 0; i < tree->count; i++)
        if (descends(tree, &tree->all[i], root))
            tree_add(&kept, &tree->all[i]);
    tum_proctree_release(tree);
    *tree = kept;
}

/* Adds the children that one thread of a process has. */
static void add_children(struct tum_proctree *tree, pid_t pid, const char *task)
{
    char path[64 + NAME_MAX], list[CHILDREN_SIZE];
    const char *at = list;

    snprintf(path, sizeof path, "/proc/%d/task/%s/children", (int)pid, task);
    if (read_small(path, list, sizeof list) < 0)
        return;
    while (*at != '\0' && tree->count < TREE_MAX) {
        struct tum_procinfo info;
        pid_t child = (pid_t)next_number(&at);

        while (*at == ' ')
            at++;
        /* The list may be cut within a number: believe it only when the child
           agrees. */
        if (child > 0 && tum_procinfo_read(child, &info) && info.parent == pid)
            tree_add(tree, &info);
    }
}

/* Walks down from `root`, breadth first; the list is its own queue. */
static void read_by_children(struct tum_proctree *tree, pid_t root)
{
    pid_t pid = root;

    for (size_t next = 0;; pid = tree->all[next++].pid) {
        char path[64];
        DIR *folder;
        struct dirent *entry;

        snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
        folder = opendir(path);
        while (folder != NULL && (entry = readdir(folder)) != NULL)
            if (entry->d_name[0] != '.')
                add_children(tree, pid, entry->d_name);
        if (folder != NULL)
            closedir(folder);
        if (next >= tree->count)
            return;
    }
}

void tum_proctree_read(struct tum_proctree *tree, pid_t root)
{
    char path[64];

    tree->count = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)root, (int)root);
    /* The list of children is an option of the kernel. */
    if (access(path, R_OK) == 0)
        read_by_children(tree, root);
    else
        read_by_parents(tree, root);
}

void tum_proctree_release(struct tum_proctree *tree)
{
    tum_free(tree->all);
    *tree = (struct tum_proctree){0};
}

void tum_procinfo_signal(const struct tum_procinfo *info, int signal)
{
    struct tum_procinfo now;
    int fd = (int)syscall(SYS_pidfd_open, info->pid, 0);

    /* The descriptor pins the process; only then the start time can be trusted. */
    if (fd < 0 && errno != ENOSYS && errno != EMFILE && errno != ENFILE)
        return;
    if (tum_procinfo_read(info->pid, &now) && now.start == info->start) {
        if (fd >= 0)
            syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
        else
            kill(info->pid, signal);
    }
    if (fd >= 0)
        close(fd);
}

void tum_procinfo_describe(const struct tum_procinfo *info, size_t limit,
                           struct tum_buf *out)
{
    char path[64], command[256];
    ssize_t n;

    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)info->pid);
    n = read_small(path, command, TUM_MIN(sizeof command, limit + 1));
    tum_buf_addf(out, "pid %d", (int)info->pid);
    if (n < 0)
        return;
    while (n > 0 && command[n - 1] == '\0')
        n--;
    for (ssize_t i = 0; i < n; i++)
        if ((unsigned char)command[i] < ' ')
            command[i] = ' ';
    tum_buf_addc(out, ' ');
    tum_buf_add(out, command, (size_t)n);
}
