/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of tum: one const struct a file, listed in main.c.
 */
#ifndef TUM_CMD_H
#define TUM_CMD_H

#include "cli/opts.h"

struct tum_command {
    const char *name; /* NULL: what tum does without a command */
    /* Options, from argv[1] on; argv[0] is the command's name. Returns the exit
       status. */
    int (*run)(int argc, char **argv);
};

extern const struct tum_command tum_command_run;
extern const struct tum_command tum_command_check;
extern const struct tum_command tum_command_eval;
extern const struct tum_command tum_command_list;
extern const struct tum_command tum_command_lsp;
extern const struct tum_command tum_command_nodes;
extern const struct tum_command tum_command_last;
extern const struct tum_command tum_command_flaky;
extern const struct tum_command tum_command_status;
extern const struct tum_command tum_command_history;
extern const struct tum_command tum_command_merge;
extern const struct tum_command tum_command_gate;
extern const struct tum_command tum_command_render;
extern const struct tum_command tum_command_report;
extern const struct tum_command tum_command_schema;

/*
 * Parses a command's line. False: all is said and done, leave with *ret_status: 0 after
 * --help or --version, 2 after a mistake. Release ret->words either way.
 */
bool tum_command_line(const struct tum_usage *usage, int argc, char **argv, void *into,
                      struct tum_line *ret, int *ret_status);
/* A mistake found later: message, synopsis, hint. Returns the exit status for it. */
int tum_command_wrong(const struct tum_usage *usage, const char *fmt, ...)
    TUM_PRINTF(2, 3);
/* No campaign was given: says so, and when a list option took a word that looks like one. */
int tum_command_no_file(const struct tum_usage *usage, const struct tum_line *line);
/* As tum_command_wrong, with the message of *err, which is freed. */
int tum_command_wrong_take(const struct tum_usage *usage, struct tum_error **err);

#endif
