/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The heap, the machine's budget and failure, and making objects. What objects mean is
 * elsewhere.
 */
#include "lang/obj.h"
#include "base/utf8.h"
#include "lang/expr.h"
#include "lang/module.h"
#include "lang/ops.h"
#include "value/vnum.h"

/* Chunk that a heap takes from its arena at a time; not more than the arena puts into
   a block that it fills with other requests. */
#define CHUNK       ((size_t)TUM_HOSTILE_OR(64, 16384))
/* Steps between two looks at limits and at the stop request. */
#define PAUSE_EVERY 4096

/* ---- heap ---- */

/* No chunk yet. What has no size is somewhere all the same: nobody handles NULL. */
static void heap_empty(struct tum_heap *heap)
{
    heap->at = heap->end = (char *)heap;
    heap->first = NULL;
}

void tum_heap_init(struct tum_heap *heap, size_t limit)
{
    *heap = (struct tum_heap){.arena = tum_arena_new(), .limit = limit};
    heap_empty(heap);
}

static void heap_end_held(struct tum_heap *heap)
{
    for (size_t i = 0; i < heap->held_count; i++)
        tum_val_unref(heap->held[i]);
    heap->held_count = 0;
}

void tum_heap_reset(struct tum_heap *heap)
{
    heap_end_held(heap);
    if (heap->used > heap->first_size) {
        tum_arena_reset(heap->arena);
        heap_empty(heap);
        heap->first_size = 0;
    } else if (heap->first != NULL) {
        heap->at = heap->first;
        heap->end = heap->first + heap->first_size;
    }
    heap->used = heap->first_size;
}

void tum_heap_release(struct tum_heap *heap)
{
    heap_end_held(heap);
    tum_free(heap->held);
    tum_arena_free(heap->arena);
    *heap = (struct tum_heap){0};
}

void *tum_vm_chunk(struct tum_vm *vm, size_t size)
{
    struct tum_heap *heap = vm->heap;
    bool own = size > CHUNK / 4;
    size_t take = own ? size : CHUNK;
    char *p = tum_arena_alloc(heap->arena, take);

    heap->used += take;
    if (heap->used > heap->limit)
        vm->steps = 0; /* the next step finds out */
    if (own)
        return p;
    if (heap->first == NULL) {
        heap->first = p;
        heap->first_size = take;
    }
    heap->at = p + ((size + 7) & ~(size_t)7);
    heap->end = p + take;
    return p;
}

void tum_vm_hold(struct tum_vm *vm, tum_val take)
{
    struct tum_heap *heap = vm->heap;

    if (take.kind < TUM_BIGINT)
        return;
    tum_grow(&heap->held, &heap->held_cap, heap->held_count + 1);
    heap->held[heap->held_count++] = take;
}

/* ---- machine ---- */

static void vm_make_fixed(struct tum_vm *vm)
{
    vm->heap = &vm->fixed;
    vm->none = tum_new_obj(vm, &tum_type_none, struct tum_obj);
    vm->ellipsis = tum_new_obj(vm, &tum_type_ellipsis, struct tum_obj);
    vm->yes = tum_new_obj_of(vm, &tum_type_bool, sizeof(struct tum_oint));
    tum_as_int(vm->yes)->v = tum_val_bool(true);
    vm->no = tum_new_obj_of(vm, &tum_type_bool, sizeof(struct tum_oint));
    tum_as_int(vm->no)->v = tum_val_bool(false);
    for (int i = TUM_SMALL_MIN; i <= TUM_SMALL_MAX; i++) {
        struct tum_oint *o = tum_new_obj(vm, &tum_type_int, struct tum_oint);

        o->v = tum_val_int(i);
        vm->small[i - TUM_SMALL_MIN] = &o->head;
    }
    for (size_t i = 0; i < TUM_LEN(vm->chars); i++) {
        char c = (char)i;

        vm->chars[i] = tum_new_str(vm, tum_str_n(&c, 1));
        tum_as_str(vm->chars[i])->count = 1;
    }
    vm->empty_str = tum_new_strz(vm, "");
    vm->empty_tuple = &tum_new_tuple(vm, 0)->head;
}

