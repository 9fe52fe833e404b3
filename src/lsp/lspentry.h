/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a text that is being edited looks like, line by line: entries "- keyword:", what is
 * around them, what is around a place. No YAML: an unfinished text is none.
 */
#ifndef TUM_LSPENTRY_H
#define TUM_LSPENTRY_H

#include "lsp/lspdoc.h"
#include "tum/item.h"

/* Byte places are in the line. */
struct tum_lspentry {
    size_t number;          /* of the line */
    size_t dash;            /* column of the '-' */
    size_t start, end;      /* of the keyword; a dot before it (folded) is not in it */
    struct tum_str keyword; /* borrowed */
};

/* An item, or an action with the item it is one of (NULL: of none that is known). */
struct tum_lspmeaning {
    const struct tum_item_type *type; /* NULL: neither */
    const struct tum_item_type *owner;
};

/* Columns of blanks before the text of a line. */
size_t tum_lspline_indent(struct tum_str line);
/* Where the word (letters, digits, underscores) that begins at a byte ends. */
size_t tum_lspline_word(struct tum_str line, size_t at);
/* False when it is no line "- keyword:". */
bool tum_lspentry_read(struct tum_str line, size_t number, struct tum_lspentry *ret);
/* The item whose actions are in the list of the entry, a line of `doc`, or NULL. */
const struct tum_item_type *tum_lspentry_owner(const struct tum_lspdoc *doc,
                                               const struct tum_item_type *const *items,
                                               const struct tum_lspentry *entry);
/*
 * What the keyword is there: an action below the `steps` of an item with actions, else an
 * item, else an action of any item.
 */
struct tum_lspmeaning tum_lspentry_meaning(const struct tum_lspdoc *doc,
                                           const struct tum_item_type *const *items,
                                           const struct tum_lspentry *entry);
/* The same where the item with actions around it is known, or NULL. */
struct tum_lspmeaning tum_lspentry_meaning_in(const struct tum_item_type *owner,
                                              const struct tum_item_type *const *items,
                                              const struct tum_lspentry *entry);
/* The item whose actions an entry with a dash at that column would be, or NULL. */
const struct tum_item_type *tum_lsp_actions_at(const struct tum_lspdoc *doc,
                                               const struct tum_item_type *const *items,
                                               size_t number, size_t column);
/*
 * Parameters that a key at that column may be: of an item, of an action, or of a mapping
 * that one of them takes. *ret_type: the item or action itself, NULL for such a mapping.
 * NULL: no place for one.
 */
const struct tum_param *tum_lsp_params_at(const struct tum_lspdoc *doc,
                                          const struct tum_item_type *const *items,
                                          size_t number, size_t column,
                                          const struct tum_item_type **ret_type);

#endif
