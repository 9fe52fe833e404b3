/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a start request to a running program: descriptors to their numbers, directory,
 * terminal, group, signals, exec. What becomes of the process is the nurse's business.
 */
#include "io/launch.h"
#include "tum/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* When the environment has no PATH. */
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

/* ---- unpacking ---- */

/* Points *into at `count` texts of the block; NULL when it ends early. */
static const char *take_texts(const char *at, const char *end, char **into,
                              size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *stop = at < end ? memchr(at, '\0', (size_t)(end - at)) : NULL;

        if (stop == NULL)
            return NULL;
        into[i] = tum_strndup(at, (size_t)(stop - at));
        at = stop + 1;
    }
    return at;
}

static bool unpack_texts(struct tum_launch *launch, int file)
{
    const struct tum_guard_start *head = &launch->head;
    char *path[2] = {NULL, NULL};
    struct stat info;
    const char *block, *at, *end;

    if (fstat(file, &info) != 0 || info.st_size <= 0 || head->argc == 0)
        return false;
    block = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (block == MAP_FAILED)
        return false;
    end = block + info.st_size;
    launch->argv = tum_new_array(char *, head->argc + 1);
    launch->env = tum_new_array(char *, head->envc + 1);
    at = take_texts(block, end, launch->argv, head->argc);
    at = at != NULL ? take_texts(at, end, launch->env, head->envc) : NULL;
    at = at != NULL ? take_texts(at, end, &path[0], head->directory ? 1 : 0) : NULL;
    at = at != NULL ? take_texts(at, end, &path[1], head->tty ? 1 : 0) : NULL;
    launch->directory = path[0];
    launch->tty = path[1];
    return at != NULL;
}

bool tum_launch_unpack(struct tum_launch *launch, const struct tum_guard_start *head,
                       const int *fds, size_t count)
{
    size_t next = 2, wanted = 2 + head->extra_count;

    for (int i = 0; i < 3; i++)
        wanted += head->given[i] ? 1 : 0;
    if (count != wanted || head->extra_count > TUM_PROC_EXTRA_FDS)
        return false;
    *launch = (struct tum_launch){.head = *head, .line = fds[0]};
    for (int i = 0; i < 3; i++)
        launch->streams[i] = head->given[i] ? fds[next++] : -1;
    for (uint32_t i = 0; i < head->extra_count; i++)
        launch->extra[i] = fds[next++];
    return unpack_texts(launch, fds[1]);
}

/* ---- in the child ---- */

TUM_NORETURN static void child_fail(int report, enum tum_guard_stage stage, int os)
{
    struct tum_launch_failure failure = {.stage = stage, .os = os};

    if (write(report, &failure, sizeof failure) < 0)
        _exit(126);
    _exit(127);
}

/* dup2 with a source that is never its target, and errors told. */
static void child_place(int report, int fd, int number)
{
    if (dup2(fd, number) < 0)
        child_fail(report, TUM_GUARD_STREAMS, errno);
}

/*
 * All sources move above every number that is wanted before any is put in its place, so
 * that no placing overwrites a source. Everything else is close-on-exec.
 */
static void child_descriptors(struct tum_launch *launch, int *report)
{
    int above = 3, *all[3 + TUM_PROC_EXTRA_FDS + 1];
    size_t count = 0;

    for (uint32_t i = 0; i < launch->head.extra_count; i++) {
        above = TUM_MAX(above, launch->head.numbers[i] + 1);
        all[count++] = &launch->extra[i];
    }
    for (int i = 0; i < 3; i++) {
        if (launch->streams[i] < 0 && launch->tty == NULL)
            launch->streams[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (launch->streams[i] < 0)
            child_fail(*report, TUM_GUARD_STREAMS, errno);
        all[count++] = &launch->streams[i];
    }
    all[count++] = report;
    for (size_t i = 0; i < count; i++) {
        int fd = fcntl(*all[i], F_DUPFD_CLOEXEC, above);

        if (fd < 0)
            child_fail(*report, TUM_GUARD_STREAMS, errno);
        *all[i] = fd;
    }
    for (int i = 0; i < 3; i++)
        child_place(*report, launch->streams[i], i);
    for (uint32_t i = 0; i < launch->head.extra_count; i++)
        child_place(*report, launch->extra[i], launch->head.numbers[i]);
}

/* A new session whose controlling terminal is the one named. */
static void child_terminal(struct tum_launch *launch, int report)
{
    int fd = open(launch->tty, O_RDWR | O_CLOEXEC | O_NOCTTY);

    if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0)
        child_fail(report, TUM_GUARD_TTY, errno);
    for (int i = 0; i < 3; i++)
        launch->streams[i] = fd;
}

