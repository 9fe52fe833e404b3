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

enum dialog_answer dialog_answer(struct tum_run *run, const struct tum_arg *auto_result)
{
    tum_val v = tum_arg_value(run, auto_result);
    enum dialog_answer answer = is_refusal(v) ? DIALOG_REFUSED : DIALOG_ACCEPTED;

    if (v.kind == TUM_NONE) {
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
