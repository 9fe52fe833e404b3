# SPDX-License-Identifier: Apache-2.0
"""Results in Test Anything Protocol, for tests that look at one run from many sides."""


class Checks:
    def __init__(self):
        self.count, self.good = 0, True

    def check(self, ok, text, detail=""):
        self.count += 1
        self.good = self.good and bool(ok)
        print("%sok %d - %s" % ("" if ok else "not ", self.count, text))
        if not ok and detail != "":
            print("# " + str(detail).replace("\n", "\n# "))

    def end(self):
        """The plan; the exit status."""
        print("1..%d" % self.count)
        return 0 if self.good else 1
