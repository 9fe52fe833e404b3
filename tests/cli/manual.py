#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the examples of the manual pages, and lints the pages.

    manual.py TUM PAGE...

Marks are comments of the page, in front of the display they speak of:

    .\" @file NAME      the next display is the content of this file
    .\" @hide NAME      so are the lines that follow, each a comment after .\" |
    .\" @run COMMAND    runs it; the marks after it say what must come of it:
    .\" @exit N           its exit status (0 when not said)
    .\" @prints TEXT      what its output holds
    .\" @lacks TEXT       what its output does not hold
    .\" @shell          the next display is a session: after "$ " a command, below it
                        its whole output
    .\" @expr           the next display has expressions after ">>> " and what tum eval
                        --native-only answers below
    .\" @new            forget the files so far
    .\" @shown WHY      the next display is not run

Commands run in a folder of their own that holds the files of the page since the last
@new. Every literal display must have a mark.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from tap import Tap

TIMEOUT = 60
# The module for exporters, which is elsewhere when it is installed.
REPORT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../src/worker/report")


def plain(line):
    """A line of a display without the escapes of mdoc."""
    line = re.sub(r"^\\&", "", line)
    text = line.replace("\\&", "").replace("\\e", "\0")
    if "\\" in text:
        raise ValueError(f"an escape that is not understood: {line}")
    return text.replace("\0", "\\")


def read_page(path):
    """The marks of a page in order, as [kind, argument, lines, line number]."""
    marks, display, number = [], None, 0
    for number, line in enumerate(open(path, encoding="utf-8").read().split("\n"), 1):
        if display is not None:
            if line.startswith(".Ed"):
                display = None
            else:
                display.append(plain(line))
            continue
        mark = re.match(r'\.\\" @(\w+) ?(.*)', line)
        hidden = re.match(r'\.\\" \|(.*)', line)
        if mark:
            marks.append([mark[1], mark[2], [], number])
        elif hidden:
            marks[-1][2].append(hidden[1])
        elif line.startswith(".Bd -literal"):
            if not marks or marks[-1][0] not in ("file", "shell", "expr", "shown") \
                    or marks[-1][2]:
                raise ValueError(f"{path}:{number}: a display without a mark")
            display = marks[-1][2]
    return marks


class Page:
    def __init__(self, tap, tum, path):
        self.tap, self.path = tap, path
        self.name = os.path.basename(path)
        self.folder = tempfile.mkdtemp(prefix="tum-manual-")
        self.env = dict(os.environ, PATH=os.path.dirname(tum) + ":" + os.environ["PATH"],
                        REPORT=REPORT)
        for name in ("NO_COLOR", "FORCE_COLOR", "TUM_LOG"):
            self.env.pop(name, None)

    def clear(self):
        shutil.rmtree(self.folder)
        os.mkdir(self.folder)

    def run(self, command, text=None):
        done = subprocess.run(["sh", "-c", command], cwd=self.folder, env=self.env,
                              input=text if text is not None else "", text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=TIMEOUT)
        return done.returncode, done.stdout

    def write(self, name, lines):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")

    def check_run(self, command, number, expectations):
        status, out = self.run(command)
        wanted = [int(arg) for kind, arg in expectations if kind == "exit"] or [0]
        wrong = []
        if status != wanted[0]:
            wrong.append(f"exit status {status}, not {wanted[0]}")
        wrong += [f"does not print: {arg}" for kind, arg in expectations
                  if kind == "prints" and arg not in out]
        wrong += [f"prints: {arg}" for kind, arg in expectations
                  if kind == "lacks" and arg in out]
        self.tap.result(not wrong, f"{self.name}:{number} {command}", wrong + [out])

    def check_shell(self, lines, number):
        steps = []
        for line in lines:
            if line.startswith("$ "):
                steps.append([line[2:], []])
            else:
                steps[-1][1].append(line)
        for command, wanted in steps:
            _, out = self.run(command)
            want = "".join(line + "\n" for line in wanted)
            self.tap.result(out == want, f"{self.name}:{number} {command}",
                            ["printed:", out, "instead of:", want])

    def check_expr(self, lines, number):
        asked = [line[4:] for line in lines if line.startswith(">>> ")]
        wanted = [line for line in lines if not line.startswith(">>> ")]
        _, out = self.run("tum eval --native-only", "\n".join(asked) + "\n")
        got = out.rstrip("\n").split("\n")
        for i, text in enumerate(asked):
            good = i < len(got) and got[i] == wanted[i]
            self.tap.result(good, f"{self.name}:{number} {text}",
                            [f"gives {got[i] if i < len(got) else 'nothing'}",
                             f"instead of {wanted[i]}"])

    def check(self):
        marks = read_page(self.path)
        for i, (kind, arg, lines, number) in enumerate(marks):
            if kind == "new":
                self.clear()
            elif kind in ("file", "hide"):
                self.write(arg, lines)
            elif kind == "shell":
                self.check_shell(lines, number)
            elif kind == "expr":
                self.check_expr(lines, number)
            elif kind == "run":
                after = []
                for follower in marks[i + 1:]:
                    if follower[0] not in ("exit", "prints", "lacks"):
                        break
                    after.append((follower[0], follower[1]))
                self.check_run(arg, number, after)
            elif kind not in ("exit", "prints", "lacks", "shown"):
                raise ValueError(f"{self.path}:{number}: unknown mark @{kind}")
        shutil.rmtree(self.folder)


def lint(tap, path):
    name = f"mandoc -T lint {os.path.basename(path)}"
    if shutil.which("mandoc") is None:
        tap.skip(name, "no mandoc")
        return
    done = subprocess.run(["mandoc", "-T", "lint", path], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    # The pages refer to each other; mandoc looks for them where they are not yet.
    lines = [line for line in done.stdout.split("\n")
             if line and "referenced manual not found" not in line]
    tap.result(not lines, name, lines)


def main():
    tap = Tap()
    tum = os.path.abspath(sys.argv[1])
    for path in sys.argv[2:]:
        lint(tap, path)
        Page(tap, tum, path).check()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
