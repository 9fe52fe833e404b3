/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading trees: kinds, lookup, places, words.
 */
#include "docfix.h"

/* One document with everything; `path` walks it: keys and [indexes], "!" the key itself. */
static const char document[] = "text: plain words # c\n"
                               "quoted: 'it''s'\n"
                               "number: 12\n"
                               "none:\n"
                               "tilde: ~\n"
                               "flag: yes\n"
                               "day: 2024-03-09\n"
                               "bytes: !!binary aGk=\n"
                               "anchored: &a !!str  12\n"
                               "alias: *a\n"
                               "list:\n"
                               "  - x\n"
                               "  - [1, 2.5]\n"
                               "map:\n"
                               "  first: 1\n"
                               "  second: {third: 3}\n"
                               "flow: &f   {k: v}\n"
                               "empty: []\n"
                               "nothing: {}\n"
                               "block: |\n"
                               "  line one\n"
                               "  line two\n"
                               "bad: 2024-99-99\n"
                               "set: !!set {a, b}\n"
                               "\xc3\xa9\xe2\x82\xac: caf\xc3\xa9\n"
                               "folded: two\n"
                               "  lines\n"
                               "12: number key\n"
                               "long: 1234567890123456789012345678901234567890123456\n"
                               "wide: "
                               "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa9zzz\n";

static const struct tum_node *walk(const struct tum_node *node, const char *path)
{
    struct tum_str rest = tum_str_of(path), part;
    bool more = true;

    while (tum_str_split(&rest, &more, '/', &part)) {
        size_t i = 0;
        int64_t index;
        bool key = part.s[0] == '!';
        if (tum_node_kind(node) == TUM_NODE_SEQ && tum_str_int(part, &index)) {
            node = tum_node_item(node, (size_t)index);
            continue;
        }
        ck_assert(tum_node_find(node, tum_str_sub(part, key, part.n), &i));
        node = key ? tum_node_key(node, i) : tum_node_value(node, i);
    }
    return node;
}

static const struct {
    const char *path;
    enum tum_node_kind kind;
    const char *raw;   /* the characters at its place */
    const char *words; /* description */
} rows[] = {
    {"text", TUM_NODE_SCALAR, "plain words", "the text 'plain words'"},
    {"!text", TUM_NODE_SCALAR, "text", "the text 'text'"},
    {"quoted", TUM_NODE_SCALAR, "'it''s'", "the text 'it's'"},
    {"number", TUM_NODE_SCALAR, "12", "the number 12"},
    {"none", TUM_NODE_NULL, "", "null"},
    {"tilde", TUM_NODE_NULL, "~", "null"},
    {"flag", TUM_NODE_SCALAR, "yes", "true"},
    {"day", TUM_NODE_SCALAR, "2024-03-09", "the date 2024-03-09"},
    {"bytes", TUM_NODE_SCALAR, "aGk=", "2 bytes"},
    {"anchored", TUM_NODE_SCALAR, "12", "the text '12'"},
    {"alias", TUM_NODE_SCALAR, "12", "the text '12'"},
    {"list", TUM_NODE_SEQ, "-", "a list"},
    {"list/0", TUM_NODE_SCALAR, "x", "the text 'x'"},
    {"list/1", TUM_NODE_SEQ, "[", "a list"},
    {"list/1/1", TUM_NODE_SCALAR, "2.5", "the number 2.5"},
    {"map", TUM_NODE_MAP, "first", "a mapping"},
    {"map/second", TUM_NODE_MAP, "{", "a mapping"},
    {"map/second/third", TUM_NODE_SCALAR, "3", "the number 3"},
    {"map/!second", TUM_NODE_SCALAR, "second", "the text 'second'"},
    {"flow", TUM_NODE_MAP, "{", "a mapping"},
    {"empty", TUM_NODE_SEQ, "[", "an empty list"},
    {"nothing", TUM_NODE_MAP, "{", "an empty mapping"},
    {"block", TUM_NODE_SCALAR, "|\n  line one\n  line two",
     "the text 'line one line two '"},
    {"bad", TUM_NODE_BROKEN, "2024-99-99", "something that could not be read"},
    {"set", TUM_NODE_SEQ, "{", "a list"},
    {"set/1", TUM_NODE_SCALAR, "b", "the text 'b'"},
    {"\xc3\xa9\xe2\x82\xac", TUM_NODE_SCALAR, "caf\xc3\xa9", "the text 'caf\xc3\xa9'"},
    {"!\xc3\xa9\xe2\x82\xac", TUM_NODE_SCALAR, "\xc3\xa9\xe2\x82\xac",
     "the text '\xc3\xa9\xe2\x82\xac'"},
    {"folded", TUM_NODE_SCALAR, "two\n  lines", "the text 'two lines'"},
    {"long", TUM_NODE_SCALAR, "1234567890123456789012345678901234567890123456",
     "the number 1234567890123456789012345678901234567890\xe2\x80\xa6"},
    {"wide", TUM_NODE_SCALAR, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa9zzz",
     "the text 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xe2\x80\xa6'"},
};

