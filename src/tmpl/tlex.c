/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the tags of a template. Looks into a tag only as far as needed to find its end:
 * texts and brackets. What a tag means is the parser's business.
 */
#include "tmpl/tlex.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "tmpl/terr.h"
#include "tum/mem.h"

/* Brackets open inside each other in one tag; the expression parser has its own, lower
   limit, so this one is only for the stack below. */
#define BRACKET_LIMIT 1024

static size_t skip_space(struct tum_str text, size_t pos)
{
    while (pos < text.n) {
        uint32_t c;
        size_t n = tum_utf8_decode(text.s + pos, text.n - pos, &c);

        if (!tum_uni_is_space(c))
            break;
        pos += n;
    }
    return pos;
}

/* Start of the white space that ends at `end`, not before `from`. */
static size_t space_before(struct tum_str text, size_t from, size_t end)
{
    while (end > from) {
        size_t start = end - 1;
        uint32_t c;

        while (start > from && ((unsigned char)text.s[start] & 0xC0) == 0x80)
            start--;
        if (tum_utf8_decode(text.s + start, end - start, &c) != end - start ||
            !tum_uni_is_space(c))
            break;
        end = start;
    }
    return end;
}

/* Copies the text with its line breaks changed; `first` is the first CR. */
static void change_breaks(struct tum_tlex *lex, struct tum_str text, size_t first)
{
    size_t out = first;

    lex->own = tum_alloc(text.n + 1);
    memcpy(lex->own, text.s, first);
    for (size_t i = first; i < text.n; i++) {
        char c = text.s[i];

        if (c == '\r') {
            c = '\n';
            if (i + 1 < text.n && text.s[i + 1] == '\n') {
                tum_grow(&lex->drops, &lex->drop_cap, lex->drop_count + 1);
                lex->drops[lex->drop_count++] = (uint32_t)out;
                i++;
            }
        }
        lex->own[out++] = c;
    }
    lex->text = tum_str_n(lex->own, out);
}

void tum_tlex_init(struct tum_tlex *lex, struct tum_str text, uint32_t source)
{
    size_t cr = tum_str_find_char(text, '\r', 0);

    *lex = (struct tum_tlex){.text = text, .source = source};
    if (cr != TUM_STR_NONE)
        change_breaks(lex, text, cr);
    if (lex->text.n > 0 && lex->text.s[lex->text.n - 1] == '\n')
        lex->text.n--;
}

void tum_tlex_release(struct tum_tlex *lex)
{
    tum_free(lex->own);
    tum_free(lex->drops);
    *lex = (struct tum_tlex){0};
}

