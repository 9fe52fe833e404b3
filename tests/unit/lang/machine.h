/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vm with a heap, for tests of what is below tum_expr_eval.
 */
#ifndef TUM_TEST_MACHINE_H
#define TUM_TEST_MACHINE_H

#include "lang/ops.h"
#include "unit.h"
#include <stdio.h>

#define TEST_MEMORY ((size_t)16 << 20)
#define TEST_STEPS  1000000

struct machine {
    struct tum_vm vm;
    struct tum_heap heap;
};

static inline void machine_init(struct machine *m)
{
    tum_vm_init(&m->vm);
    tum_heap_init(&m->heap, TEST_MEMORY);
    tum_vm_begin(&m->vm, &m->heap, TEST_STEPS);
}

static inline void machine_release(struct machine *m)
{
    tum_heap_release(&m->heap);
    tum_vm_release(&m->vm);
}

/* repr(o) in the heap; "!TYPE" or "?" for a failure. */
static inline const char *machine_repr(struct machine *m, struct tum_obj *o)
{
    struct tum_obj *text = o != NULL ? tum_op_repr(&m->vm, o) : NULL;
    char *copy;

    if (m->vm.state == TUM_VM_RAISED)
        return m->vm.exc_type;
    if (text == NULL)
        return "?";
    copy = tum_vm_alloc(&m->vm, tum_as_str(text)->n + 1);
    memcpy(copy, tum_as_str(text)->s, tum_as_str(text)->n);
    copy[tum_as_str(text)->n] = '\0';
    return copy;
}

#endif
