/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Include tags: names, parameters, what each pass loads, and files that include each other.
 */
#include "docfiles.h"

/* ---- the host: $(where) is "sub", $(n) 12, $(list) [1, 2] ---- */

static bool host_lookup(void *ctx, struct tum_str name, tum_val *ret)
{
    (void)ctx;
    if (tum_str_is(name, "where")) {
        *ret = tum_val_str("sub");
        return true;
    }
    if (tum_str_is(name, "n")) {
        *ret = tum_val_int(12);
        return true;
    }
    if (!tum_str_is(name, "list"))
        return false;

    struct tum_list_builder *list = tum_list_begin(2);

    ck_assert(tum_list_add(list, tum_val_int(1)) && tum_list_add(list, tum_val_int(2)));
    *ret = tum_list_end(list);
    return true;
}

static tum_val expand_text(struct tum_str text)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    size_t at = 0;

    for (;;) {
        size_t open = tum_str_find(text, TUM_S("$("), at);
        size_t close =
            open != TUM_STR_NONE ? tum_str_find_char(text, ')', open) : TUM_STR_NONE;
        TUM_AUTO(tum_val_release) tum_val v = tum_val_none();
        if (close == TUM_STR_NONE)
            break;
        if (!host_lookup(NULL, tum_str_sub(text, open + 2, close), &v)) {
            tum_buf_addt(&out, tum_str_sub(text, at, close + 1));
        } else if (open == 0 && close + 1 == text.n) {
            return tum_val_ref(v);
        } else {
            tum_buf_addt(&out, tum_str_sub(text, at, open));
            tum_val_write_str(&out, v);
        }
        at = close + 1;
    }
    tum_buf_addt(&out, tum_str_sub(text, at, text.n));
    return tum_val_text_of(tum_buf_str(&out));
}

static bool host_expand(void *ctx, tum_val v, tum_val *ret)
{
    ck_assert_ptr_nonnull(ctx);
    if (tum_val_kind(v) == TUM_STR) {
        *ret = expand_text(tum_val_text(v));
    } else if (tum_val_kind(v) == TUM_LIST) {
        struct tum_list_builder *list = tum_list_begin(tum_list_len(v));
        tum_list_each (item, v) {
            tum_val expanded;
            if (!host_expand(ctx, *item, &expanded))
                expanded = tum_val_ref(*item);
            ck_assert(tum_list_add(list, expanded));
        }
        *ret = tum_list_end(list);
    } else {
        return false;
    }
    return true;
}

static bool load(struct docfix *fix, const struct docfiles *files,
                 enum tum_includes includes, bool lenient,
                 const struct tum_node **ret_root)
{
    TUM_AUTO(tum_freep) char *path = docfiles_path(files, "main.tum");
    struct tum_doc_request request = {
        .path = path,
        .template = true,
        .includes = includes,
        .lenient = lenient,
        .ctx = fix,
        .expand = host_expand,
        .lookup = host_lookup,
    };

    return tum_docset_load(fix->set, &request, ret_root);
}

/* "name\ntext" of a file; "@" in the text stands for the folder. */
static void write_files(const struct docfiles *files, const char *const *list)
{
    for (size_t i = 0; list[i] != NULL; i++) {
        struct tum_str all = tum_str_of(list[i]);
        size_t end = tum_str_find_char(all, '\n', 0);
        TUM_AUTO(tum_freep) char *name = tum_strndup(all.s, end);
        docfiles_write(files, name, tum_str_sub(all, end + 1, all.n));
    }
}

/* Text with the folder of the test taken out, which is different each time. */
static const char *without_folder(struct docfix *fix, const struct docfiles *files)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);
    struct tum_str text = tum_buf_str(&fix->text);
    struct tum_str folder = tum_str_of(files->folder);
    size_t at = 0, found;

    while ((found = tum_str_find(text, folder, at)) != TUM_STR_NONE) {
        tum_buf_addt(&out, tum_str_sub(text, at, found));
        tum_buf_addc(&out, '@');
        at = found + folder.n;
    }
    tum_buf_addt(&out, tum_str_sub(text, at, text.n));
    tum_buf_release(&fix->text);
    fix->text = out;
    return fix->text.s;
}

