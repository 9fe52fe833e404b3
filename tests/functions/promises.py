#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Python functions are promised beside their results: the order of their output and
what becomes of it after the call, objects kept in a worker, what is checked before a
call and what is not wanted of it.

    promises.py TUM

One campaign; its rows, its output and its warnings are looked at. TAP.
"""
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

from checks import Checks

PYTHON = os.environ.get("UNIT_PYTHON") or "/usr/bin/python3"
TURNS = 40

FILES = {
    "f.py": '''\
import functools, os, subprocess, sys, threading, time
import py_func.tm as tm


class Computed(tm.FunctionItem):
    def exec(self, n):
        self.n = n
        return n

    def reportedValues(self):
        return {"twice": 2 * self.n}


class Halves(tm.FunctionItem):
    def exec(self):
        self.reportValue("k\\ud800", "v\\udc00")


def traced(function):
    @functools.wraps(function)
    def inner(*args):
        print("the wrapper runs")
        return function(*args)

    return inner


@traced
def wrapped(a, b):
    return a


class Thing:
    pass


def keep():
    thing = Thing()
    tm.setgd("shared", thing)
    return tm.gd("shared") is thing


def kept():
    value = tm.gd("shared")
    return value if isinstance(value, str) else type(value).__name__


def plain():
    tm.setgd("shared", "plain")


def remove():
    tm.delgd("shared")


def halves():
    tm.setgd("n\\ud800", 1)
    return [tm.gd("n\\ufffd"), tm.gd("n\\udfff")]


def circle():
    a = []
    a.append({"k": a})
    return a


def deep():
    v = []
    for _ in range(999):
        v = [v]
    return v


async def waits():
    return 1


def order(turns):
    for i in range(turns):
        print("printed %d" % i)
        os.write(1, b"written %d\\n" % i)
        sys.stderr.write("complained %d\\n" % i)
        if i % 8 == 0:
            subprocess.run(["echo", "child %d" % i])


def later(text, after, then=None):
    def work():
        time.sleep(after)
        print(text, end="")
        sys.stdout.flush()
        if then is not None:
            time.sleep(after)
            print(then)

    threading.Thread(target=work).start()
    print("begun")


def says(text, after=0):
    time.sleep(after)
    print(text)


OUTSIDE = """
import py_func.tm as tm
calls = [lambda: tm.gd(None, 1), lambda: tm.timestamp_as_sec(1), lambda: tm.setgd("a", 1), tm.OS]
for call in calls:
    try:
        print(call())
    except tm.ETUMRuntimeError:
        print("refused")
