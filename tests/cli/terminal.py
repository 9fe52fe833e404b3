#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a person sees: colours and the live line, on a terminal of our own.

    terminal.py TUM

The terminal is a pseudo terminal and a model of the screen that knows the few codes tum
uses; a code it does not know fails the test.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios

from tap import Tap

PATIENCE = 60  # for what must come; nothing waits this long when all is well


class Screen:
    """Lines on a terminal: text, line ends, colours, going up, clearing below."""

    def __init__(self, columns):
        self.columns, self.rows, self.row, self.column = columns, [[]], 0, 0

    def put(self, char):
        if self.column == self.columns:
            self.new_row()
            self.column = 0
        row = self.rows[self.row]
        row.extend(" " * (self.column + 1 - len(row)))
        row[self.column] = char
        self.column += 1

    def new_row(self):
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append([])

    def feed(self, text):
        for part in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|[^\x1b]|\x1b", text):
            if part == "\r":
                self.column = 0
            elif part == "\n":
                self.new_row()
            elif part.startswith("\x1b[") and part[-1] == "m":
                pass
            elif part == "\x1b[J":
                self.rows[self.row] = self.rows[self.row][:self.column]
                del self.rows[self.row + 1:]
            elif part.startswith("\x1b[") and part[-1] == "A":
                self.row -= int(part[2:-1])
            elif part.startswith("\x1b"):
                raise ValueError(f"unknown code {part!r}")
            else:
                self.put(part)

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.rows).rstrip("\n")


