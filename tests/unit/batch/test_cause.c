/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages in one line: what a list of causes shows.
 */
#include "batch/cause.h"
#include "unit.h"
#include <string.h>

static const struct {
    const char *message, *want;
} rows[] = {
    {"", ""},
    {"exit status 2, expected 0", "exit status 2, expected 0"},
    {"first\nsecond", "first"},
    {"probe: exit status 2\nlast lines of output:\none\n  two  \n\n",
     "probe: exit status 2 · last said: two"},
    {"probe: exit status 2\nlast lines of output:", "probe: exit status 2"},
    {"service 'gui' ended: exit status 7; its last lines:\nup\nValueError: no bus",
     "service 'gui' ended: exit status 7 · last said: ValueError: no bus"},
    {"syntax error:\nIn File \"/a/b.tum\", line 3\n/a/b.tum:3:5: error: 'consol' is "
     "not a "
     "known item. Known items: x, y\n    3 |   - consol: {}\n/a/b.tum:3:5: note: did "
     "you "
     "mean 'console'?",
     "b.tum:3:5: error: 'consol' is not a known item; did you mean 'console'?"},
    {"syntax error:\n/a/b.tum:1:1: error: nothing here\n",
     "b.tum:1:1: error: nothing here"},
    {"said: error: of a device, no file", "said: error: of a device, no file"},
};

START_TEST(cause)
{
    TUM_AUTO(tum_buf_release) struct tum_buf out = TUM_BUF_INIT(1000);

    tum_cause_write(tum_str_of(rows[_i].message), &out);
    ck_assert_msg(strcmp(out.s, rows[_i].want) == 0, "'%s' gives '%s', not '%s'",
                  rows[_i].message, out.s, rows[_i].want);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, cause, 0, TUM_LEN(rows));
}

UNIT_MAIN("cause", add)
