/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language server: an editor asks about the campaigns it has open. Language Server
 * Protocol 3.17 over two descriptors, JSON-RPC 2.0 in frames with Content-Length. It knows
 * the items from their descriptors, looks at texts as they are, and starts nothing.
 */
#ifndef TUM_LSP_H
#define TUM_LSP_H

#include "tum/item.h"

struct tum_lsp_opts {
    int in, out;                              /* stay open */
    const struct tum_item_type *const *items; /* as for struct tum_session_opts */
    const char *program;
};

/*
 * Serves until `exit` or the end of the input. True: it was asked to shut down before.
 * An error is a frame that cannot be read or an answer that cannot be written.
 */
bool tum_lsp_serve(const struct tum_lsp_opts *opts, bool *ret_orderly,
                   struct tum_error **err);

#endif