#define FILES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct {
    const char *const *files;
    const char *expect;
} good[] = {
    /* forms of the tags */
    {FILES("main.tum\n- !include a\n- !raw_include a\n", "a\n- x\n- y\n"),
     "[{'sequence': ['x', 'y']}, ['x', 'y']]"},
    {FILES("main.tum\n- !raw_include a b.tum\n- !raw_include \"a b.tum\"\n"
           "- !raw_include {file: a b.tum}\n- !raw_include\n    file: a b.tum\n",
           "a b.tum\n1"),
     "[1, 1, 1, 1]"},
    {FILES("main.tum\n- !raw_include 12\n", "12\nx"), "['x']"},
    {FILES("main.tum\n!raw_include a\n", "a\n{x: 1}"), "{'x': 1}"},
    {FILES("main.tum\n- !raw_include @\n", "@\n~"), NULL}, /* no plain scalar */
    /* the wrapper */
    {FILES("main.tum\n- !include a\n", "a\nsequence: [1]\n"), "[{'sequence': [1]}]"},
    {FILES("main.tum\n- !include a\n", "a\nsequence: {b: 1}\n"),
     "[{'sequence': {'b': 1}}]"},
    {FILES("main.tum\n- !include a\n", "a\nsequence: [1]\nother: 2\n"),
     "[{'sequence': {'sequence': [1], 'other': 2}}]"},
    {FILES("main.tum\n- !include a\n", "a\n# nothing\n"), "[{'sequence': None}]"},
    {FILES("main.tum\n- !include a\n", "a\nsequence:\n"), "[{'sequence': None}]"},
    {FILES("main.tum\n- !include a\n", "a\n!raw_include b\n", "b\nsequence: [2]\n"),
     "[{'sequence': [2]}]"},
    {FILES("main.tum\n- !raw_include a\n", "a\n!include b\n", "b\n[3]\n"),
     "[{'sequence': [3]}]"},
    /* where files are looked for */
    {FILES("main.tum\n- !raw_include sub/a\n- !raw_include ./sub/../b\n",
           "sub/a\n[!raw_include b, !raw_include ../b]\n", "sub/b\nin sub\n",
           "b\nabove\n"),
     "[['in sub', 'above'], 'above']"},
    {FILES("main.tum\n- !raw_include $(where)/a\n- !raw_include {file: $(where)/a}\n",
           "sub/a\nx\n"),
     "['x', 'x']"},
    {FILES("main.tum\n- !raw_include $(nothing)\n", "$(nothing)\nx\n"), "['x']"},
    /* parameters: typed, expanded, merged; seen by that file's template only */
    {FILES("main.tum\n- !raw_include {file: a, p: 3, q: [1, x]}\n",
           "a\n[{{ p }}, \"{{ q }}\", '{{ r }}']\n"),
     "[[3, \"[1, 'x']\", '']]"},
    {FILES("main.tum\n- !raw_include {file: a, p: $(n), q: [$(list), $(no)]}\n",
           "a\n[{{ p }}, \"{{ q }}\"]\n"),
     "[[12, \"[[1, 2], '$(no)']\"]]"},
    {FILES("main.tum\n- &x {p: 1, q: 2}\n- !raw_include {<<: *x, file: a, q: 3}\n",
           "a\n[{{ p }}, {{ q }}]\n"),
     "[{'p': 1, 'q': 2}, [1, 3]]"},
    {FILES("main.tum\n- !raw_include {file: a, p: 3}\n",
           "a\n[{{ p }}, !raw_include b, !raw_include {file: b, p: \"{{ p }}\"}]\n",
           "b\n'{{ p }}'\n"),
     "[[3, '', '3']]"},
    {FILES("main.tum\n- !raw_include {file: a, n: 5}\n- !raw_include a\n",
           "a\n{{ n }}\n"),
     "[5, 12]"},
    {FILES("main.tum\n- !raw_include {file: a, p: !raw_include b}\n",
           "a\n\"{{ p }}\"\n", "b\n[1, 2]\n"),
     "['[1, 2]']"},
    {FILES("main.tum\n- '{{ include_directory }}'\n- !raw_include sub/a\n"
           "- !raw_include {file: sub/a, include_directory: x}\n",
           "sub/a\n'{{ include_directory }}'\n"),
     "['@', '@/sub', '@/sub']"},
    /* rendering drops one line break at the end of a file */
    {FILES("main.tum\nx: |\n  text\n"), "{'x': 'text'}"},
    {FILES("main.tum\nx: |\n  text\n\n"), "{'x': 'text\\n'}"},
    {FILES("main.tum\nx: |\n  {{ n }}\n"), "{'x': '12'}"},
    /* an anchor of one file is not one of another; an anchored include is one value */
    {FILES("main.tum\n- &a 1\n- !raw_include b\n", "b\n- &a 2\n- *a\n"), "[1, [2, 2]]"},
    {FILES("main.tum\n- &a !include b\n- *a\n- &c !raw_include b\n- [*c]\n",
           "b\n[1]\n"),
     "[{'sequence': [1]}, {'sequence': [1]}, [1], [[1]]]"},
    /* the same file twice, and recursion that ends */
    {FILES("main.tum\n- !raw_include a\n- !raw_include b\n", "a\n!raw_include b\n",
           "b\nx\n"),
     "['x', 'x']"},
    {FILES("main.tum\n!raw_include {file: a, p: 3}\n",
           "a\n- {{ p }}\n{% if p > 0 %}- !raw_include {file: a, p: {{ p - 1 }}}\n"
           "{% endif %}"),
     "[3, [2, [1, [0]]]]"},
    /* ordinary YAML around */
    {FILES("main.tum\na: !include x\na: 1\n", "x\n1\n"), "{'a': 1}"},
    {FILES("main.tum\n? !!str include\n: {<<: {a: !raw_include x}}\n", "x\n1\n"),
     "{'include': {'a': 1}}"},
};

