# SPDX-License-Identifier: Apache-2.0
# Tests of a bench that is not there.
import os

import pytest


@pytest.fixture
def supply():
    print("supply on")
    yield 3.3
    print("supply off")


def test_volts(supply):
    assert supply < 4


@pytest.mark.parametrize("channel", [1, 2, "a::b[c]"])
def test_channel(channel):
    assert channel != 2, "channel two is broken"


@pytest.mark.skip(reason="no probe")
def test_ripple():
    assert False


@pytest.mark.xfail(reason="known")
def test_known():
    assert False


class TestBoard:
    def test_folder(self):
        assert os.path.exists("test_bench.py")
