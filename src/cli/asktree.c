/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree is a flat list in the order of its rows; an entry knows where what is below it
 * ends.
 */
#include "cli/asktree.h"
#include "tum/mem.h"

static tum_val field(tum_val map, const char *key)
{
    tum_val v;

    return tum_map_peeks(map, key, &v) ? v : tum_val_none();
}

static void add_level(struct tum_asktree *tree, tum_val entries, tum_val previous,
                      size_t depth, size_t parent)
{
    bool known = tum_list_len(previous) == tum_list_len(entries);
    size_t i = 0;

    tum_list_each (entry, entries) {
        tum_val before = known ? tum_list_items(previous)[i++] : tum_val_none();
        size_t at = tree->count;

        tum_grow(&tree->entries, &tree->cap, tree->count + 1);
        tree->entries[tree->count++] = (struct tum_asktree_entry){
            .name = field(*entry, "name"),
            .description = tum_val_text(field(*entry, "description")),
            .depth = depth,
            .parent = depth > 0 ? parent : at,
            .checked = !known || tum_val_truth(field(before, "checked")),
            .shown = true,
        };
        add_level(tree, field(*entry, "choices"), field(before, "choices"), depth + 1,
                  at);
        tree->entries[at].end = tree->count;
    }
}

void tum_asktree_init(struct tum_asktree *tree, tum_val entries, tum_val previous)
{
    *tree = (struct tum_asktree){0};
    add_level(tree, entries, previous, 0, 0);
}

void tum_asktree_release(struct tum_asktree *tree)
{
    tum_free(tree->entries);
    *tree = (struct tum_asktree){0};
}

void tum_asktree_toggle(struct tum_asktree *tree, size_t i)
{
    bool checked;

    if (i >= tree->count)
        return;
    checked = !tree->entries[i].checked;
    for (size_t k = i; k < tree->entries[i].end; k++)
        tree->entries[k].checked = checked;
}

void tum_asktree_check_all(struct tum_asktree *tree, bool checked)
{
    for (size_t i = 0; i < tree->count; i++)
        tree->entries[i].checked = checked;
}

/* A fold hides what is below it, and what is current stays in sight. */
static void come_in_sight(struct tum_asktree *tree)
{
    size_t at = tree->current;

    if (tree->count == 0)
        return;
    for (size_t i = at;; i = tree->entries[i].parent) {
        if (tree->entries[i].folded && i != tree->current && !tree->filtered)
            at = i;
        if (tree->entries[i].parent == i)
            break;
    }
    tree->current = at;
    if (!tree->entries[at].shown) {
        at = tum_asktree_first(tree);
        tree->current = at < tree->count ? at : 0;
    }
}

void tum_asktree_fold(struct tum_asktree *tree, size_t i, bool folded)
{
    if (i < tree->count && tree->entries[i].end > i + 1)
        tree->entries[i].folded = folded;
    come_in_sight(tree);
}

void tum_asktree_fold_all(struct tum_asktree *tree, bool folded)
{
    for (size_t i = 0; i < tree->count; i++)
        tree->entries[i].folded = folded && tree->entries[i].end > i + 1;
    come_in_sight(tree);
}

bool tum_asktree_is_folded(const struct tum_asktree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        if (tree->entries[i].folded)
            return true;
    return false;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool holds(struct tum_str text, struct tum_str what)
{
    for (size_t i = 0; i + what.n <= text.n; i++) {
        size_t k = 0;

        while (k < what.n && lower(text.s[i + k]) == lower(what.s[k]))
            k++;
        if (k == what.n)
            return true;
    }
    return false;
}

void tum_asktree_filter(struct tum_asktree *tree, struct tum_str text)
{
    size_t next, found = tree->count;
    bool inside = false; /* what is current is, or is below, something that holds it */

    tree->filtered = text.n > 0;
    for (size_t i = 0; i < tree->count; i++)
        tree->entries[i].shown = !tree->filtered;
    for (size_t i = 0; tree->filtered && i < tree->count; i = next) {
        const struct tum_asktree_entry *entry = &tree->entries[i];
        TUM_AUTO(tum_freep) char *name = tum_val_to_str(entry->name);

        next = i + 1;
        if (!holds(tum_str_of(name), text) && !holds(entry->description, text))
            continue;
        next = entry->end;
        found = TUM_MIN(found, i);
        inside |= tree->current >= i && tree->current < next;
        for (size_t k = i; k < next; k++)
            tree->entries[k].shown = true;
        for (size_t k = i; tree->entries[k].parent != k;) {
            k = tree->entries[k].parent;
            tree->entries[k].shown = true;
        }
    }
    if (found < tree->count && !inside)
        tree->current = found;
    come_in_sight(tree);
}

static size_t seen_from(const struct tum_asktree *tree, size_t i)
{
    while (i < tree->count && !tree->entries[i].shown)
        i++;
    return i;
}

size_t tum_asktree_first(const struct tum_asktree *tree)
{
    return seen_from(tree, 0);
}

size_t tum_asktree_next(const struct tum_asktree *tree, size_t from)
{
    const struct tum_asktree_entry *entry = &tree->entries[from];

    return seen_from(tree, entry->folded && !tree->filtered ? entry->end : from + 1);
}

void tum_asktree_down(struct tum_asktree *tree)
{
    size_t next = tree->count > 0 ? tum_asktree_next(tree, tree->current) : 0;

    if (next < tree->count)
        tree->current = next;
}

void tum_asktree_up(struct tum_asktree *tree)
{
    size_t before = tree->current;

    for (size_t i = tum_asktree_first(tree); i < tree->current;
         i = tum_asktree_next(tree, i))
        before = i;
    tree->current = before;
}

static tum_val answer_of(const struct tum_asktree *tree, size_t from, size_t to)
{
    struct tum_list_builder *b = tum_list_begin(4);

    for (size_t i = from; i < to; i = tree->entries[i].end) {
        const struct tum_asktree_entry *entry = &tree->entries[i];
        struct tum_map_builder *m = tum_map_begin(3);

        tum_map_adds(m, "name", tum_val_ref(entry->name));
        tum_map_adds(m, "checked", tum_val_bool(entry->checked));
        if (entry->end > i + 1)
            tum_map_adds(m, "choices", answer_of(tree, i + 1, entry->end));
        tum_list_add(b, tum_map_end(m));
    }
    return tum_list_end(b);
}

tum_val tum_asktree_answer(const struct tum_asktree *tree)
{
    return answer_of(tree, 0, tree->count);
}
