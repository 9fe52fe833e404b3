/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child processes: how they start, what they see, how they end, and that nothing gets
 * away. The bounds in seconds are promises of tum/proc.h with room for a busy machine.
 */
#include "base/fd.h"
#include "processes.h"
#include "tum/mem.h"
#include <pthread.h>
#include <pty.h>
#include <spawn.h>
#include <sys/stat.h>

#define PATIENCE (2 * TUM_SECOND)

static void setup(void)
{
    signal(SIGPIPE, SIG_IGN);
    tum_guardian_set_program(UNIT_GUARDIAN);
}

static struct tum_proc *start(const struct tum_proc_opts *opts)
{
    struct tum_error *err = NULL;
    struct tum_proc *proc = NULL;

    if (!tum_proc_start(opts, &proc, &err))
        ck_abort_msg("%s", tum_error_text(err));
    return proc;
}

static struct tum_proc_status wait_end(struct tum_proc *proc)
{
    struct tum_proc_status status;

    ck_assert_int_eq(tum_proc_wait(proc, NULL, tum_now() + 10 * TUM_SECOND, &status),
                     TUM_READY);
    return status;
}

/* Runs a program, checks that it ended well, returns what it printed (tum_free). */
static char *output_of(struct tum_proc_opts opts)
{
    struct tum_proc_result result;
    struct tum_error *err = NULL;

    if (!tum_proc_run(&(struct tum_proc_run_opts){.proc = opts}, &result, &err))
        ck_abort_msg("%s", tum_error_text(err));
    ck_assert_msg(result.ended && result.status.exited && result.status.code == 0, "%s",
                  result.err.s);
    tum_buf_release(&result.err);
    return tum_buf_detach(&result.out);
}

#define ARGV(...)                                                                      \
    (const char *const[])                                                              \
    {                                                                                  \
        __VA_ARGS__, NULL                                                              \
    }
#define SHELL(script) ARGV("/bin/sh", "-c", script)

/* ---- how they end ---- */

static const struct {
    const char *script, *want;
} ends[] = {
    {"exit 0", "exit status 0"},
    {"exit 3", "exit status 3"},
    {"exit 255", "exit status 255"},
    {"kill -KILL $$", "signal 9 (SIGKILL)"},
    {"kill -TERM $$", "signal 15 (SIGTERM)"},
    {"kill -SEGV $$", "signal 11 (SIGSEGV)"},
    {"kill -HUP $$", "signal 1 (SIGHUP)"},
    {"kill -PIPE $$", "signal 13 (SIGPIPE)"},
};

START_TEST(end_is_told)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_proc *proc =
        start(&(struct tum_proc_opts){TUM_PROC_OPTS, .argv = SHELL(ends[_i].script)});
    struct tum_proc_status status = wait_end(proc);

    tum_proc_status_text(&status, &text);
    ck_assert_str_eq(text.s, ends[_i].want);
    ck_assert_str_eq(tum_proc_left(proc), "");
    status = wait_end(proc); /* may be asked again */
    ck_assert_int_eq(tum_wait(NULL, tum_proc_fd(proc), POLLIN, 0), TUM_READY);
    tum_proc_free(proc);
}
END_TEST

/* ---- how they start ---- */

static const struct {
    const char *program, *directory, *path, *want;
} failures[] = {
    {"no-such-program", NULL, NULL, "program 'no-such-program' was not found"},
    {"/no/such/program", NULL, NULL, "program '/no/such/program' was not found"},
    {"", NULL, NULL, "program '' was not found"},
    {"true", NULL, "PATH=/no/such/folder", "program 'true' was not found"},
    {"/etc/passwd", NULL, NULL, "program '/etc/passwd' is not executable"},
    {"/etc", NULL, NULL, "program '/etc' is not executable"},
    {"passwd", NULL, "PATH=/etc", "program 'passwd' is not executable"},
    {"true", "/no/such/folder", NULL,
     "program 'true': directory '/no/such/folder': No such file or directory"},
    {"true", "/etc/passwd", NULL,
     "program 'true': directory '/etc/passwd': Not a directory"},
};

