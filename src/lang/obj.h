/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runtime objects: what an expression works on while it is evaluated.
 *
 * Unlike values (tum/val.h) objects have identity, lists and dicts change, and there are
 * iterators, functions and types. They live in a heap and all end together with it;
 * nothing is freed alone. Values are converted at the edges (objconv.c).
 *
 * Everything works on a `struct tum_vm`, which has the heap that is being filled, the budget and
 * the failure. How a function fails: it returns NULL or false, and vm->state says why. The
 * first failure stays until it is cleared. Objects are passed by plain pointers, never NULL
 * unless said so.
 *
 * Shared by the expressions of campaigns and by the template language; neither is known
 * here. One thread at a time.
 */
#ifndef TUM_OBJ_H
#define TUM_OBJ_H

#include "tum/mem.h"
#include "tum/val.h"

struct tum_vm;
struct tum_obj;
struct tum_args;
struct tum_native;
struct tum_hooks;
struct tum_expr_host;

/* ---- types ---- */

/* What the C code must know about a type; types of one kind share a layout. */
enum tum_okind {
    TUM_O_NONE,
    TUM_O_ELLIPSIS,
    TUM_O_BOOL,      /* struct tum_oint */
    TUM_O_INT,       /* struct tum_oint */
    TUM_O_FLOAT,     /* struct tum_ofloat */
    TUM_O_STR,       /* struct tum_ostr */
    TUM_O_BYTES,     /* struct tum_ostr */
    TUM_O_LIST,      /* struct tum_oseq */
    TUM_O_TUPLE,     /* struct tum_oseq */
    TUM_O_DICT,      /* struct tum_odict */
    TUM_O_SET,       /* struct tum_oset */
    TUM_O_FROZENSET, /* struct tum_oset */
    TUM_O_RANGE,     /* struct tum_orange */
    TUM_O_SLICE,     /* struct tum_oslice */
    TUM_O_DATE,      /* struct tum_odate */
    TUM_O_TYPE,      /* struct tum_otype */
    TUM_O_NATIVE,    /* struct tum_onative: function or method in C */
    TUM_O_LAMBDA,
    TUM_O_MODULE,
    TUM_O_VIEW,  /* of a dict */
    TUM_O_ITER,  /* an iterator of whatever kind: the type has `next` */
    TUM_O_OTHER, /* whatever its type's functions make of it */
};

enum tum_binop {
    TUM_OP_ADD,
    TUM_OP_SUB,
    TUM_OP_MUL,
    TUM_OP_DIV,
    TUM_OP_FLOORDIV,
    TUM_OP_MOD,
    TUM_OP_POW,
    TUM_OP_LSHIFT,
    TUM_OP_RSHIFT,
    TUM_OP_AND,
    TUM_OP_OR,
    TUM_OP_XOR,
    TUM_OP_MATMUL,
};

enum tum_unop {
    TUM_OP_NEG,
    TUM_OP_POS,
    TUM_OP_INVERT,
};

enum tum_cmpop {
    TUM_CMP_LT,
    TUM_CMP_LE,
    TUM_CMP_EQ,
    TUM_CMP_NE,
    TUM_CMP_GT,
    TUM_CMP_GE,
    TUM_CMP_IN,
    TUM_CMP_NOT_IN,
    TUM_CMP_IS,
    TUM_CMP_IS_NOT,
};

/*
 * A type. Entries that are NULL mean that the thing is not defined for the type (or, for
 * built-in kinds, that the code for the kind does it). Types of layers above set what they
 * want; a subtype of a built-in type (base set, same kind and layout) inherits the rest.
 */
struct tum_type {
    const char *name;   /* class name: "int" */
    const char *module; /* shown before the name: "re"; NULL: builtins */
    enum tum_okind kind;
    const struct tum_type *base; /* NULL: object */
    /* Sorted by name (strcmp); looked up here, then in base. */
    const struct tum_native *attrs;
    size_t attr_count;
    const struct tum_native *make; /* calling the type; NULL: it cannot be called */
    bool unhashable;
    bool
        unsupported_attrs; /* unknown attributes are handed over, not an AttributeError */

