/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts to bytes and back: UTF-8, ASCII, Latin-1. Other encodings are handed over.
 */
#ifndef TUM_CODEC_H
#define TUM_CODEC_H

#include "lang/obj.h"

/* encoding and errors: str objects, or NULL for the defaults. `function` is for messages. */
struct tum_obj *tum_text_encode(struct tum_vm *vm, struct tum_obj *str,
                                struct tum_obj *encoding, struct tum_obj *errors,
                                const char *function);
struct tum_obj *tum_text_decode(struct tum_vm *vm, struct tum_obj *bytes,
                                struct tum_obj *encoding, struct tum_obj *errors,
                                const char *function);

#endif
