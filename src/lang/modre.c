/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module re: patterns, matches and the functions on them. What a pattern means is
 * regex.c.
 */
#include "base/strmap.h"
#include "base/utf8.h"
#include "lang/module.h"
#include "lang/ops.h"
#include "lang/regex.h"

/* Patterns that a machine keeps from one evaluation to the next. */
#define CACHE_KEPT 256
/* Patterns that one evaluation may use. */
#define CACHE_MOST 4096

/* ---- objects ---- */

struct pattern {
    struct tum_obj head;
    const struct tum_regex *re;
    struct tum_obj *text;
    unsigned flags; /* as given */
};

struct match {
    struct tum_obj head;
    struct pattern *pattern;
    struct tum_obj *text;
    size_t *spans; /* bytes, SIZE_MAX: did not take part */
};

static const struct tum_type type_pattern, type_match, type_flag, type_finditer;

static struct pattern *as_pattern(struct tum_obj *o)
{
    return (struct pattern *)o;
}
static struct match *as_match(struct tum_obj *o)
{
    return (struct match *)o;
}

/* ---- the cache ---- */

struct tum_regex_cache {
    struct tum_strmap *patterns; /* "FLAGS:PATTERN" to struct tum_regex */
};

static void cache_empty(struct tum_regex_cache *cache)
{
    size_t cursor = 0;
    struct tum_str key;
    void *re;

    while (tum_strmap_next(cache->patterns, &cursor, &key, &re))
        tum_regex_free(re);
    tum_strmap_free(cache->patterns);
    cache->patterns = tum_strmap_new();
}

void tum_regex_cache_tidy(struct tum_regex_cache *cache)
{
    if (cache != NULL && tum_strmap_count(cache->patterns) > CACHE_KEPT)
        cache_empty(cache);
}

void tum_regex_cache_free(struct tum_regex_cache *cache)
{
    if (cache == NULL)
        return;
    cache_empty(cache);
    tum_strmap_free(cache->patterns);
    tum_free(cache);
}

static const struct tum_regex *compile(struct tum_vm *vm, struct tum_str text,
                                       unsigned flags)
{
    TUM_AUTO(tum_buf_release) struct tum_buf key = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_error *err = NULL;
    struct tum_regex *re;

    if (vm->regexes == NULL) {
        vm->regexes = tum_new(struct tum_regex_cache);
        vm->regexes->patterns = tum_strmap_new();
    }
    tum_buf_addf(&key, "%u:", flags);
    tum_buf_addt(&key, text);
    re = tum_strmap_get(vm->regexes->patterns, tum_buf_str(&key));
    if (re != NULL)
        return re;
    if (tum_strmap_count(vm->regexes->patterns) >= CACHE_MOST) {
        tum_unsupported(vm, "very many patterns");
        return NULL;
    }
    re = tum_regex_new(text, flags, &err);
    if (re == NULL) {
        tum_unsupported(vm, err->text);
        tum_error_free(err);
        return NULL;
    }
    tum_strmap_set(vm->regexes->patterns, tum_buf_str(&key), re);
    return re;
}

/* ---- arguments ---- */

static bool flags_arg(struct tum_vm *vm, struct tum_obj *o, unsigned *ret)
{
    int64_t flags = 0;

    if (o != NULL && !tum_is_int(o))
        return tum_unsupported_false(vm, "flags that are no number");
    if (o != NULL && (!tum_val_to_int64(tum_as_int(o)->v, &flags) || flags < 0 ||
                      flags > UINT16_MAX))
        return tum_unsupported_false(vm, "unknown flags");
    *ret = (unsigned)flags;
    return true;
}

/* A pattern or the text of one. */
static struct pattern *pattern_arg(struct tum_vm *vm, struct tum_obj *o,
                                   struct tum_obj *flags)
{
    struct pattern *p;
    unsigned f;

    if (!flags_arg(vm, flags, &f))
        return NULL;
    if (o->type == &type_pattern) {
        if (f != 0)
            tum_raise_value(vm,
                            "cannot process flags argument with a compiled pattern");
        return f == 0 ? as_pattern(o) : NULL;
    }
    if (!tum_is_str(o)) {
        if (tum_kind_of(o) == TUM_O_BYTES)
            tum_unsupported(vm, "a pattern of bytes");
        else if (o->type->unhashable)
            tum_raise_type(vm, "unhashable type: '%s'", o->type->name);
        else
            tum_raise_type(vm, "first argument must be string or compiled pattern");
        return NULL;
    }
    p = tum_new_obj(vm, &type_pattern, struct pattern);
    p->re = compile(vm, tum_text_of(o), f);
    p->text = o;
    p->flags = f;
    return p->re != NULL ? p : NULL;
}

