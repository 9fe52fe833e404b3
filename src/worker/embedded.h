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
/* Sent over the link: the common part and one of the others, as one text. */
extern const char tum_common_py[];
extern const size_t tum_common_py_size;
extern const char tum_worker_py[]; /* evaluates expressions */
extern const size_t tum_worker_py_size;
extern const char tum_functions_py[]; /* calls functions */
extern const size_t tum_functions_py_size;
extern const char tum_unittest_py[]; /* … and of unittest; follows the former */
extern const size_t tum_unittest_py_size;
extern const char tum_pytest_py[]; /* for `python3 -c`: runs pytest */
extern const size_t tum_pytest_py_size;
extern const char tum_plugin_py[]; /* …: runs an exporter */
extern const size_t tum_plugin_py_size;

#endif
