/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a layer above can do: names, filters, missing values, and types of its own with
 * operators, attributes and calls.
 */
#include "lang/eval.h"
#include "lang/format.h"
#include "lang/grammar.h"
#include "machine.h"

/* ---- a type of a layer above: a number of volts ---- */

struct volts {
    struct tum_obj head;
    int64_t n;
};

static const struct tum_type type_volts;

static struct tum_obj *new_volts(struct tum_vm *vm, int64_t n)
{
    struct volts *v = tum_new_obj(vm, &type_volts, struct volts);

    v->n = n;
    return &v->head;
}

static int64_t volts_of(struct tum_obj *o)
{
    return ((struct volts *)o)->n;
}

static bool volts_repr(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out)
{
    (void)vm;
    tum_buf_addf(out, "%lldV", (long long)volts_of(self));
    return true;
}

static bool volts_binary(struct tum_vm *vm, enum tum_binop op, struct tum_obj *self,
                         struct tum_obj *other, bool reflected, struct tum_obj **ret)
{
    int64_t n;

    if (op == TUM_OP_MATMUL) {
        *ret = tum_raise(vm, "VoltError", "no such power");
        return true;
    }
    if (!tum_is_int(other) || (op != TUM_OP_ADD && op != TUM_OP_SUB))
        return false;
    n = tum_as_int(other)->v.as.i;
    if (op == TUM_OP_ADD)
        *ret = new_volts(vm, volts_of(self) + n);
    else
        *ret = new_volts(vm, reflected ? n - volts_of(self) : volts_of(self) - n);
    return true;
}

static bool volts_unary(struct tum_vm *vm, enum tum_unop op, struct tum_obj *self,
                        struct tum_obj **ret)
{
    if (op != TUM_OP_NEG)
        return false;
    *ret = new_volts(vm, -volts_of(self));
    return true;
}

static bool volts_compare(struct tum_vm *vm, enum tum_cmpop op, struct tum_obj *self,
                          struct tum_obj *other, struct tum_obj **ret)
{
    if (other->type != &type_volts)
        return false;
    if (op != TUM_CMP_EQ && op != TUM_CMP_LT && op != TUM_CMP_GT)
        return false;
    *ret = tum_new_bool(vm, op == TUM_CMP_EQ   ? volts_of(self) == volts_of(other)
                            : op == TUM_CMP_LT ? volts_of(self) < volts_of(other)
                                               : volts_of(self) > volts_of(other));
    return true;
}

static struct tum_obj *volts_call(struct tum_vm *vm, struct tum_obj *self,
                                  const struct tum_args *args)
{
    return new_volts(vm, volts_of(self) * (int64_t)(args->n + 10 * args->nkw));
}

static bool volts_getattr(struct tum_vm *vm, struct tum_obj *self, struct tum_str name,
                          struct tum_obj **ret)
{
    if (!tum_str_is(name, "n"))
        return false;
    *ret = tum_new_int(vm, volts_of(self));
    return true;
}

static struct tum_obj *volts_double(struct tum_vm *vm, struct tum_obj **a, size_t n)
{
    (void)n;
    return new_volts(vm, 2 * volts_of(a[0]));
}

static bool volts_truth(struct tum_vm *vm, struct tum_obj *self, bool *ret)
{
    (void)vm;
    *ret = volts_of(self) > 3;
    return true;
}

static const struct tum_native volts_attrs[] = {
    {.name = "double", .call = volts_double, .min = 1, .max = 1},
};

static const struct tum_type type_volts = {.name = "volts",
                                           .kind = TUM_O_OTHER,
                                           .attrs = volts_attrs,
                                           .attr_count = TUM_LEN(volts_attrs),
                                           .repr = volts_repr,
                                           .truth = volts_truth,
                                           .call = volts_call,
                                           .getattr = volts_getattr,
                                           .binary = volts_binary,
                                           .unary = volts_unary,
                                           .compare = volts_compare};

/* ---- hooks ---- */

