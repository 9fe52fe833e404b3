#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Stopping a run by signals: statuses, clean-up, and what stays in the report.

    signals.py TUM
"""
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile

from tap import Tap

PATIENCE = 60

CAMPAIGN = """
main:
  steps:
    - check: {name: before, values: [true]}
    - group:
        name: bench
        steps:
          - sleep: {name: long, timeout: 600}
          - let: {name: tidy, execute_on_stop: true, values: [{tidied: true}]}
    - check: {name: after, values: [true]}
report: {export: [sqlite: {path: report.db}, junit: {path: report.xml}]}
"""

STUBBORN = """
main:
  steps:
    - sleep: {name: long, timeout: 600}
    - sleep: {name: slow tidying, execute_on_stop: true, timeout: 600}
report: {export: [sqlite: {path: report.db}]}
"""

SHORT = """
main: {steps: [sleep: {name: short, timeout: 1}]}
"""


def start(tum, folder, text, **more):
    with open(os.path.join(folder, "main.tum"), "w", encoding="utf-8") as f:
        f.write(text)
    return subprocess.Popen([tum, "-b", "-o", "main.tum"], cwd=folder, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **more)


def until(process, text):
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return lines
    raise EOFError(f"'{text}' never came in:\n{''.join(lines)}")


def rows(folder):
    con = sqlite3.connect(f"file:{folder}/report.db?mode=ro", uri=True)
    try:
        assert con.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        table = con.execute("SELECT test_name, result FROM tests ORDER BY rowid")
        return table.fetchall(), dict(con.execute("SELECT key, value FROM header"))
    finally:
        con.close()


def test_first_signal(tap, tum, folder):
    for sent, wanted in ((signal.SIGINT, 130), (signal.SIGTERM, 143),
                         (signal.SIGHUP, 143)):
        process = start(tum, folder, CAMPAIGN)
        until(process, 'step "long" started')
        process.send_signal(sent)
        out, _ = process.communicate(timeout=PATIENCE)
        name = signal.Signals(sent).name
        tap.result(process.returncode == wanted, f"{name}: exit status {wanted}",
                   [process.returncode, out])
        tap.result('step "tidy" finished: PASS' in out and "after" not in out,
                   f"{name}: clean-up runs, nothing else does", [out])
        tap.result("Test run failed." in out, f"{name}: the run has failed", [out])
        table, header = rows(folder)
        tap.result(table == [("before", "PASS"), ("long", "FAIL"), ("tidy", "PASS"),
                             ("bench", "SKIP"), ("", "FAIL")],
                   f"{name}: the report has the rows", table)
        tap.result(header.get("test_result") == "FAIL",
                   f"{name}: the report is complete", header.items())
        tap.result(os.path.exists(os.path.join(folder, "report.xml")),
                   f"{name}: exports are written")
        for left in os.listdir(folder):
            os.unlink(os.path.join(folder, left))


def test_second_signal(tap, tum, folder):
    process = start(tum, folder, STUBBORN)
    until(process, 'step "long" started')
    process.send_signal(signal.SIGINT)
    until(process, 'step "slow tidying" started')
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=PATIENCE)
    tap.result(process.returncode == 130, "a second signal ends the clean-up too",
               [process.returncode, out])
    table, _ = rows(folder)
    tap.result(("long", "FAIL") in table, "and the report can be read", table)


def test_while_loading(tap, tum, folder):
    with open(os.path.join(folder, "param.yaml"), "w", encoding="utf-8") as f:
        f.write("n: 40000000\n")
    process = start(tum, folder, "main: {steps: []}\n"
                    "{% for i in range(n) %}{% endfor %}\n")
    until(process, "Configuration file loaded")
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=PATIENCE)
    tap.result(process.returncode == 143 and "Test overview" not in out,
               "a signal while the campaign loads ends tum", [process.returncode, out])


def test_nohup(tap, tum, folder):
    process = start(tum, folder, SHORT,
                    preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    until(process, 'step "short" started')
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=PATIENCE)
    tap.result(process.returncode == 0, "nohup: SIGHUP stays ignored",
               [process.returncode, out])


def main():
    tap = Tap()
    tum = os.path.abspath(sys.argv[1])
    for test in (test_first_signal, test_second_signal, test_while_loading, test_nohup):
        with tempfile.TemporaryDirectory(prefix="tum-signals-") as folder:
            try:
                test(tap, tum, folder)
            except (EOFError, subprocess.TimeoutExpired, sqlite3.Error) as error:
                tap.result(False, test.__name__, [error])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
