/* SPDX-License-Identifier: Apache-2.0 */
/*
 * re.sub: templates and functions that replace matches.
 */
#include "lang/modre.h"
#include "lang/ops.h"

bool tum_re_count(struct tum_vm *vm, struct tum_obj *o, size_t *ret)
{
    int64_t count = 0;

    if (o != NULL && !tum_arg_index(vm, o, &count))
        return false;
    /* Zero is no limit; below, nothing happens. */
    *ret = count == 0 ? SIZE_MAX : count < 0 ? 0 : (size_t)count;
    return true;
}

/* Adds group `group` of the match. */
static bool add_group(struct tum_rewalk *w, size_t group, struct tum_buf *out)
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
static bool add_named(struct tum_rewalk *w, struct tum_str repl, size_t *at,
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
static bool add_escape(struct tum_rewalk *w, struct tum_str repl, size_t *at,
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

static bool add_template(struct tum_rewalk *w, struct tum_str repl, struct tum_buf *out)
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

static bool add_called(struct tum_rewalk *w, struct tum_obj *f, struct tum_buf *out)
{
    struct tum_obj *m = tum_new_match(w->vm, w->pattern, w->text, w->spans);
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

static bool replace(struct tum_rewalk *w, struct tum_obj *repl, size_t count,
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
    while (*ret_count < count && tum_rewalk_next(w)) {
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

struct tum_obj *tum_re_sub(struct tum_vm *vm, struct tum_opattern *p,
                           struct tum_obj *repl, struct tum_obj *text,
                           struct tum_obj *most, bool with_count)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t count, done;
    struct tum_rewalk w;
    struct tum_obj *o;

    if (!tum_rewalk_begin(vm, &w, p, text) || !tum_re_count(vm, most, &count))
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
