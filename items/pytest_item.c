/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pytest: the tests of a Python file, run by pytest, each a row below the item.
 */
#include "testfile.h"

static bool pytest_load(struct tum_load *load, struct tum_item *item)
{
    return tum_testfile_load(load, item, TUM_TEST_PYTEST);
}

static enum tum_verdict pytest_run(struct tum_run *run, const struct tum_item *item)
{
    const struct tests_data *data = tum_item_data(item);

    return tum_tests_run(run, &data->tests, "pytest step");
}

const struct tum_item_type tum_item_pytest = {
    .keyword = "pytest",
    .row_type = "pytest",
    .summary = "Runs the tests of a Python file with pytest.",
    .flags = TUM_ITEM_PYTHON,
    .params = tum_testfile_params,
    .data_size = sizeof(struct tests_data),
    .load = pytest_load,
    .run = pytest_run,
};
