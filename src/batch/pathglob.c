/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Glob matching with backtracking to the last star of each kind only, so that no pattern
 * takes more than quadratic time.
 */
#include "batch/pathglob.h"

/* One element at p matches c; *ret_next is behind the element. */
static bool match_one(struct tum_str pattern, size_t p, char c, size_t *ret_next)
{
    bool negate, found = false;
    size_t i = p + 1;

    if (pattern.s[p] == '?') {
        *ret_next = p + 1;
        return c != '/';
    }
    if (pattern.s[p] == '\\' && i < pattern.n) {
        *ret_next = p + 2;
        return pattern.s[i] == c;
    }
    if (pattern.s[p] != '[') {
        *ret_next = p + 1;
        return pattern.s[p] == c;
    }
    negate = i < pattern.n && (pattern.s[i] == '!' || pattern.s[i] == '^');
    i += negate;
    for (size_t start = i; i < pattern.n && (pattern.s[i] != ']' || i == start); i++) {
        if (i + 2 < pattern.n && pattern.s[i + 1] == '-' && pattern.s[i + 2] != ']') {
            found = found || (pattern.s[i] <= c && c <= pattern.s[i + 2]);
            i += 2;
        } else {
            found = found || pattern.s[i] == c;
        }
    }
    if (i >= pattern.n) { /* not closed: the bracket itself */
        *ret_next = p + 1;
        return c == '[';
    }
    *ret_next = i + 1;
    return found != negate && c != '/';
}

static bool is_double_star(struct tum_str pattern, size_t p)
{
    return p + 1 < pattern.n && pattern.s[p] == '*' && pattern.s[p + 1] == '*' &&
           (p == 0 || pattern.s[p - 1] == '/') &&
           (p + 2 == pattern.n || pattern.s[p + 2] == '/');
}

bool tum_glob_match(struct tum_str pattern, struct tum_str text)
{
    size_t p = 0, t = 0, next;
    size_t star = TUM_STR_NONE, star_text = 0; /* after the last single star */
    size_t deep = TUM_STR_NONE, deep_text = 0; /* after the last double star */

    for (;;) {
        if (p < pattern.n && is_double_star(pattern, p)) {
            if (p + 2 == pattern.n)
                return true;
            p += 3;
            deep = p;
            deep_text = t;
            star = TUM_STR_NONE;
            continue;
        }
        if (p < pattern.n && pattern.s[p] == '*') {
            star = ++p;
            star_text = t;
            continue;
        }
        if (t == text.n && p == pattern.n)
            return true;
        if (t < text.n && p < pattern.n && match_one(pattern, p, text.s[t], &next)) {
            p = next;
            t++;
            continue;
        }
        if (star != TUM_STR_NONE && star_text < text.n && text.s[star_text] != '/') {
            p = star;
            t = ++star_text;
            continue;
        }
        if (deep == TUM_STR_NONE)
            return false;
        while (deep_text < text.n && text.s[deep_text] != '/')
            deep_text++;
        if (deep_text >= text.n)
            return false;
        p = deep;
        t = ++deep_text;
        star = TUM_STR_NONE;
    }
}

bool tum_glob_path(struct tum_str pattern, struct tum_str path)
{
    bool folder = pattern.n > 0 && pattern.s[pattern.n - 1] == '/';

    if (tum_str_starts(pattern, "./"))
        pattern = tum_str_sub(pattern, 2, pattern.n);
    if (pattern.n > 0 && pattern.s[0] == '/')
        pattern = tum_str_sub(pattern, 1, pattern.n);
    if (folder)
        pattern.n--;
    if (tum_str_find_char(pattern, '/', 0) == TUM_STR_NONE) {
        /* Any part of the path. */
        struct tum_str rest = path, part;
        bool more = true;

        while (tum_str_split(&rest, &more, '/', &part)) {
            if ((more || !folder) && tum_glob_match(pattern, part))
                return true;
        }
        return false;
    }
    if (!folder && tum_glob_match(pattern, path))
        return true;
    /* A folder that matches stands for all below it. */
    for (size_t i = 0; i < path.n; i++) {
        if (path.s[i] == '/' && tum_glob_match(pattern, tum_str_sub(path, 0, i)))
            return true;
    }
    return false;
}

bool tum_glob_is(struct tum_str text)
{
    return tum_str_find_char(text, '*', 0) != TUM_STR_NONE ||
           tum_str_find_char(text, '?', 0) != TUM_STR_NONE ||
           tum_str_find_char(text, '[', 0) != TUM_STR_NONE;
}
