/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From events to nodes. The children of everything still open lie on one stack; when a
 * collection closes, its children are moved to the pool as one array, and the collection
 * becomes a child itself. Mistakes leave a BROKEN node and building goes on.
 *
 * Not here: loading what include tags name.
 */
#include "doc/tree.h"

#include "base/strmap.h"
#include "doc/docset.h"
#include "doc/pairs.h"
#include "doc/typing.h"

struct anchor {
    struct tum_span at;            /* of `&name` */
    const struct tum_node *target; /* NULL while the node is still open */
    size_t size;                   /* nodes that an alias stands for */
};

/* A collection that is not closed yet. */
struct frame {
    struct tum_node node;
    enum tum_tag tag;
    size_t first; /* index of its first child on the stack */
    size_t size;  /* of the tree before it */
    bool merges;  /* one of its keys is the merge sign */
    struct anchor *anchor;
};

/* An alias whose anchor was not there; judged at the end, when all anchors are known. */
struct stranger {
    struct tum_span at;
    char *name;
};

struct tum_tree {
    struct tum_tree_opts opts;
    struct tum_node *nodes; /* the stack */
    size_t count, cap;
    struct frame *frames;
    size_t frame_count, frame_cap;
    struct tum_node *pairs; /* scratch for mappings */
    size_t pair_cap;
    struct tum_strmap *anchors; /* name to struct anchor, of the pool's arena */
    struct stranger *strangers;
    size_t stranger_count, stranger_cap;
    struct tum_include *includes, **next_include;
    size_t size; /* nodes built, aliases and merges counted with all they stand for */
    size_t borrowed; /* the part of it that they stand for */
};

struct tum_tree *tum_tree_begin(const struct tum_tree_opts *opts)
{
    struct tum_tree *tree = tum_new(struct tum_tree);

    tree->opts = *opts;
    tree->anchors = tum_strmap_new();
    tree->next_include = &tree->includes;
    tum_grow(&tree->nodes, &tree->cap, 1); /* so that it has an address */
    return tree;
}

/* ---- places ---- */

static struct tum_span span_of(const struct tum_tree *tree, size_t start, size_t end)
{
    return (struct tum_span){
        .source = tree->opts.source,
        .start = (uint32_t)start,
        .length = (uint32_t)(end > start ? end - start : 0),
    };
}

static struct tum_span event_span(const struct tum_tree *tree,
                                  const struct tum_tree_event *event)
{
    return span_of(tree, event->start, event->end);
}

/* End of the anchor or tag that starts at `at`. */
static size_t property_end(struct tum_str text, size_t at, size_t end)
{
    bool verbatim = at + 1 < end && text.s[at] == '!' && text.s[at + 1] == '<';

    for (; at < end; at++) {
        if (verbatim ? text.s[at] == '>' : strchr(" \t\n\r,[]{}", text.s[at]) != NULL)
            return verbatim ? at + 1 : at;
    }
    return end;
}

/*
 * The events start where their anchor or tag does, without telling how long these are.
 * Returns where the node itself starts; *ret gets the place of the property that starts
 * with `sign`, if there is one.
 */
static size_t skip_properties(const struct tum_tree *tree,
                              const struct tum_tree_event *event, char sign,
                              struct tum_span *ret)
{
    struct tum_str text = tree->opts.text;
    size_t at = event->start;

    while (at < event->end) {
        char c = text.s[at];
        if (c == '!' || c == '&') {
            size_t end = property_end(text, at, event->end);
            if (c == sign && ret != NULL)
                *ret = span_of(tree, at, end);
            at = end;
        } else if (c == '#') {
            while (at < event->end && text.s[at] != '\n')
                at++;
        } else if (strchr(" \t\n\r", c) != NULL && c != '\0') {
            at++;
        } else {
            break;
        }
    }
    return at;
}

static size_t content_start(const struct tum_tree *tree,
                            const struct tum_tree_event *event)
{
    return event->anchor.s == NULL && event->tag.s == NULL
               ? event->start
               : skip_properties(tree, event, '\0', NULL);
}

static struct tum_span tag_span(const struct tum_tree *tree,
                                const struct tum_tree_event *event)
{
    struct tum_span at = event_span(tree, event);

    skip_properties(tree, event, '!', &at);
    return at;
}

/* ---- the stack ---- */

static bool too_many(struct tum_tree *tree, const struct tum_node *node)
{
    tum_mistake_add(tree->opts.mistakes,
                    (struct tum_span){node->source, node->start, 1},
                    "the files hold more than %zu values", TUM_NODE_LIMIT);
    return false;
}

