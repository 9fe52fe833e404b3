# SPDX-License-Identifier: Apache-2.0
# Test cases that other files import.
import unittest


def setUpModule():
    print("never: set up of a module")


def tearDownModule():
    print("never: end of a module")


class Common(unittest.TestCase):
    def test_common(self):
        pass
