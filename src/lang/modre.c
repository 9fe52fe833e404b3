/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module re: its functions, patterns as objects, flags. Matches are in rematch.c,
 * replacing in resub.c; what a pattern means is retext.c.
 */
#include "lang/modre.h"
#include "base/strmap.h"
#include "lang/ops.h"

/* Patterns that a machine keeps from one evaluation to the next. */
#define CACHE_KEPT 256
/* Patterns that one evaluation may use. */
#define CACHE_MOST 4096

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
static struct tum_opattern *pattern_arg(struct tum_vm *vm, struct tum_obj *o,
                                        struct tum_obj *flags)
{
    struct tum_opattern *p;
    unsigned f;

    if (!flags_arg(vm, flags, &f))
        return NULL;
    if (o->type == &tum_type_pattern) {
        if (f != 0)
            tum_raise_value(vm,
                            "cannot process flags argument with a compiled pattern");
        return f == 0 ? tum_as_pattern(o) : NULL;
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
    p = tum_new_obj(vm, &tum_type_pattern, struct tum_opattern);
    p->re = compile(vm, tum_text_of(o), f);
    p->text = o;
    p->flags = f;
    return p->re != NULL ? p : NULL;
}

static const struct tum_type type_flag, type_finditer;

/* ---- all matches ---- */

static struct tum_obj *one_match(struct tum_vm *vm, struct tum_opattern *p,
                                 struct tum_obj *text, enum tum_regex_how how)
{
    struct tum_rewalk w;
    bool found;

    if (!tum_rewalk_begin(vm, &w, p, text) || !tum_rewalk_first(&w, how, &found))
        return NULL;
    return found ? tum_new_match(vm, p, text, w.spans) : vm->none;
}

static struct tum_obj *find_all(struct tum_vm *vm, struct tum_opattern *p,
                                struct tum_obj *text)
{
    struct tum_oseq *list = tum_new_list(vm, 0);
    struct tum_rewalk w;
    size_t groups;

    if (!tum_rewalk_begin(vm, &w, p, text))
        return NULL;
    groups = tum_regex_groups(p->re);
    while (tum_rewalk_next(&w)) {
        struct tum_obj *item;

        if (groups < 2) {
            item = tum_rewalk_text(vm, text, w.spans, groups, vm->empty_str);
        } else {
            struct tum_oseq *tuple = tum_new_tuple(vm, groups);

            for (size_t i = 0; i < groups; i++)
                tuple->items[i] =
                    tum_rewalk_text(vm, text, w.spans, i + 1, vm->empty_str);
            item = &tuple->head;
        }
        if (!tum_olist_append(vm, list, item))
            return NULL;
    }
    return tum_vm_failed(vm) ? NULL : &list->head;
}

struct finditer {
    struct tum_obj head;
    struct tum_rewalk walk;
};

static bool next_finditer(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret)
{
    struct tum_rewalk *w = &((struct finditer *)self)->walk;

    if (!tum_rewalk_next(w))
        return false;
    *ret = tum_new_match(vm, w->pattern, w->text, w->spans);
    return true;
}

static struct tum_obj *find_iter(struct tum_vm *vm, struct tum_opattern *p,
                                 struct tum_obj *text)
{
    struct finditer *it = tum_new_obj(vm, &type_finditer, struct finditer);

    return tum_rewalk_begin(vm, &it->walk, p, text) ? &it->head : NULL;
}

static struct tum_obj *split(struct tum_vm *vm, struct tum_opattern *p,
                             struct tum_obj *text, struct tum_obj *most)
{
    struct tum_oseq *list = tum_new_list(vm, 0);
    size_t count, last = 0;
    struct tum_rewalk w;

