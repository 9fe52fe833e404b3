# SPDX-License-Identifier: Apache-2.0
# After the report is closed.
import sqlite3

import py_func.tm as tm


def post_exec():
    rows = sqlite3.connect(tm.gd("test_outputs")[-1]).execute(
        "SELECT count(*) FROM tests").fetchone()
    print("post execution: %d rows, the supply is still open: %s"
          % (rows[0], tm.gd("worker") is not None))


def post_exec_fail():
    print("post execution: failed")
