# SPDX-License-Identifier: Apache-2.0
"""The script API: variables and services of the campaign that runs this script.

Values are copies: changing a list got from gd() changes nothing until setgd(). Calls
may come from any thread. Outside a worker of tum this module imports, and its calls
raise ETUMRuntimeError. Python 3.8 or later.
"""

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


class ETUMRuntimeError(Exception):
    """An error of the script API."""


class FunctionItem:
    """A function with values to report beside the one it returns."""

    def __init__(self):
        self._reported_values = {}

    def reportValue(self, key, value):
        """Adds a value to the data of the item's row."""
        self._reported_values[key] = value

    def reportedValues(self):
        """The values reported so far."""
        return self._reported_values

    def exec(self):
        """The work; its arguments are the params of the item."""
        return None


# The link to tum, put here by the worker; None: this is no worker.
_host = None
# Objects that cannot leave this process, by the name they were set under.
_kept = {}


def _asked(what):
    if _host is None:
        raise ETUMRuntimeError("tm.%s: this process is no worker of tum" % what)
    return _host


def _text(what, name):
    if not isinstance(name, str):
        raise ETUMRuntimeError(
            "tm.%s: the name must be text, not %s" % (what, type(name).__name__)
        )
    return name


def gd(name, default=None):
    """Value of a variable, or `default` if there is none."""
    host = _asked("gd")
    if name is None:
        return default
    if _text("gd", name) in _kept:
        return _kept[name]
    return host.get(name, default)


def setgd(name, value):
    """Sets a variable; what is not plain is kept in this worker only."""
    if _asked("setgd").set(_text("setgd", name), value):
        _kept.pop(name, None)
    else:
        _kept[name] = value


def delgd(name):
    """Removes a variable; a missing one is no error."""
    _asked("delgd").delete(_text("delgd", name))
    _kept.pop(name, None)


def OS():
    """The operating system."""
    _asked("OS")
    return "Linux"


def text_mode():
    """True: tum has no windows."""
    _asked("text_mode")
    return True


def get_main_dir():
    """Folder of the program."""
    return _asked("get_main_dir").main_dir


def timestamp():
    """Ticks of 0.1 ms since the run started."""
    return _asked("timestamp").timestamp()


def timestamp_as_sec(val=None):
    """Seconds since the run started, or of that many ticks."""
    host = _asked("timestamp_as_sec")
    return (host.timestamp() if val is None else val) / 10000


def init_timestamp():
    """Starts the clock of timestamp() again."""
    _asked("init_timestamp").init_timestamp()


def add_plot_values(plot, values):
    """Adds values to a plot."""
    _asked("add_plot_values").add_plot(_text("add_plot_values", plot), values)


def last_plot_value(plot):
    """The values added last to a plot."""
    return _asked("last_plot_value").last_plot(_text("last_plot_value", plot))
