/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request that a person answers with keys: what each key does to it, and the rows it
 * shows. Knows no terminal; one thread at a time.
 */
#ifndef TUM_ASKING_H
#define TUM_ASKING_H

#include "cli/askkeys.h"
#include "cli/askpanel.h"
#include "tum/ask.h"

/* Bytes of a note. */
#define TUM_NOTE_LIMIT ((size_t)1 << 20)

struct tum_asking;

/* The request must outlive it. `editor`: a program for notes, or NULL; it is only named
   here. */
struct tum_asking *tum_asking_new(const struct tum_ask *ask,
                                  const char *editor) TUM_MUST_USE;
void tum_asking_free(struct tum_asking *asking); /* accepts NULL */

enum tum_asking_next {
    TUM_ASKING_ON,
    TUM_ASKING_OK,
    TUM_ASKING_CANCEL,
    TUM_ASKING_SUSPEND,
    TUM_ASKING_EDIT, /* the note is to be written with the editor; then tum_asking_note */
};
enum tum_asking_next tum_asking_key(struct tum_asking *asking,
                                    const struct tum_key *key);
/* What the editor left as the note. */
void tum_asking_note(struct tum_asking *asking, struct tum_str text);
/* Says something beside the prompt, until the next key. */
void tum_asking_say(struct tum_asking *asking, const char *text);

/* As tum_run_ask gives it; of a cancelled one what there was by then. */
tum_val tum_asking_answer(const struct tum_asking *asking) TUM_MUST_USE;

/* What is shown beside the request itself. */
struct tum_asking_state {
    size_t waiting; /* other requests */
    tum_time left;  /* for the answer, or of the sleep; TUM_FOREVER: no limit */
};
/* In askrows.c. */
void tum_asking_show(const struct tum_asking *asking,
                     const struct tum_asking_state *state, struct tum_panel *panel);

#endif
