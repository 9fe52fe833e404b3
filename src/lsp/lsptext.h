/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the descriptors say, as markdown for an editor.
 */
#ifndef TUM_LSPTEXT_H
#define TUM_LSPTEXT_H

#include "tum/item.h"

/* An item or an action: heading, what it is, required and optional parameters. */
void tum_lsp_type_text(const struct tum_item_type *type, struct tum_buf *out);
/* One parameter: its sentence, default, choices. */
void tum_lsp_param_text(const struct tum_param *param, struct tum_buf *out);
/* Shown to a person: neither hidden nor replaced. */
bool tum_lsp_param_shows(const struct tum_param *param);
/* A common parameter that the type takes. */
bool tum_lsp_takes_common(const struct tum_item_type *type,
                          const struct tum_param *param);

#endif
