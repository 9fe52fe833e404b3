# SPDX-License-Identifier: Apache-2.0
# Never looked at.
def test_never():
    pass
