/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents: grammar as it arrives, tags, anchors, mappings, and every mistake with its
 * place.
 */
#include "docfix.h"

static const struct {
    const char *yaml;
    const char *expect; /* repr() */
} good[] = {
    /* roots */
    {"", "None"},
    {"# only a comment\n", "None"},
    {"---\n...\n", "None"},
    {"~", "None"},
    {"x", "'x'"},
    {"[]", "[]"},
    {"{}", "{}"},
    {"%YAML 1.1\n---\na: 1\n...\n# end\n", "{'a': 1}"},
    {"%TAG !y! tag:yaml.org,2002:\n---\n!y!str 1\n", "'1'"},
    /* blocks and flows */
    {"a:\n- 1\n- 2\nb:\n  - 3\n", "{'a': [1, 2], 'b': [3]}"},
    {"- - a\n  - b\n- c: 1\n  d: 2\n", "[['a', 'b'], {'c': 1, 'd': 2}]"},
    {"{a, b: , \"c\":1, 'd':2, e:f}",
     "{'a': None, 'b': None, 'c': 1, 'd': 2, 'e:f': None}"},
    {"[k: v, 1, [], {},]", "[{'k': 'v'}, 1, [], {}]"},
    {"a: {b: 1,\n  c: [1,\n   2],\n  }\n", "{'a': {'b': 1, 'c': [1, 2]}}"},
    {"? key one\n: value one\n? key two\n",
     "{'key one': 'value one', 'key two': None}"},
    {"a:\tb\n", "{'a': 'b'}"},
    {"- \n-\n- ~\n", "[None, None, None]"},
    /* scalar styles: quoted and block ones are texts */
    {"['1', \"yes\", '~', \"2024-03-09\"]", "['1', 'yes', '~', '2024-03-09']"},
    {"- |\n  1\n- >\n  yes\n", "['1\\n', 'yes\\n']"},
    {"a: |\n  x\n   y\n\n  z\n", "{'a': 'x\\n y\\n\\nz\\n'}"},
    {"a: |-\n  x\n\nb: |+\n  y\n\n", "{'a': 'x', 'b': 'y\\n\\n'}"},
    {"a: >\n  x\n  y\n\n  z\n   w\n  v\n", "{'a': 'x y\\nz\\n w\\nv\\n'}"},
    {"a: |2-\n   x\n  y\nb: >-1\n x\n", "{'a': ' x\\ny', 'b': 'x'}"},
    {"a: |\n  text", "{'a': 'text'}"},
    {"a: one\n  two\n\n  three\n", "{'a': 'one two\\nthree'}"},
    {"a: \"x\\ty\\\n   z\\u00e9\\x41\\U0001F600\\N\\_\"\n",
     "{'a': 'x\\tyz\xc3\xa9"
     "A\xf0\x9f\x98\x80\\x85\\xa0'}"},
    {"a: 'it''s\n  so'\n", "{'a': \"it's so\"}"},
    {"a: \"\\0\\a\\b\\e\\v\\f\\/\\\\\"\n",
     "{'a': '\\x00\\x07\\x08\\x1b\\x0b\\x0c/\\\\'}"},
    {"a: b#c # d\n", "{'a': 'b#c'}"},
    {"a: http://x:1/y\n", "{'a': 'http://x:1/y'}"},
    {"- -1\n- -x\n- ?x\n- :x\n", "[-1, '-x', '?x', ':x']"},
    /* signs that are a text where they stand */
    {"{eq: =, merge: <<, list: [=, <<]}",
     "{'eq': '=', 'merge': '<<', 'list': ['=', '<<']}"},
    {"=: 1", "{'=': 1}"},
    /* tags */
    {"[!!str yes, !!str , !!str 2024-01-02, !!int \"0x1F\", !!float 3, !!bool \"on\"]",
     "['yes', '', '2024-01-02', 31, 3.0, True]"},
    {"[!!null \"\", !!timestamp \"2024-3-9\", !!binary aGk=]",
     "[None, '2024-03-09', b'hi']"},
    {"a: !!seq [1]\nb: !!map {c: d}\n", "{'a': [1], 'b': {'c': 'd'}}"},
    {"!!omap [a: 1, b: 2]", "[('a', 1), ('b', 2)]"},
    {"!!pairs [a: 1, a: 2, {b: [3]}]", "[('a', 1), ('a', 2), ('b', [3])]"},
    {"!!set {b, a, b: 1, 2}", "{'b', 'a', 2}"},
    {"!!set {}", "set()"},
    {"!!set\n? a\n? b\n", "{'a', 'b'}"},
    {"!!python/tuple [1, [2]]", "(1, [2])"},
    {"[!!python/tuple [], !!python/list [1], !!python/dict {a: 1}]",
     "[(), [1], {'a': 1}]"},
    {"[!!python/none x, !!python/bool yes, !!python/int 3, !!python/float 1]",
     "[None, True, 3, 1.0]"},
    {"[!<tag:yaml.org,2002:str> 7, !<tag:yaml.org,2002:int> '7']", "['7', 7]"},
    {"[! 12, ! yes, ! \"12\", ! [a], ! {b: 1}]", "[12, True, 12, ['a'], {'b': 1}]"},
    {"a: !\nb: ! ~\n", "{'a': None, 'b': None}"},
    /* anchors */
    {"a: &x 1\nb: *x\n", "{'a': 1, 'b': 1}"},
    {"a: &x [1, &y {z: 2}]\nb: *x\nc: [*y, *x]\n",
     "{'a': [1, {'z': 2}], 'b': [1, {'z': 2}], 'c': [{'z': 2}, [1, {'z': 2}]]}"},
    {"&k key: &v value\nother: *k\n*k : *v\n", "{'key': 'value', 'other': 'key'}"},
    {"a: &n\nb: *n\n", "{'a': None, 'b': None}"},
    {"a: &x !!str 1\nb: !!str &y 2\nc: [*x, *y]\n",
     "{'a': '1', 'b': '2', 'c': ['1', '2']}"},
    {"&r\na: 1\n", "{'a': 1}"},
    /* double keys: the last value at the first place */
    {"{a: 1, b: 2, a: 3}", "{'a': 3, 'b': 2}"},
    {"{1: a, 1.0: b, true: c}", "{1: 'c'}"},
    {"{true: a, 1: b}", "{True: 'b'}"},
    {"{0: a, false: b, -0.0: c}", "{0: 'c'}"},
    {"{'1': a, 1: b}", "{'1': 'a', 1: 'b'}"},
    {"{~: a, null: b, '': c}", "{None: 'b', '': 'c'}"},
    {"{0x10: a, 16: b, 020: c}", "{16: 'c'}"},
    {"{2024-03-09: a, 2024-03-09: b}", "{'2024-03-09': 'b'}"},
    {"{18446744073709551616: a, 18446744073709551616.0: b}",
     "{18446744073709551616: 'b'}"},
    {"{.inf: a, -.inf: b, .inf: c}", "{inf: 'c', -inf: 'b'}"},
    {"{!!binary YQ==: 1, !!binary YQ==: 2}", "{b'a': 2}"},
    {"{a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, j: 1, k: 1, l: 1, m: 1, "
     "1: 1, 1.0: 2, a: 2, m: 2, n: 1}",
     "{'a': 2, 'b': 1, 'c': 1, 'd': 1, 'e': 1, 'f': 1, 'g': 1, 'h': 1, 'i': 1, "
     "'j': 1, 'k': 1, 'l': 1, 'm': 2, 1: 2, 'n': 1}"},
    /* merge keys */
    {"[&x {a: 1, b: 2}, {<<: *x, b: 3, c: 4}]",
     "[{'a': 1, 'b': 2}, {'a': 1, 'b': 3, 'c': 4}]"},
    {"[&x {a: 1, b: 2}, {b: 3, c: 4, <<: *x}]",
     "[{'a': 1, 'b': 2}, {'a': 1, 'b': 3, 'c': 4}]"},
    {"[&x {a: 1}, &y {a: 2, b: 3}, {<<: [*x, *y]}, {<<: [*y, *x]}]",
     "[{'a': 1}, {'a': 2, 'b': 3}, {'a': 1, 'b': 3}, {'a': 2, 'b': 3}]"},
    {"{<<: {a: 1}, <<: {a: 2, b: 3}}", "{'a': 2, 'b': 3}"},
    {"{<<: [], a: 1, <<: {}}", "{'a': 1}"},
    {"[&x {s: {p: 1}}, {<<: *x, s: {q: 2}}]", "[{'s': {'p': 1}}, {'s': {'q': 2}}]"},
    {"[&x {a: 1}, &y {<<: *x, b: 2}, {<<: *y}]",
     "[{'a': 1}, {'a': 1, 'b': 2}, {'a': 1, 'b': 2}]"},
    {"[&x {1: a}, {<<: *x, 1.0: b}]", "[{1: 'a'}, {1: 'b'}]"},
    {"{\"<<\": {a: 1}, '<<': 2}", "{'<<': 2}"},
    {"{? <<\n : {a: 1}}", "{'a': 1}"},
    {"a: &x {k: v}\nb: !!set {<<: *x, w}\n", "{'a': {'k': 'v'}, 'b': {'k', 'w'}}"},
    {"[<<: {a: 1}]", "[{'a': 1}]"},
    /* what is no line break for us */
    {"a: \"x\xc2\x85y\"\n", "{'a': 'x y'}"},
    {"a: x\xe2\x80\xa8  y\nb: 1\n", "{'a': 'x\\u2028y', 'b': 1}"},
};

