/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Python side of workers, carried in the program (made at build time by embed.py
 * from the files of the same names).
 */
#ifndef TUM_EMBEDDED_H
#define TUM_EMBEDDED_H

#include <stddef.h>

extern const char tum_worker_start_py[]; /* for `python3 -c` */
extern const size_t tum_worker_start_py_size;
extern const char tum_worker_py[]; /* sent over the link */
extern const size_t tum_worker_py_size;

#endif
