#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A flood of output from many branches, and runs that are ended while functions run.

    ends.py TUM

No line of 500 functions in 8 branches is lost or mixed. SIGINT, `time_limit` and a lost
race end a function and all below it, with the place where it was; after SIGKILL of tum no
process is left. TAP.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

from checks import Checks

PYTHON = os.environ.get("UNIT_PYTHON") or "/usr/bin/python3"
BRANCHES, CALLS, LINES = 8, 63, 20
# Until processes that were ended are gone from /proc.
PATIENCE = 5

FUNCTIONS = '''
import os, signal, subprocess, sys, time

def talk(branch, item):
    for i in range(20):
        print("%s item %d" % (branch, item), end="")
        print(" line %d of it" % i)

def sleep():
    print("begins")
    sys.stdout.flush()
    time.sleep(60)

def family():
    """Children that try to get away."""
    subprocess.Popen(["sleep", "60"])
    subprocess.Popen(["setsid", "sleep", "60"])
    subprocess.Popen(["sh", "-c", "trap '' TERM HUP INT; sleep 60; sleep 60"])
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("begins")
    sys.stdout.flush()
    time.sleep(60)

def quick():
    return 1
'''

LUA = '''
return {
    spin = function() print("begins") while true do end end,
    child = function() print("begins") os.execute("sleep 60") end,
}
'''

TESTS = '''
import time, unittest


class T(unittest.TestCase):
    def test_long(self):
        print("begins")
        time.sleep(60)
'''

RUNNING = """
main:
  steps:
    - parallel:
        name: all
        branches:
          - {name: a, steps: [py_func: {file: f.py, func_name: sleep}]}
          - {name: b, steps: [py_func: {file: f.py, func_name: family, context_id: c}]}
          - {name: c, steps: [lua_func: {file: f.lua, func_name: spin}]}
          - {name: d, steps: [lua_func: {file: f.lua, func_name: child, context_id: c}]}
          - {name: e, steps: [unittest: {test_file: test_f.py}]}
"""
BEGUN = 5

LIMITS = """
main:
  steps:
    - py_func: {name: limit, file: f.py, func_name: sleep, time_limit: 0.5}
    - lua_func: {name: lua limit, file: f.lua, func_name: spin, time_limit: 0.5}
    - parallel:
        name: race
        sync: any
        branches:
          - {name: fast, steps: [sleep: {timeout: 0.5}]}
          - {name: slow, steps: [py_func: {name: loser, file: f.py, func_name: family}]}
    - py_func: {name: after, file: f.py, func_name: quick}
"""


POST = """
main:
  steps:
    - check: {values: [true]}
post_execution: {file_name: post.py}
"""
POST_FUNCTION = "import time\ndef post_exec():\n    print('begins', flush=True)\n    time.sleep(60)\n"


def flood():
    text = "main:\n  steps:\n    - parallel:\n        branches:\n"
    for b in range(BRANCHES):
        text += (
            "          - name: b%d\n            steps:\n              - loop:\n"
            "                  iterator: %d\n                  steps: [{py_func: {file: f.py, "
            "func_name: talk, param: [b%d, $(loop_index)]}}]\n" % (b, CALLS, b)
        )
    return text


def marked(mark):
    found = []
    for pid in os.listdir("/proc"):
        if not pid.isdigit() or int(pid) == os.getpid():
            continue
        try:
            with open("/proc/%s/environ" % pid, "rb") as f:
                if mark.encode() in f.read():
                    with open("/proc/%s/cmdline" % pid, "rb") as c:
                        found.append("%s %r" % (pid, c.read()[:60]))
        except OSError:
            continue
    return found


def left_after(mark):
    until = time.monotonic() + PATIENCE
    while marked(mark) and time.monotonic() < until:
        time.sleep(0.05)
    return marked(mark)


