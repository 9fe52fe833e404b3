# SPDX-License-Identifier: Apache-2.0
"""Results of tests in Test Anything Protocol, one line each, for meson."""
import sys


class Tap:
    def __init__(self):
        self.count = self.bad = 0

    def result(self, good, name, lines=()):
        """One result; `lines` explain a failure."""
        self.count += 1
        if not good:
            self.bad += 1
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        if not good:
            for line in lines:
                for part in str(line).split("\n"):
                    print(f"#   {part}")
        sys.stdout.flush()
        return good

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}")

    def end(self):
        print(f"1..{self.count}")
        return 1 if self.bad else 0
