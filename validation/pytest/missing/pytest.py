# SPDX-License-Identifier: Apache-2.0
"""A pytest that cannot be imported."""
raise ImportError("half of it is not there")