START_TEST(test_good)
{
    struct docfix fix;

    docfix_init(&fix);
    const struct tum_node *root = docfix_load(&fix, tum_str_of(good[_i].yaml));
    if (good[_i].expect == NULL) {
        ck_assert_msg(root == NULL, "%s is accepted", good[_i].yaml);
    } else {
        ck_assert_msg(root != NULL, "%s: %s", good[_i].yaml, docfix_findings(&fix));
        ck_assert_str_eq(docfix_findings(&fix), "");
        ck_assert_str_eq(docfix_repr(&fix, root), good[_i].expect);
    }
    docfix_release(&fix);
}
END_TEST

/* expect NULL: there is no tree. */
static const struct {
    const char *yaml;
    const char *findings;
    const char *expect;
} bad[] = {
    /* anchors and aliases */
    {"a: 1\nb: *nowhere\n",
     "2:4+8 line 2: unknown alias '*nowhere': no anchor "
     "'&nowhere' above\n",
     "{'a': 1, 'b': None}"},
    {"a: &limits 1\nb: [*limit]\n",
     "2:5+6 line 2: unknown alias '*limit': no anchor '&limit' above\n"
     "  2:5+6 did you mean '*limits'?\n",
     "{'a': 1, 'b': [None]}"},
    {"a: *x\nb: &x 1\n",
     "1:4+2 line 1: unknown alias '*x': its anchor comes only at line 2\n"
     "  2:4+2 the anchor is here\n",
     "{'a': None, 'b': 1}"},
    {"a: &x 1\nb: &x 2\nc: !!str &x 3\n",
     "2:4+2 line 2: the anchor '&x' is defined a second time, first at line 1\n"
     "  1:4+2 first defined here\n"
     "3:10+2 line 3: the anchor '&x' is defined a second time, first at line 2\n"
     "  2:4+2 first defined here\n",
     "{'a': 1, 'b': 2, 'c': '3'}"},
    {"a: &x\n  - 1\n  - [*x]\n",
     "3:6+2 line 3: the alias '*x' stands inside its own anchor: a value cannot "
     "contain itself\n"
     "  1:4+2 the anchor is here\n",
     "{'a': [1, [None]]}"},
    /* tags */
    {"a: !foo x\nb: !!python/object:os.system [x]\nc: !includ f\n",
     "1:4+4 line 1: unknown tag '!foo'\n"
     "2:4+25 line 2: unknown tag '!!python/object:os.system'\n"
     "3:4+7 line 3: unknown tag '!includ'\n",
     "{'a': None, 'b': None, 'c': None}"},
    {"a: !!strr x\nb: !<tag:example.org,2000:x> {c: 1}\n",
     "1:4+6 line 1: unknown tag '!!strr'\n"
     "  1:4+6 did you mean '!!str'?\n"
     "2:4+25 line 2: unknown tag '!<tag:example.org,2000:x>'\n",
     "{'a': None, 'b': None}"},
    {"a: !include f\nb: !raw_include {file: f}\n",
     "1:4+8 line 1: unknown tag '!include': a configuration file cannot include "
     "another\n"
     "2:4+12 line 2: unknown tag '!raw_include': a configuration file cannot include "
     "another\n",
     "{'a': None, 'b': None}"},
    {"a: !!int x\nb: !!seq {c: 1}\nc: !!map [1]\nd: !!str [1]\ne: !!seq 1\n"
     "f: !!omap {a: 1}\ng: !!set [a]\n",
     "1:10+1 line 1: !!int: 'x' is not an integer\n"
     "2:4+5 line 2: the tag '!!seq' is for a list, this is a mapping\n"
     "3:4+5 line 3: the tag '!!map' is for a mapping, this is a list\n"
     "4:4+5 line 4: the tag '!!str' is for a single value, this is a list\n"
     "5:4+5 line 5: the tag '!!seq' is for a list, this is a single value\n"
     "6:4+6 line 6: the tag '!!omap' is for a list, this is a mapping\n"
     "7:4+5 line 7: the tag '!!set' is for a mapping, this is a list\n",
     "{'a': None, 'b': None, 'c': None, 'd': None, 'e': None, 'f': None, 'g': None}"},
    {"!!omap\n- a: 1\n- {b: 1, c: 2}\n",
     "3:3+1 line 3: a list of pairs holds mappings of one pair, not a mapping\n",
     "None"},
    {"!!pairs [x]",
     "1:10+1 line 1: a list of pairs holds mappings of one pair, not the text 'x'\n",
     "None"},
    {"- 2024-13-45\n- !!timestamp 2024-01-01 25:00:00\n- !!bool maybe\n",
     "1:3+10 line 1: '2024-13-45' is a date that does not exist\n"
     "2:15+19 line 2: !!timestamp: '2024-01-01 25:00:00' is a date that does not "
     "exist\n"
     "3:10+5 line 3: !!bool: 'maybe' is not a boolean (yes, no, true, false, on, "
     "off)\n",
     "[None, None, None]"},
    /* keys */
    {"? [a]\n: b\nc: d\n{e: f}: g\n",
     "1:3+1 line 1: a list cannot be a key of a mapping\n"
     "4:1+1 line 4: a mapping cannot be a key of a mapping\n",
     "{'c': 'd'}"},
    {"a: &l [1]\n*l : b\n", "2:1+2 line 2: a list cannot be a key of a mapping\n",
     "{'a': [1]}"},
    /* merge keys */
    {"<<: 3\na: 1\n",
     "1:5+1 line 1: '<<' takes a mapping or a list of mappings, not the number 3\n",
     "{'a': 1}"},
    {"a: &t x\nb:\n  <<: [*t, {c: 1}, [d]]\n  <<:\n",
     "3:8+2 line 3: '<<' takes a mapping or a list of mappings, not the text 'x'\n"
     "3:20+1 line 3: '<<' takes a mapping or a list of mappings, not a list\n"
     "4:6+1 line 4: '<<' takes a mapping or a list of mappings, not null\n",
     "{'a': 'x', 'b': {'c': 1}}"},
    /* documents */
    {"a: 1\n---\nb: 2\n",
     "2:1+3 line 2: a second document starts here; a file holds one\n", NULL},
    {"a: 1\n...\nb: 2\n",
     "3:1+2 line 3: the document has ended before this; a file holds one (check the "
     "indentation)\n",
     NULL},
    /* characters */
    {"a: x\x01y\nb: \"\x7f\"\n",
     "1:5+1 line 1: the character U+0001 cannot stand here\n"
     "2:5+1 line 2: the character U+007F cannot stand "
     "here\n",
     NULL},
    {"a: \xc2\x80\xef\xbf\xbe\n",
     "1:4+1 line 1: the character U+0080 cannot stand "
     "here\n"
     "1:4+2 line 1: the character U+FFFE cannot stand "
     "here\n",
     NULL},
    /* places behind characters of several bytes and columns */
    {"\xc3\xa9: \xf0\x9f\x98\x80 x\nb: [\xe2\x82\xac, *no]\n",
     "2:8+3 line 2: unknown alias '*no': no anchor '&no' above\n",
     "{'\xc3\xa9': '\xf0\x9f\x98\x80 x', 'b': ['\xe2\x82\xac', None]}"},
    {"a: \"x\xc2\x85y\xe2\x80\xa8z\"\nb: *no\n",
     "4:4+3 line 4: unknown alias '*no': no anchor '&no' above\n",
     "{'a': 'x y\\u2028z', 'b': None}"},
    {"\xe4\xb8\xad: {\xe4\xb8\xad: !foo\n  x}\n", "1:10+4 line 1: unknown tag '!foo'\n",
     "{'\xe4\xb8\xad': {'\xe4\xb8\xad': None}}"},
};