void tum_vm_init(struct tum_vm *vm)
{
    *vm = (struct tum_vm){.stack_limit = TUM_EXPR_STACK_LIMIT};
    tum_heap_init(&vm->fixed, SIZE_MAX);
    vm_make_fixed(vm);
    vm->heap = NULL;
}

void tum_vm_release(struct tum_vm *vm)
{
    tum_regex_cache_free(vm->regexes);
    tum_heap_release(&vm->fixed);
    *vm = (struct tum_vm){0};
}

void tum_vm_begin(struct tum_vm *vm, struct tum_heap *heap, int64_t steps)
{
    vm->heap = heap;
    vm->state = TUM_VM_FINE;
    vm->exc_type = NULL;
    vm->exc_text = TUM_S("");
    vm->printing = NULL;
    tum_regex_cache_tidy(vm->regexes);
    vm->stack = __builtin_frame_address(0);
    vm->steps = TUM_MIN((int64_t)PAUSE_EVERY, steps);
    vm->budget = steps - vm->steps;
}

bool tum_vm_pause(struct tum_vm *vm)
{
    if (vm->heap->used > vm->heap->limit)
        return tum_unsupported_false(vm, "memory of one evaluation");
    if (vm->budget <= 0 && vm->steps <= 0)
        return tum_unsupported_false(vm, "steps of one evaluation");
    if (vm->stopped != NULL && vm->stopped(vm->stopped_ctx)) {
        if (vm->state == TUM_VM_FINE)
            vm->state = TUM_VM_STOPPED;
        return false;
    }
    vm->budget += vm->steps; /* what is left, or was overdrawn */
    vm->steps = TUM_MIN((int64_t)PAUSE_EVERY, vm->budget);
    vm->budget -= vm->steps;
    return vm->state == TUM_VM_FINE;
}

bool tum_vm_work(struct tum_vm *vm, size_t n)
{
    vm->steps -= (int64_t)TUM_MIN(n, (size_t)1 << 40);
    return vm->steps > 0 || tum_vm_pause(vm);
}

bool tum_vm_room(struct tum_vm *vm, size_t bytes)
{
    if (bytes <= vm->heap->limit && vm->heap->used <= vm->heap->limit - bytes)
        return true;
    return tum_unsupported_false(vm, "memory of one evaluation");
}

bool tum_vm_stack(struct tum_vm *vm)
{
    const char *here = __builtin_frame_address(0);
    size_t used = (size_t)(here < vm->stack ? vm->stack - here : here - vm->stack);

    return used < vm->stack_limit || tum_unsupported_false(vm, "depth of evaluation");
}

/* ---- failure ---- */

static void set_failure(struct tum_vm *vm, enum tum_vm_state state, const char *type,
                        const char *text, size_t n)
{
    char *copy = tum_vm_alloc(vm, n + 1);

    memcpy(copy, text, n);
    copy[n] = '\0';
    vm->state = state;
    vm->exc_type = type;
    vm->exc_text = tum_str_n(copy, n);
    vm->steps = 0; /* so that a loop that forgets to look ends soon */
}

static struct tum_obj *raise_with(struct tum_vm *vm, const char *type, const char *fmt,
                                  va_list ap)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    if (vm->state != TUM_VM_FINE)
        return NULL;
    tum_buf_addv(&text, fmt, ap);
    set_failure(vm, TUM_VM_RAISED, type, text.s, text.len);
    return NULL;
}

struct tum_obj *tum_raise(struct tum_vm *vm, const char *type, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    raise_with(vm, type, fmt, ap);
    va_end(ap);
    return NULL;
}

struct tum_obj *tum_raise_type(struct tum_vm *vm, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    raise_with(vm, "TypeError", fmt, ap);
    va_end(ap);
    return NULL;
}

struct tum_obj *tum_raise_value(struct tum_vm *vm, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    raise_with(vm, "ValueError", fmt, ap);
    va_end(ap);
    return NULL;
}