static void child_signals(void)
{
    /* The kernel's own call: the C library keeps two signals to itself, but what was
       ignored before it started stays ignored. All zero is the default action. */
    static const unsigned long fresh[16];
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        syscall(SYS_rt_sigaction, number, fresh, NULL, (size_t)NSIG / 8);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static struct tum_launch_failure exec_file(const char *path, char **argv, char **env)
{
    struct tum_launch_failure failure = {.stage = TUM_GUARD_EXEC};

    execve(path, argv, env);
    failure.os = errno;
    /* The kernel says the same of a script whose interpreter is missing. */
    if (failure.os == ENOENT && access(path, F_OK) == 0)
        failure.stage = TUM_GUARD_INTERPRETER;
    return failure;
}

/*
 * The search of execvp on the PATH the child is going to have, without its habit of
 * handing what is not a program to a shell.
 */
static struct tum_launch_failure exec_search(char **argv, char **env)
{
    struct tum_launch_failure best = {.stage = TUM_GUARD_EXEC, .os = ENOENT};
    const char *path = DEFAULT_PATH;
    bool more = true;

    for (char **e = env; *e != NULL; e++)
        if (strncmp(*e, "PATH=", 5) == 0)
            path = *e + 5;
    for (struct tum_str rest = tum_str_of(path), piece;
         tum_str_split(&rest, &more, ':', &piece);) {
        struct tum_launch_failure failure;
        char *file = tum_asprintf("%.*s%s%s", TUM_STR_ARG(piece),
                                  piece.n > 0 ? "/" : "./", argv[0]);

        failure = exec_file(file, argv, env);
        tum_free(file);
        if (failure.os == ENOTDIR || failure.os == ENAMETOOLONG)
            continue;
        if (failure.stage == TUM_GUARD_EXEC && failure.os == ENOENT)
            continue;
        if (failure.os != EACCES && failure.stage != TUM_GUARD_INTERPRETER)
            return failure;
        best = failure;
    }
    return best;
}

TUM_NORETURN static void child_main(struct tum_launch *launch, pid_t parent, int report)
{
    struct tum_launch_failure failure;

    if (launch->tty != NULL || (launch->head.flags & TUM_PROC_SESSION) != 0)
        setsid();
    else
        setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before it could be named */
        _exit(127);
    if (launch->tty != NULL)
        child_terminal(launch, report);
    if (launch->directory != NULL && chdir(launch->directory) != 0)
        child_fail(report, TUM_GUARD_DIRECTORY, errno);
    child_descriptors(launch, &report);
    child_signals();
    if ((launch->head.flags & TUM_PROC_IGNORE_HANGUP) != 0)
        signal(SIGHUP, SIG_IGN);
    if (launch->argv[0][0] == '\0')
        failure = (struct tum_launch_failure){.stage = TUM_GUARD_EXEC, .os = ENOENT};
    else if (strchr(launch->argv[0], '/') != NULL)
        failure = exec_file(launch->argv[0], launch->argv, launch->env);
    else
        failure = exec_search(launch->argv, launch->env);
    child_fail(report, failure.stage, failure.os);
}

/* ---- in the nurse ---- */

static void close_given(struct tum_launch *launch)
{
    for (int i = 0; i < 3; i++)
        if (launch->streams[i] >= 0)
            close(launch->streams[i]);
    for (uint32_t i = 0; i < launch->head.extra_count; i++)
        close(launch->extra[i]);
}

pid_t tum_launch_start(struct tum_launch *launch, struct tum_launch_failure *ret)
{
    pid_t self = getpid(), child;
    ssize_t n;
    int report[2];

    if (pipe2(report, O_CLOEXEC) != 0) {
        *ret = (struct tum_launch_failure){.stage = TUM_GUARD_FORK, .os = errno};
        return -1;
    }
    child = fork();
    if (child == 0)
        child_main(launch, self, report[1]);
    if (child < 0)
        *ret = (struct tum_launch_failure){.stage = TUM_GUARD_FORK, .os = errno};
    close(report[1]);
    close_given(launch);
    /* End of file is success: exec closed the child's end. */
    do
        n = child > 0 ? read(report[0], ret, sizeof *ret) : 0;
    while (n < 0 && errno == EINTR);
    close(report[0]);
    return n > 0 ? -1 : child;
}