    bool (*repr)(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out);
    bool (*str)(struct tum_vm *vm, struct tum_obj *self, struct tum_buf *out);
    bool (*truth)(struct tum_vm *vm, struct tum_obj *self, bool *ret);
    bool (*len)(struct tum_vm *vm, struct tum_obj *self, size_t *ret);
    struct tum_obj *(*iter)(struct tum_vm *vm, struct tum_obj *self);
    /* True: *ret is the next element. False: no more, or failed. */
    bool (*next)(struct tum_vm *vm, struct tum_obj *self, struct tum_obj **ret);
    struct tum_obj *(*call)(struct tum_vm *vm, struct tum_obj *self,
                            const struct tum_args *args);
    /* Asked before attrs. False: no such attribute here. True with *ret NULL: failed. */
    bool (*getattr)(struct tum_vm *vm, struct tum_obj *self, struct tum_str name,
                    struct tum_obj **ret);
    bool (*setattr)(struct tum_vm *vm, struct tum_obj *self, struct tum_str name,
                    struct tum_obj *value);
    struct tum_obj *(*getitem)(struct tum_vm *vm, struct tum_obj *self,
                               struct tum_obj *key);
    bool (*contains)(struct tum_vm *vm, struct tum_obj *self, struct tum_obj *item,
                     bool *ret);
    bool (*hash)(struct tum_vm *vm, struct tum_obj *self, uint64_t *ret);
    /*
     * self OP other, or other OP self when `reflected`. False: not defined for these two.
     * True: done, with *ret NULL when it failed.
     */
    bool (*binary)(struct tum_vm *vm, enum tum_binop op, struct tum_obj *self,
                   struct tum_obj *other, bool reflected, struct tum_obj **ret);
    bool (*unary)(struct tum_vm *vm, enum tum_unop op, struct tum_obj *self,
                  struct tum_obj **ret);
    /* As binary, for the six comparisons LT … GE (`op` is mirrored when reflected). */
    bool (*compare)(struct tum_vm *vm, enum tum_cmpop op, struct tum_obj *self,
                    struct tum_obj *other, struct tum_obj **ret);
    /* format(self, spec); NULL: str() when the spec is empty. */
    bool (*format)(struct tum_vm *vm, struct tum_obj *self, struct tum_str spec,
                   struct tum_buf *out);
};

struct tum_obj {
    const struct tum_type *type;
};

static inline enum tum_okind tum_kind_of(const struct tum_obj *o)
{
    return o->type->kind;
}
/* type is what, or derives from it. */
bool tum_type_is(const struct tum_type *type, const struct tum_type *what);

extern const struct tum_type tum_type_object, tum_type_none, tum_type_ellipsis,
    tum_type_bool, tum_type_int, tum_type_float, tum_type_str, tum_type_bytes,
    tum_type_list, tum_type_tuple, tum_type_dict, tum_type_set, tum_type_frozenset,
    tum_type_range, tum_type_slice, tum_type_date, tum_type_datetime, tum_type_type,
    tum_type_native, tum_type_method, tum_type_function, tum_type_lambda,
    tum_type_module, tum_type_dict_keys, tum_type_dict_values, tum_type_dict_items,
    tum_type_generator;

/* ---- layouts ---- */

struct tum_oint { /* int and bool */
    struct tum_obj head;
    tum_val v; /* TUM_BOOL, TUM_INT or TUM_BIGINT (released with the heap) */
};

struct tum_ofloat {
    struct tum_obj head;
    double f;
};

#define TUM_COUNT_UNKNOWN SIZE_MAX
struct tum_ostr { /* str; bytes, which use s and n only */
    struct tum_obj head;
    const char *s;        /* valid UTF-8, lone surrogates in 3 bytes; not terminated */
    size_t n;             /* bytes */
    size_t count;         /* code points, or TUM_COUNT_UNKNOWN; equal to n: ASCII */
    uint64_t hash;        /* 0: not computed */
    size_t index, offset; /* code point last looked at, and its byte */
};

struct tum_oseq { /* list and tuple */
    struct tum_obj head;
    struct tum_obj **items;
    size_t n, cap;
};

