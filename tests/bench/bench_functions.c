/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a function item costs: the median of the times from the event that starts an item to
 * the one that ends it. That includes everything an item of a campaign has, the printed
 * lines, the variable, the row of the report and the rows before it in the file before
 * the call, since the campaign has an SQLite export; it excludes reading the campaign
 * and the first call of each kind. Beside it what the machine needs alone in the same
 * run: a message to another process and back, a fork that ends. And a flood: functions in many
 * branches, whose lines are counted. Not a test: prints, judges nothing.
 *
 * bench_functions TUM [FOLDER]     default folder: /tmp
 * With TESTIUM naming a command, it runs the same campaigns; those ratios are of whole
 * runs less a run with a single call.
 */
#include "engine/session.h"
#include "items.h"
#include "tum/mem.h"
#include "tum/proc.h"
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ITEMS    400  /* without context */
#define KEPT     4000 /* with context */
#define OTHER    20   /* items of TESTIUM, which takes a second for some */
#define TRIPS    4000
#define FORKS    400
#define BRANCHES 8
#define FLOOD    504
#define LINES    20 /* a function of the flood prints */

extern char **environ;

static char folder[400] = "/tmp";
static char *program;

static int compare_times(const void *a, const void *b)
{
    tum_time x = *(const tum_time *)a, y = *(const tum_time *)b;

    return (x > y) - (x < y);
}

static double median(tum_time *times, size_t count)
{
    if (count == 0)
        return 0;
    qsort(times, count, sizeof *times, compare_times);
    return (double)times[count / 2] / 1e6;
}

static char *write_file(const char *name, const char *text)
{
    char *path = tum_asprintf("%s/%s", folder, name);
    FILE *file = fopen(path, "we");

    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    return path;
}

/* ---- the machine alone ---- */

static void echo(int fd)
{
    char byte;

    while (read(fd, &byte, 1) == 1 && write(fd, &byte, 1) == 1)
        ;
    _exit(0);
}

