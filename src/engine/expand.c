/* SPDX-License-Identifier: Apache-2.0 */
/*
 * $(name) and <| expression |>: finding them in a value and putting results in.
 *
 * A round replaces names in the whole value until no more can be, then expressions; rounds
 * repeat until one changes nothing. Evaluation itself is in evaluate.c.
 */
#include "engine/runstate.h"

#include "tum/mem.h"

/* Rounds over one value, replacement scans and size of one text. */
#define ROUNDS_LIMIT 10
#define SCANS_LIMIT  1000
#define TEXT_LIMIT   ((size_t)16 << 20)

struct marks {
    struct tum_str open, close;
};

static const struct marks name_marks = {{"$(", 2}, {")", 1}};
static const struct marks expr_marks = {{"<|", 2}, {"|>", 2}};

struct match {
    size_t start, end; /* with the marks */
    struct tum_str content;
};

/*
 * The next match at or after *pos: innermost, so the last opening mark before the first
 * closing one. Empty content is no match. *pos moves behind it.
 */
static bool next_match(const struct marks *marks, struct tum_str text, size_t *pos,
                       struct match *ret)
{
    for (;;) {
        size_t open = tum_str_find(text, marks->open, *pos);
        size_t close, start;

        if (open == TUM_STR_NONE)
            return false;
        close = tum_str_find(text, marks->close, open + marks->open.n);
        if (close == TUM_STR_NONE)
            return false;
        start = open;
        for (;;) {
            size_t later = tum_str_find(text, marks->open, start + 1);

            if (later == TUM_STR_NONE || later + marks->open.n > close)
                break;
            start = later;
        }
        if (start + marks->open.n == close) {
            *pos = start + marks->open.n;
            continue;
        }
        ret->start = start;
        ret->end = close + marks->close.n;
        ret->content = tum_str_sub(text, start + marks->open.n, close);
        *pos = ret->end;
        return true;
    }
}

static bool text_has_marks(struct tum_str text)
{
    const char *p = text.s;
    const char *end = text.s + text.n;

    while (p < end) {
        size_t left = (size_t)(end - p);
        const char *dollar = memchr(p, '$', left);

        if (dollar != NULL && dollar + 1 < end && dollar[1] == '(')
            return true;
        if (dollar == NULL)
            break;
        p = dollar + 1;
    }
    return tum_str_find(text, expr_marks.open, 0) != TUM_STR_NONE;
}

bool tum_val_constant(tum_val v)
{
    switch (tum_val_kind(v)) {
    case TUM_STR:
        return !text_has_marks(tum_val_text(v));
    case TUM_LIST:
    case TUM_TUPLE:
    case TUM_SET:
        tum_list_each (item, v) {
            if (!tum_val_constant(*item))
                return false;
        }
        return true;
    case TUM_MAP:
        tum_map_each (entry, v) {
            if (!tum_val_constant(entry->key) || !tum_val_constant(entry->value))
                return false;
        }
        return true;
    default:
        return true;
    }
}

static bool is_loop_name(struct tum_str name)
{
    return name.n >= 10 && memcmp(name.s, "loop_", 5) == 0 &&
           (tum_str_is(name, "loop_param") || tum_str_is(name, "loop_index") ||
            tum_str_is(name, "loop_count") || tum_str_is(name, "loop_index_inverse"));
}

static bool loop_lookup(const struct tum_asker *asker, struct tum_str name,
                        tum_val *ret)
{
    const struct tum_run *run = asker->names;

    while (run != NULL && run->loop == NULL)
        run = run->parent;
    if (run == NULL)
        return false;
    if (tum_str_is(name, "loop_param"))
        *ret = tum_val_ref(run->loop->param);
    else if (tum_str_is(name, "loop_index"))
        *ret = tum_val_ref(run->loop->index);
    else if (tum_str_is(name, "loop_count"))
        *ret = tum_val_ref(run->loop->count);
    else
        *ret = tum_val_ref(run->loop->inverse);
    return ret->kind != TUM_NONE;
}

/* A name with the value null counts as unknown. */
static bool lookup(const struct tum_asker *asker, struct tum_str name, tum_val *ret)
{
    if (!asker->loop_as_variable && is_loop_name(name))
        return loop_lookup(asker, name, ret);
    if (asker->hide_result && tum_str_is(name, "result"))
        return false;
    if (asker->hide_files && (tum_str_is(name, "db") || tum_str_is(name, "out")))
        return false;
    if (asker->locals.kind == TUM_MAP) {
        tum_val key = tum_val_text_of(name);
        bool found = tum_map_peek(asker->locals, key, ret);

        tum_val_unref(key);
        if (found) {
            tum_val_ref(*ret);
            return ret->kind != TUM_NONE;
        }
    }
    if (!tum_scope_get(asker->session->scope, name, ret))
        return false;
    return ret->kind != TUM_NONE;
}