START_TEST(start_failure_is_told)
{
    const char *env[] = {failures[_i].path, NULL};
    struct tum_error *err = NULL;
    struct tum_proc *proc = NULL;
    char *text;

    ck_assert(!tum_proc_start(
        &(struct tum_proc_opts){TUM_PROC_OPTS, .argv = ARGV(failures[_i].program),
                                .directory = failures[_i].directory, .env = env},
        &proc, &err));
    ck_assert_ptr_null(proc);
    text = tum_error_text(err);
    ck_assert_str_eq(text, failures[_i].want);
    ck_assert_int_ne(err->os, 0);
    tum_free(text);
    tum_error_free(err);
}
END_TEST

static const struct {
    const char *text, *want;
} bad_files[] = {
    {"#!/no/such/shell\n", "its interpreter was not found"},
    {"just text\n", "Exec format error"},
};

START_TEST(bad_file_is_told)
{
    char path[] = "/tmp/tum-unit-XXXXXX", *text;
    struct tum_error *err = NULL;
    struct tum_proc *proc;
    int fd = mkstemp(path);

    ck_assert(tum_fd_write_all(fd, tum_str_of(bad_files[_i].text), &err));
    fchmod(fd, 0700);
    close(fd); /* what is open for writing is not executed */
    ck_assert(!tum_proc_start(
        &(struct tum_proc_opts){TUM_PROC_OPTS, .argv = ARGV(path)}, &proc, &err));
    unlink(path);
    text = tum_error_text(err);
    ck_assert_msg(strstr(text, bad_files[_i].want) != NULL, "%s", text);
    tum_free(text);
    tum_error_free(err);
}
END_TEST

/* ---- what they see ---- */

START_TEST(descriptors_are_exactly_those_given)
{
    struct tum_error *err = NULL;
    int in, out;

    ck_assert(tum_fd_pipe(&in, &out, &err));
    /* Numbers that collide with each other's sources, and one without close-on-exec. */
    int stray = dup(in);
    struct tum_proc_fd extra[] = {{in, out}, {out, in}, {in, 77}};
    char want[64], *text;

    ck_assert_int_lt(in, out);
    text = output_of((struct tum_proc_opts){TUM_PROC_OPTS,
                                            .argv = ARGV(UNIT_GUARDIAN, "fds"),
                                            .extra = extra, .extra_count = 3});
    snprintf(want, sizeof want, "0 1 2 %d %d 77 \n", in, out);
    ck_assert_str_eq(text, want);
    tum_free(text);
    text = output_of(
        (struct tum_proc_opts){TUM_PROC_OPTS, .argv = ARGV(UNIT_GUARDIAN, "fds")});
    ck_assert_str_eq(text, "0 1 2 \n");
    tum_free(text);
    close(stray);
    close(in);
    close(out);
}
END_TEST

START_TEST(swapped_descriptors_lead_where_they_should)
{
    struct tum_error *err = NULL;
    int in, out;
    char byte = 0;

    ck_assert(tum_fd_pipe(&in, &out, &err));
    struct tum_proc_fd extra[] = {{in, 5}, {out, 6}};
    struct tum_proc *proc =
        start(&(struct tum_proc_opts){TUM_PROC_OPTS, .argv = SHELL("printf x >&6"),
                                      .extra = extra, .extra_count = 2});

    wait_end(proc);
    ck_assert_int_eq(read(in, &byte, 1), 1);
    ck_assert_int_eq(byte, 'x');
    tum_proc_free(proc);
    close(in);
    close(out);
}
END_TEST

