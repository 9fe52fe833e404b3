/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tum: finds the command, runs it, leaves with its status. The start of a process is
 * part of what a user waits for: nothing is done here that the command may not need.
 */
#include "base/log.h"
#include "base/path.h"
#include "cli/cmd.h"
#include "cli/live.h"
#include "engine/session.h"
#include "tum/proc.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

/* Descriptors a run may have: a stop token of a branch can need one. */
#define FD_LIMIT ((rlim_t)65536)

static const struct tum_command *const commands[] = {
    &tum_command_check,   &tum_command_eval,   &tum_command_list,  &tum_command_lsp,
    &tum_command_nodes,   &tum_command_last,   &tum_command_flaky, &tum_command_status,
    &tum_command_history, &tum_command_merge,  &tum_command_gate,  &tum_command_render,
    &tum_command_report,  &tum_command_schema,
};

static const struct tum_command *find_command(const char *word)
{
    for (size_t i = 0; i < TUM_LEN(commands); i++) {
        if (strcmp(commands[i]->name, word) == 0)
            return commands[i];
    }
    return NULL;
}

/* A first word without a slash or a dot that names no file was meant as a command. */
static bool looks_like_command(const char *word)
{
    if (*word == '\0' || *word == '-' || strpbrk(word, "/.*\"'") != NULL)
        return false;
    return !tum_path_exists(word);
}

static int unknown_command(const char *word)
{
    const char *names[TUM_LEN(commands) + 1], *near;

    for (size_t i = 0; i < TUM_LEN(commands); i++)
        names[i] = commands[i]->name;
    names[TUM_LEN(commands)] = NULL;
    near = tum_str_nearest(tum_str_of(word), names);
    if (near != NULL)
        tum_complain("unknown command '%s', and no such file; did you mean '%s'?", word,
                     near);
    else
        tum_complain("unknown command '%s', and no such file", word);
    tum_print_error(TUM_S("Try 'tum --help'.\n"));
    return TUM_STATUS_USAGE;
}

/*
 * What opens next must not become standard output by being the lowest number.
 * Read-only, so that writing to what was closed fails, as it would have.
 */
static void keep_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
            tum_die("cannot open /dev/null");
    }
}

static void raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= FD_LIMIT)
        return;
    limit.rlim_cur = TUM_MIN(limit.rlim_max, FD_LIMIT);
    /* Without it fewer branches fit, which is said when it happens. */
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    const struct tum_command *command;

    if (argc > 1 && strcmp(argv[1], "--guardian-of") == 0)
        return tum_guardian_main(argc, argv);
    keep_streams();
    raise_limit();
    signal(SIGPIPE, SIG_IGN);
    /* A file at its limit is a file that cannot be written: said with its path. */
    signal(SIGXFSZ, SIG_IGN);
    tum_log_init();

    if (argc < 2)
        return tum_command_run.run(argc, argv);
    command = find_command(argv[1]);
    if (command != NULL)
        return command->run(argc - 1, argv + 1);
    if (looks_like_command(argv[1]))
        return unknown_command(argv[1]);
    return tum_command_run.run(argc, argv);
}
