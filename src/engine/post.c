/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Post execution: a function of the user's after the report is closed. It changes
 * nothing of the result; what goes wrong in it is a warning.
 */
#include "engine/functions.h"

#include "tum/mem.h"

void tum_post_execute(struct tum_session *session, struct tum_branch *branch,
                      bool passed)
{
    const char *name = passed ? "post_exec" : "post_exec_fail";
    struct tum_run run = {
        .session = session,
        .branch = branch,
        .item = session->root,
        /* What has been stopped is cleaned up after; else this is what is stopped. */
        .stop = tum_stop_is_set(session->soft) ? session->hard : session->soft,
        .value = tum_val_none(),
        .message = TUM_BUF_INIT(TUM_BUF_ANY),
    };
    struct tum_func_result result;
    struct tum_func_call call = {
        .language = TUM_FUNC_PYTHON, .name = name, .results = TUM_FUNC_NOTHING};
    const char *cause = NULL;

    tum_session_debug(session, "post execution: '%s' of '%s'", name,
                      tum_val_text(session->post_execution).s);
    call.file = tum_func_path(&run, tum_val_text(session->post_execution).s);
    call.params = tum_list_end(tum_list_begin(0));
    switch (tum_func_run(&run, &call, &result)) {
    case TUM_FUNC_RETURNED:
        break;
    case TUM_FUNC_RAISED:
    case TUM_FUNC_UNABLE:
        cause = result.text;
        break;
    case TUM_FUNC_STOPPED:
        cause = "it was stopped";
        break;
    }
    if (cause != NULL)
        tum_session_warn(session, "Post execution '%s' of '%s' failed: %s", name,
                         call.file, cause);
    tum_func_result_release(&result);
    tum_val_unref(call.params);
    tum_free(call.file);
}
