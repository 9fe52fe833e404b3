# SPDX-License-Identifier: Apache-2.0
import os
import unittest


class Dies(unittest.TestCase):
    def test_1_good(self):
        pass

    def test_2_dies(self):
        print("the last words")
        os._exit(5)

    def test_3_never(self):
        pass
