/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items of Python tests: parameters and loading. Running them is the engine's part.
 */
#include "testfile.h"
#include "tum/mem.h"

const struct tum_param tum_testfile_params[] = {
    {
        .name = "test_file",
        .doc = "Python file with the tests; relative to the test directory.",
        .takes = TUM_TAKES_PATH,
        .flags = TUM_PARAM_REQUIRED,
        .field = TUM_FIELD(struct tests_data, test_file),
    },
    {
        .name = "test_method",
        .doc = "Names of the tests to run, one or a list; all when absent.",
        .takes = TUM_TAKES_TEXT | TUM_TAKES_LIST,
        .field = TUM_FIELD(struct tests_data, test_method),
    },
    {0},
};

bool tum_testfile_load(struct tum_load *load, struct tum_item *item,
                       enum tum_test_frame frame)
{
    struct tests_data *data = tum_load_data(load, item);
    char *why = NULL;

    /* A file that does not load fails its own item, not the campaign; a missing
       parameter and a skipped item need none. */
    if (data->test_file == NULL || tum_item_is_skipped(item))
        return true;
    if (!tum_tests_load(load, item, frame, data->test_file, data->test_method,
                        &data->tests, &why))
        tum_load_failed(load, item, why);
    tum_free(why);
    return true;
}
