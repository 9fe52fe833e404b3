# SPDX-License-Identifier: Apache-2.0
# Tests that need each other.
import unittest

import py_func.tm as tm


class Branches(unittest.TestCase):
    def meet(self, mine, other):
        tm.setgd(mine, True)
        while not tm.gd(other):
            pass

    def test_alone(self):
        self.assertIsNone(tm.gd("left"))

    def test_left(self):
        self.meet("left", "right")

    def test_right(self):
        self.meet("right", "left")
