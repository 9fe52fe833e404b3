/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of scripts, for the engine's own files: the pool of a session, and calls
 * that belong to no item.
 */
#ifndef TUM_FUNCTIONS_H
#define TUM_FUNCTIONS_H

#include "engine/runstate.h"
#include "tum/func.h"
#include "worker/pool.h"

/* Makes the pool; starts nothing. */
void tum_functions_init(struct tum_session *session);
/* Ends every worker; calls are refused from then on. Idempotent. */
void tum_functions_end(struct tum_session *session);
/* An item of the tree calls functions of this language: workers are made ready. */
void tum_functions_warm(struct tum_session *session, enum tum_func_language language);
/* Sizes of the pool, of the variables. */
void tum_functions_bounds(struct tum_session *session);

/* Post execution (functions of the language, 8); `passed`: main is PASS. */
void tum_post_execute(struct tum_session *session, struct tum_branch *branch,
                      bool passed);

/* One call to the pool, made for a run: output, questions and warnings go to it. The last
   printed lines are kept in *tail (may be NULL). */
struct tum_func_talk {
    struct tum_session *session;
    struct tum_run *run; /* NULL: at load */
    const struct tum_pool_call *call;
    struct tum_buf *tail;
};
enum tum_pool_outcome tum_functions_talk(const struct tum_func_talk *talk,
                                         struct tum_pool_result *ret);
/* Keeps the last of what was printed, for the message of what died. */
void tum_functions_keep_tail(struct tum_buf *tail, struct tum_str bytes);
/* Path inside a value of what cannot cross to a worker: "param[0]['k']: object of type bytes".
   False: all of it can. */
bool tum_functions_unplain(tum_val v, const char *name, struct tum_buf *out);
/* What could not be called has no traceback: the text, with where it is asked for. */
char *tum_functions_with_place(const struct tum_session *session,
                               const struct tum_item *item,
                               const char *text) TUM_MUST_USE;
/* `, "KEY": JSON` of a value that can cross. False with err when it is too large. */
bool tum_functions_add_value(struct tum_buf *out, const char *key, tum_val v,
                             struct tum_error **err);

/* The folder of what scripts may import, our Lua program: found once; "" when missing.
   For tum_free. */
char *tum_functions_runtime(const struct tum_session *session) TUM_MUST_USE;
char *tum_functions_lua(const struct tum_session *session) TUM_MUST_USE;

/* ---- luaconfig.c ---- */

/* What a Lua worker is started with: lua_bin and lua_env as they are now; ctx is an
   asker. */
bool tum_lua_configure(void *ctx, struct tum_python_config *ret,
                       struct tum_error **err);
/* As tum_python_configure, for workers of functions: without the test directory. */
bool tum_functions_configure(void *ctx, struct tum_python_config *ret,
                             struct tum_error **err);

#endif
