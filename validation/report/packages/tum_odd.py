# SPDX-License-Identifier: Apache-2.0
# Formats that say what they were given, and formats that end in every wrong way.
import os
import sys

from testium_report import Exporter


class Given:
    def __init__(self, name, con, path, pats, keys, no_header):
        rows = con.execute("SELECT count(*) FROM tests").fetchone()[0]
        print("given", [name, rows, path, pats, keys, no_header])


class NoFile(Exporter):
    def export(self):
        print("without a file:", [self.out_path, [row.name for row in self.rows]])


class NoEnd:
    def __init__(self, *given):
        raise ValueError("é" * 100000 + " the end")


class Nul:
    def __init__(self, *given):
        raise ValueError("before\0after")


class Leaves:
    def __init__(self, *given):
        print("leaving")
        sys.exit(3)


class Killed:
    def __init__(self, *given):
        print("last words", flush=True)
        os.kill(os.getpid(), 9)