static bool text_arg(struct tum_vm *vm, const struct pattern *p, struct tum_obj *o)
{
    if (tum_kind_of(o) == TUM_O_BYTES)
        return tum_raise_type_false(
            vm, "cannot use a string pattern on a bytes-like object");
    if (!tum_is_str(o))
        return tum_raise_type_false(
            vm, "expected string or bytes-like object, got '%s'", o->type->name);
    return tum_regex_takes(p->re, tum_text_of(o)) ||
           tum_unsupported_false(vm, "a text that patterns see differently");
}

/* ---- finding ---- */

static bool find(struct tum_vm *vm, const struct pattern *p, struct tum_obj *text,
                 size_t from, enum tum_regex_how how, bool advance, size_t *spans,
                 bool *ret)
{
    if (!tum_vm_step(vm))
        return false;
    switch (tum_regex_find(p->re, tum_text_of(text), from, how, advance, spans)) {
    case TUM_RE_FOUND:
        *ret = true;
        return tum_vm_work(vm, (spans[1] - from) / 64);
    case TUM_RE_NONE:
        *ret = false;
        return tum_vm_work(vm, (tum_as_str(text)->n - from) / 64);
    case TUM_RE_GIVEN_UP:
        break;
    }
    return tum_unsupported_false(vm, "a match that takes very long");
}

/* All matches, one after the other: an empty one may follow where another ended. */
struct walk {
    struct tum_vm *vm;
    struct pattern *pattern;
    struct tum_obj *text;
    size_t *spans;
    size_t from;
    bool advance;
    bool ended;
};

static bool walk_begin(struct tum_vm *vm, struct walk *w, struct pattern *p,
                       struct tum_obj *text)
{
    *w = (struct walk){.vm = vm, .pattern = p, .text = text};
    if (p == NULL || !text_arg(vm, p, text))
        return false;
    w->spans = tum_vm_array(vm, size_t, 2 * (tum_regex_groups(p->re) + 1));
    return true;
}

/* False: no more, or failed. */
static bool walk_next(struct walk *w)
{
    bool found;

    if (w->ended || !find(w->vm, w->pattern, w->text, w->from, TUM_RE_SEARCH,
                          w->advance, w->spans, &found))
        return false;
    if (!found) {
        w->ended = true;
        return false;
    }
    w->from = w->spans[1];
    w->advance = w->spans[0] == w->spans[1];
    return true;
}

static struct tum_obj *span_text(struct tum_vm *vm, struct tum_obj *text,
                                 const size_t *spans, size_t group,
                                 struct tum_obj *none)
{
    if (spans[2 * group] == SIZE_MAX)
        return none;
    return tum_new_part(vm, text, spans[2 * group],
                        spans[2 * group + 1] - spans[2 * group]);
}

static struct tum_obj *new_match(struct tum_vm *vm, struct pattern *p,
                                 struct tum_obj *text, const size_t *spans)
{
    size_t n = 2 * (tum_regex_groups(p->re) + 1);
    struct match *m = tum_new_obj(vm, &type_match, struct match);

    m->pattern = p;
    m->text = text;
    m->spans = tum_vm_array(vm, size_t, n);
    memcpy(m->spans, spans, n * sizeof(*spans));
    return &m->head;
}

static struct tum_obj *one_match(struct tum_vm *vm, struct pattern *p,
                                 struct tum_obj *text, enum tum_regex_how how)
{
    struct walk w;
    bool found;

    if (!walk_begin(vm, &w, p, text) ||
        !find(vm, p, text, 0, how, false, w.spans, &found))
        return NULL;
    return found ? new_match(vm, p, text, w.spans) : vm->none;
}

static struct tum_obj *find_all(struct tum_vm *vm, struct pattern *p,
                                struct tum_obj *text)
{
    struct tum_oseq *list = tum_new_list(vm, 0);
    struct walk w;
    size_t groups;

    if (!walk_begin(vm, &w, p, text))
        return NULL;
    groups = tum_regex_groups(p->re);
    while (walk_next(&w)) {
        struct tum_obj *item;

        if (groups < 2) {
            item = span_text(vm, text, w.spans, groups, vm->empty_str);
        } else {
            struct tum_oseq *tuple = tum_new_tuple(vm, groups);

            for (size_t i = 0; i < groups; i++)
                tuple->items[i] = span_text(vm, text, w.spans, i + 1, vm->empty_str);
            item = &tuple->head;
        }
        if (!tum_olist_append(vm, list, item))
            return NULL;
    }
    return tum_vm_failed(vm) ? NULL : &list->head;
}

