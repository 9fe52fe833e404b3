#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a person sees: colours and the live line, on a terminal of our own.

    terminal.py TUM

Dialogs are in dialogs.py.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile

from screen import Screen, Terminal
from tap import Tap

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