class Terminal:
    """A program on a pseudo terminal, its controlling one."""

    def __init__(self, argv, folder, columns=100, env=()):
        self.out, self.status = "", None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ.pop("NO_COLOR", None)
            os.environ.pop("FORCE_COLOR", None)
            os.environ.pop("COLORFGBG", None)
            os.environ["TERM"] = "xterm"
            os.environ.update(env)
            os.read(0, 1)  # the size is set first
            os.execv(argv[0], argv)
        attributes = termios.tcgetattr(self.fd)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(self.fd, termios.TCSANOW, attributes)
        self.resize(columns)
        os.write(self.fd, b"\n")

    def resize(self, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def read_more(self):
        """False at the end of the program."""
        ready, _, _ = select.select([self.fd], [], [], PATIENCE)
        if not ready:
            raise TimeoutError(f"nothing more came after {self.out[-2000:]!r}")
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.out += data.decode("utf-8", "replace")
        return data != b""

    def until(self, pattern, start=0):
        """Reads until the pattern is found past `start`; its end."""
        while True:
            match = re.search(pattern, self.out[start:])
            if match:
                return start + match.end()
            if not self.read_more():
                raise EOFError(f"{pattern!r} never came in {self.out[-2000:]!r}")

    def end(self):
        while self.read_more():
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        self.status = os.waitstatus_to_exitcode(status)
        return self.status


BRANCHES = """
main:
  name: seen
  steps:
    - check: {name: first, values: [true]}
    - parallel:
        name: both
        branches:
          - name: left
            steps:
              - loop:
                  name: often
                  iterator: 3
                  steps: [sleep: {name: nap, timeout: 0.4}]
          - name: right
            steps: [sleep: {name: rest, timeout: 1.3}]
    - check: {name: last, values: [true]}
"""

LONG = """
main:
  steps:
    - parallel:
        branches:
          - name: a branch with a long name
            steps: [sleep: {name: a step with a long name, timeout: 1.2}]
          - name: another branch with a name
            steps: [sleep: {name: another step, timeout: 1.2}]
"""

CLEANUP = """
main:
  steps:
    - sleep: {name: long, timeout: 600}
    - let: {name: tidy, execute_on_stop: true, values: [{tidied: true}]}
"""

LIVE = r"\d+/\d+  \d+:\d\d"
SGR = r"\x1b\[[0-9;]*m"


def blank_times(text):
    text = re.sub(r" *@@\d+@@", " @@", text)
    text = re.sub(r"Test started.*", "Test started", text)
    return text


def write(folder, text):
    with open(os.path.join(folder, "main.tum"), "w", encoding="utf-8") as f:
        f.write(text)


def test_live_line(tap, tum, folder):
    write(folder, BRANCHES)
    terminal = Terminal([tum, "-b", "main.tum"], folder)
    place = terminal.until(LIVE)
    terminal.until(r"\[left\] nap #2", place)
    status = terminal.end()
    tap.result(status == 0, "a run on a terminal passes", [status, terminal.out])
    tap.result("[right] rest" in terminal.out, "the live line names running items",
               [terminal.out])
    counts = [tuple(map(int, m)) for m in re.findall(r"(\d+)/(\d+)  \d+:\d\d", terminal.out)]
    tap.result(all(a <= b for a, b in counts) and counts == sorted(counts),
               "progress never goes back and never passes the total", [counts])
    tap.result({b for _, b in counts} == {8}, "the total counts the items below main",
               [counts])
    tap.result(re.search(SGR, terminal.out) is not None, "colours on a terminal",
               [terminal.out])

    plain = Terminal([tum, "-b", "-o", "main.tum"], folder)
    plain.end()
    screen = Screen(100)
    screen.feed(plain.out)
    piped = subprocess.run([tum, "-b", "main.tum"], cwd=folder, text=True,
                           stdout=subprocess.PIPE).stdout
    # Two branches may print in either order.
    seen = sorted(blank_times(screen.text()).split("\n"))
    wanted = sorted(line.rstrip() for line in blank_times(piped).rstrip("\n").split("\n"))
    tap.result(seen == wanted, "at the end the screen shows the run and nothing else",
               [screen.text(), "piped:", piped])
    tap.result(re.search(LIVE, piped) is None and "\x1b" not in piped,
               "no live line and no code in a pipe", [piped])


def test_switches(tap, tum, folder):
    write(folder, BRANCHES)
    for name, argv, env, codes, live in [
            ("-o", ["-o"], {}, False, True),
            ("NO_COLOR", [], {"NO_COLOR": "1"}, False, True),
            ("TERM=dumb", [], {"TERM": "dumb"}, False, False),
            ("FORCE_COLOR on a dumb terminal", [], {"TERM": "dumb", "FORCE_COLOR": "1"},
             True, False)]:
        terminal = Terminal([tum, "-b", *argv, "main.tum"], folder, env=env)
        terminal.end()
        has_codes = re.search(SGR, terminal.out) is not None
        has_live = re.search(LIVE, terminal.out) is not None
        tap.result((has_codes, has_live) == (codes, live),
                   f"{name}: {'colours' if codes else 'no colours'}, "
                   f"{'a live line' if live else 'no live line'}", [repr(terminal.out)])


def test_resize(tap, tum, folder):
    write(folder, LONG)
    terminal = Terminal([tum, "-b", "-o", "main.tum"], folder, columns=120)
    place = terminal.until(LIVE + r"  \[a[^\r\n]*name\] a[^\r\n]*, \[a[^\r\n]*name\] a[^\r\n]* step")
    terminal.resize(40)
    place = terminal.until(LIVE + r"[^\r\n\x1b]*…", place)
    terminal.end()
    frames = re.findall(LIVE + r"[^\r\n\x1b]*", terminal.out[place:])
    frames += re.findall(LIVE + r"[^\r\n\x1b]*…", terminal.out)
    tap.result(frames and all(len(f) < 40 for f in frames),
               "after the terminal shrank the live line fits it", frames)


def test_stop(tap, tum, folder):
    write(folder, CLEANUP)
    terminal = Terminal([tum, "-b", "-o", "main.tum"], folder)
    terminal.until(r'step "long" started')
    os.write(terminal.fd, b"\x03")
    terminal.until(r'step "tidy" finished: PASS')
    status = terminal.end()
    tap.result(status == 130, "control-C stops the run in good order", [status, terminal.out])

    terminal = Terminal([tum, "-b", "-o", "main.tum"], folder)
    terminal.until(r'step "long" started')
    os.close(terminal.fd)
    _, status = os.waitpid(terminal.pid, 0)
    status = os.waitstatus_to_exitcode(status)
    tap.result(status == 143, "a terminal that goes away stops the run", [status])


def main():
    tap = Tap()
    tum = os.path.abspath(sys.argv[1])
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for test in (test_live_line, test_switches, test_resize, test_stop):
        with tempfile.TemporaryDirectory(prefix="tum-terminal-") as folder:
            try:
                test(tap, tum, folder)
            except (EOFError, TimeoutError, ValueError) as error:
                tap.result(False, test.__name__, [error])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