static struct tum_obj *hook_name(struct tum_vm *vm, void *ctx, struct tum_ast *node)
{
    (void)ctx;
    if (tum_str_is(node->name, "v"))
        return new_volts(vm, 5);
    if (tum_str_is(node->name, "d")) {
        struct tum_odict *d = tum_new_dict(vm);

        tum_dict_set(vm, d, tum_new_strz(vm, "items"), tum_new_int(vm, 1));
        tum_dict_set(vm, d, tum_new_strz(vm, "a"), tum_new_int(vm, 2));
        return &d->head;
    }
    return tum_raise(vm, "NameError", "%.*s", TUM_STR_ARG(node->name));
}

static struct tum_obj *hook_filter(struct tum_vm *vm, void *ctx, struct tum_ast *node,
                                   struct tum_obj *subject, const struct tum_args *args)
{
    struct tum_oseq *all = tum_new_list(vm, 0);

    (void)ctx;
    tum_olist_append(vm, all, tum_new_str(vm, node->name));
    tum_olist_append(vm, all, subject);
    for (size_t i = 0; i < args->n; i++)
        tum_olist_append(vm, all, args->v[i]);
    for (size_t i = 0; i < args->nkw; i++)
        tum_olist_append(vm, all, tum_new_pair(vm, args->names[i], args->kw[i]));
    return &all->head;
}

static bool hook_test(struct tum_vm *vm, void *ctx, struct tum_ast *node,
                      struct tum_obj *subject, const struct tum_args *args, bool *ret)
{
    (void)ctx;
    if (tum_str_is(node->name, "same"))
        return tum_op_eq(vm, subject, args->v[0], ret);
    return tum_raise_false(vm, "TestError", "%.*s", TUM_STR_ARG(node->name));
}

static struct tum_obj *hook_client(struct tum_vm *vm, void *ctx, struct tum_ast *node)
{
    (void)ctx;
    (void)node;
    return vm->none;
}

static struct tum_obj *hook_missing(struct tum_vm *vm, void *ctx, struct tum_obj *o,
                                    struct tum_obj *key)
{
    (void)ctx;
    return tum_new_pair(vm, tum_new_strz(vm, o->type->name), key);
}

static struct tum_obj *hook_no_else(struct tum_vm *vm, void *ctx, struct tum_ast *node)
{
    (void)ctx;
    (void)node;
    return tum_new_strz(vm, "no else");
}

static struct tum_obj *hook_concat(struct tum_vm *vm, void *ctx, struct tum_obj **v,
                                   size_t n)
{
    struct tum_buf out = TUM_BUF_INIT(TUM_BUF_ANY);

    (void)ctx;
    for (size_t i = 0; i < n; i++)
        tum_op_write_str(vm, v[i], &out);
    return tum_new_str_buf(vm, &out);
}

static const struct tum_hooks hooks = {hook_name,   hook_filter,  hook_test,
                                       hook_client, hook_missing, hook_no_else,
                                       hook_concat};

static const struct {
    const char *text, *want;
} rows[] = {
    /* operators of the type, on both sides */
    {"v + 1", "6V"},
    {"1 + v", "6V"},
    {"1 - v", "-4V"},
    {"-v", "-5V"},
    {"+v", "TypeError"},
    {"v * 2", "TypeError"},
    {"'a' + v", "TypeError"},
    {"v == v", "True"},
    {"v == 5", "False"},
    {"v < v + 1", "True"},
    {"v > v + 1", "False"},
    {"v <= v", "TypeError"},
    {"[v] == [v]", "True"},
    {"v in [1, v + 0]", "True"},
    {"not v", "False"},
    {"not v - 3", "True"},
    {"v if v - 3 else 1", "1"},
    /* calls and attributes */
    {"v(1, 2)", "10V"},
    {"v(1, a=2)", "55V"},
    {"v.n", "5"},
    {"v['n']", "5"},
    {"v.double().double()", "20V"},
    {"v.nope", "('volts', 'nope')"},
    {"v[0]", "('volts', 0)"},
    {"'%s' % v", "'5V'"},
    {"'{}'.format(v)", "'5V'"},
    /* attribute first, or item first */
    {"d.items()|list", "['list', dict_items([('items', 1), ('a', 2)])]"},
    {"d['items']", "1"},
    {"d.a", "2"},
    {"d.zz", "('dict', 'zz')"},
    {"d['zz']", "('dict', 'zz')"},
    {"d[[1]]", "('dict', [1])"},
    {"[1].5", "('list', 5)"},
    {"'abc'.1", "'b'"},
    {"5[0]", "('int', 0)"},
    {"none.x", "('NoneType', 'x')"},
    /* filters, tests, concatenation, half an if */
    {"1|f(2, k=3)|g", "['g', ['f', 1, 2, ('k', 3)]]"},
    {"1 is same 1.0", "True"},
    {"1 is not same(2)", "True"},
    {"1 is other", "TestError"},
    {"1 ~ 'a' ~ 2.5", "'1a2.5'"},
    {"1 if false", "'no else'"},
    {"undefined_name", "NameError"},
    {"[undefined_name]|f", "NameError"},
};

