# SPDX-License-Identifier: Apache-2.0
# Tests of a bench that is not there.
import unittest

import api.testium as testium
import py_func.tm as tm

LIMIT = testium.gd("limit", 4)


class Supply(unittest.TestCase):
    """Voltages of the supply."""

    runs = 0

    @classmethod
    def setUpClass(cls):
        print("supply on")

    @classmethod
    def tearDownClass(cls):
        print("supply off")

    def test_volts(self):
        Supply.runs += 1
        self.reported_values["volts"] = 3.3
        self.reported_values["runs"] = Supply.runs
        self.assertLess(3.3, LIMIT)

    def test_current(self):
        self.assertEqual(tm.gd("current", 0), 2, "no load")

    @unittest.expectedFailure
    def test_known(self):
        self.fail("known")

    @unittest.skip("no probe")
    def test_ripple(self):
        self.fail("never")

    def test_parts(self):
        for part in range(3):
            with self.subTest(part=part):
                self.assertNotEqual(part, 1)
