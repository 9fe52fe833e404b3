/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of the language server about a place in a document. Each is the `result` of its
 * request; a place that does not exist has the answer of a place with nothing.
 */
#ifndef TUM_LSPANSWER_H
#define TUM_LSPANSWER_H

#include "lsp/lspdoc.h"
#include "tum/item.h"

/* Symbols inside each other; deeper ones are shown as if they were that deep. */
#define TUM_LSP_SYMBOL_DEPTH 100

struct tum_lspask {
    const struct tum_lspdoc *doc;
    const struct tum_item_type *const *items;
    size_t line, unit; /* of the place; not for symbols */
};

tum_val tum_lsp_completion(const struct tum_lspask *ask) TUM_MUST_USE;
tum_val tum_lsp_hover(const struct tum_lspask *ask) TUM_MUST_USE;
tum_val tum_lsp_symbols(const struct tum_lspask *ask) TUM_MUST_USE;
/* Where the file of an include tag in that line is. */
tum_val tum_lsp_definition(const struct tum_lspask *ask) TUM_MUST_USE;

#endif