/* Moves a node to the pool, where aliases find it; what stands in its place. */
static struct tum_node keep_anchored(struct tum_tree *tree, struct tum_node node,
                                     struct anchor *anchor, size_t size)
{
    anchor->target = tum_nodepool_nodes(tree->opts.pool, &node, 1);
    anchor->size = size;
    node.kind = TUM_NODE_ALIAS;
    node.as.target = anchor->target;
    return node;
}

static bool put(struct tum_tree *tree, const struct tum_node *node,
                struct anchor *anchor, size_t size)
{
    if (tree->count == tree->cap)
        tum_grow(&tree->nodes, &tree->cap, tree->count + 1);
    tree->nodes[tree->count++] =
        anchor == NULL ? *node : keep_anchored(tree, *node, anchor, size);
    return tree->opts.pool->node_count + tree->count <= TUM_NODE_LIMIT ||
           too_many(tree, node);
}

static struct tum_node new_node(const struct tum_tree *tree, unsigned kind,
                                size_t start, size_t end)
{
    return (struct tum_node){
        .kind = kind,
        .source = tree->opts.source,
        .start = (uint32_t)start,
        .length = (uint32_t)(end > start ? end - start : 0),
    };
}

/* The anchor of an event that has one. */
static struct anchor *new_anchor(struct tum_tree *tree,
                                 const struct tum_tree_event *event)
{
    struct anchor *anchor = tum_arena_new_of(tree->opts.pool->arena, struct anchor);
    struct tum_mistakes *mistakes = tree->opts.mistakes;

    anchor->at = event_span(tree, event);
    skip_properties(tree, event, '&', &anchor->at);
    struct anchor *old = tum_strmap_set(tree->anchors, event->anchor, anchor);
    if (old != NULL) {
        tum_mistake_add(mistakes, anchor->at,
                        "the anchor '&%.*s' is defined a second time, first at line %u",
                        TUM_STR_ARG(event->anchor),
                        tum_mistake_line(mistakes, old->at));
        tum_mistake_note(mistakes, old->at, "first defined here");
    }
    return anchor;
}

/* Counts what an alias or a merge key stands for. */
static bool borrow(struct tum_tree *tree, struct tum_span at, size_t size)
{
    tree->size += size;
    tree->borrowed += size;
    if (tree->borrowed <= TUM_ALIAS_LIMIT)
        return true;
    tum_mistake_add(tree->opts.mistakes, at,
                    "the aliases of this file stand for more than %d values",
                    TUM_ALIAS_LIMIT);
    return false;
}

/* ---- tags ---- */

static void unknown_tag(struct tum_tree *tree, const struct tum_tree_event *event,
                        enum tum_tag tag)
{
    TUM_AUTO(tum_buf_release) struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_mistakes *mistakes = tree->opts.mistakes;
    struct tum_span at = tag_span(tree, event);
    const char *near = tum_tag_nearest(event->tag, tree->opts.includes);

    tum_tag_short(event->tag, &buf);
    if (tag == TUM_TAG_INCLUDE || tag == TUM_TAG_RAW_INCLUDE)
        tum_mistake_add(mistakes, at,
                        "unknown tag '%s': a configuration file cannot include another",
                        buf.s);
    else
        tum_mistake_add(mistakes, at, "unknown tag '%s'", buf.s);
    if (near != NULL && tag == TUM_TAG_UNKNOWN)
        tum_mistake_note(mistakes, at, "did you mean '%s'?", near);
}

static void wrong_kind(struct tum_tree *tree, const struct tum_tree_event *event,
                       enum tum_tag tag, const char *found)
{
    TUM_AUTO(tum_buf_release) struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);
    const char *wanted = tag < TUM_TAG_SEQ                          ? "a single value"
                         : tag == TUM_TAG_MAP || tag == TUM_TAG_SET ? "a mapping"
                                                                    : "a list";

    tum_tag_short(event->tag, &buf);
    tum_mistake_add(tree->opts.mistakes, tag_span(tree, event),
                    "the tag '%s' is for %s, this is %s", buf.s, wanted, found);
}

static bool has_tag(const struct tum_tree_event *event)
{
    return event->tag.s != NULL && !tum_str_is(event->tag, "!");
}

static bool is_include(const struct tum_tree *tree, enum tum_tag tag)
{
    return tree->opts.includes &&
           (tag == TUM_TAG_INCLUDE || tag == TUM_TAG_RAW_INCLUDE);
}