struct finditer {
    struct tum_obj head;
    struct walk walk;
};

static bool next_finditer(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret)
{
    struct walk *w = &((struct finditer *)self)->walk;

    if (!walk_next(w))
        return false;
    *ret = new_match(vm, w->pattern, w->text, w->spans);
    return true;
}

static struct tum_obj *find_iter(struct tum_vm *vm, struct pattern *p,
                                 struct tum_obj *text)
{
    struct finditer *it = tum_new_obj(vm, &type_finditer, struct finditer);

    return walk_begin(vm, &it->walk, p, text) ? &it->head : NULL;
}

static bool count_arg(struct tum_vm *vm, struct tum_obj *o, size_t *ret)
{
    int64_t count = 0;

    if (o != NULL && !tum_arg_index(vm, o, &count))
        return false;
    /* Zero is no limit; below, nothing happens. */
    *ret = count == 0 ? SIZE_MAX : count < 0 ? 0 : (size_t)count;
    return true;
}

static struct tum_obj *split(struct tum_vm *vm, struct pattern *p, struct tum_obj *text,
                             struct tum_obj *most)
{
    struct tum_oseq *list = tum_new_list(vm, 0);
    size_t count, last = 0;
    struct walk w;

    if (!walk_begin(vm, &w, p, text) || !count_arg(vm, most, &count))
        return NULL;
    while (count-- > 0 && walk_next(&w)) {
        tum_olist_append(vm, list, tum_new_part(vm, text, last, w.spans[0] - last));
        for (size_t i = 1; i <= tum_regex_groups(p->re); i++)
            tum_olist_append(vm, list, span_text(vm, text, w.spans, i, vm->none));
        last = w.spans[1];
    }
    tum_olist_append(vm, list,
                     tum_new_part(vm, text, last, tum_as_str(text)->n - last));
    return tum_vm_failed(vm) ? NULL : &list->head;
}

/* ---- replacing ---- */

/* Adds group `group` of the match. */
static bool add_group(struct walk *w, size_t group, struct tum_buf *out)
{
    struct tum_str text = tum_text_of(w->text);

    if (group > tum_regex_groups(w->pattern->re))
        return tum_unsupported_false(w->vm, "a reference to no group");
    if (w->spans[2 * group] != SIZE_MAX)
        tum_buf_addt(out,
                     tum_str_sub(text, w->spans[2 * group], w->spans[2 * group + 1]));
    return true;
}

/* `\g<name>` from behind the `\g`. */
static bool add_named(struct walk *w, struct tum_str repl, size_t *at,
                      struct tum_buf *out)
{
    size_t end = tum_str_find_char(repl, '>', *at), group = 0;
    struct tum_str name;
    int64_t number;

    if (*at >= repl.n || repl.s[*at] != '<' || end == TUM_STR_NONE)
        return tum_unsupported_false(w->vm, "a replacement");
    name = tum_str_sub(repl, *at + 1, end);
    *at = end + 1;
    if (name.n > 0 && name.s[0] >= '0' && name.s[0] <= '9') {
        if (name.n > 3 || !tum_str_int(name, &number))
            return tum_unsupported_false(w->vm, "a replacement");
        group = (size_t)number;
    } else {
        group = tum_regex_group(w->pattern->re, name);
        if (group == 0)
            return tum_unsupported_false(w->vm, "a replacement with an unknown group");
    }
    return add_group(w, group, out);
}

/* From behind the backslash. */
static bool add_escape(struct walk *w, struct tum_str repl, size_t *at,
                       struct tum_buf *out)
{
    static const char plain[] = "a\ab\bf\fn\nr\rt\tv\v\\\\";
    char c = *at < repl.n ? repl.s[(*at)++] : '\0';
    size_t group;

