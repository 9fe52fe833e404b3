# SPDX-License-Identifier: Apache-2.0
"""The Python side of a worker: evaluates expressions for tum (schemas/worker.md).

Runs in the user's interpreter, Python 3.8 or later, with the standard library only. It
is sent over the link, never written to disk, and must not show in what user code can
see. It keeps its own references to what it needs, since user code may replace what it
finds.

Threads: whoever has the turn reads the link; when it gets a call it passes the turn on
and serves the call itself. So there is always one reader, and a call costs no switch of
threads before its work begins.
"""

import io
import json
import math
import os
import platform
import random
import re
import sys
import threading
import time
import types

PROTOCOL = 1
FRAME_LIMIT = 64 << 20
DEPTH_LIMIT = 1000
# A value with so many brackets is sent as text: a message nests no deeper than a value.
DEEP = 900
# Printed text waits for its line end, but not beyond this many characters.
LINE_LIMIT = 8192
# str() of an exception may be as long as it likes; this much of it is told.
TEXT_LIMIT = 1 << 20

_dumps, _loads = json.dumps, json.loads
_read, _write, _exit, _getpid = os.read, os.write, os._exit, os.getpid
_new_lock, _thread_id = threading.Lock, threading.get_ident
_Thread = threading.Thread


class ETUMRuntimeError(Exception):
    """An error of the script API."""


# ---- values --------------------------------------------------------------------------


def big_int_text(n):
    """Decimal text of any integer; str() refuses very long ones."""
    if n < 0:
        return "-" + big_int_text(-n)
    pieces = []
    todo = [(n, 0)]
    while todo:
        n, width = todo.pop()
        if n.bit_length() < 2000:
            pieces.append(str(n).rjust(width, "0"))
            continue
        # About half of the digits; the upper half is done first.
        half = int(n.bit_length() * 0.30103) // 2
        high, low = divmod(n, 10**half)
        todo.append((low, half))
        todo.append((high, max(width - half, 0)))
    return "".join(pieces)


def big_int(text):
    """int() of any decimal text; int() refuses very long ones."""
    if len(text) < 600:
        return int(text)
    if text[0] == "-":
        return -big_int(text[1:])
    half = len(text) // 2
    return big_int(text[:-half]) * 10**half + big_int(text[-half:])


class NotPlain(Exception):
    """A value that cannot be told; str() says why."""


def key_text(key):
    """A key of a mapping as JSON writes it."""
    if isinstance(key, str):
        return _dumps(str.__str__(key))
    if key is True:
        return '"true"'
    if key is False:
        return '"false"'
    if key is None:
        return '"null"'
    if isinstance(key, int):
        return '"' + big_int_text(int.__index__(key)) + '"'
    if isinstance(key, float):
        return '"' + _dumps(float.__float__(key)) + '"'
    raise NotPlain("of type %s is not a plain value" % type(key).__name__)


def plain_scalar(value):
    """JSON of what holds nothing; None for containers."""
    if value is None or value is True or value is False or isinstance(value, str):
        return _dumps(value)
    if isinstance(value, int):
        return big_int_text(int.__index__(value))
    if isinstance(value, float):
        return _dumps(float.__float__(value))
    if isinstance(value, (list, tuple, dict)):
        return None
    raise NotPlain("of type %s is not a plain value" % type(value).__name__)


def plain_slowly(value):
    """plain_text() without the limits of json.dumps, and with reasons."""
    out = []
    # What is left of each container that is open: an iterator, its closing, first or not.
    open_ = []

    def begin(value):
        text = plain_scalar(value)
        if text is not None:
            out.append(text)
            return
        if len(open_) >= DEPTH_LIMIT:
            raise NotPlain("nests deeper than %d levels" % DEPTH_LIMIT)
        is_map = isinstance(value, dict)
        out.append("{" if is_map else "[")
        items = dict.items(value) if is_map else value.__iter__()
        open_.append([iter(items), "}" if is_map else "]", True])

    begin(value)
    while open_:
        level = open_[-1]
        try:
            item = next(level[0])
        except StopIteration:
            out.append(level[1])
            open_.pop()
            continue
        if not level[2]:
            out.append(", ")
        level[2] = False
        if level[1] == "}":
            out.append(key_text(item[0]) + ": ")
            item = item[1]
        begin(item)
    return "".join(out)


