# SPDX-License-Identifier: Apache-2.0
"""The script API under the program's own name; the same objects as in py_func.tm."""
from py_func.tm import (
    OS,
    ETUMRuntimeError,
    FunctionItem,
    add_plot_values,
    delgd,
    gd,
    get_main_dir,
    init_timestamp,
    last_plot_value,
    setgd,
    text_mode,
    timestamp,
    timestamp_as_sec,
)

__all__ = [
    "ETUMRuntimeError",
    "FunctionItem",
    "OS",
    "add_plot_values",
    "delgd",
    "gd",
    "get_main_dir",
    "init_timestamp",
    "last_plot_value",
    "setgd",
    "text_mode",
    "timestamp",
    "timestamp_as_sec",
]