struct tum_dict_entry {
    struct tum_obj *key; /* NULL: deleted */
    struct tum_obj *value;
    uint64_t hash;
};
struct tum_odict {
    struct tum_obj head;
    struct tum_dict_entry *entries; /* in insertion order */
    size_t n;                       /* live entries */
    size_t fill, cap;               /* entries used, with the deleted; room */
    uint32_t *index;                /* position + 1, 0: free; NULL for few entries */
    size_t mask;                    /* slots of index - 1 */
};

struct tum_set_slot {
    struct tum_obj *key; /* NULL: free (hash 0) or deleted */
    uint64_t hash;
};
struct tum_oset {
    struct tum_obj head;
    struct tum_set_slot *slots;
    size_t mask, n, fill, finger;
};

struct tum_orange {
    struct tum_obj head;
    int64_t start, stop, step;
    uint64_t n;
};

struct tum_oslice {
    struct tum_obj head;
    struct tum_obj *start, *stop, *step; /* None where left out */
};

struct tum_odate { /* date and datetime of a YAML file */
    struct tum_obj head;
    tum_val v;
};

struct tum_otype {
    struct tum_obj head;
    const struct tum_type *what;
};

struct tum_omodule {
    struct tum_obj head;
    const struct tum_module *what; /* module.h */
};

struct tum_oview {
    struct tum_obj head; /* tum_type_dict_keys, …_values, …_items */
    struct tum_odict *dict;
};

struct tum_onative {
    struct tum_obj head; /* tum_type_native, or tum_type_method for methods of a type */
    const struct tum_native *what;
    struct tum_obj *self;         /* bound to; NULL: not bound */
    const struct tum_type *owner; /* of a method that is not bound */
};

#define TUM_DOWN(name, type)                                                           \
    static inline struct type *tum_as_##name(struct tum_obj *o)                        \
    {                                                                                  \
        return (struct type *)o;                                                       \
    }
TUM_DOWN(int, tum_oint)
TUM_DOWN(float, tum_ofloat)
TUM_DOWN(str, tum_ostr)
TUM_DOWN(seq, tum_oseq)
TUM_DOWN(dict, tum_odict)
TUM_DOWN(set, tum_oset)
TUM_DOWN(range, tum_orange)
TUM_DOWN(slice, tum_oslice)
TUM_DOWN(date, tum_odate)
TUM_DOWN(type, tum_otype)
TUM_DOWN(module, tum_omodule)
TUM_DOWN(view, tum_oview)
TUM_DOWN(native, tum_onative)

static inline bool tum_is_str(const struct tum_obj *o)
{
    return o->type->kind == TUM_O_STR;
}
static inline bool tum_is_int(const struct tum_obj *o) /* bool included */
{
    return o->type->kind == TUM_O_INT || o->type->kind == TUM_O_BOOL;
}
static inline bool tum_is_none(const struct tum_obj *o)
{
    return o->type->kind == TUM_O_NONE;
}
/* A str's or bytes' text, borrowed. */
static inline struct tum_str tum_text_of(struct tum_obj *o)
{
    return tum_str_n(tum_as_str(o)->s, tum_as_str(o)->n);
}

/* ---- functions in C ---- */

/* The arguments of a call; arrays are borrowed and not changed. */
struct tum_args {
    struct tum_obj **v; /* by position */
    size_t n;
    struct tum_obj **names; /* str objects, names of kw */
    struct tum_obj **kw;
    size_t nkw;
};

enum tum_native_flags {
    TUM_NATIVE_GETTER = 1, /* an attribute that is computed: call with self */
    TUM_NATIVE_STATIC = 2, /* of a type, takes no self: str.maketrans, dict.fromkeys */
    TUM_NATIVE_ALIEN = 4,  /* exists in Python, not here: hand over */
    /* Two ways of CPython to complain about the number of arguments. */
    TUM_NATIVE_TUPLE = 8,  /* "find() takes at least 1 argument (0 given)" */
    TUM_NATIVE_STACK = 16, /* "sorted expected 1 argument, got 0" */
};

/* Not simply called with self and arguments. */
#define TUM_NATIVE_SPECIAL (TUM_NATIVE_GETTER | TUM_NATIVE_STATIC | TUM_NATIVE_ALIEN)

/*
 * A function, method or attribute. Exactly one of call and raw is set (none: ALIEN).
 * `call` gets the arguments in an array of max places, NULL where none was given; self
 * is the first for methods. min and max count self. max -1: any number, no keywords.
 */
