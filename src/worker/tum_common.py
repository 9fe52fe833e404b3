# SPDX-License-Identifier: Apache-2.0
"""What every Python worker has: values as messages, the link, output (schemas/worker.md).

The text of one kind of worker follows this one; both are sent over the link as one
program, never written to disk, and must not show in what user code can see. They keep
their own references to what they need, since user code may replace what it finds.
Python 3.8 or later, standard library only.
"""

import _thread
import fcntl
import io
import json
import os
import re
import sys
import time

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
_ioctl, _monotonic_ns = fcntl.ioctl, time.monotonic_ns
FIONREAD = 0x541B
_new_lock, _thread_id = _thread.allocate_lock, _thread.get_ident


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
    """A value that cannot be told; str() says why, `path` where in the value."""

    path = ""
    what = None

    def told(self, name):
        """As it is told to a user: `result['a'][3]: object of type X`."""
        return "%s%s: %s" % (name, self.path, self.what or self)


def not_plain(value, kind="object", why=None):
    """NotPlain about a value, which is named by its type; `why`: if it is not that."""
    type_ = "of type %s" % type(value).__name__
    e = NotPlain(why or type_ + " is not a plain value")
    e.what = "%s %s%s" % (kind, type_, ", which " + why if why else "")
    return e


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
    raise not_plain(key, "key")


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
    raise not_plain(value)


class Level:
    """A container whose elements are being told."""

    def __init__(self, value):
        self.value = value
        self.is_map = isinstance(value, dict)
        self.items = iter(dict.items(value) if self.is_map else value.__iter__())
        self.count = 0
        self.key = None

    def part(self):
        """The element being told, as it is written behind the container's name."""
        if not self.is_map:
            return "[%d]" % (self.count - 1)
        if isinstance(self.key, str):
            return "[%s]" % repr(str.__str__(self.key))[:60]
        # A key that cannot be told is what is wrong itself.
        known = self.key is None or type(self.key) in (bool, int, float)
        return "[%r]" % self.key if known else ""


def plain_slowly(value):
    """plain_text() without the limits of json.dumps, and with reasons."""
    out = []
    open_ = []

    def begin(value):
        text = plain_scalar(value)
        if text is not None:
            out.append(text)
            return
        if any(level.value is value for level in open_):
            raise not_plain(value, why="holds itself")
        if len(open_) >= DEPTH_LIMIT:
            raise not_plain(value, why="nests deeper than %d levels" % DEPTH_LIMIT)
        open_.append(Level(value))
        out.append("{" if open_[-1].is_map else "[")

    def go_on():
        begin(value)
        while open_:
            level = open_[-1]
            try:
                item = next(level.items)
            except StopIteration:
                out.append("}" if level.is_map else "]")
                open_.pop()
                continue
            if level.count > 0:
                out.append(", ")
            level.count += 1
            if level.is_map:
                level.key = item[0]
                out.append(key_text(item[0]) + ": ")
                item = item[1]
            begin(item)

    try:
        go_on()
    except NotPlain as e:
        path = "".join(level.part() for level in open_[:20])
        e.path = path + ("…" if len(open_) > 20 else "")
        raise
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


def clean_text(value):
    """plain_text() in which U+FFFD stands for half a pair of surrogates."""
    text = plain_text(value)
    return _escape.sub(clean_escape, text) if "\\ud" in text else text


def value_member(value, clean=False):
    """A value as a member of a message: as it is, or as the text of it when deep."""
    text = clean_text(value) if clean else plain_text(value)
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


def unread():
    """Bytes written to descriptors 1 and 2 that tum has not read yet."""
    return int.from_bytes(_ioctl(1, FIONREAD, bytes(4)), sys.byteorder)