START_TEST(test_bad)
{
    struct docfix fix;

    docfix_init(&fix);
    const struct tum_node *root = docfix_load(&fix, tum_str_of(bad[_i].yaml));
    ck_assert_str_eq(docfix_findings(&fix), bad[_i].findings);
    ck_assert_msg((root == NULL) == (bad[_i].expect == NULL), "tree of %s",
                  bad[_i].yaml);
    if (root != NULL)
        ck_assert_str_eq(docfix_repr(&fix, root), bad[_i].expect);
    docfix_release(&fix);
}
END_TEST

/* Complaints of the grammar: no tree. */
static const struct {
    const char *yaml;
    const char *findings;
} syntax[] = {
    {"a: b: c\n", "1:5+1 line 1: ': ' is not expected here; a text that holds it needs "
                  "quotes\n"},
    {"main:\n  name: x\n\tsteps: y\n",
     "3:1+1 line 3: a tab cannot indent, use blanks\n"},
    {"a: @x\n", "1:4+2 line 1: a text cannot start with '@' unless it is in quotes\n"},
    {"a: `x`\n", "1:4+3 line 1: a text cannot start with '`' unless it is in quotes\n"},
    {"a: %x\n", "1:4+2 line 1: a text cannot start with '%' unless it is in quotes\n"},
    {"a: [1, 2\nb: 3\n",
     "2:2+1 line 2: expected ',' or ']' (in the list that starts at "
     "line 1)\n"
     "  1:4+3 the list starts here\n"},
    {"a: {b: 1\nc\n",
     "3:1+1 line 3: expected ',' or '}' (in the mapping that starts at "
     "line 1)\n"
     "  1:4+3 the mapping starts here\n"},
    {"a: 'b\nc: d\n", "1:4+2 line 1: this quoted text is not closed (looked up to "
                      "line 3)\n"},
    {"a: \"b\n--- x\"\n", NULL},
    {"a: 1\n b: 2\n", "2:3+1 line 2: ': ' is not expected here; a text that holds it "
                      "needs quotes\n"},
    {"a:\n  - 1\n - 2\n", NULL},
    {"a:\n  b: 1\n c: 2\n", NULL},
    {"a: 1\nb\nc: 2\n", "2:1+1 line 2: expected ': ' after this key (looked up to "
                        "line 3)\n"},
    {"a: \"\\q\"\n", NULL},
    {"a: \"\\xzz\"\n", NULL},
    {"a: \"\\ud800\"\n", NULL},
    {"a: & x\n", NULL},
    {"a: *\n", NULL},
    {"a: |0\n  x\n", NULL},
    {"a: |x\n  y\n", NULL},
    {"a: !<foo\n", NULL},
    {"a: !x!y z\n", NULL},
    {"[a, , b]\n", NULL},
    {"]\n", NULL},
    {"a: b\n- c\n", NULL},
    {"- a\nb: c\n", NULL},
    {"%YAML 2.0\n---\na\n", NULL},
    {"%FOO\n---\na\n", NULL},
    {"'a' b\n", "1:5+1 line 1: expected the end of the line, the value before this is "
                "complete\n"},
    {"a: \"x\" y\n",
     "1:8+1 line 1: expected the end of the line, the value before this "
     "is complete\n"},
    {"- [a] b\n- c\n", "1:7+1 line 1: expected the end of the line, the value before "
                       "this is complete\n"},
    {"\xc3\xa9: [\xe2\x82\xac, }\n", "1:8+1 line 1: expected a value here\n"},
};