struct tum_native {
    const char *name;
    struct tum_obj *(*call)(struct tum_vm *vm, struct tum_obj **a, size_t n);
    int min, max;
    /*
     * One word a parameter (without self): its name; "-name": by position only; "*name":
     * by keyword only. NULL: no keywords.
     */
    const char *params;
    unsigned flags;
    struct tum_obj *(*raw)(struct tum_vm *vm, struct tum_obj *self,
                           const struct tum_args *args);
};

/* ---- heap ---- */

/* Objects, AST nodes and texts that end together; owns the big integers among them. */
struct tum_heap {
    struct tum_arena *arena;
    char *at, *end; /* the chunk being filled */
    char *first;    /* the chunk that a reset goes back to */
    size_t first_size;
    size_t used; /* bytes taken from the arena */
    size_t limit;
    tum_val *held; /* released with the heap */
    size_t held_count, held_cap;
};

void tum_heap_init(struct tum_heap *heap, size_t limit);
void tum_heap_reset(struct tum_heap *heap); /* ends all objects, keeps a block */
void tum_heap_release(struct tum_heap *heap);

/* ---- machine ---- */

enum tum_vm_state {
    TUM_VM_FINE,
    TUM_VM_RAISED,      /* exc_type, exc_text */
    TUM_VM_UNSUPPORTED, /* exc_text says what, for logs */
    TUM_VM_STOPPED,
};

#define TUM_SMALL_MIN (-5)
#define TUM_SMALL_MAX 256

struct tum_vm {
    struct tum_heap *heap; /* where new objects go */
    enum tum_vm_state state;
    const char *exc_type; /* static text: "TypeError" */
    struct tum_str exc_text;
    bool exc_key; /* a KeyError: exc_text is already a repr */

    int64_t steps;     /* left until the next look at the clock of tum_vm_pause */
    int64_t budget;    /* left after that; see tum_vm_begin */
    const char *stack; /* where the stack was at the begin */
    size_t stack_limit;
    bool (*stopped)(void *ctx);
    void *stopped_ctx;

    const struct tum_hooks *hooks; /* eval.h; NULL: Python */
    void *hooks_ctx;
    const struct tum_expr_host *host;      /* may be NULL */
    const struct tum_repr_level *printing; /* containers whose repr is being written */

    struct tum_heap fixed; /* of the objects below */
    struct tum_obj *none, *yes, *no, *ellipsis, *empty_str, *empty_tuple;
    struct tum_obj *small[TUM_SMALL_MAX - TUM_SMALL_MIN + 1];
    struct tum_obj *chars[128];      /* texts of one ASCII character */
    struct tum_regex_cache *regexes; /* modre.c; NULL until needed */
};

void tum_vm_init(struct tum_vm *vm);
void tum_vm_release(struct tum_vm *vm);
/*
 * Begins an evaluation (or a rendering) whose objects go to `heap`: clears the failure, takes
 * the present stack position, sets the budget of steps. Limits: see expr.h.
 */
void tum_vm_begin(struct tum_vm *vm, struct tum_heap *heap, int64_t steps);

/* Slow half of tum_vm_step. */
bool tum_vm_pause(struct tum_vm *vm);
/* One unit of work. False: out of budget, out of memory, or stopped. */
static inline bool tum_vm_step(struct tum_vm *vm)
{
    return --vm->steps > 0 || tum_vm_pause(vm);
}
/* `n` units at once, for work that depends on sizes. */
bool tum_vm_work(struct tum_vm *vm, size_t n);
/* False (handed over) when `bytes` more do not fit; ask before large allocations. */
bool tum_vm_room(struct tum_vm *vm, size_t bytes);
/* False (handed over) when the stack is used up; ask where C recursion follows data. */
bool tum_vm_stack(struct tum_vm *vm);

/* Slow half of tum_vm_alloc. */
void *tum_vm_chunk(struct tum_vm *vm, size_t size) TUM_MUST_USE;
/* Uncleared memory of the heap, aligned for objects; never fails, see tum_vm_room. */
static inline TUM_MUST_USE void *tum_vm_alloc(struct tum_vm *vm, size_t size)
{
    struct tum_heap *heap = vm->heap;
    size_t rounded = (size + 7) & ~(size_t)7;
    char *p = heap->at;

    if (rounded > (size_t)(heap->end - p))
        return tum_vm_chunk(vm, size);
    heap->at = p + rounded;
    return p;
}
#define tum_vm_array(vm, type, count)                                                  \
    ((type *)tum_vm_alloc((vm), (count) * sizeof(type)))