struct tum_obj *tum_raise_key(struct tum_vm *vm, struct tum_obj *key)
{
    TUM_AUTO(tum_buf_release) struct tum_buf text = TUM_BUF_INIT(TUM_BUF_ANY);

    if (vm->state != TUM_VM_FINE || !tum_op_write_repr(vm, key, &text))
        return NULL;
    set_failure(vm, TUM_VM_RAISED, "KeyError", text.s, text.len);
    return NULL;
}

struct tum_obj *tum_unsupported(struct tum_vm *vm, const char *what)
{
    /* Stronger than an exception: that may come from what is not understood. */
    if (vm->state == TUM_VM_FINE || vm->state == TUM_VM_RAISED)
        set_failure(vm, TUM_VM_UNSUPPORTED, NULL, what, strlen(what));
    return NULL;
}

struct tum_obj *tum_raise_error(struct tum_vm *vm, struct tum_error *err)
{
    static const char *const types[] = {"ZeroDivisionError", "OverflowError",
                                        "ValueError", "TypeError"};
    const char *type = NULL;

    for (size_t i = 0; i < TUM_LEN(types); i++) {
        if (err->type != NULL && strcmp(err->type, types[i]) == 0)
            type = types[i];
    }
    if (type == NULL || err->kind == TUM_ERROR_LIMIT)
        tum_unsupported(vm, err->text);
    else
        tum_raise(vm, type, "%s", err->text);
    tum_error_free(err);
    return NULL;
}

bool tum_raised(const struct tum_vm *vm, const char *type)
{
    return vm->state == TUM_VM_RAISED && strcmp(vm->exc_type, type) == 0;
}

bool tum_raised_lookup(const struct tum_vm *vm)
{
    return tum_raised(vm, "KeyError") || tum_raised(vm, "IndexError");
}

void tum_raised_clear(struct tum_vm *vm)
{
    if (vm->state != TUM_VM_RAISED)
        return;
    vm->state = TUM_VM_FINE;
    vm->exc_type = NULL;
    vm->exc_text = TUM_S("");
}

/* ---- making objects ---- */

void *tum_new_obj_of(struct tum_vm *vm, const struct tum_type *type, size_t size)
{
    struct tum_obj *o = tum_vm_alloc(vm, size);

    memset(o, 0, size);
    o->type = type;
    return o;
}

struct tum_obj *tum_new_int(struct tum_vm *vm, int64_t i)
{
    struct tum_oint *o;

    if (i >= TUM_SMALL_MIN && i <= TUM_SMALL_MAX)
        return vm->small[i - TUM_SMALL_MIN];
    o = tum_vm_alloc(vm, sizeof(*o));
    o->head.type = &tum_type_int;
    o->v = tum_val_int(i);
    return &o->head;
}

struct tum_obj *tum_new_size(struct tum_vm *vm, size_t n)
{
    return tum_new_int(vm, (int64_t)n);
}

struct tum_obj *tum_new_number(struct tum_vm *vm, tum_val take)
{
    struct tum_oint *o;

    if (take.kind == TUM_BOOL)
        return tum_new_bool(vm, take.as.b);
    if (take.kind == TUM_INT)
        return tum_new_int(vm, take.as.i);
    o = tum_vm_alloc(vm, sizeof(*o));
    o->head.type = &tum_type_int;
    o->v = take;
    tum_vm_hold(vm, take);
    /* Its memory is not the heap's, but it counts. */
    vm->heap->used += tum_int_bit_length(take) / 8;
    if (vm->heap->used > vm->heap->limit)
        vm->steps = 0;
    return &o->head;
}

struct tum_obj *tum_new_float(struct tum_vm *vm, double f)
{
    struct tum_ofloat *o = tum_vm_alloc(vm, sizeof(*o));

    o->head.type = &tum_type_float;
    o->f = f;
    return &o->head;
}