/* Exactly one finding, with a line, in our words: no phrase of the parser below. */
START_TEST(test_syntax)
{
    struct docfix fix;

    docfix_init(&fix);
    ck_assert_ptr_null(docfix_load(&fix, tum_str_of(syntax[_i].yaml)));
    ck_assert_uint_eq(tum_diags_count(fix.diags, TUM_SEV_ERROR), 1);

    const struct tum_finding *finding = tum_diags_at(fix.diags, 0);

    ck_assert_uint_ne(finding->at.source, 0);
    ck_assert_int_eq(strncmp(finding->text, "line ", 5), 0);
    ck_assert_ptr_null(strstr(finding->text, "did not find"));
    ck_assert_ptr_null(strstr(finding->text, "found un"));
    if (syntax[_i].findings != NULL)
        ck_assert_str_eq(docfix_findings(&fix), syntax[_i].findings);
    docfix_release(&fix);
}
END_TEST

static void fill_nested(struct tum_buf *buf, const char *open, const char *close,
                        unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        tum_buf_adds(buf, open);
    for (unsigned i = 0; i < n; i++)
        tum_buf_adds(buf, close);
}

START_TEST(test_depth_limit)
{
    static const char *const forms[][2] = {{"[", "]"}, {"{a: ", "}"}, {"- ", ""}};
    struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);
    struct docfix fix;

    docfix_init(&fix);
    fill_nested(&buf, forms[_i][0], forms[_i][1], TUM_NODE_DEPTH);
    ck_assert_ptr_nonnull(docfix_load(&fix, tum_buf_str(&buf)));
    ck_assert_str_eq(docfix_findings(&fix), "");
    tum_buf_reset(&buf);
    fill_nested(&buf, forms[_i][0], forms[_i][1], TUM_NODE_DEPTH + 1);
    ck_assert_ptr_null(docfix_load(&fix, tum_buf_str(&buf)));
    ck_assert_ptr_nonnull(strstr(docfix_findings(&fix),
                                 "more than 900 lists and mappings inside each other"));
    docfix_release(&fix);
    tum_buf_release(&buf);
}
END_TEST