START_TEST(signals_are_as_at_birth)
{
    sigset_t set;
    char *text;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGHUP, SIG_IGN);
    text = output_of(
        (struct tum_proc_opts){TUM_PROC_OPTS, .argv = ARGV(UNIT_GUARDIAN, "signals")});
    ck_assert_str_eq(text, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
    tum_free(text);
}
END_TEST

static const struct {
    const char *set[4], *want;
} environments[] = {
    {{NULL}, "A=1 B=2 C=\n"},
    {{"B=3"}, "A=1 B=3 C=\n"},
    {{"C=x=y"}, "A=1 B=2 C=x=y\n"},
    {{"A"}, "A= B=2 C=\n"},
    {{"A=5", "A=6"}, "A=6 B=2 C=\n"},
    {{"A=5", "A"}, "A= B=2 C=\n"},
    {{"A", "A=7", "AA=8"}, "A=7 B=2 C=\n"},
    {{"UNKNOWN"}, "A=1 B=2 C=\n"},
};

START_TEST(environment)
{
    char *text;

    setenv("A", "1", 1);
    setenv("B", "2", 1);
    unsetenv("C");
    text = output_of((struct tum_proc_opts){TUM_PROC_OPTS,
                                            .argv = SHELL("echo A=$A B=$B C=$C"),
                                            .env = environments[_i].set});
    ck_assert_str_eq(text, environments[_i].want);
    tum_free(text);
}
END_TEST

START_TEST(directory)
{
    char *text = output_of((struct tum_proc_opts){TUM_PROC_OPTS, .argv = ARGV("pwd"),
                                                  .directory = "/proc"});

    ck_assert_str_eq(text, "/proc\n");
    tum_free(text);
}
END_TEST

static const struct {
    unsigned flags;
    const char *want; /* leads its group, leads its session */
} groups[] = {{0, "1 0\n"}, {TUM_PROC_SESSION, "1 1\n"}};

START_TEST(group)
{
    char *text = output_of((struct tum_proc_opts){
        TUM_PROC_OPTS, .argv = ARGV(UNIT_GUARDIAN, "ids"), .flags = groups[_i].flags});

    ck_assert_str_eq(text, groups[_i].want);
    tum_free(text);
}
END_TEST

START_TEST(terminal)
{
    char name[128], text[256] = "";
    struct tum_proc_status status;
    struct tum_proc *proc;
    size_t have = 0;
    int master, slave;

    ck_assert_int_eq(openpty(&master, &slave, name, NULL, NULL), 0);
    fcntl(master, F_SETFD, FD_CLOEXEC);
    fcntl(slave, F_SETFD, FD_CLOEXEC);
    proc = start(&(struct tum_proc_opts){
        TUM_PROC_OPTS, .argv = SHELL("tty; tty <&2; echo ctty >/dev/tty"),
        .tty = name});
    status = wait_end(proc);
    ck_assert(status.exited && status.code == 0);
    while (strstr(text, "ctty") == NULL && have < sizeof text - 1) {
        ssize_t n = read(master, text + have, sizeof text - 1 - have);

        ck_assert_int_gt(n, 0);
        have += (size_t)n;
    }
    ck_assert_msg(strstr(text, name) != NULL && strstr(text, "ctty") != NULL, "%s",
                  text);
    tum_proc_free(proc);
    close(master);
    close(slave);
}
END_TEST

START_TEST(start_ticks_name_it)
{
    struct tum_proc *proc =
        start(&(struct tum_proc_opts){TUM_PROC_OPTS, .argv = ARGV("sleep", "100")});
    struct tum_procinfo info;

    ck_assert(tum_procinfo_read(tum_proc_pid(proc), &info));
    ck_assert_uint_eq(info.start, tum_proc_start_ticks(proc));
    ck_assert_uint_ne(info.start, 0);
    tum_proc_free(proc);
}
END_TEST

/* ---- nothing gets away ---- */

struct flight {
    struct tum_proc *proc;
    const char *mark;
    int ready[2], go[2];
};

