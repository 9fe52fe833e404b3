# SPDX-License-Identifier: Apache-2.0
# A bench that is not there: a supply that is opened once and used from many items.
import os
import subprocess
import threading
import time

import py_func.tm as tm
import supply


def open_supply(name):
    tm.setgd("supply", supply.Supply(name))
    print("supply", name, "is open in process", os.getpid())
    tm.setgd("worker", os.getpid())


class Measure(tm.FunctionItem):
    def exec(self, channel):
        volts = tm.gd("supply").measure(channel)
        self.reportValue("raw", int(volts * 1000))
        self.reportValue("channel", channel)
        if tm.gd("traced"):
            tm.add_plot_values("rails", {"ch%d" % channel: volts})
        return volts


def same_process():
    return tm.gd("worker") == os.getpid()


def ripple(channel, seconds):
    """Output of a thread, of a child and of the system come to this item."""
    thread = threading.Thread(target=lambda: print("channel", channel, "by a thread"))
    thread.start()
    thread.join()
    subprocess.run(["echo", "channel %d by a child" % channel], check=True)
    os.write(1, b"channel %d by the system\n" % channel)
    time.sleep(seconds)
    return {"mV": 3 * channel, "samples": [1, None, 1 << 70]}


def settled(limit):
    tm.setgd("tries", tm.gd("tries", 0) + 1)
    print("try", tm.gd("tries"))
    return tm.gd("tries") >= limit


def crash():
    print("the last words")
    os.abort()


def hang():
    print("waits for an answer")
    time.sleep(60)


def wrong():
    return {"trace": [1, object()]}


def broken():
    try:
        supply.Supply("none").measure("x")
    except TypeError as e:
        raise RuntimeError("the supply does not answer") from e
