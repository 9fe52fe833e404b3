/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking a person: what a dialog item wants to know, and what came of it. Who asks, on a
 * terminal or a page, is the front end's business; here are only the words.
 *
 * A request is data: a front end may show it as it likes, keep several open at a time,
 * or put them in a row. It shows the path of the item, so that a person with several
 * questions knows which is which. A stop request withdraws it.
 */
#ifndef TUM_ASK_H
#define TUM_ASK_H

#include "tum/item.h"

enum tum_ask_kind {
    TUM_ASK_MESSAGE,    /* only OK */
    TUM_ASK_QUESTION,   /* OK: yes */
    TUM_ASK_IMAGE,      /* file, media_type */
    TUM_ASK_VALUE,      /* deflt; answer: text */
    TUM_ASK_NOTE,       /* answer: text of several lines */
    TUM_ASK_CHOICES,    /* tree, previous; answer: tree */
    TUM_ASK_REFERENCES, /* rows, previous; answer: rows */
    TUM_ASK_SLEEP,      /* until; the person can only cancel it */
};

/* All borrowed, by the front end until it has answered. */
struct tum_ask {
    enum tum_ask_kind kind;
    const char *question;   /* may have several lines; SLEEP: NULL */
    const char *file;       /* absolute */
    const char *media_type; /* "image/png", … */
    const char *deflt;      /* "": none */
    /* List of maps: name, and what there is of description, icon (absolute path), choices
       (such a list). */
    tum_val tree;
    /* List of lists of up to three texts: what is given of reference, revision, serial. */
    tum_val rows;
    tum_time until; /* monotonic */

    /* Set by the engine. */
    const char *title;  /* name of the item */
    const char *path;   /* "[default] > bench > is it on?" */
    const char *branch; /* the innermost one; "" outside */
    /* What was answered last: of CHOICES a tree of {checked, choices}, of REFERENCES rows.
       None: nothing. */
    tum_val previous;
};

enum tum_asked {
    TUM_ASKED_OK,
    TUM_ASKED_CANCEL,  /* an answer may come with it */
    TUM_ASKED_STOPPED, /* withdrawn */
    TUM_ASKED_LATE,    /* nobody answered in time; for SLEEP: it is over */
};

/*
 * An answer: VALUE, NOTE: a text. CHOICES: a list of {name, checked} with `choices` where
 * there are children. REFERENCES: a list of lists of three texts. None for the others.
 */

/*
 * Asks and waits, until the stop token of the run is set at the latest. Only when
 * tum_run_interactive; *ret_answer is always set (owned).
 */
enum tum_asked tum_run_ask(struct tum_run *run, struct tum_ask *ask,
                           tum_val *ret_answer);
/* How long a person may take (variable dialog_timeout); TUM_FOREVER: as long as it takes. */
tum_time tum_run_ask_limit(struct tum_run *run);

#endif