/* Has the value released when the heap ends. */
void tum_vm_hold(struct tum_vm *vm, tum_val take);

static inline bool tum_vm_failed(const struct tum_vm *vm)
{
    return vm->state != TUM_VM_FINE;
}
/* Sets the failure unless there is one. `type` is static. NULL. */
struct tum_obj *tum_raise(struct tum_vm *vm, const char *type, const char *fmt, ...)
    TUM_PRINTF(3, 4);
struct tum_obj *tum_raise_type(struct tum_vm *vm, const char *fmt, ...)
    TUM_PRINTF(2, 3);
struct tum_obj *tum_raise_value(struct tum_vm *vm, const char *fmt, ...)
    TUM_PRINTF(2, 3);
/* KeyError with the key's repr as its message. */
struct tum_obj *tum_raise_key(struct tum_vm *vm, struct tum_obj *key);
/* To be evaluated elsewhere; NULL. */
struct tum_obj *tum_unsupported(struct tum_vm *vm, const char *what);
/* The same, for functions that return bool: always false, as the compiler can see. */
#define TUM_FALSE_AFTER(call)      ((void)(call), false)
#define tum_raise_false(...)       TUM_FALSE_AFTER(tum_raise(__VA_ARGS__))
#define tum_raise_type_false(...)  TUM_FALSE_AFTER(tum_raise_type(__VA_ARGS__))
#define tum_raise_value_false(...) TUM_FALSE_AFTER(tum_raise_value(__VA_ARGS__))
#define tum_unsupported_false(...) TUM_FALSE_AFTER(tum_unsupported(__VA_ARGS__))
/* An error of vnum.h: raises its type, or hands over for a limit. Frees it. NULL. */
struct tum_obj *tum_raise_error(struct tum_vm *vm, struct tum_error *err);
/* The failure is this exception. */
bool tum_raised(const struct tum_vm *vm, const char *type);
/* The failure is a KeyError or an IndexError. */
bool tum_raised_lookup(const struct tum_vm *vm);
/* Forgets an exception (of state RAISED) that was dealt with. */
void tum_raised_clear(struct tum_vm *vm);

/* ---- making objects ---- */

static inline struct tum_obj *tum_new_bool(struct tum_vm *vm, bool b)
{
    return b ? vm->yes : vm->no;
}
struct tum_obj *tum_new_int(struct tum_vm *vm, int64_t i);
struct tum_obj *tum_new_size(struct tum_vm *vm, size_t n);
/* Takes a TUM_INT, TUM_BIGINT or TUM_BOOL. */
struct tum_obj *tum_new_number(struct tum_vm *vm, tum_val take);
struct tum_obj *tum_new_float(struct tum_vm *vm, double f);
/* Texts: the first copies, `static` and `kept` borrow something that outlives the heap. */
struct tum_obj *tum_new_str(struct tum_vm *vm, struct tum_str text);
struct tum_obj *tum_new_str_kept(struct tum_vm *vm, struct tum_str text);
struct tum_obj *tum_new_strz(struct tum_vm *vm, const char *literal); /* borrows */
struct tum_obj *tum_new_char(struct tum_vm *vm, uint32_t c);
/* A part of a str (bytes from, n): shares its memory. */
struct tum_obj *tum_new_part(struct tum_vm *vm, struct tum_obj *whole, size_t from,
                             size_t n);
/* The buffer's text as a str. Releases the buffer. */
struct tum_obj *tum_new_str_buf(struct tum_vm *vm, struct tum_buf *buf);
struct tum_obj *tum_new_bytes(struct tum_vm *vm, const void *p, size_t n);
/* n places, to be filled at once; cap is at least n. */
struct tum_oseq *tum_new_list(struct tum_vm *vm, size_t n);
struct tum_oseq *tum_new_tuple(struct tum_vm *vm, size_t n);
struct tum_obj *tum_new_pair(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b);
bool tum_olist_append(struct tum_vm *vm, struct tum_oseq *list, struct tum_obj *item);
struct tum_odict *tum_new_dict(struct tum_vm *vm);
struct tum_oset *tum_new_set(struct tum_vm *vm, bool frozen);
struct tum_obj *tum_new_range(struct tum_vm *vm, int64_t start, int64_t stop,
                              int64_t step);
