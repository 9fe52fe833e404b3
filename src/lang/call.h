/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lambdas as objects. Calling anything is tum_op_call (ops.h).
 */
#ifndef TUM_CALL_H
#define TUM_CALL_H

#include "lang/eval.h"

struct tum_olambda {
    struct tum_obj head;
    struct tum_ast *node;
    struct tum_frame *frame;   /* where it was made */
    struct tum_obj **defaults; /* one a named parameter, NULL: none */
};

/* Name of what is called, for messages: "len", "<lambda>". */
const char *tum_callable_name(struct tum_obj *f);

#endif
