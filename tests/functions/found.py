#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests that unittest and pytest items find: in the events, the batch reports and the
logs they are rows of their own.

    found.py TUM

TAP.
"""
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

from checks import Checks

PYTHON = os.environ.get("UNIT_PYTHON") or "/usr/bin/python3"
LIMIT = 5000

TESTS = '''
import unittest


class T(unittest.TestCase):
    def test_bad(self):
        print("said by bad")
        self.assertEqual(1, 2)

    def test_many(self):
        for i in range(2000):
            print("line %06d of many" % i)

    def test_ok(self):
        print("said by ok")

    @unittest.skip("not today")
    def test_skip(self):
        pass
'''

RESULTS = {"test_bad": "FAIL", "test_many": "PASS", "test_ok": "PASS", "test_skip": "SKIP"}


def campaign(kind):
    return (
        "main:\n  name: found\n  steps:\n    - %s: {name: the item, test_file: test_x.py}\n"
        "report:\n  log_stored: true\n  export:\n"
        "    - sqlite: {path: $(test_directory), file_name: r.db}\n" % kind
    )


def short(name):
    return name.rsplit("::", 1)[-1]


def check_events(checks, kind, path):
    with open(path) as f:
        events = [json.loads(line) for line in f]
    item = [e for e in events if e["event"] == "item_started" and e["type"] == kind][0]
    started = [e for e in events if e["event"] == "item_started" and e.get("found")]
    ended = [e for e in events if e["event"] == "item_finished" and e.get("found")]
    checks.check([short(e["name"]) for e in started] == sorted(RESULTS),
                 kind + ": each test starts", started)
    checks.check(all(e["parent"] == item["execution"] and e["node"] == item["node"]
                     and e["line"] == item["line"] for e in started),
                 kind + ": tests are below their item", started)
    checks.check({short(e["name"]): e["result"] for e in ended} == RESULTS,
                 kind + ": each test ends", ended)
    said = {}
    for e in events:
        if e["event"] == "item_output":
            said[e["execution"]] = said.get(e["execution"], "") + e["text"]
    wrong = [
        e["name"] for e in started for other in ("bad", "ok")
        if ("said by " + other in said.get(e["execution"], ""))
        != (short(e["name"]) == "test_" + other)
    ]
    checks.check(not wrong, kind + ": what a test prints is its own", wrong)


def check_rows(checks, kind, path):
    con = sqlite3.connect(path)
    rows = con.execute(
        "SELECT test_name, result, log FROM tests WHERE test_type = ?", (kind + " step",)
    ).fetchall()
    con.close()
    checks.check({short(r[0]): r[1] for r in rows} == RESULTS, kind + ": rows", rows)
    log = [r[2] for r in rows if short(r[0]) == "test_many"][0]
    checks.check(" bytes cut ...]" in log and LIMIT // 2 < len(log) < LIMIT + 100
                 and "line 000001" in log and "line 001999" in log,
                 kind + ": a long log is cut in the middle", "%d: %s" % (len(log), log[:300]))


def check_junit(checks, kind, path):
    suite = ET.parse(path).getroot().find("testsuite")
    cases = [short(case.get("name")) for case in suite.iter("testcase")]
    checks.check(sorted(cases) == sorted(RESULTS), kind + ": cases of the batch report", cases)
    checks.check((suite.get("tests"), suite.get("failures"), suite.get("skipped"))
                 == ("4", "1", "1"), kind + ": counts of the batch report", suite.attrib)


def run(tum, folder, *args):
    return subprocess.run(
        [tum, "-b", "-o", "-d", "python_bin=" + PYTHON, "-d", "log_limit=%d" % LIMIT, *args],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ).stdout.decode("utf-8", "replace")


def main():
    tum = os.path.abspath(sys.argv[1])
    checks = Checks()
    for kind in ("unittest", "pytest"):
        if kind == "pytest" and subprocess.run(
            [PYTHON, "-c", "import pytest"], stderr=subprocess.DEVNULL
        ).returncode != 0:
            print("# no pytest for %s" % PYTHON)
            continue
        with tempfile.TemporaryDirectory(prefix="tum-found-") as folder:
            for name, text in (("main.tum", campaign(kind)), ("test_x.py", TESTS)):
                with open(os.path.join(folder, name), "w") as f:
                    f.write(text)
            run(tum, folder, "--events=e.jsonl", "--", "main.tum")
            check_events(checks, kind, os.path.join(folder, "e.jsonl"))
            check_rows(checks, kind, os.path.join(folder, "r.db"))
            out = run(tum, folder, "--report-dir", "reports", "--", "main.tum", "main.tum")
            checks.check("2 passed, 1 failed, 1 skipped" in out,
                         kind + ": counts of the batch", out)
            check_junit(checks, kind, os.path.join(folder, "reports", "junit.xml"))
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