/* An include tag on `spec`. */
static struct tum_node include_node(struct tum_tree *tree, struct tum_node spec,
                                    enum tum_tag tag)
{
    struct tum_include *include =
        tum_arena_new_of(tree->opts.pool->arena, struct tum_include);
    struct tum_node node = spec;

    include->spec = spec;
    include->raw = tag == TUM_TAG_RAW_INCLUDE;
    *tree->next_include = include;
    tree->next_include = &include->next;
    node.kind = TUM_NODE_INCLUDE;
    node.as.include = include;
    return node;
}

/* ---- scalars ---- */

static void set_text(struct tum_tree *tree, struct tum_node *node, struct tum_str text)
{
    node->kind = TUM_NODE_SCALAR;
    node->form = TUM_STR;
    node->as.text = tum_nodepool_text(tree->opts.pool, text);
}

static void set_value(struct tum_tree *tree, struct tum_node *node, tum_val take)
{
    node->kind = TUM_NODE_SCALAR;
    node->form = take.kind;
    switch (tum_val_kind(take)) {
    case TUM_NONE:
        node->kind = TUM_NODE_NULL;
        break;
    case TUM_BOOL:
        node->as.bits = take.as.b;
        break;
    case TUM_INT:
        node->as.bits = take.as.i;
        break;
    case TUM_FLOAT:
        memcpy(&node->as.bits, &take.as.f, sizeof(take.as.f));
        break;
    default:
        node->form = TUM_FORM_BOXED;
        node->as.boxed = tum_nodepool_box(tree->opts.pool, take);
        break;
    }
}

/* Longest part of a scalar that a message repeats. */
#define SHOWN_SCALAR 60

static void set_typed(struct tum_tree *tree, struct tum_node *node,
                      const struct tum_tree_event *event, enum tum_tag tag,
                      struct tum_str text)
{
    const char *wrong = NULL;
    tum_val value = tum_val_none();
    bool forced = has_tag(event);
    enum tum_typed typed = forced ? tum_typing_forced(tag, text, &value, &wrong)
                                  : tum_typing_plain(text, &value, &wrong);

    switch (typed) {
    case TUM_TYPED_TEXT:
        set_text(tree, node, text);
        if (!forced && tum_str_is(text, "<<"))
            node->flags |= TUM_NODE_MERGE;
        return;
    case TUM_TYPED_VALUE:
        set_value(tree, node, value);
        return;
    case TUM_TYPED_WRONG:
        break;
    }
    TUM_AUTO(tum_buf_release) struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_span at = {node->source, node->start, node->length};
    bool cut = text.n > SHOWN_SCALAR;

    node->kind = TUM_NODE_BROKEN;
    if (cut)
        text = tum_str_sub(text, 0, SHOWN_SCALAR);
    if (forced)
        tum_mistake_add(tree->opts.mistakes, at, "%s: '%.*s%s' %s",
                        tum_tag_short(event->tag, &buf).s, TUM_STR_ARG(text),
                        cut ? "…" : "", wrong);
    else
        tum_mistake_add(tree->opts.mistakes, at, "'%.*s%s' %s", TUM_STR_ARG(text),
                        cut ? "…" : "", wrong);
}

static struct tum_node include_scalar(struct tum_tree *tree, struct tum_node node,
                                      enum tum_tag tag, struct tum_str text)
{
    set_text(tree, &node, text);
    return include_node(tree, node, tag);
}

static void set_tagged(struct tum_tree *tree, struct tum_node *node,
                       const struct tum_tree_event *event, struct tum_str text)
{
    enum tum_tag tag = tum_tag_find(event->tag);

    if (tag < TUM_TAG_SEQ)
        set_typed(tree, node, event, tag, text);
    else if (is_include(tree, tag))
        *node = include_scalar(tree, *node, tag, text);
    else if (tag < TUM_TAG_INCLUDE)
        wrong_kind(tree, event, tag, "a single value");
    else
        unknown_tag(tree, event, tag);
}

/* The mapping that a `<<` is a key of has merges. */
static void mark_merge(struct tum_tree *tree)
{
    struct frame *frame = &tree->frames[tree->frame_count - 1];
    bool is_key = (tree->count - frame->first) % 2 == 0;

    if (frame->node.kind == TUM_NODE_MAP && is_key)
        frame->merges = true;
}

bool tum_tree_scalar(struct tum_tree *tree, const struct tum_tree_event *event,
                     struct tum_str text, bool plain)
{
    struct anchor *anchor = event->anchor.s != NULL ? new_anchor(tree, event) : NULL;
    size_t start = content_start(tree, event);
    size_t end = event->end;

