# SPDX-License-Identifier: Apache-2.0
import pytest


@pytest.mark.parametrize("rail", ["1V8", "3V3"])
def test_rail(rail):
    assert rail.replace("V", ".")


@pytest.mark.xfail(reason="known drift")
def test_drift():
    assert False