static double trip(void)
{
    static tum_time times[TRIPS];
    char byte = 'x';
    int fds[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        exit(1);
    pid = fork();
    if (pid == 0) {
        close(fds[0]);
        echo(fds[1]);
    }
    for (int i = 0; i < TRIPS; i++) {
        tum_time start = tum_now();

        if (write(fds[0], &byte, 1) != 1 || read(fds[0], &byte, 1) != 1)
            exit(1);
        times[i] = tum_now() - start;
    }
    close(fds[0]);
    close(fds[1]);
    waitpid(pid, NULL, 0);
    return median(times, TRIPS);
}

static double bare_fork(void)
{
    static tum_time times[FORKS];

    for (int i = 0; i < FORKS; i++) {
        tum_time start = tum_now();
        pid_t pid = fork();

        if (pid == 0)
            _exit(0);
        waitpid(pid, NULL, 0);
        times[i] = tum_now() - start;
    }
    return median(times, FORKS);
}

/* ---- a campaign ---- */

struct watcher {
    tum_time started, *times;
    size_t count, cap;
};

static void watch(void *ctx, const struct tum_event *event)
{
    struct watcher *watcher = ctx;
    const char *keyword =
        event->item != NULL ? tum_item_type(event->item)->keyword : "";

    if (strcmp(keyword, "py_func") != 0 && strcmp(keyword, "lua_func") != 0)
        return;
    if (event->kind == TUM_EVENT_ITEM_STARTED)
        watcher->started = event->at;
    if (event->kind != TUM_EVENT_ITEM_FINISHED)
        return;
    if (event->outcome != TUM_OUTCOME_PASSED) {
        fprintf(stderr, "an item did not pass: %s\n", event->message);
        exit(1);
    }
    tum_grow(&watcher->times, &watcher->cap, watcher->count + 1);
    watcher->times[watcher->count++] = event->at - watcher->started;
}

static void drop(void *ctx, struct tum_str lines)
{
    int fd = *(const int *)ctx;

    if (write(fd, lines.s, lines.n) < 0)
        exit(1);
}

static void run_session(const struct tum_session_opts *opts, struct tum_sink *sink)
{
    struct tum_session *session = tum_session_new(opts);

    if (sink != NULL)
        tum_session_add_sink(session, sink);
    if (!tum_session_load(session) || tum_session_run(session) != 0) {
        fprintf(stderr, "the campaign '%s' does not run\n", opts->path);
        exit(1);
    }
    tum_session_free(session);
}

static char *campaign(const char *item, int iterations)
{
    char *text = tum_asprintf(
        "report: {export: [{sqlite: {path: %s/bench-functions.db}}]}\n"
        "main:\n  steps:\n    - loop:\n        iterator: %d\n        steps:\n"
        "          - %s\n",
        folder, iterations, item);
    char *path = write_file("bench-functions.tum", text);

    tum_free(text);
    return path;
}

static void forget_report(void)
{
    TUM_AUTO(tum_freep) char *db = tum_asprintf("%s/bench-functions.db", folder);

    unlink(db);
}

/* Milliseconds of one item. */
static double item_ms(const char *item, int iterations)
{
    char *path = campaign(item, iterations);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct tum_session_opts opts = {.path = path,
                                    .program = program,
                                    .items = tum_items,
                                    .output = drop,
                                    .output_ctx = &null};
    struct watcher watcher = {0};
    struct tum_sink sink = {watch, &watcher, false};
    double ms;

    run_session(&opts, &sink);
    ms = median(watcher.times + 1, watcher.count - 1);
    tum_free(watcher.times);
    close(null);
    unlink(path);
    forget_report();
    tum_free(path);
    return ms;
}

/* ---- the other program ---- */

static double spawn_ms(char *command, const char *item, int iterations)
{
    char *path = campaign(item, iterations), batch[] = "-b";
    char *argv[] = {command, batch, path, NULL};
    posix_spawn_file_actions_t actions;
    tum_time start = tum_now();
    int status = 0;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0) {
        perror(command);
        exit(1);
    }
    waitpid(pid, &status, 0);
    posix_spawn_file_actions_destroy(&actions);
    unlink(path);
    forget_report();
    tum_free(path);
    return (double)(tum_now() - start) / 1e6;
}

static double other_ms(char *command, const char *item)
{
    double one = spawn_ms(command, item, 1), many = spawn_ms(command, item, OTHER + 1);

    return (many - one) / OTHER;
}

static void measure(const char *what, const char *item, int iterations, double alone,
                    const char *of)
{
    char *testium = getenv("TESTIUM");
    double ms = item_ms(item, iterations);

    printf("%s: %.3f ms, %.1f x %s (%.3f ms)\n", what, ms, ms / alone, of, alone);
    if (testium != NULL) {
        double other = other_ms(testium, item), ours = other_ms(program, item);

        printf("    testium: %.1f ms, %.0f x tum (%.3f ms)\n", other, other / ours,
               ours);
    }
    fflush(stdout);
}

/* ---- a flood ---- */

struct counts {
    int seen[BRANCHES][FLOOD / BRANCHES][LINES];
    int good, mixed, again;
    struct tum_buf rest;
};

/* "[b3] b3 item 17 line 4 of it" */
static void count_line(struct counts *counts, const char *line)
{
    char again[200];
    int branch, named, item, number;

    if (strstr(line, " item ") == NULL)
        return;
    if (sscanf(line, "[b%d] b%d item %d line %d", &branch, &named, &item, &number) !=
            4 ||
        branch != named || branch < 0 || branch >= BRANCHES || item < 0 ||
        item >= FLOOD / BRANCHES || number < 0 || number >= LINES) {
        counts->mixed++;
        return;
    }
    snprintf(again, sizeof again, "[b%d] b%d item %d line %d of it", branch, named,
             item, number);
    if (strcmp(again, line) != 0)
        counts->mixed++;
    else if (counts->seen[branch][item][number]++ > 0)
        counts->again++;
    else
        counts->good++;
}