static struct tum_ostr *new_text(struct tum_vm *vm, const struct tum_type *type,
                                 const char *s, size_t n)
{
    struct tum_ostr *o = tum_vm_alloc(vm, sizeof(*o));

    *o = (struct tum_ostr){
        .head.type = type, .s = s, .n = n, .count = TUM_COUNT_UNKNOWN};
    return o;
}

struct tum_obj *tum_new_str_kept(struct tum_vm *vm, struct tum_str text)
{
    return &new_text(vm, &tum_type_str, text.s, text.n)->head;
}

struct tum_obj *tum_new_strz(struct tum_vm *vm, const char *literal)
{
    return tum_new_str_kept(vm, tum_str_of(literal));
}

static char *copy_text(struct tum_vm *vm, const void *p, size_t n)
{
    char *copy = tum_vm_alloc(vm, n + 1);

    if (n != 0)
        memcpy(copy, p, n);
    copy[n] = '\0';
    return copy;
}

struct tum_obj *tum_new_str(struct tum_vm *vm, struct tum_str text)
{
    return tum_new_str_kept(vm, tum_str_n(copy_text(vm, text.s, text.n), text.n));
}

struct tum_obj *tum_new_char(struct tum_vm *vm, uint32_t c)
{
    char bytes[4];

    if (c < TUM_LEN(vm->chars))
        return vm->chars[c];

    size_t n = tum_utf8_encode(c, bytes);
    struct tum_obj *o = tum_new_str(vm, tum_str_n(bytes, n));

    tum_as_str(o)->count = 1;
    return o;
}

struct tum_obj *tum_new_part(struct tum_vm *vm, struct tum_obj *whole, size_t from,
                             size_t n)
{
    struct tum_ostr *str = tum_as_str(whole);
    struct tum_ostr *o;

    if (n == str->n && str->head.type == &tum_type_str)
        return whole;
    if (n == 0)
        return vm->empty_str;
    if (n == 1)
        return vm->chars[(unsigned char)str->s[from]];
    o = new_text(vm, &tum_type_str, str->s + from, n);
    if (str->count == str->n)
        o->count = n;
    return &o->head;
}

struct tum_obj *tum_new_str_buf(struct tum_vm *vm, struct tum_buf *buf)
{
    struct tum_obj *o = NULL;

    if (buf->full)
        tum_unsupported(vm, "memory of one evaluation");
    else if (buf->len == 1)
        o = vm->chars[(unsigned char)buf->s[0]];
    else if (buf->len < 256 || tum_vm_room(vm, buf->len))
        o = tum_new_str(vm, tum_buf_str(buf));
    tum_buf_release(buf);
    return o;
}

struct tum_obj *tum_new_bytes(struct tum_vm *vm, const void *p, size_t n)
{
    return &new_text(vm, &tum_type_bytes, copy_text(vm, p, n), n)->head;
}

static struct tum_oseq *new_seq(struct tum_vm *vm, const struct tum_type *type,
                                size_t n)
{
    struct tum_oseq *seq = tum_vm_alloc(vm, sizeof(*seq));

    *seq = (struct tum_oseq){.head.type = type, .n = n, .cap = n};
    if (n != 0)
        seq->items = tum_vm_array(vm, struct tum_obj *, n);
    return seq;
}

struct tum_oseq *tum_new_list(struct tum_vm *vm, size_t n)
{
    return new_seq(vm, &tum_type_list, n);
}

struct tum_oseq *tum_new_tuple(struct tum_vm *vm, size_t n)
{
    return new_seq(vm, &tum_type_tuple, n);
}

struct tum_obj *tum_new_pair(struct tum_vm *vm, struct tum_obj *a, struct tum_obj *b)
{
    struct tum_oseq *pair = tum_new_tuple(vm, 2);

    pair->items[0] = a;
    pair->items[1] = b;
    return &pair->head;
}

