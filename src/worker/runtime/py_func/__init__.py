# SPDX-License-Identifier: Apache-2.0
"""What scripts of a campaign import: py_func.tm."""
