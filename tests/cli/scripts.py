#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs command-line scripts and compares what they print.

    scripts.py [--rewrite] TUM SCRIPT.sh...

A script runs with sh in an empty folder, tum on PATH, a small environment, no input.
Beside NAME.sh stand

    NAME.exact          its standard output and standard error, as they came
    NAME.glob           or the same with * for any text within a line

--rewrite writes the .exact files anew; look at what changed before committing it.
"""
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile

from tap import Tap

TIMEOUT = 120


def run(tum, script):
    folder = os.path.realpath(tempfile.mkdtemp(prefix="tum-cli-"))
    env = {
        "PATH": os.path.dirname(tum) + ":" + os.environ["PATH"],
        "HOME": folder,
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm",
        "DATA": os.path.join(os.path.dirname(os.path.abspath(script)), "data"),
    }
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    try:
        done = subprocess.run(["sh", os.path.abspath(script)], cwd=folder, env=env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=TIMEOUT)
        out = done.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        out = f"no end within {TIMEOUT} s\n"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return out.replace(folder, "FOLDER")


def matches(line, pattern):
    parts = (re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(".*".join(parts), line) is not None


def compare_glob(out, want):
    got, want = out.split("\n"), want.split("\n")
    wrong = [f"line {i + 1}: {g}\n   is not: {w}"
             for i, (g, w) in enumerate(zip(got, want)) if not matches(g, w)]
    if len(got) != len(want):
        wrong.append(f"{len(got)} lines, not {len(want)}")
    return wrong + (["all of it:", out] if wrong else [])


def compare_exact(out, want):
    return list(difflib.unified_diff(want.split("\n"), out.split("\n"), "expected",
                                     "printed", lineterm=""))


def main():
    tap = Tap()
    args = [a for a in sys.argv[1:] if a != "--rewrite"]
    tum = os.path.abspath(args[0])
    for script in args[1:]:
        base, name = script[:-3], os.path.basename(script)
        out = run(tum, script)
        if "--rewrite" in sys.argv and not os.path.exists(base + ".glob"):
            with open(base + ".exact", "w", encoding="utf-8") as f:
                f.write(out)
        elif os.path.exists(base + ".glob"):
            wrong = compare_glob(out, open(base + ".glob", encoding="utf-8").read())
            tap.result(not wrong, name, wrong)
        else:
            wrong = compare_exact(out, open(base + ".exact", encoding="utf-8").read())
            tap.result(not wrong, name, wrong)
    return tap.end() if "--rewrite" not in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