static const char name_hint[] =
    "set it before: in a configuration file, with -d, or by an earlier 'let' or "
    "'store_result'";

/* A warning, and what helps, belong to the item that asked, or to the load. */
static void asker_warn_once(struct tum_asker *asker, const char *text, const char *hint)
{
    if (asker->run != NULL) {
        if (tum_out_warn_once(asker->run, "%s", text))
            tum_out_debug(asker->run, "%s", hint);
    } else if (tum_session_warn_once(asker->session, "%s", text)) {
        tum_session_debug(asker->session, "%s", hint);
    }
}

/* What helps against a cause of a failed expression. */
static const char *expression_hint(struct tum_str cause, bool unresolved)
{
    if (unresolved)
        return name_hint;
    if (tum_str_find(cause, TUM_S("unicode"), 0) != TUM_STR_NONE &&
        tum_str_find(cause, TUM_S("escape"), 0) != TUM_STR_NONE)
        return "a backslash starts an escape here: write r\"$(var)\"";
    return "names are inserted as they are, a text needs quotes: \"$(var)\"; 'tum "
           "eval' "
           "shows what an expression gives";
}

static void warn_expression(struct tum_asker *asker, struct tum_str content,
                            const struct tum_error *err)
{
    struct tum_buf cause = TUM_BUF_INIT(TEXT_LIMIT);
    struct tum_str shown = tum_str_trim(content);
    struct match match;
    size_t pos = 0;
    bool unresolved = false;

    if (asker->quiet || err->kind == TUM_ERROR_STOPPED)
        return;
    while (next_match(&name_marks, content, &pos, &match)) {
        tum_buf_adds(&cause, unresolved ? ", $(" : "unresolved $(");
        tum_buf_addt(&cause, match.content);
        tum_buf_addc(&cause, ')');
        unresolved = true;
    }
    if (!unresolved) {
        char *text = tum_error_text(err);

        if (err->type != NULL)
            tum_buf_addf(&cause, "%s: ", err->type);
        tum_buf_adds(&cause, text);
        tum_free(text);
    }
    char *line = tum_asprintf("'<| %.*s |>' evaluation failed: %s — left as-is.",
                              TUM_STR_ARG(shown), cause.s);

    asker_warn_once(asker, line, expression_hint(tum_buf_str(&cause), unresolved));
    tum_free(line);
    tum_buf_release(&cause);
}

/* No value that can be kept, as the error says: perhaps the list of its elements is. */
static bool evaluate_series(struct tum_asker *asker, struct tum_str content,
                            const struct tum_error *why, tum_val *ret)
{
    struct tum_buf listing = TUM_BUF_INIT(TEXT_LIMIT);
    struct tum_error *err = NULL;
    bool ok;

    if (!asker->series || why->type == NULL || strcmp(why->type, "TypeError") != 0 ||
        strstr(why->text, "plain value") == NULL)
        return false;
    /* The line end ends a comment. */
    tum_buf_addf(&listing, "list((%.*s\n))", TUM_STR_ARG(content));
    ok = tum_asker_evaluate(asker, tum_buf_str(&listing), ret, &err);
    tum_error_free(err);
    tum_buf_release(&listing);
    return ok;
}

static bool holds_name(struct tum_str content)
{
    struct match match;
    size_t pos = 0;

    return next_match(&name_marks, content, &pos, &match);
}

static bool evaluate(struct tum_asker *asker, struct tum_str content, tum_val *ret)
{
    struct tum_error *err = NULL;

    asker->exact = !asker->quiet && !holds_name(content);
    if (!tum_asker_evaluate(asker, content, ret, &err) &&
        !evaluate_series(asker, content, err, ret)) {
        warn_expression(asker, content, err);
        tum_error_free(err);
        return false;
    }
    tum_error_free(err);
    /* A text that evaluates to itself would be evaluated for ever. */
    if (ret->kind == TUM_STR && tum_str_eq(tum_val_text(*ret), content)) {
        tum_val_unref(*ret);
        return false;
    }
    return true;
}

static bool is_blank(struct tum_str text)
{
    return tum_str_trim(text).n == 0;
}

/*
 * One scan over a text. *ret_whole: the text is nothing but one match with a result that is no
 * text, and becomes that. False: nothing was replaced.
 */
static bool scan_text(struct tum_asker *asker, const struct marks *marks,
                      struct tum_str text, struct tum_buf *out, tum_val *ret_whole)
{
    size_t pos = 0, copied = 0;
    bool replaced = false;
    struct match match;

