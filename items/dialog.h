/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the dialog items share: the question, asking a person, and the answer that stands
 * in for one when nobody can be asked.
 */
#ifndef TUM_DIALOG_H
#define TUM_DIALOG_H

#include "tum/ask.h"

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
        .doc = "Answers when no person does: cancel or no refuses, anything else "     \
               "accepts.",                                                             \
        .takes = TUM_TAKES_TEXT, .field = TUM_FIELD(data, auto_result),                \
    }
#define DIALOG_AUTO_VALUE(data)                                                        \
    {                                                                                  \
        .name = "auto_value", .doc = "The answer when no person gives one.",           \
        .takes = TUM_TAKES_ANY, .field = TUM_FIELD(data, auto_value),                  \
    }

enum dialog_answer {
    DIALOG_ACCEPTED,
    DIALOG_REFUSED,
    DIALOG_IMPOSSIBLE, /* no answer: the run has FAILed and says why */
};

/* How a dialog was answered. */
struct dialog_reply {
    enum dialog_answer how;
    bool person;   /* by a person; else by auto_result */
    tum_val value; /* of a person; see tum/ask.h */
};

/* Prints the question. For tum_free. */
char *dialog_question(struct tum_run *run, const struct tum_arg *question) TUM_MUST_USE;
/*
 * Asks a person when there is one, else takes auto_result. A person who does not answer
 * within dialog_timeout is stood in for by auto_result too. Release the value.
 */
void dialog_ask(struct tum_run *run, struct tum_ask *ask,
                const struct tum_arg *auto_result, struct dialog_reply *ret);

#endif