/* Starts `io_helper escape THEN`, returns when all are away. */
static void take_off(struct flight *f, const char *then, struct tum_proc_opts opts)
{
    struct tum_error *err = NULL;
    char byte;

    f->mark = new_mark();
    ck_assert(tum_fd_pipe(&f->ready[0], &f->ready[1], &err));
    ck_assert(tum_fd_pipe(&f->go[0], &f->go[1], &err));
    struct tum_proc_fd extra[] = {{f->ready[1], READY_FD}, {f->go[0], GO_FD}};

    opts.argv = ARGV(UNIT_GUARDIAN, "escape", then, f->mark);
    opts.extra = extra;
    opts.extra_count = 2;
    f->proc = start(&opts);
    for (int i = 0; i < ESCAPED; i++)
        ck_assert_int_eq(read(f->ready[0], &byte, 1), 1);
    /* The parent that two forks leave behind may take a moment to go. */
    ck_assert_int_eq(marked_down_to(ESCAPED + 1, f->mark, PATIENCE), ESCAPED + 1);
}

static void land(struct flight *f)
{
    tum_proc_free(f->proc);
    for (int i = 0; i < 2; i++) {
        close(f->ready[i]);
        close(f->go[i]);
    }
}

static const tum_time graces[] = {0, 20 * TUM_MS, 200 * TUM_MS};

START_TEST(nothing_escapes_an_end)
{
    struct tum_proc_status status;
    struct flight f;

    take_off(&f, "stay", (struct tum_proc_opts){TUM_PROC_OPTS});
    tum_proc_end(f.proc, graces[_i]);
    status = wait_end(f.proc);
    ck_assert(!status.exited);
    ck_assert_int_eq(status.signal, SIGKILL);
    ck_assert_int_eq(marked(f.mark, 0), 0);
    land(&f);
}
END_TEST

START_TEST(nothing_is_left_behind)
{
    struct tum_proc_status status;
    struct flight f;

    take_off(&f, "exit", (struct tum_proc_opts){TUM_PROC_OPTS, .grace = 50 * TUM_MS});
    ck_assert_int_eq(write(f.go[1], "x", 1), 1);
    status = wait_end(f.proc);
    ck_assert(status.exited);
    ck_assert_int_eq(status.code, 4);
    ck_assert_int_eq(marked(f.mark, 0), 0);
    ck_assert_msg(strstr(tum_proc_left(f.proc), f.mark) != NULL, "left: '%s'",
                  tum_proc_left(f.proc));
    land(&f);
}
END_TEST

START_TEST(orphans_stay_when_they_may)
{
    struct flight f;

    take_off(&f, "exit",
             (struct tum_proc_opts){TUM_PROC_OPTS, .flags = TUM_PROC_LEAVE_ORPHANS});
    ck_assert_int_eq(write(f.go[1], "x", 1), 1);
    wait_end(f.proc);
    ck_assert_int_eq(marked(f.mark, 0), ESCAPED);
    tum_guardian_close(PATIENCE);
    ck_assert_int_eq(marked(f.mark, 0), ESCAPED); /* and outlive tum */
    marked(f.mark, SIGKILL);
    ck_assert_int_eq(marked_after(f.mark, PATIENCE), 0);
    land(&f);
}
END_TEST

START_TEST(orphans_end_with_their_process_when_it_is_ended)
{
    struct flight f;

    take_off(&f, "stay",
             (struct tum_proc_opts){TUM_PROC_OPTS, .flags = TUM_PROC_LEAVE_ORPHANS});
    tum_proc_end(f.proc, 0);
    wait_end(f.proc);
    ck_assert_int_eq(marked_after(f.mark, PATIENCE), 0);
    land(&f);
}
END_TEST

START_TEST(free_ends_it)
{
    struct flight f;

    take_off(&f, "stay", (struct tum_proc_opts){TUM_PROC_OPTS, .grace = TUM_MS});
    land(&f);
    ck_assert_int_eq(marked_after(f.mark, PATIENCE), 0);
}
END_TEST