    while (!out->full && next_match(marks, text, &pos, &match)) {
        tum_val result;
        bool found = marks == &name_marks ? lookup(asker, match.content, &result)
                                          : evaluate(asker, match.content, &result);

        if (!found)
            continue;
        if (result.kind != TUM_STR && is_blank(tum_str_sub(text, 0, match.start)) &&
            is_blank(tum_str_sub(text, match.end, text.n))) {
            *ret_whole = result;
            return true;
        }
        tum_buf_addt(out, tum_str_sub(text, copied, match.start));
        tum_val_write_str(out, result);
        tum_val_unref(result);
        copied = match.end;
        replaced = true;
    }
    if (replaced)
        tum_buf_addt(out, tum_str_sub(text, copied, text.n));
    return replaced;
}

static void warn_endless(struct tum_asker *asker, const struct marks *marks, tum_val v)
{
    struct match match;
    size_t pos = 0;

    if (next_match(marks, tum_val_text(v), &pos, &match)) {
        char *line =
            tum_asprintf("%.*s%.*s%.*s cannot be expanded: it leads to itself or "
                         "grows beyond %zu MiB — left as-is.",
                         TUM_STR_ARG(marks->open), TUM_STR_ARG(match.content),
                         TUM_STR_ARG(marks->close), TEXT_LIMIT >> 20);

        asker_warn_once(asker, line, "look at the variables that its value names");
        tum_free(line);
    }
}

/* All of one kind in one text, scan after scan. The result is owned. */
static tum_val expand_text(struct tum_asker *asker, const struct marks *marks,
                           tum_val v, bool *changed)
{
    tum_val now = tum_val_ref(v);
    bool mine = false;
    struct tum_buf out;

    if (tum_str_find(tum_val_text(v), marks->open, 0) == TUM_STR_NONE)
        return now;
    tum_buf_init(&out, TEXT_LIMIT);
    for (int scans = 0;; scans++) {
        tum_val whole = {.kind = TUM_STR};

        if (!scan_text(asker, marks, tum_val_text(now), &out, &whole))
            break;
        if (whole.kind != TUM_STR) {
            tum_val_unref(now);
            now = whole;
            mine = true;
            break;
        }
        if (out.full || scans >= SCANS_LIMIT) {
            warn_endless(asker, marks, v);
            tum_val_unref(now);
            now = tum_val_ref(v);
            mine = false; /* as written: another round would only fail again */
            break;
        }
        tum_val_unref(now);
        now = tum_val_str_valid(out.s, out.len);
        tum_buf_reset(&out);
        mine = true;
    }
    *changed = *changed || mine;
    tum_buf_release(&out);
    return now;
}

static tum_val expand_pass(struct tum_asker *asker, const struct marks *marks,
                           tum_val v, bool *changed);

/* A key of a mapping, an element of a set: it must stay a scalar. */
static tum_val expand_key(struct tum_asker *asker, const struct marks *marks,
                          tum_val key, bool *changed)
{
    tum_val now = expand_pass(asker, marks, key, changed);

    if (now.kind == TUM_MAP || tum_val_is_seq(now)) {
        char *text = tum_val_to_str(now);

        tum_val_unref(now);
        now = tum_val_str(text);
        tum_free(text);
    }
    return now;
}

/* Builds a new list only from the first item that changes: most have none. */
static tum_val expand_list(struct tum_asker *asker, const struct marks *marks,
                           tum_val v, bool *changed)
{
    const tum_val *items = tum_list_items(v);
    size_t count = tum_list_len(v);
    struct tum_list_builder *b = NULL;

    for (size_t i = 0; i < count; i++) {
        bool mine = false;
        tum_val one = tum_val_kind(v) == TUM_SET && items[i].kind == TUM_STR
                          ? expand_key(asker, marks, items[i], &mine)
                          : expand_pass(asker, marks, items[i], &mine);

        if (mine && b == NULL) {
            b = tum_seq_begin(tum_val_kind(v), count);
            for (size_t before = 0; before < i; before++)
                tum_list_add(b, tum_val_ref(items[before]));
        }
        if (b == NULL)
            tum_val_unref(one);
        else if (!tum_list_add(b, one))
            tum_list_add(b, tum_val_none());
    }
    if (b == NULL)
        return tum_val_ref(v);
    *changed = true;
    return tum_list_end(b);
}

