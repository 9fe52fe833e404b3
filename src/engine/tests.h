/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests written in Python, for the engine's own files.
 */
#ifndef TUM_TESTS_H
#define TUM_TESTS_H

#include "engine/runstate.h"
#include "tum/func.h"

/* A row for a test that is told at once: banner, message, end. */
void tum_tests_row(struct tum_run *run, const char *name, const char *row_type,
                   enum tum_verdict verdict, const char *message);

/* ---- pytest.c ---- */

/* Sets ret->names; false: *ret_why says why there are none, *ret_unable: because there
   is no pytest. */
bool tum_pytest_find(struct tum_session *session, struct tum_tests *ret, char **ret_why,
                     bool *ret_unable);
enum tum_verdict tum_pytest_run(struct tum_run *run, const struct tum_tests *tests,
                                const char *row_type);

#endif
