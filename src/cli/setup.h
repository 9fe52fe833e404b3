/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of every command that loads a campaign: -c, -d, -i.
 */
#ifndef TUM_SETUP_H
#define TUM_SETUP_H

#include "cli/opts.h"
#include "engine/session.h"

/* Patience with processes that were asked to end, when all else is done. */
#define TUM_END_PATIENCE (5 * TUM_SECOND)

/* First member of the options of such a command: the rows below point into it. */
struct tum_setup {
    struct tum_words config, define, include; /* as written */
    struct tum_define *defines;               /* made of `define` by tum_setup_read */
    size_t define_count;
    char *program; /* absolute path of this executable */
};

extern const struct tum_opt tum_setup_opts[];

/*
 * Reads the defines and looks whether the files of -c exist and are YAML files by name.
 * Both: false after a line on standard error that names the file; the exit status is
 * that of a wrong usage.
 */
bool tum_setup_read(struct tum_setup *setup);
/* The file of a campaign: quotes around it removed, a file that exists. */
bool tum_setup_file(const char *word, char **ret_path);
/* Session options for one file; the setup and the path must outlive the session. */
void tum_setup_fill(const struct tum_setup *setup, const char *path,
                    struct tum_session_opts *ret);
void tum_setup_release(struct tum_setup *setup);

#endif
