/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared half of the dialogs.
 */
#include "dialog.h"

#include "tum/mem.h"

char *dialog_question(struct tum_run *run, const struct tum_arg *question)
{
    char *text = tum_arg_text(run, question);

    if (text == NULL)
        text = tum_strdup("");
    tum_out(run, "Question:  %s", text);
    return text;
}

static bool is_refusal(tum_val v)
{
    struct tum_str text = tum_val_text(v);

    if (v.kind == TUM_BOOL)
        return !v.as.b;
    return v.kind == TUM_STR &&
           (tum_str_is_nocase(text, "cancel") || tum_str_is_nocase(text, "no") ||
            tum_str_is_nocase(text, "false"));
}

/* By auto_result. `late`: a person could have answered. */
static enum dialog_answer automatic(struct tum_run *run,
                                    const struct tum_arg *auto_result, bool late)
{
    tum_val v = tum_arg_value(run, auto_result);
    enum dialog_answer answer = is_refusal(v) ? DIALOG_REFUSED : DIALOG_ACCEPTED;

    if (v.kind == TUM_NONE && late) {
        struct tum_buf limit = TUM_BUF_INIT(64);

        tum_duration_text(tum_run_ask_limit(run), &limit);
        tum_run_failed(run, "nobody answered within %s", limit.s);
        tum_buf_release(&limit);
        answer = DIALOG_IMPOSSIBLE;
    } else if (v.kind == TUM_NONE) {
        tum_run_failed(
            run,
            "'%s' is not supported in batch mode: set 'auto_result' to say how "
            "it is answered",
            tum_item_keyword(tum_run_item(run)));
        answer = DIALOG_IMPOSSIBLE;
    }
    tum_val_unref(v);
    return answer;
}

void dialog_ask(struct tum_run *run, struct tum_ask *ask,
                const struct tum_arg *auto_result, struct dialog_reply *ret)
{
    *ret = (struct dialog_reply){.value = tum_val_none()};
    if (!tum_run_interactive(run)) {
        ret->how = automatic(run, auto_result, false);
        return;
    }
    switch (tum_run_ask(run, ask, &ret->value)) {
    case TUM_ASKED_OK:
        ret->person = true;
        ret->how = DIALOG_ACCEPTED;
        break;
    case TUM_ASKED_CANCEL:
        ret->person = true;
        ret->how = DIALOG_REFUSED;
        break;
    case TUM_ASKED_STOPPED:
        tum_run_stopped(run);
        ret->how = DIALOG_IMPOSSIBLE;
        break;
    case TUM_ASKED_LATE:
        tum_out(run, "Nobody answered in time.");
        ret->how = automatic(run, auto_result, true);
        break;
    }
}
