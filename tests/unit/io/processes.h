/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of processes share: who lives with a mark in its command line, how
 * many descriptors are open, whose child is what.
 */
#ifndef TUM_PROCESSES_H
#define TUM_PROCESSES_H

#include "io/proctree.h"
#include "tum/proc.h"
#include "unit.h"
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Numbers that io_helper uses. */
#define READY_FD 9
#define GO_FD    8
/* Processes that have got away below one `io_helper escape`. */
#define ESCAPED  6

/* Processes with `mark` among their arguments; signals them when signal is not 0. */
TUM_UNUSED static int marked(const char *mark, int signal_)
{
    DIR *folder = opendir("/proc");
    struct dirent *entry;
    int found = 0;

    while ((entry = readdir(folder)) != NULL) {
        char path[300], text[4096];
        ssize_t n;
        int fd;

        if (entry->d_name[0] < '0' || entry->d_name[0] > '9' ||
            atoi(entry->d_name) == getpid())
            continue;
        snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        n = read(fd, text, sizeof text - 1);
        close(fd);
        if (n > 0 && memmem(text, (size_t)n, mark, strlen(mark)) != NULL) {
            found++;
            if (signal_ != 0)
                kill(atoi(entry->d_name), signal_);
        }
    }
    closedir(folder);
    return found;
}

/* How many there are when it is no more than `most`, or after `patience`. */
TUM_UNUSED static int marked_down_to(int most, const char *mark, tum_time patience)
{
    tum_time end = tum_now() + patience;
    int left;

    while ((left = marked(mark, 0)) > most && tum_now() < end)
        tum_wait(NULL, -1, 0, tum_now() + 2 * TUM_MS);
    return left;
}

TUM_UNUSED static int marked_after(const char *mark, tum_time patience)
{
    return marked_down_to(0, mark, patience);
}

TUM_UNUSED static int open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = -3; /* ".", ".." and the folder itself */

    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

/* The first child of `parent`, or 0. */
TUM_UNUSED static pid_t child_of(pid_t parent)
{
    struct tum_proctree tree = {0};
    pid_t found = 0;

    tum_proctree_read(&tree, parent);
    for (size_t i = 0; i < tree.count && found == 0; i++)
        if (tree.all[i].parent == parent)
            found = tree.all[i].pid;
    tum_proctree_release(&tree);
    return found;
}

/* Zombies that `root` has not reaped. */
TUM_UNUSED static int zombies(pid_t root)
{
    struct tum_proctree tree = {0};
    int found = 0;

    tum_proctree_read(&tree, root);
    for (size_t i = 0; i < tree.count; i++)
        found += tree.all[i].state == 'Z' && tree.all[i].parent == root;
    tum_proctree_release(&tree);
    return found;
}

/* A mark nobody else has. */
TUM_UNUSED static const char *new_mark(void)
{
    static char mark[64];
    static int number;

    snprintf(mark, sizeof mark, "mark-%d-%d", (int)getpid(), ++number);
    return mark;
}

#endif
