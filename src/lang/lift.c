/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking whole numbers out of a text. Only plain decimal ones that nothing but a blank or an
 * operator touches: other digits in their place make the same tokens. A guess about where
 * strings end may be wrong; then a number is no constant of the tree, and the text keeps
 * its own.
 */
#include "lang/lift.h"

/* No character of an expression. */
#define MARK   '\x01'
/* Digits of a number that surely fits. */
#define DIGITS 18

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What would be one token with the digits beside it, or changes what they are. */
static bool sticks(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '_' || c == '.' || (unsigned char)c >= 0x80;
}

/* Where the string that starts at `pos` ends. */
static size_t string_end(struct tum_str text, size_t pos)
{
    char quote = text.s[pos];
    bool triple =
        pos + 2 < text.n && text.s[pos + 1] == quote && text.s[pos + 2] == quote;

    pos += triple ? 3 : 1;
    for (; pos < text.n; pos++) {
        if (text.s[pos] == '\\')
            pos++;
        else if (text.s[pos] == quote && !triple)
            return pos + 1;
        else if (text.s[pos] == quote && pos + 2 < text.n && text.s[pos + 1] == quote &&
                 text.s[pos + 2] == quote)
            return pos + 3;
    }
    return text.n;
}

static bool take_number(struct tum_lift *lift, struct tum_str digits, uint32_t start)
{
    int64_t value = 0;

    if (lift->count == TUM_LIFT_LIMIT || digits.n > DIGITS ||
        (digits.s[0] == '0' && digits.n > 1))
        return false;
    for (size_t i = 0; i < digits.n; i++)
        value = value * 10 + (digits.s[i] - '0');
    lift->numbers[lift->count].start = start;
    lift->numbers[lift->count].stop = start + (uint32_t)digits.n;
    lift->numbers[lift->count].value = value;
    lift->count++;
    return true;
}

bool tum_lift_scan(struct tum_lift *lift, struct tum_str text)
{
    size_t pos = 0, copied = 0;

    tum_buf_reset(&lift->key);
    lift->count = 0;
    if (tum_str_find_char(text, MARK, 0) != TUM_STR_NONE)
        return false;
    if (text.n > TUM_LIFT_TEXT)
        pos = text.n;
    while (pos < text.n) {
        char c = text.s[pos];
        size_t start = pos;

        if (c == '\'' || c == '"') {
            pos = string_end(text, pos);
        } else if (is_digit(c)) {
            while (pos < text.n && is_digit(text.s[pos]))
                pos++;
            if (pos < text.n && sticks(text.s[pos])) {
                while (pos < text.n && sticks(text.s[pos]))
                    pos++;
            } else if (take_number(lift, tum_str_sub(text, start, pos),
                                   (uint32_t)start)) {
                tum_buf_addt(&lift->key, tum_str_sub(text, copied, start));
                tum_buf_addc(&lift->key, MARK);
                copied = pos;
            }
        } else if (sticks(c)) {
            while (pos < text.n && sticks(text.s[pos]))
                pos++;
        } else {
            pos++;
        }
    }
    tum_buf_addt(&lift->key, tum_str_sub(text, copied, text.n));
    return true;
}

struct search {
    const struct tum_lift *lift;
    struct tum_ast **nodes;
    unsigned found;
};

/* False: two constants claim one number. */
static bool visit(void *ctx, struct tum_ast *node)
{
    struct search *search = ctx;

    if (node->kind == TUM_AST_CONST && node->constant->type == &tum_type_int) {
        for (unsigned i = 0; i < search->lift->count; i++) {
            if (node->start != search->lift->numbers[i].start ||
                node->end != search->lift->numbers[i].stop)
                continue;
            if (search->nodes[i] != NULL)
                return false;
            search->nodes[i] = node;
            search->found++;
        }
    }
    return tum_ast_each_child(node, visit, ctx);
}

bool tum_lift_nodes(const struct tum_lift *lift, struct tum_ast *root,
                    struct tum_ast **ret_nodes)
{
    struct search search = {lift, ret_nodes, 0};

    for (unsigned i = 0; i < lift->count; i++)
        ret_nodes[i] = NULL;
    return visit(&search, root) && search.found == lift->count;
}