    if (!tum_rewalk_begin(vm, &w, p, text) || !tum_re_count(vm, most, &count))
        return NULL;
    while (count-- > 0 && tum_rewalk_next(&w)) {
        tum_olist_append(vm, list, tum_new_part(vm, text, last, w.spans[0] - last));
        for (size_t i = 1; i <= tum_regex_groups(p->re); i++)
            tum_olist_append(vm, list, tum_rewalk_text(vm, text, w.spans, i, vm->none));
        last = w.spans[1];
    }
    tum_olist_append(vm, list,
                     tum_new_part(vm, text, last, tum_as_str(text)->n - last));
    return tum_vm_failed(vm) ? NULL : &list->head;
}

/* ---- functions of the module ---- */

#define FN(name)                                                                       \
    static struct tum_obj *name(struct tum_vm *vm, struct tum_obj **a, size_t n)

#define ONE(name, how)                                                                 \
    FN(re_##name)                                                                      \
    {                                                                                  \
        struct tum_opattern *p = pattern_arg(vm, a[0], a[2]);                          \
                                                                                       \
        (void)n;                                                                       \
        return p != NULL ? one_match(vm, p, a[1], (how)) : NULL;                       \
    }                                                                                  \
    FN(pattern_##name)                                                                 \
    {                                                                                  \
        (void)n;                                                                       \
        if (a[2] != NULL || a[3] != NULL)                                              \
            return tum_unsupported(vm, "a part of a text");                            \
        return one_match(vm, tum_as_pattern(a[0]), a[1], (how));                       \
    }
ONE(search, TUM_RE_SEARCH)
ONE(match, TUM_RE_MATCH)
ONE(fullmatch, TUM_RE_FULLMATCH)

FN(re_findall)
{
    struct tum_opattern *p = pattern_arg(vm, a[0], a[2]);

    (void)n;
    return p != NULL ? find_all(vm, p, a[1]) : NULL;
}
FN(pattern_findall)
{
    (void)n;
    if (a[2] != NULL || a[3] != NULL)
        return tum_unsupported(vm, "a part of a text");
    return find_all(vm, tum_as_pattern(a[0]), a[1]);
}

FN(re_finditer)
{
    struct tum_opattern *p = pattern_arg(vm, a[0], a[2]);

    (void)n;
    return p != NULL ? find_iter(vm, p, a[1]) : NULL;
}
FN(pattern_finditer)
{
    (void)n;
    if (a[2] != NULL || a[3] != NULL)
        return tum_unsupported(vm, "a part of a text");
    return find_iter(vm, tum_as_pattern(a[0]), a[1]);
}

FN(re_split)
{
    struct tum_opattern *p = pattern_arg(vm, a[0], a[3]);

    (void)n;
    return p != NULL ? split(vm, p, a[1], a[2]) : NULL;
}
FN(pattern_split)
{
    (void)n;
    return split(vm, tum_as_pattern(a[0]), a[1], a[2]);
}

FN(re_sub)
{
    struct tum_opattern *p = pattern_arg(vm, a[0], a[4]);

    (void)n;
    return p != NULL ? tum_re_sub(vm, p, a[1], a[2], a[3], false) : NULL;
}
FN(pattern_sub)
{
    (void)n;
    return tum_re_sub(vm, tum_as_pattern(a[0]), a[1], a[2], a[3], false);
}
FN(re_subn)
{
    struct tum_opattern *p = pattern_arg(vm, a[0], a[4]);

    (void)n;
    return p != NULL ? tum_re_sub(vm, p, a[1], a[2], a[3], true) : NULL;
}
FN(pattern_subn)
{
    (void)n;
    return tum_re_sub(vm, tum_as_pattern(a[0]), a[1], a[2], a[3], true);
}

FN(re_compile)
{
    struct tum_opattern *p = pattern_arg(vm, a[0], a[1]);

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
    return tum_as_pattern(a[0])->text;
}
FN(pattern_flags)
{
    (void)n;
    return tum_new_int(vm, tum_regex_all_flags(tum_as_pattern(a[0])->re));
}
FN(pattern_groups)
{
    (void)n;
    return tum_new_size(vm, tum_regex_groups(tum_as_pattern(a[0])->re));
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
    unsigned flags = tum_regex_all_flags(tum_as_pattern(self)->re);
    const char *between = ", ";

    (void)vm;
    tum_buf_adds(out, "re.compile(");
    tum_text_write_short_repr(out, tum_as_pattern(self)->text, 200);
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
    if (other->type != &tum_type_pattern || (op != TUM_CMP_EQ && op != TUM_CMP_NE))
        return false;
    *ret = tum_new_bool(vm, (tum_as_pattern(self)->re == tum_as_pattern(other)->re) ==
                                (op == TUM_CMP_EQ));
    return true;
}

static bool pattern_hash(struct tum_vm *vm, struct tum_obj *self, uint64_t *ret)
{
    (void)vm;
    *ret = (uint64_t)(uintptr_t)tum_as_pattern(self)->re >> 4;
    return true;
}

const struct tum_type tum_type_pattern = {.name = "Pattern",
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
    return tum_new_type(vm, &tum_type_pattern);
}
static struct tum_obj *value_match(struct tum_vm *vm)
{
    return tum_new_type(vm, &tum_type_match);
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