/* Ten times the level below on each level: small as text, 10**level values. */
static void fill_laughs(struct tum_buf *buf, int levels)
{
    tum_buf_adds(buf, "a0: &a0 x\n");
    for (int i = 1; i <= levels; i++) {
        tum_buf_addf(buf, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++)
            tum_buf_addf(buf, "%s*a%d", j > 0 ? ", " : "", i - 1);
        tum_buf_adds(buf, "]\n");
    }
}

START_TEST(test_alias_limit)
{
    struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);
    struct docfix fix;

    docfix_init(&fix);
    fill_laughs(&buf, 5);
    const struct tum_node *root = docfix_load(&fix, tum_buf_str(&buf));
    ck_assert_ptr_nonnull(root);
    /* What aliases share is one value. */
    TUM_AUTO(tum_val_release) tum_val v = tum_val_none();
    struct tum_error *err = NULL;
    tum_val top, first, second;
    ck_assert(tum_node_to_val(root, &v, &err));
    ck_assert(tum_map_peeks(v, "a5", &top));
    first = tum_list_items(top)[0];
    second = tum_list_items(top)[9];
    ck_assert_ptr_eq(first.as.obj, second.as.obj);

    tum_buf_reset(&buf);
    fill_laughs(&buf, 9);
    ck_assert_ptr_null(docfix_load(&fix, tum_buf_str(&buf)));
    ck_assert_ptr_nonnull(
        strstr(docfix_findings(&fix), "the aliases of this file stand for more than"));
    docfix_release(&fix);
    tum_buf_release(&buf);
}
END_TEST