START_TEST(close_ends_all_and_waits)
{
    struct flight f;

    take_off(&f, "stay", (struct tum_proc_opts){TUM_PROC_OPTS, .grace = TUM_FOREVER});
    tum_guardian_close(5 * TUM_SECOND);
    ck_assert_int_eq(marked(f.mark, 0), 0);
    ck_assert_int_eq(child_of(getpid()), 0);
    land(&f);
}
END_TEST

/* ---- whoever dies ---- */

START_TEST(killed_tum)
{
    const char *mark = new_mark();
    char *argv[] = {(char *)(uintptr_t)UNIT_GUARDIAN, (char *)(uintptr_t) "victim",
                    (char *)(uintptr_t)mark, (char *)(uintptr_t) "3", NULL};
    posix_spawn_file_actions_t actions;
    struct tum_error *err = NULL;
    char line[16], guardian[64];
    int in, out;
    pid_t pid;

    ck_assert(tum_fd_pipe(&in, &out, &err));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    ck_assert_int_eq(posix_spawn(&pid, UNIT_GUARDIAN, &actions, NULL, argv, environ),
                     0);
    posix_spawn_file_actions_destroy(&actions);
    close(out);
    ck_assert_int_eq(read(in, line, sizeof line), 6);
    snprintf(guardian, sizeof guardian, "--guardian-of%c%d", 0, (int)pid);
    ck_assert_int_eq(marked(mark, 0), 3 * (ESCAPED + 1) + 1);

    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    ck_assert_int_eq(marked_after(mark, PATIENCE), 0);
    /* The guardian had nothing of the victim's open that would say it is still
       there. */
    ck_assert_int_eq(read(in, line, sizeof line), 0);
    close(in);
}
END_TEST

/* One that starts another: the inner one's guardian and what it keeps are below ours. */
START_TEST(tum_within_tum)
{
    const char *mark = new_mark();
    struct tum_error *err = NULL;
    struct tum_proc *proc;
    char line[16];
    int in, out;

    ck_assert(tum_fd_pipe(&in, &out, &err));
    proc = start(
        &(struct tum_proc_opts){.in = -1,
                                .out = out,
                                .err = -1,
                                .argv = ARGV(UNIT_GUARDIAN, "victim", mark, "2")});
    close(out);
    ck_assert_int_eq(read(in, line, sizeof line), 6);
    tum_proc_end(proc, graces[_i]);
    wait_end(proc);
    ck_assert_int_eq(marked(mark, 0), 0);
    tum_proc_free(proc);
    close(in);
}
END_TEST

START_TEST(killed_guardian)
{
    struct tum_proc_status status;
    struct tum_proc *proc;
    struct flight f;

    take_off(&f, "stay", (struct tum_proc_opts){TUM_PROC_OPTS});
    kill(child_of(getpid()), SIGKILL);
    status = wait_end(f.proc);
    ck_assert(status.lost);
    ck_assert_int_eq(marked_after(f.mark, PATIENCE), 0);
    land(&f);
    /* The next one gets a new guardian. */
    proc = start(&(struct tum_proc_opts){TUM_PROC_OPTS, .argv = SHELL("exit 6")});
    ck_assert_int_eq(wait_end(proc).code, 6);
    tum_proc_free(proc);
    ck_assert_int_eq(zombies(getpid()), 0);
}
END_TEST

START_TEST(killed_nurse)
{
    struct tum_proc_status status;
    struct tum_proc *proc;
    struct flight f;

    take_off(&f, "stay", (struct tum_proc_opts){TUM_PROC_OPTS});
    kill(child_of(child_of(getpid())), SIGKILL);
    status = wait_end(f.proc);
    ck_assert(status.lost);
    ck_assert_int_eq(marked_after(f.mark, PATIENCE), 0);
    land(&f);
    proc = start(&(struct tum_proc_opts){TUM_PROC_OPTS, .argv = SHELL("exit 6")});
    ck_assert_int_eq(wait_end(proc).code, 6);
    tum_proc_free(proc);
}
END_TEST

