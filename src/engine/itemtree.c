/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The item tree: accessors of the item API, names and paths, walking.
 */
#include "engine/itemtree.h"

#include "engine/session.h"
#include "tum/mem.h"

const struct tum_common tum_common_none = {0};

const void *tum_item_data(const struct tum_item *item)
{
    return item->data;
}

const char *tum_item_name(const struct tum_item *item)
{
    return item->name;
}

const char *tum_item_keyword(const struct tum_item *item)
{
    return item->type->keyword;
}

const struct tum_item_type *tum_item_type(const struct tum_item *item)
{
    return item->type;
}

const struct tum_item *tum_item_parent(const struct tum_item *item)
{
    return item->parent;
}

const struct tum_item *tum_item_first(const struct tum_item *item)
{
    return item->first;
}

const struct tum_item *tum_item_next(const struct tum_item *item)
{
    return item->next;
}

bool tum_item_is_skipped(const struct tum_item *item)
{
    while (item != NULL && !item->skipped)
        item = item->parent;
    return item != NULL;
}

struct tum_span tum_item_at(const struct tum_item *item)
{
    return item->at;
}

const struct tum_arg *tum_item_body(const struct tum_item *item)
{
    if (item->body == NULL)
        tum_bug("'%s' has no free body", item->type->keyword);
    return item->body;
}

static void add_path(struct tum_buf *out, const struct tum_item *item)
{
    if (item->parent != NULL) {
        add_path(out, item->parent);
        tum_buf_adds(out, " > ");
    }
    if (item->name[0] != '\0')
        tum_buf_add(out, item->name, item->name_length);
    else
        tum_buf_addf(out, "[%s]", item->type->row_type);
}

char *tum_item_path(const struct tum_item *item, const char *keyword)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    if (item != NULL)
        add_path(&out, item);
    if (keyword != NULL) {
        if (out.len > 0)
            tum_buf_adds(&out, " > ");
        tum_buf_adds(&out, keyword);
    }
    return tum_buf_detach(&out);
}

void tum_item_address(const struct tum_item *item, struct tum_buf *out)
{
    if (item->type->flags & TUM_ITEM_ACTION) {
        tum_item_address(item->parent, out);
        return;
    }
    if (item->parent == NULL)
        return;
    tum_item_address(item->parent, out);
    if (out->len > 0)
        tum_buf_addc(out, '/');
    if (item->name[0] == '\0')
        tum_buf_addf(out, "[%s]", item->type->row_type);
    for (size_t i = 0; i < item->name_length; i++) {
        if (item->name[i] == '/' || item->name[i] == '\\')
            tum_buf_addc(out, '\\');
        tum_buf_addc(out, item->name[i]);
    }
}

void tum_item_row_name(const struct tum_item *item, struct tum_buf *out)
{
    if ((item->type->flags & TUM_ITEM_ACTION) == 0) {
        tum_buf_add(out, item->name, item->name_length);
        return;
    }
    tum_buf_adds(out, item->type->keyword);
    if (item->name[0] != '\0') {
        tum_buf_adds(out, " - ");
        tum_buf_add(out, item->name, item->name_length);
    }
}

const struct tum_item *tum_item_walk(const struct tum_item *root,
                                     const struct tum_item *item)
{
    if (item->first != NULL)
        return item->first;
    while (item != root && item->next == NULL)
        item = item->parent;
    return item == root ? NULL : item->next;
}

static const char *const verdict_texts[] = {"PASS", "FAIL", "SKIP"};
static const char *const outcome_texts[] = {
    "none",        "failed", "timeout", "error",   "degraded",   "interrupted",
    "known_flaky", "passed", "flaky",   "skipped", "deselected",
};

const char *tum_verdict_text(enum tum_verdict verdict)
{
    return verdict_texts[verdict];
}

const char *tum_outcome_text(enum tum_outcome outcome)
{
    return outcome_texts[outcome];
}
