import unittest


class One(unittest.TestCase):
    def test_one(self):
        self.assertEqual(1, 1)
