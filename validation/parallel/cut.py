# SPDX-License-Identifier: Apache-2.0
"""A function that is cut while it is asked."""
import time


def slow(_):
    time.sleep(60)
