/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled patterns and matching, by PCRE2. What Python's syntax means to it is retext.c.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "lang/regex.h"
#include "base/utf8.h"
#include "lang/retext.h"
#include "tum/mem.h"
#include <pcre2.h>

struct tum_regex {
    pcre2_code *code;
    struct tum_retext text; /* its buffer is empty: compiled */
};

/* ---- compiling ---- */

static bool compile(struct tum_regex *re)
{
    const struct tum_retext *t = &re->text;
    uint32_t options =
        PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_ALT_CIRCUMFLEX | PCRE2_NEVER_BACKSLASH_C;
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    PCRE2_SIZE place;
    int code;

    if ((t->flags & TUM_RE_ASCII) == 0)
        options |= PCRE2_UCP;
    if ((t->flags & TUM_RE_IGNORECASE) != 0)
        options |= PCRE2_CASELESS;
    if ((t->flags & TUM_RE_MULTILINE) != 0)
        options |= PCRE2_MULTILINE;
    if ((t->flags & TUM_RE_DOTALL) != 0)
        options |= PCRE2_DOTALL;
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    re->code = pcre2_compile((PCRE2_SPTR)t->out.s, t->out.len, options, &code, &place,
                             context);
    pcre2_compile_context_free(context);
    return re->code != NULL;
}

struct tum_regex *tum_regex_new(struct tum_str pattern, unsigned flags,
                                struct tum_error **err)
{
    const unsigned known = TUM_RE_IGNORECASE | TUM_RE_MULTILINE | TUM_RE_DOTALL |
                           TUM_RE_UNICODE | TUM_RE_VERBOSE | TUM_RE_ASCII;
    struct tum_regex *re = tum_new(struct tum_regex);

    if ((flags & ~known) == 0 && pattern.n <= TUM_REGEX_PATTERN_LIMIT &&
        tum_utf8_valid(pattern, NULL) && tum_retext_init(&re->text, pattern, flags) &&
        compile(re)) {
        tum_buf_release(&re->text.out);
        return re;
    }
    tum_fail(err, TUM_ERROR_UNSUPPORTED, "a pattern with %s",
             re->text.why != NULL ? re->text.why : "what only Python understands");
    tum_regex_free(re);
    return NULL;
}

void tum_regex_free(struct tum_regex *re)
{
    if (re == NULL)
        return;
    tum_retext_release(&re->text);
    pcre2_code_free(re->code);
    tum_free(re);
}

/* ---- asking ---- */

size_t tum_regex_groups(const struct tum_regex *re)
{
    return re->text.groups;
}

struct tum_str tum_regex_group_name(const struct tum_regex *re, size_t group)
{
    return re->text.names[group - 1];
}

size_t tum_regex_group(const struct tum_regex *re, struct tum_str name)
{
    return tum_retext_group(&re->text, name);
}

unsigned tum_regex_all_flags(const struct tum_regex *re)
{
    return re->text.flags;
}

/* ---- matching ---- */

bool tum_regex_takes(const struct tum_regex *re, struct tum_str text)
{
    uint32_t c;

    if (re->text.no_empty && text.n == 0)
        return false;
    for (size_t i = 0; re->text.no_odd_spaces && i < text.n; i++) {
        if (text.s[i] >= 0x1c && text.s[i] <= 0x1f)
            return false;
    }
    if (re->text.no_odd_spaces &&
        tum_str_find(text, TUM_S("\xE1\xA0\x8E"), 0) != TUM_STR_NONE)
        return false;
    if (tum_utf8_is_ascii(text))
        return true;
    if (!tum_utf8_valid(text, NULL))
        return false;
    for (size_t i = 0; re->text.ignore_case && i < text.n;) {
        i += tum_utf8_decode(text.s + i, text.n - i, &c);
        /* Other cases of i, s and k, which the two see differently. */
        if (c == 0x130 || c == 0x131 || c == 0x17F || c == 0x212A)
            return false;
    }
    return true;
}

static void copy_spans(const struct tum_regex *re, pcre2_match_data *data, int count,
                       size_t *spans)
{
    const PCRE2_SIZE *ovector = pcre2_get_ovector_pointer(data);

    for (size_t i = 0; i <= re->text.groups; i++) {
        bool set = i < (size_t)count && ovector[2 * i] != PCRE2_UNSET;

        spans[2 * i] = set ? ovector[2 * i] : SIZE_MAX;
        spans[2 * i + 1] = set ? ovector[2 * i + 1] : SIZE_MAX;
    }
}

enum tum_regex_found tum_regex_find(const struct tum_regex *re, struct tum_str text,
                                    size_t from, enum tum_regex_how how, bool advance,
                                    size_t *spans)
{
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(re->code, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    uint32_t options = PCRE2_NO_UTF_CHECK;
    int count;

    if (how != TUM_RE_SEARCH)
        options |= PCRE2_ANCHORED;
    if (how == TUM_RE_FULLMATCH)
        options |= PCRE2_ENDANCHORED;
    if (advance)
        options |= PCRE2_NOTEMPTY_ATSTART;
    pcre2_set_match_limit(context, TUM_REGEX_MATCH_LIMIT);
    count =
        pcre2_match(re->code, (PCRE2_SPTR)text.s, text.n, from, options, data, context);
    if (count > 0)
        copy_spans(re, data, count, spans);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    return count > 0                      ? TUM_RE_FOUND
           : count == PCRE2_ERROR_NOMATCH ? TUM_RE_NONE
                                          : TUM_RE_GIVEN_UP;
}