"""


def outside():
    done = subprocess.run([sys.executable, "-c", OUTSIDE], stdout=subprocess.PIPE, text=True)
    return done.stdout.split()


class Exit(tm.FunctionItem):
    def exec(self, i):
        self.reportValue("odd", {1})
        return True
''',
    "post_execution.py": "import os\nimport py_func.tm as tm\n"
    "def post_exec_fail():\n    print('post execution', os.path.isfile(tm.gd('test_outputs')[-1]))\n"
    "    return {1}\n",
    "no suffix": "def name():\n    return __name__\n",
    "broken/debugpy.py": "raise RuntimeError('half installed')\n",
    "fake/debugpy.py": "def listen(address):\n    print('listens', address)\n"
    "def wait_for_client():\n    print('waited')\n",
}

# Name of the step, how it stands in the campaign, its result, and its data or parts of its
# message.
STEPS = [
    ("computed", "py_func: {NAME, file: f.py, func_name: Computed, param: [4]}",
     "PASS", {"twice": 8, "returned": 4}),
    ("suffix", "py_func: {NAME, file: no suffix, func_name: name}", "PASS", {"returned": "no suffix"}),
    ("half keys", "py_func: {NAME, file: f.py, func_name: Halves}",
     "PASS", {"k\ufffd": "v\ufffd", "returned": None}),
    ("wrapped", "py_func: {NAME, file: f.py, func_name: wrapped, param: [1]}",
     "FAIL", ["'wrapped(a, b)' of '$HERE/f.py' (line ", "[1]", "'b'"]),
    ("set", "let: {NAME, values: {shared: campaign}}", "PASS", None),
    ("keep", "py_func: {NAME, file: f.py, func_name: keep, context_id: c}", "PASS", {"returned": True}),
    ("hidden", "py_func: {NAME, file: f.py, func_name: kept, context_id: c}", "PASS", {"returned": "Thing"}),
    ("elsewhere", "py_func: {NAME, file: f.py, func_name: kept}", "PASS", {"returned": "campaign"}),
    ("campaign", "check: {NAME, values: [\"<| '$(shared)' == 'campaign' |>\"]}", "PASS", None),
    ("plain", "py_func: {NAME, file: f.py, func_name: plain, context_id: c}", "PASS", None),
    ("shown", "py_func: {NAME, file: f.py, func_name: kept, context_id: c}", "PASS", {"returned": "plain"}),
    ("keep 2", "py_func: {NAME, file: f.py, func_name: keep, context_id: c}", "PASS", None),
    ("remove", "py_func: {NAME, file: f.py, func_name: remove, context_id: c}", "PASS", None),
    ("gone", "check: {NAME, values: [\"<| tm.gd('shared') is None |>\"]}", "PASS", None),
    ("half names", "py_func: {NAME, file: f.py, func_name: halves}", "PASS", {"returned": [1, 1]}),
    ("circle", "py_func: {NAME, file: f.py, func_name: circle}",
     "FAIL", ["result[0]['k']: object of type list, which holds itself"]),
    ("deep", "py_func: {NAME, file: f.py, func_name: deep, report: {kept: 1}}",
     "PASS", {"returned": "(nests too deep to be recorded)", "kept": 1}),
    ("waits", "py_func: {NAME, file: f.py, func_name: waits}",
     "FAIL", ["result: object of type coroutine"]),
    ("outside", "py_func: {NAME, file: f.py, func_name: outside}",
     "PASS", {"returned": ["refused"] * 4}),
    ("order", "py_func: {NAME, file: f.py, func_name: order, param: [%d]}" % TURNS, "PASS", None),
    ("later", "py_func: {NAME, file: f.py, func_name: later, param: [\"is late\\n\", 0.1], context_id: l}",
     "PASS", None),
    ("meanwhile", "sleep: {NAME, timeout: 1}", "PASS", None),
    ("broken", "py_func: {NAME, file: f.py, func_name: later, param: [head, 0.3, \" and tail\"], context_id: l}",
     "PASS", None),
    ("between", "sleep: {NAME, timeout: 0.4}", "PASS", None),
    ("joined", "py_func: {NAME, file: f.py, func_name: says, param: [\"after it\", 0.8], context_id: l}",
     "PASS", None),
    ("unfinished", "py_func: {NAME, file: f.py, func_name: later, param: [never finished, 0.1], context_id: l}",
     "PASS", None),
    ("until", "sleep: {NAME, timeout: 0.6}", "PASS", None),
    ("many", "loop: {NAME, iterator: 80, steps: [py_func: {name: one of many, file: f.py, "
     "func_name: says, param: [here], context_id: \"$(loop_index)\"}]}", "PASS", None),
    ("exit", "loop: {NAME, iterator: 3, exit_condition: {file: f.py, func_name: Exit}, "
     "steps: [check: {name: in the loop, values: [true]}]}",
     "PASS", {"exit": "returned value", "returned": True, "count": 0}),
    ("number", "let: {NAME, values: {python_bin: 5, proc_start_timeout: soon}}", "PASS", None),
    ("found", "py_func: {NAME, file: f.py, func_name: says, param: [x]}", "PASS", None),
    ("fake", "let: {NAME, values: {python_bin: $PYTHON, python_env: {PYTHONPATH: $HERE/fake}}}", "PASS", None),
    ("debugged", "py_func: {NAME, file: f.py, func_name: says, param: [runs], debug: true}", "PASS", None),
    ("half", "let: {NAME, values: {python_env: {PYTHONPATH: $HERE/broken}}}", "PASS", None),
    ("no debugger", "py_func: {NAME, file: f.py, func_name: says, param: [must not run], debug: true}",
     "FAIL", ["'debug'", "'debugpy'", PYTHON, "RuntimeError: half installed"]),
]


def write(folder):
    for name, content in FILES.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(content)
    with open(os.path.join(folder, "main.tum"), "w") as f:
        f.write("main:\n  steps:\n")
        for name, step, _, _ in STEPS:
            step = step.replace("NAME", "name: " + name).replace("$HERE", folder)
            f.write("    - %s\n" % step.replace("$PYTHON", PYTHON))


def row_check(checks, folder, rows, step):
    name, _, result, wanted = step
    got, message, data = rows.get(name, ("none", "", "{}"))
    ok = got == result
    if isinstance(wanted, dict):
        ok = ok and json.loads(data) == wanted
    for part in wanted if isinstance(wanted, list) else []:
        ok = ok and part.replace("$HERE", folder) in message
    checks.check(ok, "row '%s'" % name, "%s, %s, %s" % (got, message, data))


def part(out, name):
    """What was printed while a step ran."""
    begin = out.index('-----> step "%s" started' % name)
    return out[begin : out.index('<----- step "%s" finished' % name)]


def ordered(text):
    wanted = []
    for i in range(TURNS):
        wanted += ["printed %d" % i, "[py_func] written %d" % i, "complained %d" % i]
        if i % 8 == 0:
            wanted.append("[py_func] child %d" % i)
    got = [line for line in text.split("\n") if re.search(r"(printed|written|complained|child) \d", line)]
    # What is written within the same microsecond as it is read elsewhere may change places:
    # rarely, but more often the slower a build and the busier the machine is.
    right = set(zip(wanted, wanted[1:])) & set(zip(got, got[1:]))
    return sorted(got) == sorted(wanted) and len(right) > 0.7 * (len(wanted) - 1)


def output_checks(checks, out):
    checks.check("the wrapper runs" not in out, "arguments are checked before a wrapper runs")
    checks.check("never awaited" not in out and "<tum>" not in out, "nothing of ours is told")
    checks.check(ordered(part(out, "order")), "what is printed, written and said by children is in order",
                 part(out, "order"))
    checks.check("is late\n" in part(out, "meanwhile"), "a late line is shown when it comes", out)
    checks.check("head and tail\nafter it\n" in part(out, "joined"), "a late line is not broken",
                 part(out, "joined"))
    checks.check("never finished\n" in out, "a late line that is never finished is shown")
    checks.check(part(out, "found").count("WARN") == 2 and "'5' is not usable" in out
                 and "'proc_start_timeout'" in out, "useless settings are warned about", part(out, "found"))
    checks.check("listens ('localhost', 5678)\n" in out and "waited\nruns\n" in part(out, "debugged"),
                 "the debugger is waited for", part(out, "debugged"))
    checks.check("WARN  'debug'" in part(out, "no debugger") and "must not run" not in
                 part(out, "no debugger").partition("Function executed")[2],
                 "no debugger: a warning, and no call", part(out, "no debugger"))
    end = out[out.index("Test run failed."):]
    checks.check("post execution True\n" in end and "WARN" not in end,
                 "post execution finds the report; what it returns is nobody's business", end)


def main():
    tum = os.path.abspath(sys.argv[1])
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="tum-promises-") as folder:
        folder = os.path.realpath(folder)
        write(folder)
        elsewhere = os.path.join(folder, "elsewhere")
        os.mkdir(elsewhere)
        out = subprocess.run(
            [tum, "-b", "-o", "-d", "python_bin=" + PYTHON, "-t", "sqlite", "-p", "r.db",
             "--", "../main.tum"],
            cwd=elsewhere, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=200,
        ).stdout.decode("utf-8", "replace")
        con = sqlite3.connect(os.path.join(elsewhere, "r.db"))
        rows = {name: rest for name, *rest in
                con.execute("SELECT test_name, result, message, data FROM tests")}
        con.close()
        for step in STEPS:
            row_check(checks, folder, rows, step)
        output_checks(checks, out)
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