    /* A block scalar ends after its last line break. */
    while (end > start && tree->opts.text.s[end - 1] == '\n')
        end--;
    struct tum_node node = new_node(tree, TUM_NODE_BROKEN, start, end);

    if (has_tag(event))
        set_tagged(tree, &node, event, text);
    else if (plain)
        set_typed(tree, &node, event, TUM_TAG_UNKNOWN, text);
    else
        set_text(tree, &node, text);
    if (node.flags & TUM_NODE_MERGE && tree->frame_count > 0)
        mark_merge(tree);
    tree->size++;
    return put(tree, &node, anchor, 1);
}

/* ---- aliases ---- */

bool tum_tree_alias(struct tum_tree *tree, const struct tum_tree_event *event,
                    struct tum_str name)
{
    const struct anchor *anchor = tum_strmap_get(tree->anchors, name);
    struct tum_span at = event_span(tree, event);
    struct tum_node node = new_node(tree, TUM_NODE_BROKEN, event->start, event->end);

    if (anchor == NULL) {
        tum_grow(&tree->strangers, &tree->stranger_cap, tree->stranger_count + 1);
        tree->strangers[tree->stranger_count++] =
            (struct stranger){.at = at, .name = tum_strndup(name.s, name.n)};
    } else if (anchor->target == NULL) {
        tum_mistake_add(tree->opts.mistakes, at,
                        "the alias '*%.*s' stands inside its own anchor: "
                        "a value cannot contain itself",
                        TUM_STR_ARG(name));
        tum_mistake_note(tree->opts.mistakes, anchor->at, "the anchor is here");
    } else {
        node.kind = TUM_NODE_ALIAS;
        node.as.target = anchor->target;
        if (!borrow(tree, at, anchor->size))
            return false;
    }
    tree->size++;
    return put(tree, &node, NULL, 0);
}

/* Nearest names are looked for among so many anchors, for so many aliases. */
#define NEAR_ANCHORS 1000
#define NEAR_ALIASES 100

static void report_stranger(struct tum_tree *tree, const struct stranger *it,
                            const char *const *names)
{
    struct tum_mistakes *mistakes = tree->opts.mistakes;
    const struct anchor *anchor = tum_strmap_get(tree->anchors, tum_str_of(it->name));
    const char *near = NULL;

    if (anchor != NULL) {
        tum_mistake_add(mistakes, it->at,
                        "unknown alias '*%s': its anchor comes only at line %u",
                        it->name, tum_mistake_line(mistakes, anchor->at));
        tum_mistake_note(mistakes, anchor->at, "the anchor is here");
        return;
    }
    if (names != NULL)
        near = tum_str_nearest(tum_str_of(it->name), names);
    tum_mistake_add(mistakes, it->at, "unknown alias '*%s': no anchor '&%s' above",
                    it->name, it->name);
    if (near != NULL)
        tum_mistake_note(mistakes, it->at, "did you mean '*%s'?", near);
}

static void report_strangers(struct tum_tree *tree)
{
    size_t count = 0, cursor = 0;
    struct tum_str name;
    void *value;

    if (tree->stranger_count == 0)
        return;

    size_t most = TUM_MIN(tum_strmap_count(tree->anchors), (size_t)NEAR_ANCHORS);
    const char **names = tum_new_array(const char *, most + 1);

    while (count < most && tum_strmap_next(tree->anchors, &cursor, &name, &value))
        names[count++] = tum_arena_strndup(tree->opts.pool->arena, name.s, name.n);
    for (size_t i = 0; i < tree->stranger_count; i++)
        report_stranger(tree, &tree->strangers[i], i < NEAR_ALIASES ? names : NULL);
    tum_free(names);
}

/* ---- mappings ---- */

/* Adds a mistake and returns false when a node cannot be a key. */
static bool check_key(struct tum_tree *tree, const struct tum_node *slot)
{
    const struct tum_node *key = tum_node_resolve(slot);

    if (key->kind == TUM_NODE_SCALAR || key->kind == TUM_NODE_NULL)
        return true;
    if (key->kind != TUM_NODE_BROKEN) {
        const char *what = key->kind == TUM_NODE_SEQ   ? "a list"
                           : key->kind == TUM_NODE_MAP ? "a mapping"
                                                       : "an include";
        tum_mistake_add(tree->opts.mistakes,
                        (struct tum_span){slot->source, slot->start, slot->length},
                        "%s cannot be a key of a mapping", what);
    }
    return false;
}