static void count(void *ctx, struct tum_str lines)
{
    struct counts *counts = ctx;
    size_t from = 0;

    tum_buf_addt(&counts->rest, lines);
    for (size_t i = 0; i < counts->rest.len; i++) {
        if (counts->rest.s[i] != '\n')
            continue;
        counts->rest.s[i] = '\0';
        count_line(counts, counts->rest.s + from);
        from = i + 1;
    }
    memmove(counts->rest.s, counts->rest.s + from, counts->rest.len - from);
    tum_buf_truncate(&counts->rest, counts->rest.len - from);
}

static void flood(void)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    static struct counts counts;
    struct tum_session_opts opts = {
        .program = program, .items = tum_items, .output = count, .output_ctx = &counts};
    tum_time start;
    char *path;

    tum_buf_init(&counts.rest, TUM_BUF_ANY);
    tum_buf_adds(&text, "main:\n  steps:\n    - parallel:\n        branches:\n");
    for (int b = 0; b < BRANCHES; b++)
        tum_buf_addf(&text,
                     "          - name: b%d\n            steps:\n"
                     "              - loop:\n                  iterator: %d\n"
                     "                  steps: [{py_func: {file: bench_functions.py, "
                     "func_name: talk, param: [b%d, $(loop_index)]}}]\n",
                     b, FLOOD / BRANCHES, b);
    opts.path = path = write_file("bench-flood.tum", text.s);
    start = tum_now();
    run_session(&opts, NULL);
    printf(
        "%d py_func in %d branches, %d lines each: %.2f s; %d of %d lines, %d mixed, "
        "%d twice\n",
        FLOOD, BRANCHES, LINES, (double)(tum_now() - start) / 1e9, counts.good,
        FLOOD * LINES, counts.mixed, counts.again);
    unlink(path);
    tum_free(path);
    tum_buf_release(&text);
    tum_buf_release(&counts.rest);
}

int main(int argc, char **argv)
{
    double message, forked;
    char *py, *lua;

    if (argc < 2) {
        fprintf(stderr, "usage: bench_functions TUM [FOLDER]\n");
        return 2;
    }
    program = realpath(argv[1], NULL);
    if (program == NULL) {
        perror(argv[1]);
        return 1;
    }
    if (argc > 2)
        snprintf(folder, sizeof folder, "%s", argv[2]);
    py = write_file("bench_functions.py",
                    "import os\n\ndef add(a, b):\n    return a + b\n\n"
                    "def talk(branch, item):\n"
                    "    for i in range(20):\n"
                    "        print('%s item %d' % (branch, item), end='')\n"
                    "        print(' line %d of it' % i)\n");
    lua = write_file("bench_functions.lua",
                     "return {add = function(a, b) return a + b end}\n");
    tum_guardian_set_program(program);
    message = trip();
    forked = bare_fork();
    measure("py_func without context",
            "py_func: {file: bench_functions.py, func_name: add, param: [1, 2]}", ITEMS,
            forked, "a fork");
    measure("py_func with context",
            "py_func: {file: bench_functions.py, func_name: add, param: [1, 2], "
            "context_id: c}",
            KEPT, message, "a message and back");
    measure("lua_func without context",
            "lua_func: {file: bench_functions.lua, func_name: add, param: [1, 2]}",
            ITEMS, forked, "a fork");
    measure("lua_func with context",
            "lua_func: {file: bench_functions.lua, func_name: add, param: [1, 2], "
            "context_id: c}",
            KEPT, message, "a message and back");
    flood();
    unlink(py);
    unlink(lua);
    tum_free(py);
    tum_free(lua);
    free(program);
    tum_guardian_close(TUM_SECOND);
    return 0;
}
