/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Markdown of items, actions and parameters, from the tables that the loader checks files
 * against.
 */
#include "lsp/lsptext.h"

bool tum_lsp_param_shows(const struct tum_param *param)
{
    return (param->flags & TUM_PARAM_HIDDEN) == 0 && param->replaced_by == NULL;
}

bool tum_lsp_takes_common(const struct tum_item_type *type,
                          const struct tum_param *param)
{
    if ((param->takes & TUM_TAKES_STEPS) != 0)
        return (type->flags & (TUM_ITEM_CONTAINER | TUM_ITEM_ACTIONS)) != 0;
    return (type->flags & TUM_ITEM_ACTION) == 0 ||
           (param->flags & TUM_PARAM_ACTION) != 0;
}

static void params_text(const struct tum_item_type *type, bool required,
                        struct tum_buf *out)
{
    bool any = false;

    for (const struct tum_param *p = type->params; p != NULL && p->name != NULL; p++) {
        if (!tum_lsp_param_shows(p) ||
            ((p->flags & TUM_PARAM_REQUIRED) != 0) != required)
            continue;
        if (!any)
            tum_buf_addf(out, "\n%s parameters:\n\n",
                         required ? "Required" : "Optional");
        any = true;
        tum_buf_addf(out, "- `%s` — %s\n", p->name, p->doc != NULL ? p->doc : "");
    }
}

void tum_lsp_type_text(const struct tum_item_type *type, struct tum_buf *out)
{
    tum_buf_addf(out, "**%s** — %s\n", type->keyword, type->row_type);
    if (type->summary != NULL)
        tum_buf_addf(out, "\n%s\n", type->summary);
    if ((type->flags & TUM_ITEM_FREE_BODY) != 0)
        tum_buf_adds(out, "\nIts value is free.\n");
    params_text(type, true, out);
    params_text(type, false, out);
}

void tum_lsp_param_text(const struct tum_param *param, struct tum_buf *out)
{
    tum_buf_adds(out, param->doc != NULL ? param->doc : "");
    for (size_t i = 0; param->choices != NULL && param->choices[i] != NULL; i++)
        tum_buf_addf(out, "%s`%s`", i == 0 ? "\n\nOne of " : ", ", param->choices[i]);
    if (param->deflt != NULL)
        tum_buf_addf(out, "\n\nDefault: `%s`", param->deflt);
}