class Runs(Checks):
    def __init__(self, tum):
        super().__init__()
        self.tum, self.folder = os.path.abspath(tum), None

    def start(self, campaign, mark):
        with open(os.path.join(self.folder, "main.tum"), "w") as f:
            f.write(campaign)
        return subprocess.Popen(
            [self.tum, "-b", "-o", "-d", "python_bin=" + PYTHON, "--", "main.tum"],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=dict(os.environ, TUM_ENDS=mark),
        )


def check_flood(checks):
    out = checks.start(flood(), "flood").communicate(timeout=120)[0].decode()
    wanted = {
        "[b%d] b%d item %d line %d of it" % (b, b, i, n)
        for b in range(BRANCHES) for i in range(CALLS) for n in range(LINES)
    }
    said = [line for line in out.split("\n") if " item " in line]
    checks.check(sorted(said) == sorted(wanted), "%d functions in %d branches: %d lines"
                 % (BRANCHES * CALLS, BRANCHES, len(wanted)),
                 "%d lines, %d of them wrong: %s" % (
                     len(said), len(set(said) - wanted), sorted(set(said) - wanted)[:5]))


def check_signal(checks, number):
    mark = "ends-%d-%d" % (os.getpid(), number)
    run = checks.start(RUNNING, mark)
    out, begun = b"", 0
    while begun < BEGUN:
        line = run.stdout.readline()
        if not line:
            break
        out += line
        begun += line.rstrip().endswith(b"begins")
    running = marked(mark)
    os.kill(run.pid, number)
    rest, _ = run.communicate(timeout=60)
    out = (out + rest).decode("utf-8", "replace")
    name = signal.Signals(number).name
    checks.check(len(running) >= 10, name + ": functions and their children run",
                 "%s\n%s" % (running, out))
    left = left_after(mark)
    checks.check(not left, name + ": no process is left", left)
    if number == signal.SIGINT:
        checks.check(run.returncode == 130, name + ": exit status", run.returncode)
        checks.check(re.search(r'\[a\] \[py_func\] *File ".*/f\.py", line 1[0-2] in sleep', out),
                     name + ": the place where a function was is told", out)


def check_limits(checks):
    mark = "ends-%d-limits" % os.getpid()
    run = checks.start(LIMITS, mark)
    start = time.monotonic()
    out = run.communicate(timeout=100)[0].decode("utf-8", "replace")
    took = time.monotonic() - start
    ended = re.findall(r'step "([a-z ]+)" finished: (\w+)', out)
    checks.check(
        [("limit", "FAIL"), ("lua limit", "FAIL"), ("loser", "FAIL"), ("after", "PASS")]
        == [e for e in ended if e[0] in ("limit", "lua limit", "loser", "after")],
        "a limit and a lost race fail the function, the next one runs", out)
    checks.check(took < 30, "nobody waits for what was ended", took)
    checks.check(out.count("f.py\", line ") >= 2, "the places are told", out)
    left = left_after(mark)
    checks.check(not left, "no process is left", left)


def check_post(checks):
    run = checks.start(POST, "ends-%d-post" % os.getpid())
    start = time.monotonic()
    for line in run.stdout:
        if line == b"begins\n":
            break
    os.kill(run.pid, signal.SIGINT)
    out = run.communicate(timeout=100)[0].decode("utf-8", "replace")
    checks.check(time.monotonic() - start < 30 and "post.py\", line 4" in out
                 and "was stopped" in out, "SIGINT ends post execution", out)


def main():
    checks = Runs(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="tum-ends-") as folder:
        checks.folder = folder
        for name, text in (("f.py", FUNCTIONS), ("f.lua", LUA), ("test_f.py", TESTS),
                           ("post.py", POST_FUNCTION)):
            with open(os.path.join(folder, name), "w") as f:
                f.write(text)
        check_flood(checks)
        check_signal(checks, signal.SIGINT)
        check_signal(checks, signal.SIGTERM)
        check_signal(checks, signal.SIGKILL)
        check_limits(checks)
        check_post(checks)
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