struct tum_obj *tum_new_slice(struct tum_vm *vm, struct tum_obj *start,
                              struct tum_obj *stop, struct tum_obj *step);
struct tum_obj *tum_new_type(struct tum_vm *vm, const struct tum_type *what);
struct tum_obj *tum_new_native(struct tum_vm *vm, const struct tum_native *what);
struct tum_obj *tum_new_bound(struct tum_vm *vm, const struct tum_native *what,
                              struct tum_obj *self);
/* Any struct that begins with a struct tum_obj. */
#define tum_new_obj(vm, type_, struct_)                                                \
    ((struct_ *)tum_new_obj_of((vm), (type_), sizeof(struct_)))
void *tum_new_obj_of(struct tum_vm *vm, const struct tum_type *type, size_t size);

/* ---- texts ---- */

size_t tum_ostr_count(struct tum_obj *str); /* code points */
static inline bool tum_ostr_is_ascii(struct tum_obj *str)
{
    return tum_ostr_count(str) == tum_as_str(str)->n;
}
/* Byte offset of a code point index (clipped to the end). Fast when near the last one. */
size_t tum_ostr_offset(struct tum_obj *str, size_t index);
/* Code point index of a byte offset. */
size_t tum_ostr_index(struct tum_obj *str, size_t offset);

/* ---- dicts and sets: dictobj.c, setobj.c ---- */

/* False only when it failed (unhashable). *ret is NULL when the key is absent. */
bool tum_dict_get(struct tum_vm *vm, struct tum_odict *dict, struct tum_obj *key,
                  struct tum_obj **ret);
/* NULL: absent. Cannot fail. */
struct tum_obj *tum_dict_gets(struct tum_vm *vm, struct tum_odict *dict,
                              struct tum_str key);
bool tum_dict_set(struct tum_vm *vm, struct tum_odict *dict, struct tum_obj *key,
                  struct tum_obj *value);
/* *ret_value is NULL when the key is absent. */
bool tum_dict_remove(struct tum_vm *vm, struct tum_odict *dict, struct tum_obj *key,
                     struct tum_obj **ret_value);
void tum_dict_clear(struct tum_odict *dict);
struct tum_odict *tum_dict_copy(struct tum_vm *vm, struct tum_odict *dict);
/* dict.update: another dict, or an iterable of pairs. */
bool tum_dict_update(struct tum_vm *vm, struct tum_odict *dict, struct tum_obj *from);
/* Walks live entries: start with *at = 0; NULL at the end. */
struct tum_dict_entry *tum_dict_next(struct tum_odict *dict, size_t *at);

bool tum_oset_contains(struct tum_vm *vm, struct tum_oset *set, struct tum_obj *key,
                       bool *ret);
bool tum_oset_add(struct tum_vm *vm, struct tum_oset *set, struct tum_obj *key);
bool tum_oset_remove(struct tum_vm *vm, struct tum_oset *set, struct tum_obj *key,
                     bool *ret_was);
void tum_oset_clear(struct tum_vm *vm, struct tum_oset *set);
struct tum_oset *tum_oset_copy(struct tum_vm *vm, struct tum_oset *set, bool frozen);
/* Adds the elements of an iterable. */
bool tum_oset_update(struct tum_vm *vm, struct tum_oset *set, struct tum_obj *from);
struct tum_obj *tum_oset_next(struct tum_oset *set, size_t *at);

/* ---- values: objconv.c ---- */

/* A copy of the value. Texts are shared: `v` is held by the heap. */
struct tum_obj *tum_obj_of_val(struct tum_vm *vm, tum_val v);
/*
 * The plain value (execution chapter 2.2), owned. What is not plain: TypeError "result of
 * type set is not a plain value".
 */
bool tum_obj_to_val(struct tum_vm *vm, struct tum_obj *o, tum_val *ret);

#endif