    if (c == 'g')
        return add_named(w, repl, at, out);
    for (size_t i = 0; i + 1 < sizeof(plain); i += 2) {
        if (plain[i] == c) {
            tum_buf_addc(out, plain[i + 1]);
            return true;
        }
    }
    if (c >= '1' && c <= '9') {
        group = (size_t)(c - '0');
        if (*at < repl.n && repl.s[*at] >= '0' && repl.s[*at] <= '9') {
            group = group * 10 + (size_t)(repl.s[(*at)++] - '0');
            if (*at < repl.n && repl.s[*at] >= '0' && repl.s[*at] <= '7')
                return tum_unsupported_false(w->vm, "an octal number in a replacement");
        }
        return add_group(w, group, out);
    }
    if (c == '\0' || c == '0' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return tum_unsupported_false(w->vm, "an escape in a replacement");
    tum_buf_addc(out, '\\');
    tum_buf_addc(out, c);
    return true;
}

static bool add_template(struct walk *w, struct tum_str repl, struct tum_buf *out)
{
    for (size_t at = 0; at < repl.n;) {
        if (repl.s[at] != '\\') {
            tum_buf_addc(out, repl.s[at++]);
            continue;
        }
        at++;
        if (!add_escape(w, repl, &at, out))
            return false;
    }
    return true;
}

static bool add_called(struct walk *w, struct tum_obj *f, struct tum_buf *out)
{
    struct tum_obj *m = new_match(w->vm, w->pattern, w->text, w->spans);
    struct tum_obj *o = tum_op_call1(w->vm, f, m);

    if (o == NULL)
        return false;
    if (tum_is_none(o))
        return true;
    if (!tum_is_str(o))
        return tum_unsupported_false(w->vm, "a replacement that is no text");
    tum_buf_addt(out, tum_text_of(o));
    return true;
}

static bool replace(struct walk *w, struct tum_obj *repl, size_t count,
                    struct tum_buf *out, size_t *ret_count)
{
    struct tum_str text = tum_text_of(w->text);
    size_t last = 0;

    *ret_count = 0;
    /* A wrong template is an error even when nothing matches. */
    if (tum_is_str(repl) &&
        memchr(tum_as_str(repl)->s, '\\', tum_as_str(repl)->n) != NULL) {
        TUM_AUTO(tum_buf_release) struct tum_buf trial = TUM_BUF_INIT(TUM_BUF_ANY);

        for (size_t i = 0; i < 2 * (tum_regex_groups(w->pattern->re) + 1); i++)
            w->spans[i] = SIZE_MAX;
        if (!add_template(w, tum_text_of(repl), &trial))
            return false;
    }
    while (*ret_count < count && walk_next(w)) {
        tum_buf_add(out, text.s + last, w->spans[0] - last);
        if (!(tum_is_str(repl) ? add_template(w, tum_text_of(repl), out)
                               : add_called(w, repl, out)))
            return false;
        last = w->spans[1];
        ++*ret_count;
        if (out->len > 1 << 20 && !tum_vm_room(w->vm, out->len))
            return false;
    }
    tum_buf_add(out, text.s + last, text.n - last);
    return !tum_vm_failed(w->vm);
}

static struct tum_obj *sub(struct tum_vm *vm, struct pattern *p, struct tum_obj *repl,
                           struct tum_obj *text, struct tum_obj *most, bool with_count)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t count, done;
    struct walk w;
    struct tum_obj *o;

    if (!walk_begin(vm, &w, p, text) || !count_arg(vm, most, &count))
        return NULL;
    if (!tum_is_str(repl) && !tum_is_callable(repl))
        return tum_unsupported(vm, "a replacement that is no text");
    if (!replace(&w, repl, count, &out, &done)) {
        tum_buf_release(&out);
        return NULL;
    }
    o = tum_new_str_buf(vm, &out);
    return o != NULL && with_count ? tum_new_pair(vm, o, tum_new_size(vm, done)) : o;
}

/* ---- functions of the module ---- */

#define FN(name)                                                                       \
    static struct tum_obj *name(struct tum_vm *vm, struct tum_obj **a, size_t n)

