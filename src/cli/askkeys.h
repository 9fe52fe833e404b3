/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of a terminal from its bytes, and a text of one line that is edited with them.
 * Knows no terminal.
 */
#ifndef TUM_ASKKEYS_H
#define TUM_ASKKEYS_H

#include "tum/buf.h"

enum tum_key_kind {
    TUM_KEY_TEXT, /* a printable character: `text` */
    TUM_KEY_ENTER,
    TUM_KEY_CANCEL,       /* control-C */
    TUM_KEY_END_OF_INPUT, /* control-D */
    TUM_KEY_SUSPEND,      /* control-Z */
    TUM_KEY_ESCAPE,
    TUM_KEY_TAB,
    TUM_KEY_ERASE, /* backspace */
    TUM_KEY_DELETE,
    TUM_KEY_CLEAR, /* control-U: what is before the cursor */
    TUM_KEY_WORD,  /* control-W */
    TUM_KEY_LEFT,
    TUM_KEY_RIGHT,
    TUM_KEY_UP,
    TUM_KEY_DOWN,
    TUM_KEY_HOME,
    TUM_KEY_END,
    TUM_KEY_PASTE_BEGIN, /* what follows was pasted, up to … */
    TUM_KEY_PASTE_END,
    TUM_KEY_OTHER, /* nothing we know */
};

struct tum_key {
    enum tum_key_kind kind;
    struct tum_str text;
};

/*
 * Takes the first key off `bytes`; its length, or 0 when the bytes may be the start of a
 * longer one. `whole`: no more will come, so that a lone escape is one.
 */
size_t tum_key_take(struct tum_str bytes, bool whole, struct tum_key *ret);

/* Bytes of one line. */
#define TUM_FIELD_LIMIT ((size_t)64 << 10)

struct tum_field {
    struct tum_buf text;
    size_t at; /* byte offset of the cursor */
};
void tum_field_init(struct tum_field *field);
void tum_field_release(struct tum_field *field);
void tum_field_set(struct tum_field *field,
                   struct tum_str text); /* cursor at its end */
/* True when the key meant something to it. */
bool tum_field_key(struct tum_field *field, const struct tum_key *key);
/* Adds the part of it that fits into `columns` (2 at least) and has the cursor in it. */
void tum_field_show(const struct tum_field *field, size_t columns, struct tum_buf *out,
                    size_t *ret_cursor);

#endif
