/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lines of a text that is being edited are, and what is around a place in it.
 */
#include "items.h"
#include "lsp/lspentry.h"
#include "unit.h"

static const struct {
    const char *line, *keyword; /* NULL: no entry */
    size_t dash;
} entries[] = {
    {"- sleep:", "sleep", 0},
    {"    -   sleep: {timeout: 1}", "sleep", 4},
    {"  - .group:", "group", 2},
    {"- sleep :", "sleep", 0},
    {"- json_rpc:", "json_rpc", 0},
    {"- sleep", NULL, 0},
    {"- sleep:x", NULL, 0},
    {"-sleep:", NULL, 0},
    {"- ", NULL, 0},
    {"-", NULL, 0},
    {"sleep:", NULL, 0},
    {"# - sleep:", NULL, 0},
    {"- 'sleep':", NULL, 0},
    {"- two words:", NULL, 0},
    {"", NULL, 0},
};

START_TEST(entry)
{
    struct tum_lspentry ret;
    bool is = tum_lspentry_read(tum_str_of(entries[_i].line), 7, &ret);

    ck_assert_int_eq(is, entries[_i].keyword != NULL);
    if (!is)
        return;
    ck_assert(tum_str_is(ret.keyword, entries[_i].keyword));
    ck_assert_uint_eq(ret.dash, entries[_i].dash);
    ck_assert_uint_eq(ret.number, 7);
}
END_TEST

static struct tum_lspdoc *document(struct tum_lspdocs *docs, const char *text)
{
    return tum_lspdocs_open(docs, TUM_S("file:///x.tum"), tum_str_of(text));
}

/* The last line of each text is what is asked about. */
static const struct {
    const char *text, *owner; /* keyword of the item; NULL: items stand there */
    size_t column;
} places[] = {
    {"main:\n  steps:\n    - ", NULL, 4},
    {"- console:\n    steps:\n      - ", "console", 6},
    {"- console:\n    steps:\n    - ", "console", 4},
    {"- console:\n    name: x\n    steps:\n      - open:\n          a: b\n      - ",
     "console", 6},
    {"- console:\n    steps:\n      # why\n\n      - just text\n      - ", "console",
     6},
    {"- console:\n    steps:\n      - open:\n- ", NULL, 0},
    {"- console:\n    report:\n      - ", NULL, 6},
    {"- group:\n    steps:\n      - ", NULL, 6},
    {"- group:\n    steps:\n      - plot:\n          steps:\n            - ", "plot",
     12},
    {"- console:\n    steps:\n      - ", NULL, 2},
    {"- ", NULL, 0},
};

START_TEST(actions)
{
    struct tum_lspdocs docs = {0};
    struct tum_lspdoc *doc = document(&docs, places[_i].text);
    size_t number = 0;
    const struct tum_item_type *type;

    for (const char *c = places[_i].text; *c != '\0'; c++)
        number += *c == '\n';
    type = tum_lsp_actions_at(doc, tum_items, number, places[_i].column);
    if (places[_i].owner == NULL)
        ck_assert_ptr_null(type);
    else
        ck_assert_str_eq(type->keyword, places[_i].owner);
    tum_lspdocs_release(&docs);
}
END_TEST

static const struct {
    const char *text;
    size_t column;
    const char *type;  /* whose parameters stand there; NULL: no item's */
    const char *first; /* of a mapping; NULL: nothing stands there */
} keys[] = {
    {"- sleep:\n    ", 4, "sleep", NULL},
    {"- sleep:\n    timeout: 1\n    ", 4, "sleep", NULL},
    {"- console:\n    steps:\n      - open:\n          ", 10, "open", NULL},
    {"- loop:\n    exit_condition:\n      ", 6, NULL, "time"},
    {"- loop:\n    exit_condition:\n      eval: x\n      deep:\n        ", 8, NULL,
     NULL},
    {"- sleep:\n    report:\n      ", 6, NULL, NULL},
    {"- let:\n    values:\n      ", 6, NULL, NULL},
    {"main:\n  ", 2, NULL, NULL},
    {"- nothing:\n    ", 4, NULL, NULL},
    {"", 0, NULL, NULL},
};

START_TEST(params)
{
    struct tum_lspdocs docs = {0};
    struct tum_lspdoc *doc = document(&docs, keys[_i].text);
    const struct tum_item_type *type;
    const struct tum_param *table;
    size_t number = 0;

    for (const char *c = keys[_i].text; *c != '\0'; c++)
        number += *c == '\n';
    table = tum_lsp_params_at(doc, tum_items, number, keys[_i].column, &type);
    if (keys[_i].type != NULL) {
        ck_assert_ptr_nonnull(table);
        ck_assert_str_eq(type->keyword, keys[_i].type);
    } else if (keys[_i].first != NULL) {
        ck_assert_ptr_null(type);
        ck_assert_str_eq(table->name, keys[_i].first);
    } else {
        ck_assert_ptr_null(table);
    }
    tum_lspdocs_release(&docs);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, entry, 0, TUM_LEN(entries));
    tcase_add_loop_test(t, actions, 0, TUM_LEN(places));
    tcase_add_loop_test(t, params, 0, TUM_LEN(keys));
}

UNIT_MAIN("lspentry", add)
