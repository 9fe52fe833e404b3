/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every unit test needs: check with TAP output, one suite a program.
 *
 *     START_TEST(name) { … rows[_i] … } END_TEST
 *     static void add(TCase *t) { tcase_add_loop_test(t, name, 0, TUM_LEN(rows)); }
 *     UNIT_MAIN("buf", add)
 */
#ifndef TUM_UNIT_H
#define TUM_UNIT_H

#include "tum/base.h"
#include <check.h>
#include <stdlib.h>

#define UNIT_MAIN(name, add)                                                           \
    int main(void)                                                                     \
    {                                                                                  \
        Suite *suite = suite_create(name);                                             \
        TCase *tcase = tcase_create(name);                                             \
        SRunner *runner = srunner_create(suite);                                       \
                                                                                       \
        tcase_set_timeout(tcase, 120);                                                 \
        add(tcase);                                                                    \
        suite_add_tcase(suite, tcase);                                                 \
        srunner_set_tap(runner, "-");                                                  \
        srunner_run_all(runner, CK_SILENT);                                            \
        int failed = srunner_ntests_failed(runner);                                    \
        srunner_free(runner);                                                          \
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;                              \
    }

#endif
