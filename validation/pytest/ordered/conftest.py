# SPDX-License-Identifier: Apache-2.0
# Turns the order around and leaves one test out, as plug-ins of pytest may.
def pytest_collection_modifyitems(session, config, items):
    left_out = [item for item in items if item.name == "test_c"]
    items[:] = [item for item in reversed(items) if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
