# SPDX-License-Identifier: Apache-2.0
# Test cases of another file, values to report, the interface by all its names.
import unittest

import api.testium
import py_func.tm as tm
import tum
from boards import Common
from boards import Common as Again

setUpModule = tearDownModule = load_tests = None


class Reports(unittest.TestCase):
    def runTest(self):
        self.fail("never run")

    def test_circle(self):
        self.reported_values["circle"] = circle = []
        circle.append(circle)
        self.fail("so it is")

    def test_list(self):
        self.reported_values = ["volts"]

    def test_names(self):
        tum.setgd("board", self)
        self.assertIs(tm.gd("board"), self)
        self.assertIs(api.testium.gd("board"), self)
        with self.assertRaisesRegex(tm.ETUMRuntimeError, "ConsoleX"):
            api.testium.ConsoleX("dut")
        with self.assertRaisesRegex(tm.ETUMRuntimeError, "new_plot"):
            api.testium.new_plot("dut")

    def test_interrupt(self):
        raise KeyboardInterrupt