static void add_pairs(struct tum_tree *tree, size_t *count,
                      const struct tum_node *nodes, size_t n)
{
    tum_grow(&tree->pairs, &tree->pair_cap, 2 * (*count + n) + 1);
    memcpy(&tree->pairs[2 * *count], nodes, 2 * n * sizeof(*nodes));
    *count += n;
}

static bool merge_map(struct tum_tree *tree, size_t *count, const struct tum_node *slot)
{
    const struct tum_node *map = tum_node_resolve(slot);
    struct tum_span at = {slot->source, slot->start, slot->length};

    if (map->kind == TUM_NODE_MAP) {
        if (map->count == 0)
            return true;
        add_pairs(tree, count, map->as.nodes, map->count);
        return borrow(tree, at, 2 * (size_t)map->count);
    }
    if (map->kind == TUM_NODE_INCLUDE) {
        tum_mistake_add(tree->opts.mistakes, at,
                        "'<<' cannot merge an include: it takes a mapping or a list of "
                        "mappings of this file");
    } else if (map->kind != TUM_NODE_BROKEN) {
        TUM_AUTO(tum_freep) char *found = tum_node_describe(map);
        tum_mistake_add(tree->opts.mistakes, at,
                        "'<<' takes a mapping or a list of mappings, not %s", found);
    }
    return true;
}

/* In a list the earlier mapping wins, and later pairs win here: so from the end. */
static bool merge_value(struct tum_tree *tree, size_t *count,
                        const struct tum_node *slot)
{
    const struct tum_node *value = tum_node_resolve(slot);

    if (value->kind != TUM_NODE_SEQ || value->form == TUM_SEQ_SET)
        return merge_map(tree, count, slot);
    for (size_t i = value->count; i-- > 0;)
        if (!merge_map(tree, count, &value->as.nodes[i]))
            return false;
    return true;
}

/* The pairs of a mapping with merges and double keys worked out, in tree->pairs. */
static bool gather_pairs(struct tum_tree *tree, const struct frame *frame, size_t n,
                         size_t *ret_count)
{
    const struct tum_node *own = &tree->nodes[frame->first];
    size_t count = 0;

    for (size_t i = 0; frame->merges && i < n; i++)
        if (own[2 * i].flags & TUM_NODE_MERGE &&
            !merge_value(tree, &count, &own[2 * i + 1]))
            return false;
    for (size_t i = 0; i < n; i++)
        if (!(own[2 * i].flags & TUM_NODE_MERGE) && check_key(tree, &own[2 * i]))
            add_pairs(tree, &count, &own[2 * i], 1);
    *ret_count = tum_pairs_distinct(tree->pairs, count);
    return true;
}

static bool close_map(struct tum_tree *tree, struct frame *frame)
{
    struct tum_nodepool *pool = tree->opts.pool;
    const struct tum_node *own = &tree->nodes[frame->first];
    size_t n = (tree->count - frame->first) / 2;
    struct tum_node *map = &frame->node;

    /* Without braces the first key shows best where a mapping is. */
    if (n > 0 && tree->opts.text.s[map->start] != '{' && own[0].source == map->source) {
        map->start = own[0].start;
        map->length = own[0].length;
    }
    if (frame->merges || !tum_pairs_simple(own, n)) {
        if (!gather_pairs(tree, frame, n, &n))
            return false;
        own = tree->pairs;
    }
    map->count = (uint32_t)n;
    map->as.nodes = tum_nodepool_nodes(pool, own, 2 * n);
    return true;
}

/* ---- collections ---- */

/* Judges the tag of a collection; a wrong one makes it BROKEN. */
static void check_tag(struct tum_tree *tree, const struct tum_tree_event *event,
                      struct frame *frame)
{
    enum tum_tag tag = tum_tag_find(event->tag);
    bool is_map = frame->node.kind == TUM_NODE_MAP;
    bool is_map_tag = tag == TUM_TAG_MAP || tag == TUM_TAG_SET;

    frame->tag = tag;
    if (is_include(tree, tag))
        return;
    if (tag >= TUM_TAG_INCLUDE)
        unknown_tag(tree, event, tag);
    else if (tag < TUM_TAG_SEQ || is_map_tag != is_map)
        wrong_kind(tree, event, tag, is_map ? "a mapping" : "a list");
    else
        return;
    frame->node.kind = TUM_NODE_BROKEN;
}