/* Number of drops at or before `at`. */
static size_t drops_until(const struct tum_tlex *lex, uint32_t at)
{
    size_t low = 0, high = lex->drop_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (lex->drops[mid] <= at)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

uint32_t tum_tlex_origin(const struct tum_tlex *lex, uint32_t at)
{
    return at + (uint32_t)drops_until(lex, at);
}

uint32_t tum_tlex_shift(const struct tum_tlex *lex, uint32_t at)
{
    size_t i = drops_until(lex, at);

    return i < lex->drop_count ? lex->drops[i] : (uint32_t)lex->text.n;
}

static bool fail(const struct tum_tlex *lex, size_t at, size_t length,
                 struct tum_error **err, const char *what)
{
    struct tum_span span = {lex->source, (uint32_t)at, (uint32_t)length};

    return tum_tmpl_fail(err, "TemplateSyntaxError", span, "%s", what);
}

static bool at_text(struct tum_str text, size_t pos, const char *what)
{
    size_t n = strlen(what);

    return text.n - pos >= n && memcmp(text.s + pos, what, n) == 0;
}

/*
 * Position after a tag's end at `pos`, which is "%}" or "}}" in `close`, or 0. With '-'
 * the white space after it belongs to the tag; '+' does nothing, and only where
 * `plus` allows it.
 */
static size_t tag_end(struct tum_str text, size_t pos, const char *close, bool plus)
{
    if (at_text(text, pos, close))
        return pos + 2;
    if (text.s[pos] == '-' && at_text(text, pos + 1, close))
        return skip_space(text, pos + 3);
    if (plus && text.s[pos] == '+' && at_text(text, pos + 1, close))
        return pos + 3;
    return 0;
}

/*
 * If an opening "{%", with its sign, is followed by the only word `word` (of a raw
 * section): the position after the tag, else 0. `plus`: "+%}" may end it.
 */
static size_t word_tag(struct tum_str text, size_t pos, const char *word, bool plus)
{
    pos += 2;
    if (pos < text.n && (text.s[pos] == '-' || text.s[pos] == '+'))
        pos++;
    pos = skip_space(text, pos);
    if (!at_text(text, pos, word))
        return 0;
    pos = skip_space(text, pos + strlen(word));
    return pos < text.n ? tag_end(text, pos, "%}", plus) : 0;
}

static bool skip_comment(struct tum_tlex *lex, size_t open, struct tum_error **err)
{
    struct tum_str text = lex->text;
    size_t pos = open + 2;
    size_t end;

    /* A sign directly after the opening belongs to it. */
    if (pos < text.n && (text.s[pos] == '-' || text.s[pos] == '+'))
        pos++;
    end = tum_str_find(text, TUM_S("#}"), pos);
    if (end == TUM_STR_NONE)
        return fail(lex, open, 2, err, "comment without an end, '#}' is missing");
    lex->pos = end + 2;
    if (end > pos && text.s[end - 1] == '-')
        lex->pos = skip_space(text, lex->pos);
    return true;
}

static bool read_raw(struct tum_tlex *lex, size_t open, size_t start,
                     struct tum_error **err)
{
    struct tum_str text = lex->text;
    size_t pos = start;

    for (;;) {
        size_t after;

        pos = tum_str_find(text, TUM_S("{%"), pos);
        if (pos == TUM_STR_NONE)
            return fail(lex, open, 2, err,
                        "raw section without an end, 'endraw' is missing");
        after = word_tag(text, pos, "endraw", true);
        if (after != 0) {
            lex->raw_start = start;
            lex->raw_end = pos;
            if (text.s[pos + 2] == '-')
                lex->raw_end = space_before(text, start, pos);
            lex->pos = after;
            return true;
        }
        pos += 2;
    }
}

/* Position of the closing quote of the text that opens at `pos`. */
static bool string_end(const struct tum_tlex *lex, size_t pos, size_t *ret,
                       struct tum_error **err)
{
    struct tum_str text = lex->text;

    for (size_t i = pos + 1; i < text.n; i++) {
        if (text.s[i] == '\\') {
            i++;
        } else if (text.s[i] == text.s[pos]) {
            *ret = i;
            return true;
        }
    }
    return fail(lex, pos, 1, err,
                text.s[pos] == '"' ? "text without an end, '\"' is missing"
                                   : "text without an end, \"'\" is missing");
}

/* A wrong closing bracket, or the end of the template. */
static bool bad_end(const struct tum_tlex *lex, size_t pos, size_t open, char want,
                    bool statement, struct tum_error **err)
{
    struct tum_span at = {lex->source, (uint32_t)pos, 1};

    if (pos < lex->text.n && want != 0)
        return tum_tmpl_fail(err, "TemplateSyntaxError", at,
                             "unexpected '%c', expected '%c'", lex->text.s[pos], want);
    if (pos < lex->text.n)
        return tum_tmpl_fail(err, "TemplateSyntaxError", at, "unexpected '%c'",
                             lex->text.s[pos]);
    at.start = (uint32_t)open;
    at.length = 2;
    return tum_tmpl_fail(err, "TemplateSyntaxError", at,
                         "tag without an end, '%s' is missing",
                         statement ? "%}" : "}}");
}

/* Reads the tag whose content starts at `pos`; a closing is not seen in brackets. */
static bool read_tag(struct tum_tlex *lex, size_t open, size_t pos,
                     struct tum_tpiece *ret, struct tum_error **err)
{
    struct tum_str text = lex->text;
    bool statement = text.s[open + 1] == '%';
    char stack[BRACKET_LIMIT];
    size_t depth = 0;

    ret->kind = statement ? TUM_TPIECE_STATEMENT : TUM_TPIECE_OUTPUT;
    ret->tag = (uint32_t)open;
    ret->start = (uint32_t)pos;
    for (; pos < text.n; pos++) {
        size_t after;

        if (depth == 0) {
            after = tag_end(text, pos, statement ? "%}" : "}}", statement);
            if (after != 0) {
                ret->end = (uint32_t)pos;
                lex->pos = after;
                return true;
            }
        }
        switch (text.s[pos]) {
        case '\'':
        case '"':
            if (!string_end(lex, pos, &pos, err))
                return false;
            break;
        case '(':
        case '[':
        case '{':
            if (depth == BRACKET_LIMIT)
                return fail(lex, pos, 1, err, "more than 1024 open brackets");
            stack[depth++] = text.s[pos] == '(' ? ')' : (char)(text.s[pos] + 2);
            break;
        case ')':
        case ']':
        case '}':
            if (depth == 0 || stack[depth - 1] != text.s[pos])
                return bad_end(lex, pos, open, depth == 0 ? 0 : stack[depth - 1],
                               statement, err);
            depth--;
            break;
        default:
            break;
        }
    }
    return bad_end(lex, text.n, open, 0, statement, err);
}

/* The next "{{", "{%" or "{#" at or after `pos`. */
static size_t find_open(struct tum_str text, size_t pos)
{
    for (;;) {
        pos = tum_str_find_char(text, '{', pos);
        if (pos == TUM_STR_NONE || pos + 1 >= text.n)
            return TUM_STR_NONE;
        if (text.s[pos + 1] == '{' || text.s[pos + 1] == '%' || text.s[pos + 1] == '#')
            return pos;
        pos++;
    }
}

/* Text from `start` to `end`, less what a '-' takes; false when nothing is left. */
static bool text_piece(struct tum_tlex *lex, size_t start, size_t end, bool strip,
                       struct tum_tpiece *ret)
{
    if (strip)
        end = space_before(lex->text, start, end);
    if (start == end)
        return false;
    ret->kind = TUM_TPIECE_TEXT;
    ret->tag = ret->start = (uint32_t)start;
    ret->end = (uint32_t)end;
    return true;
}

bool tum_tlex_next(struct tum_tlex *lex, struct tum_tpiece *ret, struct tum_error **err)
{
    struct tum_str text = lex->text;

    for (;;) {
        size_t start = lex->pos;
        size_t open, pos, after;
        char sign;

        if (lex->raw_start < lex->raw_end) {
            text_piece(lex, lex->raw_start, lex->raw_end, false, ret);
            lex->raw_start = lex->raw_end = 0;
            return true;
        }
        open = find_open(text, start);
        if (open == TUM_STR_NONE) {
            lex->pos = text.n;
            if (!text_piece(lex, start, text.n, false, ret))
                ret->kind = TUM_TPIECE_END;
            return true;
        }
        sign = open + 2 < text.n ? text.s[open + 2] : '\0';
        /* The tag is read by the next call, when nothing is before it any more. */
        if (open > start) {
            lex->pos = open;
            if (text_piece(lex, start, open, sign == '-', ret))
                return true;
        }
        if (text.s[open + 1] == '#') {
            if (!skip_comment(lex, open, err))
                return false;
            continue;
        }
        if (text.s[open + 1] == '%') {
            after = word_tag(text, open, "raw", false);
            if (after != 0) {
                if (!read_raw(lex, open, after, err))
                    return false;
                continue;
            }
        }
        pos = open + 2 + (sign == '-' || sign == '+');
        return read_tag(lex, open, pos, ret, err);
    }
}