START_TEST(test_good)
{
    const struct tum_node *root = NULL;
    struct docfiles files;
    struct docfix fix;

    docfiles_init(&files);
    docfix_init(&fix);
    write_files(&files, good[_i].files);
    bool loaded = load(&fix, &files, TUM_INCLUDES_ALL, false, &root);
    if (good[_i].expect == NULL) {
        ck_assert(!loaded);
    } else {
        ck_assert_str_eq(docfix_findings(&fix), "");
        ck_assert(loaded);
        docfix_repr(&fix, root);
        ck_assert_str_eq(without_folder(&fix, &files), good[_i].expect);
    }
    docfix_release(&fix);
    docfiles_release(&files);
}
END_TEST

static const struct {
    const char *const *files;
    const char *findings;
    const char *expect; /* NULL: no tree */
} bad[] = {
    {FILES("main.tum\n- !include none.tum\n- !raw_include sub/\n- 1\n", "sub/x\n1\n"),
     "1:12+8 line 1: cannot include 'none.tum': reading '@/none.tum': No such file or "
     "directory\n"
     "2:16+4 line 2: cannot include 'sub/': reading '@/sub': Is a directory\n",
     "[None, None, 1]"},
    {FILES("main.tum\n- !include $(where)/no.tum\n"),
     "1:12+15 line 1: cannot include '$(where)/no.tum', which is 'sub/no.tum': reading "
     "'@/sub/no.tum': No such file or directory\n",
     "[None]"},
    {FILES("main.tum\nmain:\n  steps:\n    - !include {fil: part.tum, p: 1}\n"),
     "3:16+1 line 3: an include needs the key 'file', the name of the file\n"
     "  3:17+3 did you mean 'file'?\n",
     "{'main': {'steps': [None]}}"},
    {FILES("main.tum\n- !include {}\n- !include [a]\n- !include {file: 12}\n"
           "- !include {file: [a]}\n- !include\n- !raw_include {file: }\n"
           "- !include {file: ''}\n- !include $(list)\n- !include \"a\\0\"\n"),
     "1:12+1 line 1: an include needs the key 'file', the name of the file\n"
     "2:12+1 line 2: an include takes the name of a file, or a mapping with 'file', "
     "not "
     "a list\n"
     "3:12+1 line 3: 'file' of an include must be a text, the name of the file, not "
     "the "
     "number 12\n"
     "4:12+1 line 4: 'file' of an include must be a text, the name of the file, not a "
     "list\n"
     "5:11+1 line 5: an include needs the name of a file, this one is empty\n"
     "6:16+1 line 6: 'file' of an include must be a text, the name of the file, not "
     "null\n"
     "7:19+2 line 7: an include needs the name of a file, this one is empty\n"
     "8:12+7 line 8: 'file' of an include must be a text, but '$(list)' gives a value "
     "of type 'list'\n"
     "9:12+5 line 9: the name of an included file cannot hold a NUL\n",
     "[None, None, None, None, None, None, None, None, None]"},
    {FILES("main.tum\n<<: !include a\nb: 1\n", "a\nx: 1\n"),
     "1:14+1 line 1: '<<' cannot merge an include: it takes a mapping or a list of "
     "mappings of this file\n",
     "{'b': 1}"},
    {FILES("main.tum\n? !include a\n: 1\n", "a\nx\n"),
     "1:12+1 line 1: an include cannot be a key of a mapping\n", "{}"},
    /* mistakes of one file do not hide those of another */
    {FILES("main.tum\n- !include a\n- !include b\n- !include c\n", "a\nx: y: z\n",
           "b\n- *no\n", "c\n- 2024-99-01\n"),
     "1:5+1 line 1: ': ' is not expected here; a text that holds it needs quotes\n"
     "1:3+3 line 1: unknown alias '*no': no anchor '&no' above\n"
     "1:3+10 line 1: '2024-99-01' is a date that does not exist\n",
     "[None, {'sequence': [None]}, {'sequence': [None]}]"},
    {FILES("main.tum\n- !include a\n- !include a\n", "a\nx: y: z\n"),
     "1:5+1 line 1: ': ' is not expected here; a text that holds it needs quotes\n",
     "[None, None]"},
    {FILES("main.tum\n- !include a\n", "a\nx: \xff\n"),
     "1:4+1 line 1: not UTF-8: byte 0xFF\n"
     "  1:12+1 included here\n",
     "[None]"},
    {FILES("main.tum\n- !include a\n", "a\nx: 1\n---\ny: 2\n"),
     "2:1+3 line 2: a second document starts here; a file holds one\n", "[None]"},
    /* cycles */
    {FILES("main.tum\n- !include main.tum\n"),
     "1:12+8 line 1: this include never ends, the files include each other: main.tum > "
     "main.tum\n",
     "[None]"},
    {FILES("main.tum\n- !include sub/a.tum\n", "sub/a.tum\n- x\n- !include b.tum\n",
           "sub/b.tum\n- !include {file: a.tum, p: 1}\n- !include a.tum\n"),
     "1:19+5 line 1: this include never ends, the files include each other: main.tum > "
     "sub/a.tum > sub/b.tum > sub/a.tum\n"
     "2:12+5 line 2: this include never ends, the files include each other: main.tum > "
     "sub/a.tum > sub/b.tum > sub/a.tum\n",
     "[{'sequence': ['x', {'sequence': [None, None]}]}]"},
    /* a template leads to the line of the author */
    {FILES("main.tum\n{% set x = 1 %}\n\na: {{ n }}\nb: *no\n"),
     "4:4+3 line 4: unknown alias '*no': no anchor '&no' above\n",
     "{'a': 12, 'b': None}"},
    {FILES("main.tum\n- !include a\n", "a\n- {{ n }}{{ n }}: [\n- b\n"),
     "2:1+1 line 2: expected a value here\n", "[None]"},
};

