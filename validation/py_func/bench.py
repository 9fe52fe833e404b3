# SPDX-License-Identifier: Apache-2.0
# What the campaign beside it calls.
import os

import py_func.tm as tm
import shared


def echo(*values):
    return list(values)


def add(a, b=10):
    print("adding", a, "and", b)
    return a + b


def nothing():
    pass


def raises():
    raise ValueError("on purpose")


def odd():
    return {"a": [1, {2}]}


def leave(status):
    print("the last words")
    os._exit(status)


def count():
    """A module that is imported lives as long as the worker, this file for one call."""
    global here
    here = globals().get("here", 0) + 1
    shared.count += 1
    return [here, shared.count]


def api():
    assert tm.gd("missing") is None and tm.gd("missing", 7) == 7
    tm.setgd("made", {"list": [1, None, 2.5], 3: "three"})
    made = tm.gd("made")
    made["list"].append("only a copy")
    assert tm.gd("made")["list"] == [1, None, 2.5]
    tm.setgd("gone", 1)
    tm.delgd("gone")
    tm.delgd("gone")
    assert tm.gd("gone", "no more") == "no more"
    assert tm.OS() == "Linux" and tm.text_mode() is True
    assert os.path.isdir(tm.get_main_dir())
    assert tm.timestamp_as_sec(20000) == 2.0 and tm.timestamp_as_sec() >= 0
    before = tm.timestamp()
    tm.init_timestamp()
    assert tm.timestamp() <= before
    try:
        tm.last_plot_value("no such plot")
    except tm.ETUMRuntimeError as e:
        return str(e)


def keep():
    tm.setgd("kept", shared)
    return tm.gd("kept") is shared


def kept():
    return tm.gd("kept") is shared


class Measure(tm.FunctionItem):
    def exec(self, channel):
        self.reportValue("raw", [channel, 3000])
        self.reportValue("unit", "mV")
        assert self.reportedValues()["unit"] == "mV"
        return 3