# The escapes of a JSON text, one by one; a pair of surrogates is one.
_escape = re.compile(r"\\(?:ud[89ab]..\\ud[c-f]..|u....|.)")
_halves = ("d8", "d9", "da", "db", "dc", "dd", "de", "df")


def clean_escape(match):
    """U+FFFD instead of half a pair."""
    text = match.group()
    return "\\ufffd" if len(text) == 6 and text[2:4] in _halves else text


def is_deep(text):
    """The value may nest too deep to stand inside a message."""
    return text.count("[") + text.count("{") >= DEEP


def plain_text(value):
    """JSON of a plain value, which is what json.dumps takes, at most DEPTH_LIMIT deep."""
    try:
        text = _dumps(value)
        if not is_deep(text):
            return text
    except (TypeError, ValueError, RecursionError):
        pass  # a type it does not know, a very long integer, a circle, a deep nesting
    return plain_slowly(value)


def value_member(value, clean=False):
    """A value as a member of a message: as it is, or as the text of it when deep."""
    text = plain_text(value)
    if clean and "\\ud" in text:
        text = _escape.sub(clean_escape, text)
    return '"json": ' + _dumps(text) if is_deep(text) else '"value": ' + text


def value_of(text):
    try:
        return _loads(text)
    except ValueError:
        return _loads(text, parse_int=big_int)
    except RecursionError:
        # Deeper than user code may call, not deeper than a value may be.
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(limit + 4 * DEPTH_LIMIT)
        try:
            return _loads(text, parse_int=big_int)
        finally:
            sys.setrecursionlimit(limit)


def member_value(message, default=None):
    if "json" in message:
        return value_of(message["json"])
    return message.get("value", default)


def without_surrogates(text):
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


# ---- calls ---------------------------------------------------------------------------


class Call:
    """A call that is being served, and where its output and its questions go."""

    def __init__(self, link, number):
        self.link = link
        self.number = number
        self.lock = _new_lock()
        self.line = []
        self.size = 0
        self.dropped = False

    def print(self, text):
        with self.lock:
            self.line.append(text)
            self.size += len(text)
            if "\n" in text or self.size > LINE_LIMIT:
                self.flush_line()

    def flush(self):
        with self.lock:
            self.flush_line()

    def flush_line(self):
        text = "".join(self.line)
        self.line, self.size = [], 0
        # In pieces, so that no print is too long for a message.
        while text and not self.dropped:
            piece, text = text[: 1 << 20], text[1 << 20 :]
            self.link.send('{"call": %d, "out": %s}' % (self.number, _dumps(piece)))


class Calls:
    """The calls under way, and which of them a thread works for."""

    def __init__(self):
        self.lock = _new_lock()
        self.open = {}
        self.of_thread = {}

    def begin(self, call):
        with self.lock:
            self.open[call.number] = call
            self.of_thread[_thread_id()] = call

    def end(self, call):
        with self.lock:
            del self.open[call.number]
            del self.of_thread[_thread_id()]

    def current(self):
        """That of this thread. A thread that user code made works for the newest call."""
        call = self.of_thread.get(_thread_id())
        if call is None:
            with self.lock:
                if self.open:
                    call = self.open[max(self.open)]
        return call


# ---- the link ------------------------------------------------------------------------


