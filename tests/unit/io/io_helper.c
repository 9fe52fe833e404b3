/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program behind the tests of processes: the guardian, children that try to get
 * away, and a small tum that is killed. Marks are words of the command line, found in
 * /proc.
 */
#include "tum/proc.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY_FD 9 /* gets a byte from each process that has got away */
#define GO_FD    8 /* `escape exit` waits for a byte here */

static const char *const kinds[] = {"plain", "setsid", "double", "nohup", "stubborn"};

TUM_NORETURN static void stay(void)
{
    if (write(READY_FD, ".", 1) != 1)
        _exit(9);
    close(READY_FD);
    for (;;)
        pause();
}

/*
 * plain: a child in the group. setsid: a session of its own. double: two forks and a
 * session, the parent gone. nohup: ignores SIGHUP. stubborn: ignores SIGTERM as well,
 * in a session of its own, and has a stubborn child.
 */
static void get_away(const char *kind)
{
    signal(SIGHUP, SIG_IGN);
    if (strcmp(kind, "stubborn") == 0)
        signal(SIGTERM, SIG_IGN);
    if (strcmp(kind, "setsid") == 0 || strcmp(kind, "stubborn") == 0)
        setsid();
    if (strcmp(kind, "double") == 0) {
        setsid();
        if (fork() != 0)
            _exit(0);
    }
    if (strcmp(kind, "stubborn") == 0)
        if (fork() == 0)
            stay();
    stay();
}

/* Starts one of each kind, then stays (ignoring SIGTERM) or exits. */
static int escape(const char *then)
{
    for (size_t i = 0; i < TUM_LEN(kinds); i++)
        if (fork() == 0)
            get_away(kinds[i]);
    if (strcmp(then, "exit") == 0) {
        char byte;

        return read(GO_FD, &byte, 1) == 1 ? 4 : 5;
    }
    signal(SIGTERM, SIG_IGN);
    for (;;)
        pause();
}

/* A tum that starts `escape stay MARK` a few times, says so, and stays. */
static int victim(const char *self, const char *mark, int count)
{
    struct tum_error *err = NULL;
    int ready[2];
    char byte;

    if (pipe2(ready, O_CLOEXEC) != 0)
        return 1;
    tum_guardian_set_program(self);
    for (int i = 0; i < count; i++) {
        const char *argv[] = {self, "escape", "stay", mark, NULL};
        struct tum_proc_fd extra = {ready[1], READY_FD};
        struct tum_proc *proc;

        if (!tum_proc_start(&(struct tum_proc_opts){TUM_PROC_OPTS, .argv = argv,
                                                    .extra = &extra, .extra_count = 1},
                            &proc, &err)) {
            fprintf(stderr, "%s\n", tum_error_text(err));
            return 1;
        }
    }
    for (size_t i = 0; i < (size_t)count * (TUM_LEN(kinds) + 1); i++)
        if (read(ready[0], &byte, 1) != 1)
            return 1;
    if (write(STDOUT_FILENO, "ready\n", 6) != 6)
        return 1;
    for (;;)
        pause();
}

static int list_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;
    bool open_[1024] = {false};

    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(folder))
            open_[atoi(entry->d_name)] = true;
    closedir(folder);
    for (int fd = 0; fd < 1024; fd++)
        if (open_[fd])
            printf("%d ", fd);
    printf("\n");
    return 0;
}

/* The lines of /proc/self/status that tell blocked and ignored signals. */
static int list_signals(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];

    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "SigBlk", 6) == 0 || strncmp(line, "SigIgn", 6) == 0)
            fputs(line, stdout);
    fclose(file);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--guardian-of") == 0)
        return tum_guardian_main(argc, argv);
    if (argc > 3 && strcmp(argv[1], "escape") == 0)
        return escape(argv[2]);
    if (argc > 3 && strcmp(argv[1], "victim") == 0)
        return victim(argv[0], argv[2], atoi(argv[3]));
    if (argc > 1 && strcmp(argv[1], "fds") == 0)
        return list_descriptors();
    if (argc > 1 && strcmp(argv[1], "signals") == 0)
        return list_signals();
    if (argc > 1 && strcmp(argv[1], "ids") == 0)
        return printf("%d %d\n", getpgid(0) == getpid(), getsid(0) == getpid()) < 0;
    return 2;
}