/* The same with merge keys, whose pairs are copied. */
START_TEST(test_merge_limit)
{
    struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);
    struct docfix fix;

    docfix_init(&fix);
    tum_buf_adds(&buf, "a: &a {");
    for (int i = 0; i < 3000; i++)
        tum_buf_addf(&buf, "k%d: 1, ", i);
    tum_buf_adds(&buf, "}\n");
    for (int i = 0; i < 2000; i++)
        tum_buf_addf(&buf, "m%d: {<<: *a}\n", i);
    ck_assert_ptr_null(docfix_load(&fix, tum_buf_str(&buf)));
    ck_assert_ptr_nonnull(
        strstr(docfix_findings(&fix), "the aliases of this file stand for more than"));
    docfix_release(&fix);
    tum_buf_release(&buf);
}
END_TEST

/* Large mappings find double keys by an index. */
START_TEST(test_large_map)
{
    struct tum_buf buf = TUM_BUF_INIT(TUM_BUF_ANY);
    struct docfix fix;

    docfix_init(&fix);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 5000; i++)
            tum_buf_addf(&buf, "%s%d: %d\n", i % 3 == 0 ? "k" : "", i, i + round);
    const struct tum_node *root = docfix_load(&fix, tum_buf_str(&buf));
    ck_assert_uint_eq(tum_node_len(root), 5000);
    for (size_t i = 0; i < 5000; i++)
        ck_assert_int_eq(tum_node_val(tum_node_value(root, i)).as.i, (int64_t)i + 1);
    docfix_release(&fix);
    tum_buf_release(&buf);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, test_good, 0, TUM_LEN(good));
    tcase_add_loop_test(t, test_bad, 0, TUM_LEN(bad));
    tcase_add_loop_test(t, test_syntax, 0, TUM_LEN(syntax));
    tcase_add_loop_test(t, test_depth_limit, 0, 3);
    tcase_add_test(t, test_alias_limit);
    tcase_add_test(t, test_merge_limit);
    tcase_add_test(t, test_large_map);
}

UNIT_MAIN("tree", add)
