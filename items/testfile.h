/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the items of Python tests have in common.
 */
#ifndef TUM_TESTFILE_H
#define TUM_TESTFILE_H

#include "items.h"
#include "tum/func.h"

struct tests_data {
    const struct tum_arg *test_file, *test_method;
    struct tum_tests tests;
};

extern const struct tum_param tum_testfile_params[];
bool tum_testfile_load(struct tum_load *load, struct tum_item *item,
                       enum tum_test_frame frame);

#endif
