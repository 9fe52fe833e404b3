#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every Python from 3.8 and every Lua from 5.1 that this machine has: the same campaign
gives the same rows. And a debugger, where debugpy is installed.

    interpreters.py TUM

TAP.
"""
import glob
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

FUNCTIONS = '''
import os, subprocess, sys, threading
import py_func.tm as tm
import tum


def echo(*values):
    print("sees", values)
    return list(values)


def version():
    return list(sys.version_info[:2])


class Report(tm.FunctionItem):
    def exec(self, value):
        self.reportValue("raw", {"nested": [value, None, 1 << 70]})
        return value * 2


def count():
    state.n += 1
    return state.n


def keep():
    tm.setgd("kept", state)
    return tm.gd("kept") is state


def output():
    print("printed", end="")
    print(" in a line")
    sys.stdout.buffer.write(b"bytes\\n")
    os.write(1, b"by the system\\n")
    subprocess.run(["echo", "by a child"])
    thread = threading.Thread(target=lambda: print("by a thread"))
    thread.start()
    thread.join()


def bad():
    raise ValueError("on purpose")


def odd():
    return {"a": {1, 2}}


def leave():
    os._exit(3)


import state
'''

LUA = '''
local tm = require("tm")
local M = {}
function M.echo(...) print("sees", ...) return ... end
function M.version() return _VERSION end
function M.number() return 7, 2^53, 0.1, -3 end
function M.list() return {1, nil, 3}, {a = {true}} end
function M.count() seen = (seen or 0) + 1 return seen end
function M.api() tm.setgd("from_lua", {1, {k = tm.null}}) return tm.gd("nothing", "default"), tm.gd("text") end
function M.bad() error("on purpose") end
function M.odd() return {a = {print}} end
function M.leave() os.exit(3) end
function M.left() os.execute("sleep 60 >/dev/null 2>&1 &") os.exit(4) end
function M.odds() return -0.0, 2^53 - 1, {[10] = "x"}, {}, {[0] = 1}, {[2.5] = 1}, "a\\255b", nil end
function M.nils() return nil, nil end
function M.spoils() io.stdout = nil io.stderr = nil package.path = nil return 1 end
function M.deep()
    local top = {}
    local t = top
    for _ = 2, 1000 do t[1] = {} t = t[1] end
    return top
end
function M.depth(t)
    local n = 0
    while type(t) == "table" do n = n + 1 t = t[1] end
    return n
end
function M.asks(name)
    for i = 1, 300 do
        tm.setgd(name, i)
        assert(tm.gd(name) == i)
    end
end
function M.ends()
    tm.setgd("ending", true)
    os.execute("sleep 0.5")
    os.exit(5)
end
function M.sees()
    repeat until tm.gd("ending") == true
end
function M.draw() return math.random(1000000), math.random(1000000) end
function M.prints() print(nil, 1, nil) print("ended\\n") io.write("unended") end
return M
'''

CAMPAIGN = '''
main:
  steps:
    - let: {values: {text: "na\\u00efve \\U0001F600 \\0 end", big: 123456789012345678901234567890}}
    - py_func: {name: version, file: f.py, func_name: version}
    - py_func: {name: echo, file: f.py, func_name: echo, param: [1, 2.5, $(text), $(big), [null, true], {k: .inf}]}
    - py_func: {name: report, file: f.py, func_name: Report, param: [21]}
    - py_func: {name: fresh, file: f.py, func_name: count}
    - py_func: {name: one, file: f.py, func_name: count, context_id: c}
    - py_func: {name: two, file: f.py, func_name: count, context_id: c}
    - py_func: {name: keep, file: f.py, func_name: keep, context_id: c}
    - py_func: {name: output, file: f.py, func_name: output}
    - py_func: {name: bad, file: f.py, func_name: bad}
    - py_func: {name: odd, file: f.py, func_name: odd}
    - py_func: {name: leave, file: f.py, func_name: leave, context_id: c}
    - py_func: {name: anew, file: f.py, func_name: count, context_id: c}
    - unittest: {name: tests, test_file: test_f.py}
'''

LUA_CAMPAIGN = '''
main:
  steps:
    - let: {values: {text: "na\\u00efve \\U0001F600 end"}}
    - lua_func: {name: version, file: f.lua, func_name: version}
    - lua_func: {name: echo, file: f.lua, func_name: echo, param: [1, 2.5, $(text), true, {k: [1]}]}
    - lua_func: {name: number, file: f.lua, func_name: number}
    - lua_func: {name: list, file: f.lua, func_name: list}
    - lua_func: {name: fresh, file: f.lua, func_name: count}
    - lua_func: {name: one, file: f.lua, func_name: count, context_id: c}
    - lua_func: {name: two, file: f.lua, func_name: count, context_id: c}
    - lua_func: {name: api, file: f.lua, func_name: api}
    - check: {name: from_lua, values: ["<| $(from_lua) == [1, {'k': None}] |>"]}
    - lua_func: {name: bad, file: f.lua, func_name: bad}
    - lua_func: {name: odd, file: f.lua, func_name: odd}
    - lua_func: {name: leave, file: f.lua, func_name: leave, context_id: c}
    - lua_func: {name: anew, file: f.lua, func_name: count, context_id: c}
    - lua_func: {name: left, file: f.lua, func_name: left, context_id: c, time_limit: 30}
    - lua_func: {name: odds, file: f.lua, func_name: odds}
    - lua_func: {name: nils, file: f.lua, func_name: nils}
    - lua_func: {name: spoils, file: f.lua, func_name: spoils, context_id: c}
    - lua_func: {name: spoiled, file: f.lua, func_name: count, context_id: c}
    - parallel:
        name: at once
        branches:
          - {name: upper, steps: [lua_func: {name: asks1, file: f.lua, func_name: asks, param: [a], context_id: c, time_limit: 60}]}
          - {name: lower, steps: [lua_func: {name: asks2, file: f.lua, func_name: asks, param: [b], context_id: c, time_limit: 60}]}
    - parallel:
        name: behind one that ends
        branches:
          - {name: upper, steps: [lua_func: {name: ends, file: f.lua, func_name: ends, context_id: e}]}
          - name: lower
            steps:
              - lua_func: {name: sees, file: f.lua, func_name: sees, time_limit: 60}
              - lua_func: {name: behind, file: f.lua, func_name: count, context_id: e, expected_result: 1}
    - lua_func: {name: deep, file: f.lua, func_name: deep}
    - lua_func: {name: depth, file: f.lua, func_name: depth, param: $(lfn_deep), expected_result: 999}
    - lua_func: {name: draw, file: f.lua, func_name: draw}
    - lua_func: {name: again, file: f.lua, func_name: draw}
    - check: {name: drawn, values: [<| $(lfn_draw) != $(lfn_again) |>]}
    - lua_func: {name: prints, file: f.lua, func_name: prints}
'''

TESTS = '''
import unittest
import py_func.tm as tm


class T(unittest.TestCase):
    def test_data(self):
        self.reported_values["text"] = tm.gd("text")

    def test_bad(self):
        self.assertTrue(False)

    def test_skip(self):
        self.skipTest("not now")
'''

TEXT = "na\u00efve \U0001F600 \0 end"
# name: (result, part of the message, what was returned or None)
PYTHON_ROWS = {
    "echo": ("PASS", "", [1, 2.5, TEXT, 123456789012345678901234567890, [None, True],
                          {"k": float("inf")}]),
    "report": ("PASS", "", 42),
    "fresh": ("PASS", "", 1),
    "one": ("PASS", "", 1),
    "two": ("PASS", "", 2),
    "keep": ("PASS", "", True),
    "output": ("PASS", "", None),
    "bad": ("FAIL", "ValueError: on purpose", None),
    "odd": ("FAIL", "result['a']: object of type set", None),
    "leave": ("FAIL", "exit status 3", None),
    "anew": ("PASS", "", 1),
    "tests": ("FAIL", "unittest FAIL", None),
    "test_data": ("PASS", "", None),
    "test_bad": ("FAIL", "AssertionError", None),
    "test_skip": ("SKIP", "not now", None),
}
LUA_ROWS = {
    "echo": ("PASS", ""), "number": ("PASS", ""), "list": ("PASS", ""),
    "fresh": ("PASS", ""), "one": ("PASS", ""), "two": ("PASS", ""), "api": ("PASS", ""),
    "from_lua": ("PASS", ""), "bad": ("FAIL", "f.lua:10: on purpose"),
    "odd": ("FAIL", "result['a'][1]: object of type function"),
    "leave": ("FAIL", "exit status 3"), "anew": ("PASS", ""),
    "left": ("FAIL", "exit status 4"), "odds": ("PASS", ""), "nils": ("PASS", ""),
    "spoils": ("PASS", ""), "spoiled": ("PASS", ""), "depth": ("PASS", ""),
    "ends": ("FAIL", "exit status 5"), "behind": ("PASS", ""),
    "asks1": ("PASS", ""), "asks2": ("PASS", ""),
    "drawn": ("PASS", ""), "prints": ("PASS", ""),
}
PRINTED = ["printed in a line", "bytes", "[py_func] by the system", "[py_func] by a child",
           "by a thread"]


def pythons():
    """Interpreters from 3.8, one for each version."""
    found = {}
    places = ["/usr/bin/python3.*", "/usr/local/bin/python3.*",
              os.path.expanduser("~/.pyenv/versions/*/bin/python3")]
    for path in [path for place in places for path in sorted(glob.glob(place))]:
        try:
            version = subprocess.run(
                [path, "-c", "import sys; print(*sys.version_info[:2])"],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60,
            ).stdout.decode().split()
            version = tuple(map(int, version))
        except (OSError, ValueError, subprocess.TimeoutExpired):
            continue
        if len(version) == 2 and version >= (3, 8):
            found.setdefault(version, path)
    return [path for _, path in sorted(found.items())]


def luas():
    names = ["lua5.1", "lua5.2", "lua5.3", "lua5.4", "luajit"]
    return ["(its own)"] + [p for p in ("/usr/bin/" + n for n in names) if os.path.exists(p)]


def write(folder, campaign):
    for name, text in (("main.tum", campaign), ("f.py", FUNCTIONS), ("f.lua", LUA),
                       ("state.py", "n = 0\n"), ("test_f.py", TESTS)):
        with open(os.path.join(folder, name), "w") as f:
            f.write(text)


def run(tum, folder, *args):
    out = subprocess.run(
        [tum, "-b", "-o", *args, "-t", "sqlite", "-p", "r.db", "--", "main.tum"],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=120,
    ).stdout.decode("utf-8", "replace")
    con = sqlite3.connect(os.path.join(folder, "r.db"))
    rows = {name: (result, message, json.loads(data)) for name, result, message, data in
            con.execute("SELECT test_name, result, message, data FROM tests")}
    con.close()
    return out, rows


def check_python(tum, path):
    with tempfile.TemporaryDirectory(prefix="tum-interpreters-") as folder:
        write(folder, CAMPAIGN)
        out, rows = run(tum, folder, "-d", "python_bin=" + path)
    wrong = []
    for name, (result, part, returned) in PYTHON_ROWS.items():
        got = rows.get(name, ("none", "", {}))
        if got[0] != result or part not in got[1]:
            wrong.append("%s: %s, want %s %s" % (name, got[:2], result, part))
        elif returned is not None and got[2].get("returned") != returned:
            wrong.append("%s returned %r, want %r" % (name, got[2], returned))
    if rows.get("report", (0, 0, {}))[2].get("raw") != {"nested": [21, None, 1 << 70]}:
        wrong.append("report: %r" % (rows.get("report"),))
    if rows.get("test_data", (0, 0, {}))[2] != {"text": TEXT}:
        wrong.append("test_data: %r" % (rows.get("test_data"),))
    lines = out.split("\n")
    wrong += ["not printed: " + line for line in PRINTED if line not in lines]
    if "'c' ended (exit status 3); a new one" not in re.sub(r"\s+", " ", out):
        wrong.append("no warning about the context")
    return wrong, out


def check_lua(tum, path):
    with tempfile.TemporaryDirectory(prefix="tum-interpreters-") as folder:
        write(folder, LUA_CAMPAIGN)
        out, rows = run(tum, folder, *(["-d", "lua_bin=" + path] if path[0] == "/" else []))
    wrong = []
    for name, (result, part) in LUA_ROWS.items():
        got = rows.get(name, ("none", "", {}))
        if got[0] != result or part not in got[1]:
            wrong.append("%s: %s, want %s %s" % (name, got[:2], result, part))
    if re.search("\ttum:|command line|tail call", rows.get("bad", ("", ""))[1]):
        wrong.append("frames of tum: %s" % rows["bad"][1])
    for value in ("[1, 2.5, 'na\u00efve \U0001F600 end', True, {'k': [1]}]",
                  "[7, 9007199254740992, 0.1, -3]|[7, 9007199254740992.0, 0.1, -3]",
                  "[[1, None, 3], {'a': [True]}]", "['default', 'na\u00efve \U0001F600 end']", "None",
                  "[0, 9007199254740991, [None, None, None, None, None, None, None, None, "
                  "None, 'x'], {}, {'0': 1}, {'2.5': 1}, 'a\ufffdb']"):
        if not any("Returned value:\n" + v + "\n" in out for v in value.split("|")):
            wrong.append("not returned: " + value)
    if "\nnil\t1\tnil\nended\n[lua_func] unended\nReturned value:" not in out:
        wrong.append("not printed as it should be")
    return wrong, out


# ---- a debugger ----------------------------------------------------------------------


def message(link, seq, command, arguments):
    body = json.dumps({"seq": seq, "type": "request", "command": command,
                       "arguments": arguments}).encode()
    link.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)


def attach(port, result):
    """A debugger that attaches and lets the program go on."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            link = socket.create_connection(("localhost", port), timeout=60)
        except OSError:
            time.sleep(0.05)
            continue
        message(link, 1, "initialize", {"adapterID": "tum", "clientID": "tum"})
        message(link, 2, "attach", {"justMyCode": True})
        data = b""
        while b'"initialized"' not in data:
            part = link.recv(65536)
            if not part:
                return
            data += part
        message(link, 3, "configurationDone", {})
        result.append("attached")
        try:
            while link.recv(65536):
                pass
        except OSError:
            pass
        return


