# SPDX-License-Identifier: Apache-2.0
# Tests that are not run in this order, and outcomes without a reason.
import unittest

import pytest


def test_a():
    pass


def test_b():
    pytest.xfail("the fuse is missing")


def test_c():
    pass


class Board(unittest.TestCase):
    @unittest.expectedFailure
    def test_d(self):
        self.fail("no probe")
