# SPDX-License-Identifier: Apache-2.0
"""Report formats: one that needs no path, and some that do not work."""
import os
import time

from testium_report import Exporter, Report

number = 5


class Names(Exporter):
    def export(self):
        print("names:", self.out_path, " ".join(row.name for row in self.rows))
        try:
            Report("absent.db")
        except FileNotFoundError as e:
            print("no report:", e.filename, os.path.exists("absent.db"))


class Slow(Exporter):
    def export(self):
        time.sleep(60)


class Fails(Exporter):
    def export(self):
        raise ValueError("no printer")


class Wordy(Exporter):
    def export(self):
        raise ValueError("\u00e9" * 1000000)
