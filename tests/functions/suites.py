#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Test suites that nobody here wrote, through the items pytest and unittest.

    suites.py TUM

Runs the tests of Python packages that Debian installs with their tests (or the files
named in SUITE_FILES) through both items and compares the counts with those of the
frameworks themselves. TAP.
"""
import glob
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

# Of Debian's python3-pyflakes and libpython3-testsuite.
PATTERNS = ["pyflakes/test/test_*.py"] + [
    "test/test_%s.py" % name
    for name in ("bisect", "fractions", "heapq", "shlex", "string", "textwrap")
]
PYTHON = os.environ.get("UNIT_PYTHON") or "/usr/bin/python3"


def suite_files():
    """Test files of other people that this machine has."""
    given = os.environ.get("SUITE_FILES")
    if given:
        return given.split(":")
    roots = subprocess.run(
        [PYTHON, "-c", "import json, sys; print(json.dumps(sys.path[1:]))"],
        stdout=subprocess.PIPE, check=True,
    ).stdout
    found = []
    for root in json.loads(roots):
        for pattern in PATTERNS:
            found += sorted(glob.glob(os.path.join(root, pattern)))
    return found


def with_test_cases(files):
    chosen = []
    for path in files:
        with open(path, encoding="utf-8", errors="replace") as f:
            if "TestCase" in f.read():
                chosen.append(path)
    return chosen


def run_tum(tum, folder, kind, files):
    steps = "".join(
        "        - %s: {name: s%d, test_file: %s}\n" % (kind, i, json.dumps(path))
        for i, path in enumerate(files)
    )
    with open(os.path.join(folder, "main.tum"), "w") as f:
        f.write(
            "main:\n    name: suites\n    steps:\n%sreport:\n    export:\n"
            "        - sqlite: {path: $(test_directory), file_name: report.db}\n" % steps
        )
    db = os.path.join(folder, "report.db")
    if os.path.exists(db):
        os.unlink(db)
    done = subprocess.run(
        [tum, "-b", "-o", "-d", "python_bin=" + PYTHON, "--", "main.tum"], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    counts = {"PASS": 0, "FAIL": 0, "SKIP": 0}
    con = sqlite3.connect(db)
    for result, number in con.execute(
        "SELECT result, count(*) FROM tests WHERE test_type = ? GROUP BY result",
        (kind + " step",),
    ):
        counts[result] = number
    return counts, done.stdout.decode("utf-8", "replace")


def run_pytest(files):
    """Of pytest's own XML. A test that passes and fails at its tear-down has two entries
    there; here it is one that failed."""
    results = {}
    for path in files:
        with tempfile.TemporaryDirectory(prefix="tum-suites-") as folder:
            report = os.path.join(folder, "report.xml")
            subprocess.run(
                [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=",
                 "--junitxml=" + report, path],
                cwd=os.path.dirname(path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
            for case in ET.parse(report).getroot().iter("testcase"):
                key = (path, case.get("classname"), case.get("name"))
                kinds = {child.tag for child in case}
                result = "FAIL" if kinds & {"failure", "error"} else (
                    "SKIP" if "skipped" in kinds else "PASS")
                results.setdefault(key, set()).add(result)
    counts = {"PASS": 0, "FAIL": 0, "SKIP": 0}
    for found in results.values():
        counts["FAIL" if "FAIL" in found else "SKIP" if "SKIP" in found else "PASS"] += 1
    return counts


COUNT = """
import importlib.util, json, os, sys, unittest
sys.path.append(os.path.dirname(sys.argv[1]))
name = os.path.basename(sys.argv[1]).split(".")[0]
spec = importlib.util.spec_from_file_location(name, sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
loader = unittest.TestLoader()
counts = {"PASS": 0, "FAIL": 0, "SKIP": 0}
for attribute in sorted(vars(module)):
    member = vars(module)[attribute]
    if isinstance(member, type) and issubclass(member, unittest.TestCase):
        for method in loader.getTestCaseNames(member):
            result = unittest.TestResult()
            unittest.TestSuite([member(method)]).run(result)
            bad = result.errors or result.failures
            counts["FAIL" if bad else "SKIP" if result.skipped else "PASS"] += 1
print("COUNTS " + json.dumps(counts))
"""


def run_unittest(files):
    counts = {"PASS": 0, "FAIL": 0, "SKIP": 0}
    for path in files:
        out = subprocess.run(
            [PYTHON, "-c", COUNT, path], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, cwd="/",
        ).stdout.decode("utf-8", "replace")
        found = re.findall(r"^COUNTS (.*)$", out, re.M)
        for word, number in (json.loads(found[-1]) if found else {}).items():
            counts[word] += number
    return counts


def has_pytest():
    return subprocess.run(
        [PYTHON, "-c", "import pytest"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ).returncode == 0


def main():
    tum = os.path.abspath(sys.argv[1])
    files = suite_files()
    print("1..2")
    if not files:
        print("ok 1 # SKIP no test suite of others on this machine")
        print("ok 2 # SKIP no test suite of others on this machine")
        return 0
    good = True
    with tempfile.TemporaryDirectory(prefix="tum-suites-") as folder:
        for number, kind, count in ((1, "unittest", run_unittest), (2, "pytest", run_pytest)):
            if kind == "pytest" and not has_pytest():
                print("ok 2 # SKIP no pytest for %s" % PYTHON)
                continue
            chosen = files if kind == "pytest" else with_test_cases(files)
            if not chosen:
                print("ok %d # SKIP no suite for %s on this machine" % (number, kind))
                continue
            got, out = run_tum(tum, folder, kind, chosen)
            want = count(chosen)
            same = got == want and sum(got.values()) > 0
            good &= same
            print("%sok %d - %s: %s" % ("" if same else "not ", number, kind, got))
            if not same:
                print("# want %s" % want)
                print("\n".join("# " + line for line in out.split("\n")[-40:]))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
