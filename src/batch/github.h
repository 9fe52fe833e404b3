/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GitHub Actions: it takes lines of the output that start with two colons for commands.
 */
#ifndef TUM_GITHUB_H
#define TUM_GITHUB_H

#include "tum/buf.h"

/*
 * Stops commands, so that no output of a device drives the pipeline. Gives what allows
 * them again, for tum_free; NULL: not in GitHub Actions.
 */
char *tum_github_begin(void (*print)(void *ctx, struct tum_str text),
                       void *ctx) TUM_MUST_USE;
/*
 * Allows commands again and prints annotations for the batch in `folder`; its table goes
 * to the step summary. `token` may be NULL.
 */
void tum_github_end(const char *token, const char *folder,
                    void (*print)(void *ctx, struct tum_str text), void *ctx);

#endif
