#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Campaigns in campaigns: what the row says, stopping all of them, one that runs itself.

    nested.py TUM
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import uuid

from tap import Tap

STOPS = 5
# Seconds; a busy machine may need longer, but not every time, a sanitizer always does.
AT_ONCE = 0.1 * float(os.environ.get("CONFORM_PATIENCE", 1))


def write(folder, name, steps, report=""):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(f"main:\n  name: {name}\n  steps: [{steps}]\n{report}\n")


def sub(name):
    return f"run: {{name: {name}, tum: {name}}}"


def with_mark(mark):
    """Processes that inherited the mark."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                environment = f.read()
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                line = f.read()
        except OSError:
            continue
        if mark.encode() in environment and line:
            found.append(line.replace(b"\0", b" ").decode())
    return found


def test_stop(tap, tum, folder):
    write(folder, "deep.tum", "process: {name: outside, command: 'sleep 600'}")
    write(folder, "inner.tum", sub("deep.tum"))
    write(folder, "outer.tum", sub("inner.tum"))
    took, statuses, left = [], set(), []
    for _ in range(STOPS):
        mark = f"TUM_TEST_MARK={uuid.uuid4()}"
        name, _, value = mark.partition("=")
        process = subprocess.Popen([tum, "-b", "-o", "outer.tum"], cwd=folder, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   env={**os.environ, name: value})
        for line in process.stdout:
            if '"outside" started' in line:
                break
        while not any("sleep 600" in line for line in with_mark(mark)):
            time.sleep(0.01)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        statuses.add(process.wait())
        took.append(time.monotonic() - began)
        # The guardians see to what is left; they are the last to go.
        end = time.monotonic() + 5
        while with_mark(mark) and time.monotonic() < end:
            time.sleep(0.01)
        left += with_mark(mark)
    tap.result(statuses == {143}, "a stop ends three campaigns, one in the other", [statuses])
    tap.result(min(took) < AT_ONCE, "at once", took)
    tap.result(not left, "nothing of them is left", left)


def test_window(tap, tum, folder):
    """A window that opens within the hour before midnight or after it."""
    start = time.strftime("%H:%M", time.localtime(time.time() + 1800))
    end = time.strftime("%H:%M", time.localtime(time.time() + 3600))
    write(folder, "later.tum", "check: {values: [true]}")
    write(folder, "waits.tum", f"run: {{name: later, tum: later.tum, start_time: '{start}', "
          f"end_time: '{end}', wait_for_exec: true}}")
    process = subprocess.Popen([tum, "-b", "-o", "waits.tum"], cwd=folder, text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    seen = ""
    for line in process.stdout:
        seen += line
        if "Waiting for" in line:
            break
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    seen += process.stdout.read()
    status = process.wait()
    tap.result(f"Waiting for {start}." in seen and status == 143 and
               'step "later" finished: FAIL' in seen, "a wait for a time window is stopped",
               [status, seen])
    tap.result(time.monotonic() - began < 60, "long before it opens")


def run(tum, folder, name):
    done = subprocess.run([tum, "-b", "-o", "-t", "json", "-p", "out.json", name], cwd=folder,
                          text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, check=False)
    with open(os.path.join(folder, "out.json"), encoding="utf-8") as f:
        rows = {row["test_name"]: row for row in json.load(f)["tests"]}
    os.unlink(os.path.join(folder, "out.json"))
    return done.stdout, rows


def test_counts(tap, tum, folder):
    write(folder, "child.tum",
          "loop: {name: l, iterator: 2, steps: [check: {name: a, values: [true]}]}, "
          "check: {name: b, values: [false]}, check: {name: c, condition: false, values: [true]}",
          "report: {export: [sqlite: {path: child.db}, junit: {path: child.xml}]}")
    write(folder, "parent.tum", f"{sub('child.tum')}, {sub('again.tum')}")
    write(folder, "again.tum", "check: {name: d, values: [true]}")
    _, rows = run(tum, folder, "parent.tum")
    tap.result(rows["child.tum"]["message"] ==
               f"2 passed, 1 failed, 1 skipped; report: {folder}/child.db, {folder}/child.xml",
               "the row says what was counted and where the reports are", [rows["child.tum"]])
    tap.result(rows["again.tum"]["message"] == "1 passed, 0 failed, 0 skipped" and
               rows["child.tum"]["result"] == "PASS",
               "a campaign without a report is counted too", [rows])


def test_itself(tap, tum, folder):
    write(folder, "a.tum", sub("b.tum"))
    write(folder, "b.tum", sub("./a.tum"))
    text, _ = run(tum, folder, "a.tum")
    tap.result(text.count("runs itself: it is running 4 times already") >= 1 and
               text.count('step "./a.tum" started') <= 8,
               "a campaign that runs itself by way of another is stopped by name",
               [text[-3000:]])
    os.symlink("a.tum", os.path.join(folder, "b2.tum"))
    write(folder, "a.tum", sub("b2.tum"))
    text, _ = run(tum, folder, "a.tum")
    tap.result("runs itself" in text, "also under another name", [text[-3000:]])
    write(folder, "wide.tum", "parallel: {branches: [" +
          ", ".join([f"{{steps: [{sub('wide.tum')}]}}"] * 2) + "]}")
    text, _ = run(tum, folder, "wide.tum")
    tap.result("runs itself" in text, "and when it does so twice each time", [text[-1000:]])


def test_itself_as_a_program(tap, tum, folder):
    write(folder, "one.tum", f"process: {{name: again, command: '{tum} -b one.tum'}}")
    text, _ = run(tum, folder, "one.tum")
    tap.result("runs itself: it is running 4 times already" in text and
               text.count('step "again" started') == 4,
               "a program that runs the campaign again is no way around", [text[-3000:]])
    write(folder, "all.tum", f"process: {{name: again, command: '{tum} -b -j 1 -- all.tum'}}")
    run(tum, folder, "all.tum")
    logs = [path.read_text() for path in pathlib.Path(folder).glob(".tum/runs/*/all/log.txt")]
    tap.result(len(logs) == 4 and any("runs itself" in log for log in logs),
               "nor is one that runs a batch of it", logs)


def main():
    tap = Tap()
    tum = os.path.abspath(sys.argv[1])
    for test in (test_stop, test_window, test_counts, test_itself,
                 test_itself_as_a_program):
        with tempfile.TemporaryDirectory(prefix="tum-nested-") as folder:
            try:
                test(tap, tum, os.path.realpath(folder))
            except (OSError, KeyError, subprocess.TimeoutExpired) as error:
                tap.result(False, test.__name__, [repr(error)])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