class Behind:
    """What tells tum that these were written before what is printed now, which goes
    another way: how many they are, and when, since tum may read at the same time."""

    def __init__(self):
        self.seen = False  # there were some once

    def told(self):
        try:
            count = unread()
            self.seen = self.seen or count > 0
            if not self.seen:
                return ""
            # It may change at this moment; a child may go on changing it.
            for _ in range(10):
                known, now = count, _monotonic_ns()
                count = unread()
                if count == known:
                    break
            return '"behind": %d, "at": %d, ' % (count, now)
        except OSError:
            pass  # closed, or led to something that does not know
        return ""


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
            self.link.send(
                '{"call": %d, %s"out": %s}'
                % (self.number, self.link.behind.told(), _dumps(piece))
            )


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
    """Messages to and from tum. Somebody else reads: answers come through note()."""

    def __init__(self, fd):
        self.fd = fd
        self.pid = _getpid()
        self.sending = _new_lock()
        self.counting = _new_lock()
        self.calls = Calls()
        self.asked = 0
        self.answers = {}
        self.streams = []
        self.behind = Behind()

    def leave(self):
        """Nobody will call again."""
        for stream in self.streams:
            stream.end_late()
        _exit(0)

    def send(self, text):
        data = text.encode("ascii")
        if len(data) > FRAME_LIMIT:
            e = NotPlain("is larger than %d MiB" % (FRAME_LIMIT >> 20))
            e.what = str(e)[len("is ") :]
            raise e
        data = len(data).to_bytes(4, "big") + data
        with self.sending:
            while data:
                data = data[_write(self.fd, data) :]

    def read_all(self, size):
        parts = []
        while size > 0:
            part = _read(self.fd, min(size, 1 << 20))
            if not part:
                self.leave()
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def receive(self):
        """The next message; leaves when there will be none."""
        try:
            size = int.from_bytes(self.read_all(4), "big")
            return value_of(self.read_all(size).decode("utf-8", "surrogatepass"))
        except OSError:
            self.leave()

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

    def await_answer(self, waiting):
        waiting[0].acquire()

    def ask(self, what, name=None, value=None, given=False):
        """Asks tum and waits for the answer, which is a message."""
        call = self.calls.current()
        if _getpid() != self.pid:
            raise ETUMRuntimeError("tm.%s: not in a process of tum" % what)
        if call is None or call.dropped:
            raise ETUMRuntimeError("tm.%s: no call of tum is running" % what)
        waiting = [_new_lock(), None]
        waiting[0].acquire()
        with self.counting:
            self.asked += 1
            number = self.asked
            self.answers[number] = waiting
        text = '{"call": %d, "ask": %d, "op": "%s"' % (call.number, number, what)
        try:
            if name is not None:
                text += ', "name": ' + _dumps(without_surrogates(name))
            if given:
                text += ", " + value_member(value, clean=True)
            self.send(text + "}")
            self.await_answer(waiting)
        except NotPlain as e:
            raise ETUMRuntimeError("tm.%s: %s" % (what, e.told("value"))) from None
        finally:
            del self.answers[number]
        message = waiting[1]
        if "error" in message:
            raise ETUMRuntimeError("tm.%s: %s" % (what, message["error"]))
        return message

    def reply(self, call, inside):
        self.send('{"call": %d, %s}' % (call.number, inside))

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


def flush_replaced():
    """What user code wrote to streams of its own that it put in place of ours."""
    for stream in (getattr(sys, "stdout", None), getattr(sys, "stderr", None)):
        if stream is None or isinstance(stream, Stream):
            continue
        try:
            stream.flush()
        except BaseException:
            pass  # closed, or no stream at all


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
        # An unfinished line of a thread whose call is over.
        self.late = ""
        self.late_lock = _thread.RLock()
        link.streams.append(self)

    def put(self, text):
        if _getpid() != self.link.pid:
            self.write_raw(text)
            return
        call = self.link.calls.current()
        if call is None or self.late:
            with self.late_lock:
                text, self.late = self.late + text, ""
                if call is None:
                    end = text.rfind("\n") + 1
                    text, self.late = text[:end], text[end:]
                    self.write_raw(text)
        if call is not None:
            call.print(text)

    def end_late(self):
        try:
            if self.late:
                self.write_raw(self.late + "\n")
        except OSError:
            pass  # nobody reads any more

    def write_raw(self, text):
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

    def detach(self):
        return self.buffer

    def close(self):
        pass
