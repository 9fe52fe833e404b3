/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks by name, between all runs of one user on one machine: advisory locks on files
 * below XDG_RUNTIME_DIR/tum, else /tmp/tum-UID (mode 0700). The name of the file is the
 * lock's, percent-encoded; inside are pid and command line of the holder. The kernel
 * frees them when the holder dies.
 *
 * Two holders in one process exclude each other like holders in two. Names that the
 * campaign around this one holds (variable TUM_LOCKS_HELD) are not taken again.
 */
#ifndef TUM_NAMELOCK_H
#define TUM_NAMELOCK_H

#include "tum/val.h"
#include "tum/wait.h"

/* The environment variable with the names held, encoded, separated by blanks. */
#define TUM_LOCKS_VARIABLE  "TUM_LOCKS_HELD"
/* Locks that one holder takes at most. */
#define TUM_NAMELOCKS_LIMIT 1000

struct tum_namelocks;

/*
 * Takes the locks of a list of texts (each once, in code point order), waiting for those
 * that others hold; `waiting` is told before each wait: the name, and "pid 4711 tum -b x"
 * or "" when that is not known. STOPPED: nothing is held. READY: *ret is to be released,
 * and may be NULL. LATE never; an error: nothing is held.
 */
bool tum_namelocks_take(tum_val names, struct tum_stop *stop,
                        void (*waiting)(void *ctx, const char *name,
                                        const char *holder),
                        void *ctx, struct tum_namelocks **ret, bool *ret_stopped,
                        struct tum_error **err);
void tum_namelocks_release(struct tum_namelocks *held); /* accepts NULL */
/* Adds the encoded names of `held`, each with a blank in front. */
void tum_namelocks_list(const struct tum_namelocks *held, struct tum_buf *out);
/* Path of the file of one name; for tum_free. */
char *tum_namelock_path(const char *name) TUM_MUST_USE;

#endif