START_TEST(templates)
{
    struct tum_ast *node;
    struct machine m;
    struct tum_lex lex;
    const char *got;

    machine_init(&m);
    m.vm.hooks = &hooks;
    tum_lex_init(&lex, &m.vm, TUM_JINJA, rows[_i].text, 0,
                 (uint32_t)strlen(rows[_i].text));
    node = tum_parse_expr(&lex, 0);
    ck_assert_ptr_nonnull(node);
    ck_assert_int_eq(lex.token, TUM_T_END);
    /* Twice: what a node has remembered must not mislead it. */
    for (int i = 0; i < 2; i++) {
        got = machine_repr(&m, tum_eval(&m.vm, node, NULL));
        ck_assert_msg(strcmp(got, rows[_i].want) == 0, "%s: got %s, want %s",
                      rows[_i].text, got, rows[_i].want);
        tum_raised_clear(&m.vm);
    }
    machine_release(&m);
}
END_TEST

/* A tree is used again and again with objects that come and go. */
START_TEST(kept_tree)
{
    const char *text = "[len(x) for x in ['a', (1, 2), {3: 4}] if x]";
    struct tum_heap kept;
    struct tum_ast *tree;
    struct machine m;

    machine_init(&m);
    tum_heap_init(&kept, TEST_MEMORY);
    m.vm.heap = &kept;
    tree = tum_parse_python(&m.vm, tum_str_of(text));
    ck_assert_ptr_nonnull(tree);
    for (int i = 0; i < 3; i++) {
        tum_vm_begin(&m.vm, &m.heap, TEST_STEPS);
        ck_assert_str_eq(machine_repr(&m, tum_eval_whole(&m.vm, tree)), "[1, 2, 1]");
        tum_heap_reset(&m.heap);
    }
    tum_heap_release(&kept);
    machine_release(&m);
}
END_TEST

START_TEST(unpacking)
{
    struct tum_obj *three[3];
    struct machine m;

    machine_init(&m);
    ck_assert(tum_eval_unpack(&m.vm, tum_new_strz(&m.vm, "abc"), 3, three));
    ck_assert_str_eq(machine_repr(&m, three[2]), "'c'");
    ck_assert(!tum_eval_unpack(&m.vm, tum_new_strz(&m.vm, "abcd"), 3, three));
    ck_assert(tum_raised(&m.vm, "ValueError"));
    tum_raised_clear(&m.vm);
    ck_assert(!tum_eval_unpack(&m.vm, tum_new_strz(&m.vm, "ab"), 3, three));
    tum_raised_clear(&m.vm);
    ck_assert(!tum_eval_unpack(&m.vm, m.vm.none, 3, three));
    ck_assert(tum_raised(&m.vm, "TypeError"));
    machine_release(&m);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, templates, 0, TUM_LEN(rows));
    tcase_add_test(t, kept_tree);
    tcase_add_test(t, unpacking);
}

UNIT_MAIN("eval", add)