bool tum_olist_append(struct tum_vm *vm, struct tum_oseq *list, struct tum_obj *item)
{
    if (list->n == list->cap) {
        size_t cap = list->cap != 0 ? list->cap * 2 : (size_t)TUM_HOSTILE_OR(1, 4);
        struct tum_obj **items;

        if (cap > 256 && !tum_vm_room(vm, cap * sizeof(*items)))
            return false;
        items = tum_vm_array(vm, struct tum_obj *, cap);
        if (list->n != 0)
            memcpy(items, list->items, list->n * sizeof(*items));
        list->items = items;
        list->cap = cap;
    }
    list->items[list->n++] = item;
    return true;
}

struct tum_obj *tum_new_range(struct tum_vm *vm, int64_t start, int64_t stop,
                              int64_t step)
{
    struct tum_orange *r = tum_vm_alloc(vm, sizeof(*r));
    uint64_t span = 0, unit = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;

    if (step > 0 && stop > start)
        span = (uint64_t)stop - (uint64_t)start;
    else if (step < 0 && start > stop)
        span = (uint64_t)start - (uint64_t)stop;
    *r = (struct tum_orange){.head.type = &tum_type_range,
                             .start = start,
                             .stop = stop,
                             .step = step,
                             .n = span == 0 ? 0 : (span - 1) / unit + 1};
    return &r->head;
}

struct tum_obj *tum_new_slice(struct tum_vm *vm, struct tum_obj *start,
                              struct tum_obj *stop, struct tum_obj *step)
{
    struct tum_oslice *slice = tum_vm_alloc(vm, sizeof(*slice));

    *slice = (struct tum_oslice){
        .head.type = &tum_type_slice, .start = start, .stop = stop, .step = step};
    return &slice->head;
}

struct tum_obj *tum_new_type(struct tum_vm *vm, const struct tum_type *what)
{
    struct tum_otype *o = tum_new_obj(vm, &tum_type_type, struct tum_otype);

    o->what = what;
    return &o->head;
}

struct tum_obj *tum_new_native(struct tum_vm *vm, const struct tum_native *what)
{
    struct tum_onative *o = tum_new_obj(vm, &tum_type_native, struct tum_onative);

    o->what = what;
    return &o->head;
}

struct tum_obj *tum_new_bound(struct tum_vm *vm, const struct tum_native *what,
                              struct tum_obj *self)
{
    struct tum_onative *o = tum_new_obj(vm, &tum_type_native, struct tum_onative);

    o->what = what;
    o->self = self;
    return &o->head;
}

/* ---- texts ---- */

size_t tum_ostr_count(struct tum_obj *o)
{
    struct tum_ostr *str = tum_as_str(o);

    if (str->count == TUM_COUNT_UNKNOWN)
        str->count = tum_utf8_count(tum_str_n(str->s, str->n));
    return str->count;
}

static bool is_lead(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

size_t tum_ostr_offset(struct tum_obj *o, size_t index)
{
    struct tum_ostr *str = tum_as_str(o);
    size_t at, i;

    if (index >= tum_ostr_count(o))
        return str->n;
    if (str->count == str->n)
        return index;
    /* From the last position or from an end, whichever is nearest. */
    at = str->offset;
    i = str->index;
    if (index < i && index < i - index) {
        at = 0;
        i = 0;
    } else if (index > i && str->count - index < index - i) {
        at = str->n;
        i = str->count;
    }
    while (i < index) {
        at++;
        while (!is_lead(str->s[at]))
            at++;
        i++;
    }
    while (i > index) {
        at--;
        while (!is_lead(str->s[at]))
            at--;
        i--;
    }
    str->index = i;
    str->offset = at;
    return at;
}

size_t tum_ostr_index(struct tum_obj *o, size_t offset)
{
    struct tum_ostr *str = tum_as_str(o);
    size_t from = 0, i = 0;

    if (tum_ostr_is_ascii(o))
        return offset;
    if (offset >= str->n)
        return str->count;
    if (offset >= str->offset) {
        from = str->offset;
        i = str->index;
    }
    i += tum_utf8_count(tum_str_n(str->s + from, offset - from));
    str->index = i;
    str->offset = offset;
    return i;
}