START_TEST(test_bad)
{
    const struct tum_node *root = NULL;
    struct docfiles files;
    struct docfix fix;

    docfiles_init(&files);
    docfix_init(&fix);
    write_files(&files, bad[_i].files);
    bool loaded = load(&fix, &files, TUM_INCLUDES_ALL, false, &root);
    docfix_findings(&fix);
    ck_assert_str_eq(without_folder(&fix, &files), bad[_i].findings);
    ck_assert_int_eq(loaded, bad[_i].expect != NULL);
    if (loaded)
        ck_assert_str_eq(docfix_repr(&fix, root), bad[_i].expect);
    docfix_release(&fix);
    docfiles_release(&files);
}
END_TEST

/* A missing include is trouble with files, at its place. */
START_TEST(test_topic)
{
    const struct tum_node *root;
    struct docfiles files;
    struct docfix fix;

    docfiles_init(&files);
    docfix_init(&fix);
    write_files(&files, FILES("main.tum\n- !include none\n- !include {f: x}\n"));
    ck_assert(load(&fix, &files, TUM_INCLUDES_ALL, false, &root));
    tum_diags_sort(fix.diags);
    ck_assert_int_eq(tum_diags_at(fix.diags, 0)->topic, TUM_TOPIC_IO);
    ck_assert_int_eq(tum_diags_at(fix.diags, 1)->topic, TUM_TOPIC_SYNTAX);
    docfix_release(&fix);
    docfiles_release(&files);
}
END_TEST

