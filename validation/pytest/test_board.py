# SPDX-License-Identifier: Apache-2.0
"""Tests that a campaign runs."""
import pytest


def test_good():
    assert 1 + 1 == 2


def test_bad():
    voltage = 3.1
    assert voltage == 3.3


@pytest.mark.skip(reason="no board")
def test_skipped():
    pass
