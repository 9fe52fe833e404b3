# SPDX-License-Identifier: Apache-2.0
"""Functions that a campaign calls."""
import sys


def add(a, b):
    return a + b


def alone(value):
    return [value]


def counted():
    """Calls in this process; globals of this file are new for each."""
    sys.counted = getattr(sys, "counted", 0) + 1
    return sys.counted


def broken():
    raise ValueError("no such board")
