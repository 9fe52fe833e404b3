/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unittest: the tests of a Python file, each a row below the item.
 */
#include "testfile.h"

static bool unittest_load(struct tum_load *load, struct tum_item *item)
{
    return tum_testfile_load(load, item, TUM_TEST_UNITTEST);
}

static enum tum_verdict unittest_run(struct tum_run *run, const struct tum_item *item)
{
    const struct tests_data *data = tum_item_data(item);

    return tum_tests_run(run, &data->tests, "unittest step");
}

const struct tum_item_type tum_item_unittest = {
    .keyword = "unittest",
    .row_type = "unittest",
    .summary = "Runs the unittest tests of a Python file.",
    .flags = TUM_ITEM_PYTHON,
    .params = tum_testfile_params,
    .data_size = sizeof(struct tests_data),
    .load = unittest_load,
    .run = unittest_run,
};
