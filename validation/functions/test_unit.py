# SPDX-License-Identifier: Apache-2.0
import unittest

import py_func.tm as tm


class Unit(unittest.TestCase):
    def test_limits(self):
        self.reported_values["limits"] = tm.gd("limits")
        self.assertLess(tm.gd("limits")[0], tm.gd("limits")[1])

    def test_not_today(self):
        self.skipTest("the chamber is cold")
