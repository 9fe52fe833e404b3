# SPDX-License-Identifier: Apache-2.0
# The supply; the module lives as long as the worker that imported it.
class Supply:
    def __init__(self, name):
        self.name = name
        self.count = 0

    def measure(self, channel):
        self.count += 1
        return round(3.3 * channel, 3)