class Link:
    """Messages to and from tum."""

    def __init__(self, fd):
        self.fd = fd
        self.pid = _getpid()
        self.sending = _new_lock()
        self.turn = _new_lock()
        self.counting = _new_lock()
        self.readers = 1
        self.calls = Calls()
        self.asked = 0
        self.answers = {}

    def send(self, text):
        data = text.encode("ascii")
        if len(data) > FRAME_LIMIT:
            raise NotPlain("is larger than %d MiB" % (FRAME_LIMIT >> 20))
        data = len(data).to_bytes(4, "big") + data
        with self.sending:
            while data:
                data = data[_write(self.fd, data) :]

    def read_all(self, size):
        parts = []
        while size > 0:
            part = _read(self.fd, min(size, 1 << 20))
            if not part:
                _exit(0)
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def receive(self):
        """The next message; leaves when there will be none."""
        try:
            size = int.from_bytes(self.read_all(4), "big")
            return value_of(self.read_all(size).decode("utf-8", "surrogatepass"))
        except OSError:
            _exit(0)

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

    def note(self, message):
        if "answer" in message:
            waiting = self.answers.get(message["answer"])
            if waiting is not None:
                waiting[1] = message
                waiting[0].release()
        elif "drop" in message:
            call = self.calls.open.get(message["drop"])
            if call is not None:
                call.dropped = True

    def ask(self, what, name=None, value=None, given=False):
        """Asks tum and waits for the answer, which is a message."""
        call = self.calls.current()
        if _getpid() != self.pid:
            raise ETUMRuntimeError("tm.%s: not in a process of tum" % what)
        if call is None or call.dropped:
            raise ETUMRuntimeError("tm.%s: nobody waits for this evaluation" % what)
        waiting = [_new_lock(), None]
        waiting[0].acquire()
        with self.counting:
            self.asked += 1
            number = self.asked
            self.answers[number] = waiting
        text = '{"call": %d, "ask": %d, "op": "%s"' % (call.number, number, what)
        try:
            if name is not None:
                text += ', "name": ' + _dumps(name)
            if given:
                text += ", " + value_member(value, clean=True)
            self.send(text + "}")
            waiting[0].acquire()
        except NotPlain as e:
            raise ETUMRuntimeError("tm.%s: value %s" % (what, e)) from None
        finally:
            del self.answers[number]
        message = waiting[1]
        if "error" in message:
            raise ETUMRuntimeError("tm.%s: %s" % (what, message["error"]))
        return message

    def reply(self, call, inside):
        self.send('{"call": %d, %s}' % (call.number, inside))

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

    def after_fork(self):
        """In a child of user code: what is left is descriptors 1 and 2."""
        self.sending = _new_lock()
        self.calls = Calls()
        os.close(self.fd)
        self.fd = -1


# ---- standard output -----------------------------------------------------------------


def flush_originals():
    """What user code wrote to the streams that were there before ours."""
    for stream in (sys.__stdout__, sys.__stderr__):
        try:
            stream.flush()
        except Exception:
            pass  # closed or replaced by user code


class Bytes(io.RawIOBase):
    """sys.stdout.buffer: bytes in order with the text around them."""

    def __init__(self, stream):
        super().__init__()
        self.stream = stream

    def writable(self):
        return True

    def fileno(self):
        return self.stream.fileno()

    def write(self, data):
        data = bytes(data)
        # Bytes that are not UTF-8 travel as lone surrogates.
        self.stream.put(data.decode("utf-8", "surrogateescape"))
        return len(data)


class Stream(io.TextIOBase):
    """sys.stdout and sys.stderr: to the log of the call the writing thread works for."""

    encoding = "utf-8"
    errors = "replace"
    newlines = None
    mode = "w"
    line_buffering = True
    write_through = False

    def __init__(self, link, fd, name):
        super().__init__()
        self.link = link
        self.fd = fd
        self.name = name
        self.buffer = Bytes(self)

    def put(self, text):
        call = self.link.calls.current()
        if call is not None and _getpid() == self.link.pid:
            call.print(text)
        else:
            data = text.encode("utf-8", "surrogateescape")
            while data:
                data = data[_write(self.fd, data) :]

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(
                "write() argument must be str, not " + type(text).__name__
            )
        self.put(without_surrogates(text))
        return len(text)

    def writable(self):
        return True

    def isatty(self):
        return False

    def fileno(self):
        return self.fd

    def flush(self):
        call = self.link.calls.current()
        if call is not None and _getpid() == self.link.pid:
            call.flush()

    def reconfigure(self, **_):
        pass

    def close(self):
        pass


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
    link = Link(fd)
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
