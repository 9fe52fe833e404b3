# SPDX-License-Identifier: Apache-2.0
"""Functions that put streams of their own in place of sys.stdout."""
import io
import sys


def wrap():
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8")
    print("wrapped \u00b5")


def detach():
    sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding="utf-8")
    print("detached")


def open_again():
    sys.stdout = open(1, "w", closefd=False)
    print("opened again")


def nothing():
    sys.stdout = sys.stderr = None


def closed():
    sys.stdout = io.StringIO()
    sys.stdout.close()
