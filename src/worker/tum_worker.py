# SPDX-License-Identifier: Apache-2.0
"""The worker that evaluates expressions; follows tum_common.py.

Threads: whoever has the turn reads the link; when it gets a call it passes the turn on
and serves the call itself. So there is always one reader, and a call costs no switch of
threads before its work begins.
"""

import math
import platform
import random
import threading
import time
import types

_Thread = threading.Thread

# ---- the link ------------------------------------------------------------------------


class EvalLink(Link):
    """A link that serves any number of evaluations at the same time."""

    def __init__(self, fd):
        super().__init__(fd)
        self.turn = _new_lock()
        self.readers = 1

    def serve(self):
        while True:
            with self.turn:
                message = self.receive()
                while "call" not in message:
                    self.note(message)
                    message = self.receive()
                with self.counting:
                    self.readers -= 1
                    alone = self.readers == 0
                    if alone:
                        self.readers += 1
                if alone:
                    _Thread(target=self.serve, daemon=True).start()
            self.run(message)
            with self.counting:
                self.readers += 1

    def run(self, message):
        call = Call(self, message["call"])
        self.calls.begin(call)
        try:
            inside = evaluate(message)
        finally:
            self.calls.end(call)
        try:
            call.flush()
            flush_originals()
            try:
                self.reply(call, inside)
            except NotPlain as e:
                self.reply(call, raised("TypeError", "result %s" % e))
        except OSError:
            _exit(0)


# ---- the script API ------------------------------------------------------------------


def make_tm(link, setup):
    """The module `tm`."""
    tm = types.ModuleType("tm", "Variables and services of the campaign.")
    # Objects that cannot leave this process, by the name they were set under.
    kept = {}

    def text(what, name):
        if not isinstance(name, str):
            raise ETUMRuntimeError(
                "tm.%s: name must be text, not %s" % (what, type(name).__name__)
            )
        return name

    def gd(name, default=None):
        """Value of a variable, or `default` if there is none."""
        if name is None:
            return default
        if text("gd", name) in kept:
            return kept[name]
        return member_value(link.ask("gd", name), default)

    def setgd(name, value):
        """Sets a variable; what is not plain is kept in this worker only."""
        text("setgd", name)
        try:
            plain_text(value)
        except NotPlain:
            kept[name] = value
            return
        link.ask("setgd", name, value, given=True)
        kept.pop(name, None)

    def delgd(name):
        """Removes a variable; a missing one is no error."""
        kept.pop(text("delgd", name), None)
        link.ask("delgd", name)

    def OS():
        """The operating system."""
        return "Linux"

    def text_mode():
        """True: tum has no windows."""
        return True

    def get_main_dir():
        """Folder of the program."""
        return setup["main_dir"]

    def timestamp():
        """Ticks of 0.1 ms since the run started."""
        return link.ask("timestamp")["value"]

    def timestamp_as_sec(val=None):
        """Seconds since the run started, or of that many ticks."""
        return (timestamp() if val is None else val) / 10000

    def init_timestamp():
        """Starts the clock of timestamp() again."""
        link.ask("init_timestamp")

    def add_plot_values(plot, values):
        """Adds values to a plot."""
        link.ask("add_plot_values", text("add_plot_values", plot), values, given=True)

    def last_plot_value(plot):
        """The values added last to a plot."""
        return member_value(link.ask("last_plot_value", text("last_plot_value", plot)))

    for function in (gd, setgd, delgd, OS, text_mode, get_main_dir, timestamp,
                     timestamp_as_sec, init_timestamp, add_plot_values,
                     last_plot_value):
        function.__module__ = "tm"
        function.__qualname__ = function.__name__
        setattr(tm, function.__name__, function)
    ETUMRuntimeError.__module__ = "tm"
    tm.ETUMRuntimeError = ETUMRuntimeError
    return tm


# ---- evaluation ----------------------------------------------------------------------

names = {}


def raised(type_, text, traceback=None):
    value = {"type": type_, "text": text}
    if traceback is not None:
        value["traceback"] = traceback
    return '"raised": ' + _dumps(value)


def raised_by(e):
    try:
        text = str(e)[:TEXT_LIMIT]
    except BaseException:
        text = ""
    try:
        import traceback

        entry = e.__traceback__
        while entry is not None and entry.tb_frame.f_code.co_filename == __file__:
            entry = entry.tb_next
        lines = traceback.format_exception(type(e), e, entry)
        trace = "".join(lines)[:TEXT_LIMIT]
    except BaseException:
        trace = None
    return raised(type(e).__name__, text, trace)


def evaluate(message):
    """The reply to a call, as the inside of a JSON object."""
    shown = ""
    try:
        value = eval(message["text"], dict(names))
        if message.get("repr"):
            shown = ', "repr": ' + _dumps(repr(value))
        return value_member(value) + shown
    except NotPlain as e:
        return raised("TypeError", "result %s" % e) + shown
    except BaseException as e:
        return raised_by(e) + shown


# ---- start ---------------------------------------------------------------------------


def main():
    fd = link_fd  # put here by the few lines that received this file
    os.set_inheritable(fd, False)
    link = EvalLink(fd)
    setup = link.receive()
    sys.argv[:] = [""]
    for name in ("read", "os", "sys"):
        vars(sys.modules["__main__"]).pop(name, None)
    sys.path[:0] = setup["path"]
    if setup["pythonpath"] is not None:
        os.environ["PYTHONPATH"] = setup["pythonpath"]
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=link.after_fork)
    sys.stdout = Stream(link, 1, "<stdout>")
    sys.stderr = Stream(link, 2, "<stderr>")
    for module in (os, re, sys, time, math, json, random, platform):
        names[module.__name__] = module
    names["tm"] = make_tm(link, setup)
    hello = {
        "protocol": PROTOCOL,
        "name": "python",
        "version": platform.python_version(),
        "program": sys.executable,
        "can": ["eval"],
    }
    link.send('{"hello": %s}' % _dumps(hello))
    link.serve()


main()