START_TEST(test_walk)
{
    struct docfix fix;

    docfix_init(&fix);
    const struct tum_node *root = docfix_load(&fix, tum_str_of(document));
    ck_assert_ptr_nonnull(root);
    const struct tum_node *node = walk(root, rows[_i].path);
    struct tum_str raw = tum_node_raw(node, fix.sources);
    TUM_AUTO(tum_freep) char *words = tum_node_describe(node);

    ck_assert_int_eq(tum_node_kind(node), rows[_i].kind);
    ck_assert_msg(tum_str_is(raw, rows[_i].raw), "'%.*s' is not '%s'", TUM_STR_ARG(raw),
                  rows[_i].raw);
    ck_assert_str_eq(words, rows[_i].words);
    docfix_release(&fix);
}
END_TEST

START_TEST(test_null_argument)
{
    TUM_AUTO(tum_freep) char *words = tum_node_describe(NULL);
    tum_val v = tum_val_int(1);
    struct tum_error *err = NULL;
    size_t i;

    ck_assert_int_eq(tum_node_kind(NULL), TUM_NODE_NULL);
    ck_assert_uint_eq(tum_node_at(NULL).source, 0);
    ck_assert_uint_eq(tum_node_len(NULL), 0);
    ck_assert_ptr_null(tum_node_text(NULL).s);
    ck_assert_int_eq(tum_val_kind(tum_node_val(NULL)), TUM_NONE);
    ck_assert(!tum_node_find(NULL, TUM_S("x"), &i));
    ck_assert_ptr_null(tum_node_get(NULL, "x"));
    ck_assert_ptr_null(tum_node_included(NULL));
    ck_assert(tum_node_to_val(NULL, &v, &err));
    ck_assert_int_eq(tum_val_kind(v), TUM_NONE);
    ck_assert_str_eq(words, "null");
}
END_TEST

START_TEST(test_lookup)
{
    struct docfix fix;
    size_t i = 99;

    docfix_init(&fix);
    const struct tum_node *root = docfix_load(&fix, tum_str_of(document));
    ck_assert_ptr_null(tum_node_get(root, "absent"));
    ck_assert_ptr_null(tum_node_get(root, "12")); /* the key is a number */
    ck_assert_ptr_null(tum_node_get(tum_node_get(root, "list"), "x"));
    ck_assert(!tum_node_find(root, TUM_S("tex"), &i));
    ck_assert_uint_eq(i, 99);
    ck_assert(tum_node_find(root, TUM_S("quoted"), &i));
    ck_assert_uint_eq(i, 1);
    ck_assert(tum_str_is(tum_node_text(tum_node_get(root, "quoted")), "it's"));
    ck_assert_ptr_null(tum_node_text(tum_node_get(root, "number")).s);
    ck_assert_ptr_eq(tum_node_get(root, "alias"), tum_node_get(root, "anchored"));
    ck_assert_ptr_eq(tum_node_key(root, 5), tum_node_key(root, 5));
    docfix_release(&fix);
}
END_TEST

/* An own pair that hides a merged one shows the place of the own one. */
START_TEST(test_merged_places)
{
    static const char text[] = "a: &a {k: 1, l: 2}\n"
                               "b:\n"
                               "  <<: *a\n"
                               "  k: 3\n"
                               "c:\n"
                               "  *a\n";
    struct docfix fix;

    docfix_init(&fix);
    const struct tum_node *root = docfix_load(&fix, TUM_S(text));
    const struct tum_node *b = tum_node_get(root, "b");
    const struct {
        const struct tum_node *node;
        size_t start;
    } places[] = {
        {tum_node_key(b, 0), (size_t)(strstr(text, "k: 3") - text)},
        {tum_node_value(b, 0), (size_t)(strstr(text, "3\nc") - text)},
        {tum_node_key(b, 1), (size_t)(strstr(text, "l: 2") - text)},
        {b, (size_t)(strstr(text, "<<") - text)},
        {tum_node_get(root, "c"), (size_t)(strstr(text, "{k") - text)},
    };
    for (size_t i = 0; i < TUM_LEN(places); i++)
        ck_assert_uint_eq(tum_node_at(places[i].node).start, places[i].start);
    docfix_release(&fix);
}
END_TEST

/* Places in a CRLF text with a byte-order mark count in the text as stored. */
START_TEST(test_places_after_normalising)
{
    struct docfix fix;

    docfix_init(&fix);
    const struct tum_node *root =
        docfix_load(&fix, TUM_S("\xef\xbb\xbf"
                                "a: 1\r\nb:\r  - x\r\n\r\n  - y\r\n"));
    const struct tum_node *y = tum_node_item(tum_node_get(root, "b"), 1);
    struct tum_place place;

    ck_assert(tum_str_is(tum_node_raw(y, fix.sources), "y"));
    ck_assert(tum_source_place(fix.sources, tum_node_at(y), &place));
    ck_assert_uint_eq(place.line, 5);
    ck_assert_uint_eq(place.column, 5);
    ck_assert_str_eq(docfix_repr(&fix, root), "{'a': 1, 'b': ['x', 'y']}");
    docfix_release(&fix);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, test_walk, 0, TUM_LEN(rows));
    tcase_add_test(t, test_null_argument);
    tcase_add_test(t, test_lookup);
    tcase_add_test(t, test_merged_places);
    tcase_add_test(t, test_places_after_normalising);
}

UNIT_MAIN("node", add)