bool tum_tree_open(struct tum_tree *tree, const struct tum_tree_event *event,
                   enum tum_node_kind kind)
{
    size_t start = content_start(tree, event);

    if (tree->frame_count >= TUM_NODE_DEPTH) {
        tum_mistake_add(tree->opts.mistakes, span_of(tree, start, start + 1),
                        "more than %d lists and mappings inside each other",
                        TUM_NODE_DEPTH);
        return false;
    }
    if (tree->frame_count == tree->frame_cap)
        tum_grow(&tree->frames, &tree->frame_cap, tree->frame_count + 1);

    struct frame *frame = &tree->frames[tree->frame_count++];

    frame->node = new_node(tree, kind, start, start + 1);
    frame->tag = TUM_TAG_UNKNOWN;
    frame->first = tree->count;
    frame->size = tree->size++;
    frame->merges = false;
    frame->anchor = event->anchor.s != NULL ? new_anchor(tree, event) : NULL;
    if (has_tag(event))
        check_tag(tree, event, frame);
    return true;
}

/* The elements of !!omap and !!pairs: mappings of one pair. */
static void check_pairs(struct tum_tree *tree, struct tum_node *seq)
{
    for (size_t i = 0; i < seq->count; i++) {
        const struct tum_node *slot = &seq->as.nodes[i];
        const struct tum_node *item = tum_node_resolve(slot);
        if ((item->kind == TUM_NODE_MAP && item->count == 1) ||
            item->kind == TUM_NODE_BROKEN)
            continue;
        TUM_AUTO(tum_freep) char *found = tum_node_describe(item);
        seq->kind = TUM_NODE_BROKEN;
        tum_mistake_add(tree->opts.mistakes,
                        (struct tum_span){slot->source, slot->start, slot->length},
                        "a list of pairs holds mappings of one pair, not %s", found);
        return;
    }
}

static void close_seq(struct tum_tree *tree, struct frame *frame)
{
    struct tum_node *seq = &frame->node;
    size_t n = tree->count - frame->first;

    seq->count = (uint32_t)n;
    seq->as.nodes = tum_nodepool_nodes(tree->opts.pool, &tree->nodes[frame->first], n);
    if (frame->tag == TUM_TAG_TUPLE)
        seq->form = TUM_SEQ_TUPLE;
    if (frame->tag == TUM_TAG_PAIRS) {
        seq->form = TUM_SEQ_PAIRS;
        check_pairs(tree, seq);
    }
}

/* A set is the list of the keys of its mapping. */
static void map_to_set(struct tum_tree *tree, struct tum_node *map)
{
    size_t n = map->count;

    tum_grow(&tree->pairs, &tree->pair_cap, n + 1);
    for (size_t i = 0; i < n; i++)
        tree->pairs[i] = map->as.nodes[2 * i];
    map->kind = TUM_NODE_SEQ;
    map->form = TUM_SEQ_SET;
    map->as.nodes = tum_nodepool_nodes(tree->opts.pool, tree->pairs, n);
}

bool tum_tree_close(struct tum_tree *tree)
{
    struct frame *frame = &tree->frames[tree->frame_count - 1];

    if (frame->node.kind == TUM_NODE_SEQ) {
        close_seq(tree, frame);
    } else if (frame->node.kind == TUM_NODE_MAP) {
        if (!close_map(tree, frame))
            return false;
        if (frame->tag == TUM_TAG_SET)
            map_to_set(tree, &frame->node);
    }
    tree->count = frame->first;
    tree->frame_count--;
    if (is_include(tree, frame->tag))
        frame->node = include_node(tree, frame->node, frame->tag);
    return put(tree, &frame->node, frame->anchor, tree->size - frame->size);
}

/* ---- the end ---- */

const struct tum_node *tum_tree_end(struct tum_tree *tree,
                                    struct tum_include **ret_includes)
{
    const struct tum_node *root = NULL;

    report_strangers(tree);
    if (tree->frame_count == 0) {
        struct tum_node none = new_node(tree, TUM_NODE_NULL, 0, 0);
        root = tum_nodepool_nodes(tree->opts.pool,
                                  tree->count > 0 ? tree->nodes : &none, 1);
        *ret_includes = tree->includes;
    }
    for (size_t i = 0; i < tree->stranger_count; i++)
        tum_free(tree->strangers[i].name);
    tum_free(tree->strangers);
    tum_strmap_free(tree->anchors);
    tum_free(tree->nodes);
    tum_free(tree->frames);
    tum_free(tree->pairs);
    tum_free(tree);
    return root;
}