static tum_val expand_map(struct tum_asker *asker, const struct marks *marks, tum_val v,
                          bool *changed)
{
    const struct tum_map_entry *entries = tum_map_entries(v);
    size_t count = tum_map_len(v);
    struct tum_map_builder *b = NULL;

    for (size_t i = 0; i < count; i++) {
        bool mine = false;
        tum_val key = entries[i].key.kind == TUM_STR
                          ? expand_key(asker, marks, entries[i].key, &mine)
                          : tum_val_ref(entries[i].key);
        tum_val value = expand_pass(asker, marks, entries[i].value, &mine);

        if (mine && b == NULL) {
            b = tum_map_begin(count);
            for (size_t before = 0; before < i; before++)
                tum_map_add(b, tum_val_ref(entries[before].key),
                            tum_val_ref(entries[before].value));
        }
        if (b == NULL) {
            tum_val_unref(key);
            tum_val_unref(value);
        } else {
            tum_map_add(b, key, value);
        }
    }
    if (b == NULL)
        return tum_val_ref(v);
    *changed = true;
    return tum_map_end(b);
}

static tum_val expand_pass(struct tum_asker *asker, const struct marks *marks,
                           tum_val v, bool *changed)
{
    switch (tum_val_kind(v)) {
    case TUM_STR:
        return expand_text(asker, marks, v, changed);
    case TUM_LIST:
    case TUM_TUPLE:
    case TUM_SET:
        return expand_list(asker, marks, v, changed);
    case TUM_MAP:
        return expand_map(asker, marks, v, changed);
    default:
        return tum_val_ref(v);
    }
}

static bool warns_about(struct tum_str name)
{
    return !is_loop_name(name) && !tum_str_is(name, "db") && !tum_str_is(name, "out") &&
           !tum_str_is(name, "result");
}

/* Names that stayed in a parameter of a running item. */
static void warn_left(struct tum_asker *asker, tum_val v)
{
    const struct tum_item *item =
        asker->owner != NULL ? asker->owner : asker->run->item;
    struct match match;
    size_t pos = 0;

    switch (tum_val_kind(v)) {
    case TUM_STR:
        while (next_match(&name_marks, tum_val_text(v), &pos, &match)) {
            if (warns_about(match.content) &&
                tum_out_warn_once(asker->run,
                                  "$(%.*s) is not defined in a parameter of '%s' item "
                                  "'%s' — left as-is.",
                                  TUM_STR_ARG(match.content), item->type->keyword,
                                  item->name))
                tum_out_debug(asker->run, "%s", name_hint);
        }
        break;
    case TUM_LIST:
    case TUM_TUPLE:
    case TUM_SET:
        tum_list_each (one, v)
            warn_left(asker, *one);
        break;
    case TUM_MAP:
        tum_map_each (entry, v) {
            warn_left(asker, entry->key);
            warn_left(asker, entry->value);
        }
        break;
    default:
        break;
    }
}

static bool is_plain_scalar(tum_val v)
{
    return v.kind < TUM_STR;
}

tum_val tum_asker_expand(struct tum_asker *asker, tum_val v)
{
    tum_val now = tum_val_ref(v);

    if (tum_val_constant(v))
        return now;
    for (int round = 0; round < ROUNDS_LIMIT && !is_plain_scalar(now); round++) {
        bool changed = false;
        tum_val next = expand_pass(asker, &name_marks, now, &changed);

        tum_val_unref(now);
        now = next;
        if (is_plain_scalar(now))
            break;
        next = expand_pass(asker, &expr_marks, now, &changed);
        tum_val_unref(now);
        now = next;
        if (!changed || tum_val_constant(now))
            break;
    }
    if (asker->run != NULL && !asker->quiet && !is_plain_scalar(now))
        warn_left(asker, now);
    return now;
}

void tum_asker_init(struct tum_asker *asker, struct tum_run *run)
{
    *asker = (struct tum_asker){
        .session = run->session,
        .run = run,
        .machine = tum_branch_machine(run->branch),
        .names = run->parent,
        .loop_as_variable = run->parent == NULL,
        .locals = tum_val_none(),
    };
}

void tum_asker_init_inside(struct tum_asker *asker, struct tum_run *run)
{
    tum_asker_init(asker, run);
    asker->names = run;
    asker->loop_as_variable = false;
}

void tum_asker_init_load(struct tum_asker *asker, struct tum_session *session)
{
    *asker = (struct tum_asker){
        .session = session,
        .machine = session->load_machine,
        .locals = tum_val_none(),
    };
}

/* ---- the item API ---- */

tum_val tum_expand(struct tum_run *run, tum_val v)
{
    struct tum_asker asker;

    tum_asker_init(&asker, run);
    return tum_asker_expand(&asker, v);
}

tum_val tum_expand_series(struct tum_run *run, tum_val v)
{
    struct tum_asker asker;

    tum_asker_init(&asker, run);
    asker.series = v.kind == TUM_STR;
    return tum_asker_expand(&asker, v);
}

tum_val tum_expand_inside(struct tum_run *run, tum_val v)
{
    struct tum_asker asker;

    tum_asker_init_inside(&asker, run);
    return tum_asker_expand(&asker, v);
}