def free_port():
    with socket.socket() as s:
        s.bind(("localhost", 0))
        return s.getsockname()[1]


def check_debug(tum, path):
    """True port busy: the next one is used, and said."""
    port, attached = free_port(), []
    with tempfile.TemporaryDirectory(prefix="tum-interpreters-") as folder, \
            socket.socket() as busy:
        busy.bind(("localhost", port))
        busy.listen(1)
        write(folder, "main:\n  steps:\n    - py_func: {name: d, file: f.py, "
              "func_name: echo, param: [1], debug: true, time_limit: 60}\n")
        threading.Thread(target=attach, args=(port + 1, attached), daemon=True).start()
        out, rows = run(tum, folder, "-d", "python_bin=" + path,
                        "-d", "py_func_debug_port=%d" % port)
    wrong = []
    if rows.get("d", ("none",))[0] != "PASS" or attached != ["attached"]:
        wrong.append("%s, %s" % (rows.get("d"), attached))
    for part in ("Port %d is busy." % port, "localhost:%d" % (port + 1)):
        if part not in out:
            wrong.append("not printed: " + part)
    return wrong, out


def has_debugpy(path):
    return subprocess.run([path, "-c", "import debugpy"], stderr=subprocess.DEVNULL,
                          timeout=60).returncode == 0


def main():
    tum = os.path.abspath(sys.argv[1])
    jobs = [("Python " + path, check_python, path) for path in pythons()]
    jobs += [("Lua " + path, check_lua, path) for path in luas()]
    jobs += [("debugger of " + path, check_debug, path) for path in pythons()
             if has_debugpy(path)]
    print("1..%d" % len(jobs))
    good = True
    for number, (name, check, path) in enumerate(jobs, 1):
        wrong, out = check(tum, path)
        good = good and not wrong
        print("%sok %d - %s" % ("not " if wrong else "", number, name))
        for line in wrong:
            print("#   " + repr(line))
        if wrong:
            print("\n".join("# " + line for line in out.split("\n")[-60:]))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