/* ---- orderly ends ---- */

START_TEST(one_term_and_its_grace)
{
    /* Counts its SIGTERMs, takes its time, then says how many there were. */
    static const char script[] = "n=0; trap 'n=$((n+1))' TERM; printf .; "
                                 "while [ $n = 0 ]; do sleep 0.01; done; "
                                 "sleep 0.15; exit $((10+n))";
    struct tum_proc_status status;
    struct tum_error *err = NULL;
    struct tum_proc *proc;
    int in, out;
    char byte;

    ck_assert(tum_fd_pipe(&in, &out, &err));
    proc = start(&(struct tum_proc_opts){
        .in = -1, .out = out, .err = -1, .argv = SHELL(script)});
    ck_assert_int_eq(read(in, &byte, 1), 1);
    tum_proc_end(proc, 5 * TUM_SECOND);
    status = wait_end(proc);
    ck_assert_int_eq(status.code, 11);
    tum_proc_free(proc);
    close(in);
    close(out);
}
END_TEST

START_TEST(shorter_grace_wins)
{
    struct flight f;

    take_off(&f, "stay", (struct tum_proc_opts){TUM_PROC_OPTS});
    tum_proc_end(f.proc, 1000 * TUM_SECOND);
    tum_proc_end(f.proc, 2000 * TUM_SECOND);
    ck_assert_int_eq(tum_proc_wait(f.proc, NULL, tum_now() + 20 * TUM_MS, NULL),
                     TUM_LATE);
    tum_proc_end(f.proc, 0);
    wait_end(f.proc);
    ck_assert_int_eq(marked(f.mark, 0), 0);
    land(&f);
}
END_TEST

START_TEST(stopped_process_is_ended)
{
    struct tum_proc_status status;
    struct tum_proc *proc =
        start(&(struct tum_proc_opts){TUM_PROC_OPTS, .argv = ARGV("sleep", "100")});

    tum_proc_signal(proc, SIGSTOP);
    tum_proc_end(proc, 100 * TUM_SECOND);
    status = wait_end(proc);
    ck_assert_int_eq(status.signal, SIGTERM);
    tum_proc_free(proc);
}
END_TEST

START_TEST(wait_obeys_stop_and_deadline)
{
    struct tum_stop *stop = tum_stop_new(NULL);
    struct tum_proc *proc =
        start(&(struct tum_proc_opts){TUM_PROC_OPTS, .argv = ARGV("sleep", "100")});

    ck_assert_int_eq(tum_proc_wait(proc, stop, tum_now() + TUM_MS, NULL), TUM_LATE);
    tum_stop_request(stop, TUM_STOP_USER);
    ck_assert_int_eq(tum_proc_wait(proc, stop, TUM_FOREVER, NULL), TUM_STOPPED);
    tum_proc_free(proc);
    tum_stop_unref(stop);
}
END_TEST

/* ---- many ---- */

START_TEST(two_hundred_in_a_row)
{
    struct tum_proc *proc =
        start(&(struct tum_proc_opts){TUM_PROC_OPTS, .argv = ARGV("true")});
    int before;

    wait_end(proc);
    tum_proc_free(proc);
    before = open_descriptors();
    for (int i = 0; i < 200; i++) {
        proc = start(&(struct tum_proc_opts){TUM_PROC_OPTS, .argv = ARGV("true")});
        ck_assert_int_eq(wait_end(proc).code, 0);
        tum_proc_free(proc);
    }
    ck_assert_int_eq(open_descriptors(), before);
    tum_guardian_close(PATIENCE);
    ck_assert_int_eq(open_descriptors(), before - 1); /* the leash */
    ck_assert_int_eq(child_of(getpid()), 0);
}
END_TEST

