# SPDX-License-Identifier: Apache-2.0
"""Tests that a campaign runs."""
import unittest


class Board(unittest.TestCase):
    def test_good(self):
        self.assertEqual(1 + 1, 2)

    def test_bad(self):
        self.assertEqual(3.1, 3.3, "voltage")

    @unittest.skip("no board")
    def test_skipped(self):
        pass
