#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a function item, each with a message of its own: the file and
the line, nothing of the engine, and the other items go on.

    wrong.py TUM

One campaign in which every second item is wrong; the ones between must pass. TAP.
"""
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

PYTHON = os.environ.get("UNIT_PYTHON") or "/usr/bin/python3"

# Lua shortens such paths.
LONG = "a_folder_with_a_long_name/and_another_folder_below_it"

FILES = {
    "ok.py": '''\
import os

def f(a, b):
    return a

class K:
    def __init__(self, a):
        pass

def raises():
    raise ValueError("bad value")

def chained():
    try:
        raises()
    except ValueError as e:
        raise KeyError("outer") from e

def odd():
    return {"a": [1, 2, {"k": {1, 2}}]}

def key():
    return {"a": {(1, 2): 3}}

def leave():
    print("the last line")
    os._exit(7)

def deep():
    deep()

def unset():
    import py_func.tm as tm
    tm.setgd()
''',
    "item.py": '''\
import py_func.tm as tm

class Report(tm.FunctionItem):
    def exec(self):
        self.reportValue("raw", [object()])

class NoBase(tm.FunctionItem):
    def __init__(self):
        pass
    def exec(self):
        self.reportValue("raw", 1)

class Needs(tm.FunctionItem):
    def exec(self, channel):
        return channel
''',
    "syntax.py": "def f():\n    return 1\ndef g(:\n    pass\n",
    "tabs.py": "def f():\n\tif True:\n        return 1\n",
    "module.py": "import os\nimport no_such_module_77\n",
    "name.py": "import os\nx = undefined_77\n",
    "exits.py": "import sys\nsys.exit(3)\n",
    "bytes.py": b'def f():\n    x = "\xff"\n',
    "ok.lua": '''\
local M = {}
function M.f() error("bad value") end
function M.g() return print end
function M.h() return {a = {1, 2, {k = print}}} end
function M.nan() return 0/0 end
M.value = 5
function M.circle() local t = {} t.me = {t} return t end
function M.sparse() return {[1] = 1, [25] = 2} end
function M.name() return require("tm").gd(nil) end
function M.set() require("tm").setgd("x") end
function M.object() error(setmetatable({}, {__tostring = function() return "an object" end})) end
return M
''',
    LONG + "/syntax.lua": "local M = {}\nfunction M.f( return end\nreturn M\n",
    LONG + "/raises.lua": "local M = {}\nfunction M.f() error('far away') end\nreturn M\n",
    "index.lua": "return setmetatable({}, {__index = function() error('no member') end})\n",
    "nothing.lua": "x = 1\n",
    "syntax.lua": "local M = {}\nfunction M.f( return end\nreturn M\n",
    "table.lua": "return 5\n",
    "module.lua": "local a = 1\nlocal x = require('no_such_77')\nreturn {}\n",
    "runs.lua": "local M = {}\nM.x.y = 1\nreturn M\n",
    "hangs": "#!/bin/sh\nexec sleep 60\n",
    "nothing/debugpy.py": "raise ImportError\n",
    "test_ok.py": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n",
}

# What stands in the campaign; parts of the message, in order. $LINE is that of the step,
# $HERE the folder.
ITEMS = [
    ("py_func: {file: none.py, func_name: f}",
     ["'$HERE/none.py' does not exist", "main.tum', line $LINE"]),
    ("py_func: {file: ., func_name: f}", ["'$HERE' is no file", "main.tum', line $LINE"]),
    ("py_func: {file: null, func_name: f}", ["'file'"]),
    ("py_func: {file: '', func_name: f}", ["'file' is empty"]),
    ("py_func: {file: ok.py, func_name: 5}", ["'func_name'", "5"]),
    ("py_func: {file: syntax.py, func_name: f}",
     ['File "$HERE/syntax.py", line 3', "def g(:", "SyntaxError: invalid syntax"]),
    ("py_func: {file: tabs.py, func_name: f}", ['File "$HERE/tabs.py", line 3', "TabError|IndentationError"]),
    ("py_func: {file: bytes.py, func_name: f}", ["$HERE/bytes.py", "line 2|SyntaxError", "0xff"]),
    ("py_func: {file: module.py, func_name: f}",
     ['File "$HERE/module.py", line 2', "ModuleNotFoundError", "no_such_module_77"]),
    ("py_func: {file: name.py, func_name: f}",
     ['File "$HERE/name.py", line 2', "NameError", "undefined_77"]),
    ("py_func: {file: exits.py, func_name: f}", ['File "$HERE/exits.py", line 2', "SystemExit: 3"]),
    ("py_func: {file: ok.py, func_name: nope}",
     ["no function 'nope' in '$HERE/ok.py'", "K, chained, deep, f,", "main.tum', line $LINE"]),
    ("py_func: {file: ok.py, func_name: os.getpid}", ["no function 'os.getpid' in '$HERE/ok.py'"]),
    ("py_func: {file: ok.py, func_name: f, param: [1]}",
     [r"'f(a, b)' of '$HERE/ok.py' (line 3)", "[1]", "missing a required argument: 'b'",
      "main.tum', line $LINE"]),
    ("py_func: {file: ok.py, func_name: f, param: [1, 2, 3]}",
     ["'f(a, b)' of '$HERE/ok.py' (line 3)", "[1, 2, 3]", "too many positional arguments"]),
    ("py_func: {file: ok.py, func_name: K}", ["'K(a)' of '$HERE/ok.py' (line 7)", "missing"]),
    ("py_func: {file: item.py, func_name: Needs}",
     ["'Needs.exec(channel)' of '$HERE/item.py' (line 14)", "missing"]),
    ("py_func: {file: item.py, func_name: NoBase}", ["Error"]),
    ("py_func: {file: item.py, func_name: Report}",
     ["reported value 'raw'[0]: object of type object"]),
    ("py_func: {file: ok.py, func_name: raises}",
     ["Traceback (most recent call last):", 'File "$HERE/ok.py", line 11, in raises',
      "ValueError: bad value"]),
    ("py_func: {file: ok.py, func_name: chained}",
     ['File "$HERE/ok.py", line 11, in raises', "ValueError: bad value", "direct cause",
      'File "$HERE/ok.py", line 17, in chained', "KeyError: 'outer'"]),
    ("py_func: {file: ok.py, func_name: deep}", ["line 30, in deep", "RecursionError"]),
    ("py_func: {file: ok.py, func_name: odd}", ["result['a'][2]['k']: object of type set"]),
    ("py_func: {file: ok.py, func_name: key}", ["result['a']: key of type tuple"]),
    ("py_func: {file: ok.py, func_name: unset}",
     ['File "$HERE/ok.py", line 34, in unset', "TypeError|ETUMRuntimeError"]),
    ("py_func: {file: ok.py, func_name: leave}",
     ["'leave' of '$HERE/ok.py'", "exit status 7", "the last line"]),
    ("py_func: {file: ok.py, func_name: f, param: [1, 2], context_id: [1]}", ["'context_id'", "[1]"]),
    ("py_func: {file: ok.py, func_name: f, param: [$(loop_index), 2]}",
     ["'param'", "$(loop_index)", "outside"]),
    ("py_func: {file: ok.py, func_name: raises, param: $(loop_param)}",
     ["'param'", "$(loop_param)", "outside"]),
    ("lua_func: {file: none.lua, func_name: f}",
     ["$HERE/none.lua: No such file", "main.tum', line $LINE"]),
    ("lua_func: {file: syntax.lua, func_name: f}", ["$HERE/syntax.lua:2:", "near 'return'"]),
    ("lua_func: {file: table.lua, func_name: f}",
     ["'$HERE/table.lua' returns no table, but a number", "main.tum', line $LINE"]),
    ("lua_func: {file: module.lua, func_name: f}",
     ["$HERE/module.lua:2: module 'no_such_77' not found", "in main chunk"]),
    ("lua_func: {file: runs.lua, func_name: f}", ["$HERE/runs.lua:2: attempt to index"]),
    ("lua_func: {file: ok.lua, func_name: nope}",
     ["no function 'nope' in '$HERE/ok.lua'; it has: circle, f, g, h, name,", "main.tum', line $LINE"]),
    ("lua_func: {file: ok.lua, func_name: value}", ["no function 'value' in '$HERE/ok.lua'"]),
    ("lua_func: {file: ok.lua, func_name: f}",
     ["$HERE/ok.lua:2: bad value", "stack traceback", "ok.lua:2: in "]),
    ("lua_func: {file: %s/syntax.lua, func_name: f}" % LONG,
     ["$HERE/%s/syntax.lua:2: " % LONG, "near 'return'"]),
    ("lua_func: {file: %s/raises.lua, func_name: f}" % LONG,
     ["$HERE/%s/raises.lua:2: far away" % LONG, "stack", "$HERE/%s/raises.lua:2: in " % LONG]),
    ("lua_func: {file: index.lua, func_name: f}", ["$HERE/index.lua:1: no member", "stack"]),
    ("lua_func: {file: nothing.lua, func_name: f}",
     ["'$HERE/nothing.lua' returns no table, but nil", "main.tum', line $LINE"]),
    ("lua_func: {file: ok.lua, func_name: circle}",
     ["result['me'][1]: object of type table that holds itself"]),
    ("lua_func: {file: ok.lua, func_name: sparse}",
     ["result: object of type table, a list of 25 elements with only 2 of them"]),
    ("lua_func: {file: ok.lua, func_name: name}", ["tm.gd: the name must be text, not nil"]),
    ("lua_func: {file: ok.lua, func_name: set}",
     ["$HERE/ok.lua:10: tm.setgd: there is no value for 'x'", "stack traceback:\n\t$HERE/ok.lua:10: in"]),
    ("lua_func: {file: ok.lua, func_name: object}",
     ["an object\nstack traceback:\n\t[C]: in function 'error'\n\t$HERE/ok.lua:11: in "]),
    ("lua_func: {file: ok.lua, func_name: g}", ["result: object of type function"]),
    ("lua_func: {file: ok.lua, func_name: h}", ["result['a'][3]['k']: object of type function"]),
    ("lua_func: {file: ok.lua, func_name: nan}", ["result: the number nan"]),
    ("unittest: {test_file: none.py}", ["'$HERE/none.py' does not exist", "main.tum', line $LINE"]),
    ("unittest: {test_file: ''}", ["'test_file' is empty", "main.tum', line $LINE"]),
    ("unittest: {test_file: syntax.py}", ['File "$HERE/syntax.py", line 3', "SyntaxError"]),
    ("unittest: {test_file: module.py}",
     ['File "$HERE/module.py", line 2', "No module named 'no_such_module_77'"]),
    ("unittest: {test_file: test_ok.py, test_method: test_b}",
     ["no test 'test_b'", "test_a", "main.tum', line $LINE"]),
    ("pytest: {test_file: none.py}", ["'$HERE/none.py' does not exist", "main.tum', line $LINE"]),
    ("pytest: {test_file: syntax.py}", ["syntax.py", "line 3|pytest is not installed"]),
    ("pytest: {test_file: test_ok.py, test_method: test_b}",
     ["test_b|pytest is not installed", "main.tum', line $LINE"]),
    # Variables last: they stay.
    ("let: {values: {python_bin: /nonexistent/python, python_env: 7}}", None),
    ("py_func: {file: ok.py, func_name: f, param: [1, 2]}",
     ["'python_env'", "7", "main.tum', line $LINE"]),
    ("let: {values: {python_env: {PYTHONPATH: [a]}}}", None),
    ("py_func: {file: ok.py, func_name: f, param: [1, 2]}",
     ["'PYTHONPATH'", "'python_env'", "['a']", "main.tum', line $LINE"]),
    ("let: {values: {python_env: {PYTHONPATH: $(test_directory)/nothing}}}", None),
    ("py_func: {file: ok.py, func_name: f, param: [1, 2], debug: true}",
     ["'debug'", "'debugpy' is not installed for /", "main.tum', line $LINE"]),
    ("let: {values: {python_env: null, py_func_debug_port: many}}", None),
    ("py_func: {file: ok.py, func_name: f, param: [1, 2], debug: true}",
     ["'py_func_debug_port'", "'many'"]),
    ("let: {values: {lua_bin: $(test_directory)/hangs, proc_start_timeout: 1}}", None),
    ("lua_func: {file: ok.lua, func_name: f}",
     ["lua_bin '$HERE/hangs': no worker was ready in 1 s", "main.tum', line $LINE"]),
    ("let: {values: {lua_env: {LUA_PATH: 5}}}", None),
    ("lua_func: {file: ok.lua, func_name: f}",
     ["'LUA_PATH'", "'lua_env'", "5", "main.tum', line $LINE"]),
    ("let: {values: {lua_env: [1]}}", None),
    ("lua_func: {file: ok.lua, func_name: f}", ["'lua_env'", "[1]", "main.tum', line $LINE"]),
]

# Neither the engine's own files nor its worker may show.
ENGINE = re.compile(r"<tum>|<string>|tum_worker|tum_functions|\.c:\d|\ttum:|\btum:\d|py_func/tm\.py")


def write(folder):
    for name, content in FILES.items():
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        with open(os.path.join(folder, name), "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(os.path.join(folder, name), 0o755)
    lines = ["main:", "  steps:"]
    places = {}
    for i, (step, wanted) in enumerate(ITEMS):
        keyword, _, body = step.partition(": {")
        lines.append("    - %s: {name: w%d, %s" % (keyword, i, body))
        if wanted is not None:
            places[i] = len(lines)
    lines.append("    - check: {name: last, values: [true]}")
    with open(os.path.join(folder, "main.tum"), "w") as f:
        f.write("\n".join(lines) + "\n")
    return places


def in_order(parts, text):
    at = 0
    for part in parts:
        ends = [text.find(p, at) + len(p) for p in part.split("|") if text.find(p, at) >= 0]
        if not ends:
            return part
        at = min(ends)
    return None


def main():
    tum = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="tum-wrong-") as folder:
        folder = os.path.realpath(folder)
        places = write(folder)
        out = subprocess.run(
            [tum, "-b", "-o", "-d", "python_bin=" + PYTHON, "-t", "sqlite", "-p", "r.db",
             "--", "main.tum"],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=120,
        ).stdout.decode("utf-8", "replace")
        con = sqlite3.connect(os.path.join(folder, "r.db"))
        rows = {name: (result, message) for name, result, message in
                con.execute("SELECT test_name, result, message FROM tests")}
        con.close()
    print("1..%d" % (len(places) + 2))
    good, seen = True, {}
    for number, (i, line) in enumerate(places.items(), 1):
        step, wanted = ITEMS[i]
        result, message = rows.get("w%d" % i, ("none", ""))
        parts = [p.replace("$HERE", folder).replace("$LINE", str(line)) for p in wanted]
        missing = in_order(parts, message)
        why = None
        if result != "FAIL":
            why = "its result is " + result
        elif missing is not None:
            why = "the message does not hold %r" % missing
        elif ENGINE.search(message):
            why = "the message shows %r" % ENGINE.search(message).group()
        elif message in seen:
            why = "it is that of " + seen[message]
        seen[message] = step
        good &= why is None
        print("%sok %d - %s" % ("not " if why else "", number, step.replace("#", "")))
        if why:
            print("# %s:\n# %s" % (why, message.replace("\n", "\n# ")))
    ok = rows.get("last", ("none",))[0] == "PASS"
    good &= ok
    print("%sok %d - the others go on" % ("" if ok else "not ", len(places) + 1))
    ok = not ENGINE.search(out)
    good &= ok
    print("%sok %d - nothing of the engine is printed" % ("" if ok else "not ", len(places) + 2))
    if not ok:
        print("# " + out[max(0, ENGINE.search(out).start() - 300):][:600].replace("\n", "\n# "))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