START_TEST(fifty_at_once)
{
    const char *mark = new_mark();
    struct tum_proc *all[50];
    struct tum_error *err = NULL;
    int in, out;

    ck_assert(tum_fd_pipe(&in, &out, &err));
    for (size_t i = 0; i < TUM_LEN(all); i++)
        all[i] = start(
            &(struct tum_proc_opts){.in = in,
                                    .out = -1,
                                    .err = -1,
                                    .argv = ARGV("/bin/sh", "-c", "read line", mark)});
    ck_assert_int_eq(marked(mark, 0), TUM_LEN(all));
    for (size_t i = 0; i < TUM_LEN(all); i++)
        tum_proc_end(all[i], TUM_SECOND);
    for (size_t i = 0; i < TUM_LEN(all); i++) {
        ck_assert_int_eq(wait_end(all[i]).signal, SIGTERM);
        tum_proc_free(all[i]);
    }
    ck_assert_int_eq(marked(mark, 0), 0);
    close(in);
    close(out);
    /* Nor is a nurse left, once the guardian has reaped the last one. */
    tum_time end = tum_now() + PATIENCE;

    while (child_of(child_of(getpid())) != 0 && tum_now() < end)
        tum_wait(NULL, -1, 0, tum_now() + TUM_MS);
    ck_assert_int_eq(child_of(child_of(getpid())), 0);
}
END_TEST

static void *starter_main(void *arg)
{
    int *bad = arg;

    for (int i = 0; i < 10; i++) {
        struct tum_proc *proc =
            start(&(struct tum_proc_opts){TUM_PROC_OPTS, .argv = SHELL("exit 9")});

        *bad += wait_end(proc).code != 9;
        tum_proc_free(proc);
    }
    return NULL;
}

START_TEST(many_threads)
{
    pthread_t threads[8];
    int bad[8] = {0};

    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, starter_main, &bad[i]);
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(bad[i], 0);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_loop_test(t, end_is_told, 0, TUM_LEN(ends));
    tcase_add_loop_test(t, start_failure_is_told, 0, TUM_LEN(failures));
    tcase_add_loop_test(t, bad_file_is_told, 0, TUM_LEN(bad_files));
    tcase_add_test(t, descriptors_are_exactly_those_given);
    tcase_add_test(t, swapped_descriptors_lead_where_they_should);
    tcase_add_test(t, signals_are_as_at_birth);
    tcase_add_loop_test(t, environment, 0, TUM_LEN(environments));
    tcase_add_test(t, directory);
    tcase_add_loop_test(t, group, 0, TUM_LEN(groups));
    tcase_add_test(t, terminal);
    tcase_add_test(t, start_ticks_name_it);
    tcase_add_loop_test(t, nothing_escapes_an_end, 0, TUM_LEN(graces));
    tcase_add_test(t, nothing_is_left_behind);
    tcase_add_test(t, orphans_stay_when_they_may);
    tcase_add_test(t, orphans_end_with_their_process_when_it_is_ended);
    tcase_add_test(t, free_ends_it);
    tcase_add_test(t, close_ends_all_and_waits);
    tcase_add_test(t, killed_tum);
    tcase_add_loop_test(t, tum_within_tum, 0, TUM_LEN(graces));
    tcase_add_test(t, killed_guardian);
    tcase_add_test(t, killed_nurse);
    tcase_add_test(t, one_term_and_its_grace);
    tcase_add_test(t, shorter_grace_wins);
    tcase_add_test(t, stopped_process_is_ended);
    tcase_add_test(t, wait_obeys_stop_and_deadline);
    tcase_add_test(t, two_hundred_in_a_row);
    tcase_add_test(t, fifty_at_once);
    tcase_add_test(t, many_threads);
}

UNIT_MAIN("proc", add)
