/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a document, as the diagnostics of the protocol.
 */
#ifndef TUM_LSPCHECK_H
#define TUM_LSPCHECK_H

#include "lsp/lsp.h"
#include "lsp/lspdoc.h"

/* A list; findings in other files that the document includes are left to those. */
tum_val tum_lsp_check(const struct tum_lsp_opts *opts,
                      const struct tum_lspdoc *doc) TUM_MUST_USE;

#endif