/* ---- passes ---- */

START_TEST(test_passes)
{
    static const enum tum_includes modes[] = {TUM_INCLUDES_NULL, TUM_INCLUDES_RAW,
                                              TUM_INCLUDES_ALL, TUM_INCLUDES_NULL};
    static const char *const expect[] = {
        "[None, None, 'x']",
        "[None, [1], 'x']",
        "[{'sequence': [1]}, [1], 'x']",
        "[None, None, 'x']",
    };
    const struct tum_node *first = NULL;
    struct docfiles files;
    struct docfix fix;
    size_t memory = 0, count = 0;

    docfiles_init(&files);
    docfix_init(&fix);
    write_files(&files,
                FILES("main.tum\n- !include a\n- !raw_include a\n- x\n", "a\n[1]\n"));
    for (size_t i = 0; i < TUM_LEN(modes); i++) {
        const struct tum_node *root = NULL;
        ck_assert(load(&fix, &files, modes[i], modes[i] != TUM_INCLUDES_ALL, &root));
        ck_assert_str_eq(docfix_repr(&fix, root), expect[i]);
        ck_assert_int_eq(tum_node_kind(tum_node_item(root, 0)),
                         i == 2 ? TUM_NODE_INCLUDE : TUM_NODE_NULL);
        ck_assert_int_eq(tum_node_kind(tum_node_item(root, 1)),
                         i == 1 || i == 2 ? TUM_NODE_SEQ : TUM_NODE_NULL);
        /* It is one tree, made once. */
        if (i == 0)
            first = root;
        ck_assert_ptr_eq(root, first);
        if (i == 1)
            memory = tum_docset_memory(fix.set);
        if (i > 1)
            ck_assert_uint_eq(tum_docset_memory(fix.set), memory);
    }
    const char *const *paths = tum_docset_files(fix.set, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(paths[0] + strlen(files.folder), "/main.tum");
    ck_assert_str_eq(paths[1] + strlen(files.folder), "/a");
    docfix_release(&fix);
    docfiles_release(&files);
}
END_TEST

/* Lenient loads fail without a word, and the strict one says it all. */
static const struct {
    const char *const *files;
    enum tum_includes includes;
    const char *strict; /* start of the finding of the strict load */
} lenient[] = {
    {FILES("main.tum\n- *no\n"), TUM_INCLUDES_NULL, "1:3+3 line 1: unknown alias"},
    {FILES("main.tum\n[\n"), TUM_INCLUDES_NULL, "1:2+1 line 1: "},
    {FILES("other\nx\n"), TUM_INCLUDES_NULL, "reading '"},
    {FILES("main.tum\n\xff\n"), TUM_INCLUDES_NULL, "1:1+1 line 1: not UTF-8"},
    {FILES("main.tum\n- !raw_include no\n"), TUM_INCLUDES_RAW, "1:16+2 line 1: cannot"},
    {FILES("main.tum\n- !raw_include a\n", "a\n[\n"), TUM_INCLUDES_RAW,
     "1:2+1 line 1: "},
    {FILES("main.tum\n- !raw_include {fil: a}\n"), TUM_INCLUDES_RAW,
     "1:16+1 line 1: an"},
    {FILES("main.tum\n- {{ 1 / 0 }}\n"), TUM_INCLUDES_NULL, "1:"},
};

START_TEST(test_lenient)
{
    const struct tum_node *root = NULL;
    struct docfiles files;
    struct docfix fix;

    docfiles_init(&files);
    docfix_init(&fix);
    write_files(&files, lenient[_i].files);
    for (int i = 0; i < 2; i++) {
        ck_assert(!load(&fix, &files, lenient[_i].includes, true, &root));
        ck_assert_ptr_null(root);
        ck_assert_str_eq(docfix_findings(&fix), "");
    }
    load(&fix, &files, TUM_INCLUDES_ALL, false, &root);
    ck_assert_uint_eq(tum_diags_count(fix.diags, TUM_SEV_ERROR), 1);
    ck_assert_int_eq(
        strncmp(docfix_findings(&fix), lenient[_i].strict, strlen(lenient[_i].strict)),
        0);
    docfix_release(&fix);
    docfiles_release(&files);
}
END_TEST

/* Syntax errors of a template are said at once, and once. */
START_TEST(test_template_syntax)
{
    const struct tum_node *root = NULL;
    struct docfiles files;
    struct docfix fix;

    docfiles_init(&files);
    docfix_init(&fix);
    if (_i == 0)
        write_files(&files, FILES("main.tum\na: 1\nb: {{ x\n"));
    else
        write_files(&files, FILES("main.tum\n- !raw_include {file: a, p: 1}\n"
                                  "- !raw_include {file: a, p: 2}\n",
                                  "a\na: 1\nb: {{ x\n"));
    for (int i = 0; i < 2; i++) {
        ck_assert(!load(&fix, &files, TUM_INCLUDES_RAW, true, &root));
        ck_assert_uint_eq(tum_diags_total(fix.diags), 1);
    }
    ck_assert_int_eq(load(&fix, &files, TUM_INCLUDES_ALL, false, &root), _i == 1);
    ck_assert_uint_eq(tum_diags_total(fix.diags), 1);

    const struct tum_finding *finding = tum_diags_at(fix.diags, 0);
    struct tum_place place;

    ck_assert(tum_source_place(fix.sources, finding->at, &place));
    ck_assert_uint_eq(place.line, 2);
    ck_assert_uint_eq(finding->note_count, (size_t)_i);
    docfix_release(&fix);
    docfiles_release(&files);
}
END_TEST

/* ---- limits ---- */

/* A chain of TUM_INCLUDE_DEPTH files below the main file is the longest. */
START_TEST(test_depth_limit)
{
    int length = TUM_INCLUDE_DEPTH + _i;
    const struct tum_node *root = NULL;
    struct docfiles files;
    struct docfix fix;

    docfiles_init(&files);
    docfix_init(&fix);
    for (int i = 0; i <= length; i++) {
        TUM_AUTO(tum_freep) char *name = tum_asprintf("f%d", i);
        TUM_AUTO(tum_freep)
        char *text =
            i == length ? tum_strdup("end") : tum_asprintf("!raw_include f%d", i + 1);
        docfiles_write(&files, i == 0 ? "main.tum" : name, tum_str_of(text));
    }
    ck_assert(load(&fix, &files, TUM_INCLUDES_ALL, false, &root));
    if (_i == 0) {
        ck_assert_str_eq(docfix_findings(&fix), "");
        ck_assert_str_eq(docfix_repr(&fix, root), "'end'");
    } else {
        ck_assert_ptr_nonnull(strstr(docfix_findings(&fix),
                                     "more than 100 files deep: main.tum > f1 > "
                                     "f2 > f3 > f4 > f5 > … > f98 > f99 > f100 > "
                                     "f101\n"));
        ck_assert_int_eq(tum_node_kind(root), TUM_NODE_BROKEN);
    }
    docfix_release(&fix);
    docfiles_release(&files);
}
END_TEST

/* Each level would try all of it again without the stop: it must end, with one message. */
START_TEST(test_wide_and_deep)
{
    const struct tum_node *root = NULL;
    struct docfiles files;
    struct docfix fix;

    docfiles_init(&files);
    docfix_init(&fix);
    write_files(&files, FILES("main.tum\n- !include {file: a, p: 1}\n",
                              "a\n- !include {file: a, p: {{ p }}1}\n"
                              "- !include {file: a, p: {{ p }}2}\n"));
    ck_assert(load(&fix, &files, TUM_INCLUDES_ALL, false, &root));
    ck_assert_uint_eq(tum_diags_count(fix.diags, TUM_SEV_ERROR), 1);
    ck_assert_ptr_nonnull(strstr(docfix_findings(&fix), "more than 100 files deep"));
    docfix_release(&fix);
    docfiles_release(&files);
}
END_TEST

START_TEST(test_count_limit)
{
    struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);
    const struct tum_node *root = NULL;
    struct docfiles files;
    struct docfix fix;

    docfiles_init(&files);
    docfix_init(&fix);
    for (int i = 0; i < TUM_INCLUDE_LIMIT + _i; i++)
        tum_buf_adds(&text, "- !raw_include a\n");
    docfiles_write(&files, "main.tum", tum_buf_str(&text));
    docfiles_write(&files, "a", TUM_S("x"));
    ck_assert(load(&fix, &files, TUM_INCLUDES_ALL, false, &root));
    ck_assert_str_eq(docfix_findings(&fix),
                     _i == 0 ? ""
                             : "100001:16+1 line 100001: more than 100000 includes in "
                               "one load\n");
    docfix_release(&fix);
    docfiles_release(&files);
    tum_buf_release(&text);
}
END_TEST

