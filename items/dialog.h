/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the dialog items share: the question, and the answer that stands in for a person
 * when nobody can be asked.
 */
#ifndef TUM_DIALOG_H
#define TUM_DIALOG_H

#include "tum/item.h"

/* The parameters every dialog begins with; DATA has the members `question` and
   `auto_result`. */
#define DIALOG_QUESTION(data)                                                          \
    {                                                                                  \
        .name = "question", .doc = "What the person is asked or told.",                \
        .takes = TUM_TAKES_TEXT, .flags = TUM_PARAM_REQUIRED,                          \
        .field = TUM_FIELD(data, question),                                            \
    }
#define DIALOG_AUTO_RESULT(data)                                                       \
    {                                                                                  \
        .name = "auto_result",                                                         \
        .doc = "Without a front end: cancel or no refuses, anything else accepts.",    \
        .takes = TUM_TAKES_TEXT, .field = TUM_FIELD(data, auto_result),                \
    }
#define DIALOG_AUTO_VALUE(data)                                                        \
    {                                                                                  \
        .name = "auto_value", .doc = "The answer without a front end.",                \
        .takes = TUM_TAKES_ANY, .field = TUM_FIELD(data, auto_value),                  \
    }

enum dialog_answer {
    DIALOG_ACCEPTED,
    DIALOG_REFUSED,
    DIALOG_IMPOSSIBLE, /* nobody to ask and no auto_result: the run has FAILed */
};

/* Prints the question. For tum_free. */
char *dialog_question(struct tum_run *run, const struct tum_arg *question) TUM_MUST_USE;
enum dialog_answer dialog_answer(struct tum_run *run,
                                 const struct tum_arg *auto_result);

#endif