#define ONE(name, how)                                                                 \
    FN(re_##name)                                                                      \
    {                                                                                  \
        struct pattern *p = pattern_arg(vm, a[0], a[2]);                               \
                                                                                       \
        (void)n;                                                                       \
        return p != NULL ? one_match(vm, p, a[1], (how)) : NULL;                       \
    }                                                                                  \
    FN(pattern_##name)                                                                 \
    {                                                                                  \
        (void)n;                                                                       \
        if (a[2] != NULL || a[3] != NULL)                                              \
            return tum_unsupported(vm, "a part of a text");                            \
        return one_match(vm, as_pattern(a[0]), a[1], (how));                           \
    }
ONE(search, TUM_RE_SEARCH)
ONE(match, TUM_RE_MATCH)
ONE(fullmatch, TUM_RE_FULLMATCH)

FN(re_findall)
{
    struct pattern *p = pattern_arg(vm, a[0], a[2]);

    (void)n;
    return p != NULL ? find_all(vm, p, a[1]) : NULL;
}
FN(pattern_findall)
{
    (void)n;
    if (a[2] != NULL || a[3] != NULL)
        return tum_unsupported(vm, "a part of a text");
    return find_all(vm, as_pattern(a[0]), a[1]);
}

FN(re_finditer)
{
    struct pattern *p = pattern_arg(vm, a[0], a[2]);

    (void)n;
    return p != NULL ? find_iter(vm, p, a[1]) : NULL;
}
FN(pattern_finditer)
{
    (void)n;
    if (a[2] != NULL || a[3] != NULL)
        return tum_unsupported(vm, "a part of a text");
    return find_iter(vm, as_pattern(a[0]), a[1]);
}

FN(re_split)
{
    struct pattern *p = pattern_arg(vm, a[0], a[3]);

    (void)n;
    return p != NULL ? split(vm, p, a[1], a[2]) : NULL;
}
FN(pattern_split)
{
    (void)n;
    return split(vm, as_pattern(a[0]), a[1], a[2]);
}

FN(re_sub)
{
    struct pattern *p = pattern_arg(vm, a[0], a[4]);

    (void)n;
    return p != NULL ? sub(vm, p, a[1], a[2], a[3], false) : NULL;
}
FN(pattern_sub)
{
    (void)n;
    return sub(vm, as_pattern(a[0]), a[1], a[2], a[3], false);
}
FN(re_subn)
{
    struct pattern *p = pattern_arg(vm, a[0], a[4]);

    (void)n;
    return p != NULL ? sub(vm, p, a[1], a[2], a[3], true) : NULL;
}
FN(pattern_subn)
{
    (void)n;
    return sub(vm, as_pattern(a[0]), a[1], a[2], a[3], true);
}

FN(re_compile)
{
    struct pattern *p = pattern_arg(vm, a[0], a[1]);

    (void)n;
    return p != NULL ? &p->head : NULL;
}

FN(re_escape)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str text;

    (void)n;
    if (!tum_is_str(a[0]))
        return tum_unsupported(vm, "escaping what is no text");
    text = tum_text_of(a[0]);
    for (size_t i = 0; i < text.n; i++) {
        if (text.s[i] != '\0' &&
            strchr("()[]{}?*+-|^$\\.&~# \t\n\r\v\f", text.s[i]) != NULL)
            tum_buf_addc(&out, '\\');
        tum_buf_addc(&out, text.s[i]);
    }
    return tum_new_str_buf(vm, &out);
}

/* ---- patterns ---- */

FN(pattern_text)
{
    (void)vm;
    (void)n;
    return as_pattern(a[0])->text;
}
FN(pattern_flags)
{
    (void)n;
    return tum_new_int(vm, tum_regex_all_flags(as_pattern(a[0])->re));
}
FN(pattern_groups)
{
    (void)n;
    return tum_new_size(vm, tum_regex_groups(as_pattern(a[0])->re));
}

static const struct tum_native pattern_attrs[] = {
    {.name = "findall",
     .call = pattern_findall,
     .min = 2,
     .max = 4,
     .params = "string pos endpos"},
    {.name = "finditer",
     .call = pattern_finditer,
     .min = 2,
     .max = 4,
     .params = "string pos endpos"},
    {.name = "flags",
     .call = pattern_flags,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
    {.name = "fullmatch",
     .call = pattern_fullmatch,
     .min = 2,
     .max = 4,
     .params = "string pos endpos"},
    {.name = "groups",
     .call = pattern_groups,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
    {.name = "match",
     .call = pattern_match,
     .min = 2,
     .max = 4,
     .params = "string pos endpos"},
    {.name = "pattern",
     .call = pattern_text,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
    {.name = "search",
     .call = pattern_search,
     .min = 2,
     .max = 4,
     .params = "string pos endpos"},
    {.name = "split",
     .call = pattern_split,
     .min = 2,
     .max = 3,
     .params = "string maxsplit"},
    {.name = "sub",
     .call = pattern_sub,
     .min = 3,
     .max = 4,
     .params = "repl string count"},
    {.name = "subn",
     .call = pattern_subn,
     .min = 3,
     .max = 4,
     .params = "repl string count"},
};

/* The repr of a text, at most `most` characters of it. */
static void write_short_repr(struct tum_buf *out, struct tum_obj *text, size_t most)
{
    TUM_AUTO(tum_buf_release) struct tum_buf whole = TUM_BUF_INIT(TUM_BUF_ANY);

    tum_text_write_repr(&whole, tum_text_of(text), false);
    tum_buf_add(out, whole.s, tum_utf8_offset(tum_buf_str(&whole), most));
}

static bool pattern_repr(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    static const struct {
        const char *name;
        unsigned flag;
    } names[] = {
        {"re.IGNORECASE", TUM_RE_IGNORECASE}, {"re.MULTILINE", TUM_RE_MULTILINE},
        {"re.DOTALL", TUM_RE_DOTALL},         {"re.VERBOSE", TUM_RE_VERBOSE},
        {"re.ASCII", TUM_RE_ASCII},
    };
    unsigned flags = tum_regex_all_flags(as_pattern(self)->re);
    const char *between = ", ";

    (void)vm;
    tum_buf_adds(out, "re.compile(");
    write_short_repr(out, as_pattern(self)->text, 200);
    for (size_t i = 0; i < TUM_LEN(names); i++) {
        if ((flags & names[i].flag) != 0) {
            tum_buf_addf(out, "%s%s", between, names[i].name);
            between = "|";
        }
    }
    tum_buf_addc(out, ')');
    return true;
}

static bool pattern_compare(struct tum_vm *vm, enum tum_cmpop op, struct tum_obj *self,
                            struct tum_obj *other, struct tum_obj **ret)
{
    if (other->type != &type_pattern || (op != TUM_CMP_EQ && op != TUM_CMP_NE))
        return false;
    *ret = tum_new_bool(vm, (as_pattern(self)->re == as_pattern(other)->re) ==
                                (op == TUM_CMP_EQ));
    return true;
}

static bool pattern_hash(struct tum_vm *vm, struct tum_obj *self, uint64_t *ret)
{
    (void)vm;
    *ret = (uint64_t)(uintptr_t)as_pattern(self)->re >> 4;
    return true;
}

static const struct tum_type type_pattern = {.name = "Pattern",
                                             .module = "re",
                                             .kind = TUM_O_OTHER,
                                             .attrs = pattern_attrs,
                                             .attr_count = TUM_LEN(pattern_attrs),
                                             .unsupported_attrs = true,
                                             .repr = pattern_repr,
                                             .compare = pattern_compare,
                                             .hash = pattern_hash};

static const struct tum_type type_finditer = {.name = "callable_iterator",
                                              .kind = TUM_O_ITER,
                                              .next = next_finditer,
                                              .unsupported_attrs = true};

/* ---- matches ---- */

/* A group by number or name; IndexError. */
static bool group_arg(struct tum_vm *vm, struct match *m, struct tum_obj *o,
                      size_t *ret)
{
    int64_t number = -1;

    if (o == NULL) {
        *ret = 0;
        return true;
    }
    if (tum_is_int(o)) {
        if (!tum_val_to_int64(tum_as_int(o)->v, &number))
            number = -1;
    } else if (tum_is_str(o)) {
        number = (int64_t)tum_regex_group(m->pattern->re, tum_text_of(o));
        if (number == 0)
            number = -1;
    } else if (o->type->unhashable) {
        return tum_unsupported_false(vm, "a group that cannot be a name");
    }
    if (number < 0 || (size_t)number > tum_regex_groups(m->pattern->re))
        return tum_raise_false(vm, "IndexError", "no such group");
    *ret = (size_t)number;
    return true;
}

static struct tum_obj *group_text(struct tum_vm *vm, struct match *m, size_t group,
                                  struct tum_obj *none)
{
    return span_text(vm, m->text, m->spans, group, none);
}

FN(match_group)
{
    struct match *m = as_match(a[0]);
    struct tum_oseq *tuple;
    size_t group;

    if (n <= 2)
        return group_arg(vm, m, n > 1 ? a[1] : NULL, &group)
                   ? group_text(vm, m, group, vm->none)
                   : NULL;
    tuple = tum_new_tuple(vm, n - 1);
    for (size_t i = 1; i < n; i++) {
        if (!group_arg(vm, m, a[i], &group))
            return NULL;
        tuple->items[i - 1] = group_text(vm, m, group, vm->none);
    }
    return &tuple->head;
}

static struct tum_obj *match_getitem(struct tum_vm *vm, struct tum_obj *self,
                                     struct tum_obj *key)
{
    size_t group;

    return group_arg(vm, as_match(self), key, &group)
               ? group_text(vm, as_match(self), group, vm->none)
               : NULL;
}

FN(match_groups)
{
    struct match *m = as_match(a[0]);
    struct tum_oseq *tuple = tum_new_tuple(vm, tum_regex_groups(m->pattern->re));

    (void)n;
    for (size_t i = 0; i < tuple->n; i++)
        tuple->items[i] = group_text(vm, m, i + 1, a[1] != NULL ? a[1] : vm->none);
    return &tuple->head;
}

FN(match_groupdict)
{
    struct match *m = as_match(a[0]);
    struct tum_odict *dict = tum_new_dict(vm);

    (void)n;
    for (size_t i = 1; i <= tum_regex_groups(m->pattern->re); i++) {
        struct tum_str name = tum_regex_group_name(m->pattern->re, i);

        if (name.s != NULL &&
            !tum_dict_set(vm, dict, tum_new_str(vm, name),
                          group_text(vm, m, i, a[1] != NULL ? a[1] : vm->none)))
            return NULL;
    }
    return &dict->head;
}

static struct tum_obj *place(struct tum_vm *vm, struct match *m, size_t span)
{
    if (m->spans[span] == SIZE_MAX)
        return tum_new_int(vm, -1);
    return tum_new_size(vm, tum_ostr_index(m->text, m->spans[span]));
}

FN(match_start)
{
    size_t group;

    (void)n;
    return group_arg(vm, as_match(a[0]), a[1], &group)
               ? place(vm, as_match(a[0]), 2 * group)
               : NULL;
}
FN(match_end)
{
    size_t group;

    (void)n;
    return group_arg(vm, as_match(a[0]), a[1], &group)
               ? place(vm, as_match(a[0]), 2 * group + 1)
               : NULL;
}
FN(match_span)
{
    size_t group;

    (void)n;
    return group_arg(vm, as_match(a[0]), a[1], &group)
               ? tum_new_pair(vm, place(vm, as_match(a[0]), 2 * group),
                              place(vm, as_match(a[0]), 2 * group + 1))
               : NULL;
}

FN(match_string)
{
    (void)vm;
    (void)n;
    return as_match(a[0])->text;
}
FN(match_re)
{
    (void)vm;
    (void)n;
    return &as_match(a[0])->pattern->head;
}
FN(match_pos)
{
    (void)a;
    (void)n;
    return tum_new_int(vm, 0);
}
FN(match_endpos)
{
    (void)n;
    return tum_new_size(vm, tum_ostr_count(as_match(a[0])->text));
}

static const struct tum_native match_attrs[] = {
    {.name = "end", .call = match_end, .min = 1, .max = 2},
    {.name = "endpos",
     .call = match_endpos,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
    {.name = "group", .call = match_group, .min = 1, .max = -1},
    {.name = "groupdict",
     .call = match_groupdict,
     .min = 1,
     .max = 2,
     .params = "default"},
    {.name = "groups", .call = match_groups, .min = 1, .max = 2, .params = "default"},
    {.name = "pos", .call = match_pos, .min = 1, .max = 1, .flags = TUM_NATIVE_GETTER},
    {.name = "re", .call = match_re, .min = 1, .max = 1, .flags = TUM_NATIVE_GETTER},
    {.name = "span", .call = match_span, .min = 1, .max = 2},
    {.name = "start", .call = match_start, .min = 1, .max = 2},
    {.name = "string",
     .call = match_string,
     .min = 1,
     .max = 1,
     .flags = TUM_NATIVE_GETTER},
};

static bool match_repr(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    struct match *m = as_match(self);

    tum_buf_addf(out, "<re.Match object; span=(%zu, %zu), match=",
                 tum_ostr_index(m->text, m->spans[0]),
                 tum_ostr_index(m->text, m->spans[1]));
    write_short_repr(out, group_text(vm, m, 0, vm->none), 50);
    tum_buf_addc(out, '>');
    return true;
}

static const struct tum_type type_match = {.name = "Match",
                                           .module = "re",
                                           .kind = TUM_O_OTHER,
                                           .attrs = match_attrs,
                                           .attr_count = TUM_LEN(match_attrs),
                                           .unsupported_attrs = true,
                                           .repr = match_repr,
                                           .getitem = match_getitem};

/* ---- flags: numbers with a class of their own ---- */

static struct tum_obj *new_flag(struct tum_vm *vm, int64_t bits)
{
    struct tum_oint *o = tum_new_obj(vm, &type_flag, struct tum_oint);

    o->v = tum_val_int(bits);
    return &o->head;
}

static bool flag_text(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    (void)self;
    (void)out;
    return tum_unsupported_false(vm, "the text of a flag");
}
static bool flag_format(struct tum_vm *vm, struct tum_obj *self, struct tum_str spec,
                        struct tum_buf *out)
{
    (void)spec;
    return flag_text(vm, self, out);
}

static bool flag_binary(struct tum_vm *vm, enum tum_binop op, struct tum_obj *self,
                        struct tum_obj *other, bool reflected, struct tum_obj **ret)
{
    (void)reflected;
    if (op == TUM_OP_OR && other->type == &type_flag)
        *ret = new_flag(vm, tum_as_int(self)->v.as.i | tum_as_int(other)->v.as.i);
    else
        *ret = tum_unsupported(vm, "arithmetic with flags");
    return true;
}
static bool flag_unary(struct tum_vm *vm, enum tum_unop op, struct tum_obj *self,
                       struct tum_obj **ret)
{
    (void)op;
    (void)self;
    *ret = tum_unsupported(vm, "arithmetic with flags");
    return true;
}

static const struct tum_type type_flag = {.name = "RegexFlag",
                                          .module = "re",
                                          .kind = TUM_O_INT,
                                          .base = &tum_type_int,
                                          .unsupported_attrs = true,
                                          .repr = flag_text,
                                          .str = flag_text,
                                          .format = flag_format,
                                          .binary = flag_binary,
                                          .unary = flag_unary};

#define FLAG(name, bits)                                                               \
    static struct tum_obj *value_##name(struct tum_vm *vm)                             \
    {                                                                                  \
        return new_flag(vm, (bits));                                                   \
    }
FLAG(a, TUM_RE_ASCII)
FLAG(i, TUM_RE_IGNORECASE)
FLAG(m, TUM_RE_MULTILINE)
FLAG(s, TUM_RE_DOTALL)
FLAG(u, TUM_RE_UNICODE)
FLAG(x, TUM_RE_VERBOSE)

static struct tum_obj *value_pattern(struct tum_vm *vm)
{
    return tum_new_type(vm, &type_pattern);
}
static struct tum_obj *value_match(struct tum_vm *vm)
{
    return tum_new_type(vm, &type_match);
}

/* ---- the module ---- */

static const struct tum_native natives[] = {
    {.name = "compile",
     .call = re_compile,
     .min = 1,
     .max = 2,
     .params = "pattern flags"},
    {.name = "escape", .call = re_escape, .min = 1, .max = 1, .params = "pattern"},
    {.name = "findall",
     .call = re_findall,
     .min = 2,
     .max = 3,
     .params = "pattern string flags"},
    {.name = "finditer",
     .call = re_finditer,
     .min = 2,
     .max = 3,
     .params = "pattern string flags"},
    {.name = "fullmatch",
     .call = re_fullmatch,
     .min = 2,
     .max = 3,
     .params = "pattern string flags"},
    {.name = "match",
     .call = re_match,
     .min = 2,
     .max = 3,
     .params = "pattern string flags"},
    {.name = "search",
     .call = re_search,
     .min = 2,
     .max = 3,
     .params = "pattern string flags"},
    {.name = "split",
     .call = re_split,
     .min = 2,
     .max = 4,
     .params = "pattern string maxsplit flags"},
    {.name = "sub",
     .call = re_sub,
     .min = 3,
     .max = 5,
     .params = "pattern repl string count flags"},
    {.name = "subn",
     .call = re_subn,
     .min = 3,
     .max = 5,
     .params = "pattern repl string count flags"},
};

static const struct tum_member members[] = {
    {.name = "A", .value = value_a},
    {.name = "ASCII", .value = value_a},
    {.name = "DOTALL", .value = value_s},
    {.name = "I", .value = value_i},
    {.name = "IGNORECASE", .value = value_i},
    {.name = "M", .value = value_m},
    {.name = "MULTILINE", .value = value_m},
    {.name = "Match", .value = value_match},
    {.name = "Pattern", .value = value_pattern},
    {.name = "S", .value = value_s},
    {.name = "U", .value = value_u},
    {.name = "UNICODE", .value = value_u},
    {.name = "VERBOSE", .value = value_x},
    {.name = "X", .value = value_x},
};

static const char *const others[] = {
    "DEBUG",   "L",    "LOCALE", "NOFLAG",    "RegexFlag", "Scanner",  "T", "TEMPLATE",
    "copyreg", "enum", "error",  "functools", "purge",     "template", NULL};

const struct tum_module tum_module_re = {.name = "re",
                                         .python = true,
                                         .natives = natives,
                                         .native_count = TUM_LEN(natives),
                                         .members = members,
                                         .count = TUM_LEN(members),
                                         .others = others};