/* Doubling through files that read each other: small trees, an endless value. */
START_TEST(test_value_limit)
{
    const struct tum_node *root = NULL;
    struct tum_error *err = NULL;
    struct docfiles files;
    struct docfix fix;
    tum_val v;

    docfiles_init(&files);
    docfix_init(&fix);
    for (int i = 0; i < 40; i++) {
        TUM_AUTO(tum_freep) char *name = tum_asprintf("f%d", i);
        TUM_AUTO(tum_freep)
        char *text = tum_asprintf("[!raw_include f%d, !raw_include f%d]", i + 1, i + 1);
        docfiles_write(&files, i == 0 ? "main.tum" : name, tum_str_of(text));
    }
    docfiles_write(&files, "f40", TUM_S("x"));
    ck_assert(load(&fix, &files, TUM_INCLUDES_ALL, false, &root));
    ck_assert_str_eq(docfix_findings(&fix), "");
    ck_assert(!tum_node_to_val(root, &v, &err));
    ck_assert_int_eq(err->kind, TUM_ERROR_LIMIT);
    tum_error_free(err);
    docfix_release(&fix);
    docfiles_release(&files);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, test_good, 0, TUM_LEN(good));
    tcase_add_loop_test(t, test_bad, 0, TUM_LEN(bad));
    tcase_add_test(t, test_topic);
    tcase_add_test(t, test_passes);
    tcase_add_loop_test(t, test_lenient, 0, TUM_LEN(lenient));
    tcase_add_loop_test(t, test_template_syntax, 0, 2);
    tcase_add_loop_test(t, test_depth_limit, 0, 2);
    tcase_add_test(t, test_wide_and_deep);
    tcase_add_loop_test(t, test_count_limit, 0, 2);
    tcase_add_test(t, test_value_limit);
}

UNIT_MAIN("include", add)
