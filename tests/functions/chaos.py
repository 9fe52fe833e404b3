#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Function items while workers are killed, stopped and starved.

    chaos.py TUM [ITEMS [SEED]]

Every function tells this program that it runs and waits for an answer, so each fault hits
exactly one item. In the end every item has a row, the rows that FAIL are those that were
hit, no process is left, and the program held no more descriptors late than early. TAP.
"""
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

BRANCHES = 4
# One of so many items is hit; a stopped worker costs its time_limit.
HIT_ONE_OF = 12
FAULTS = ["kill", "segv", "exit", "memory", "garbage", "raise"] * 6 + ["stop"]

FUNCTIONS = '''
import os, resource, socket, time
import py_func.tm as tm


def work(kind, number):
    print("item %s %d" % (kind, number))
    link = socket.socket(socket.AF_UNIX)
    link.connect(os.environ["CHAOS_SOCKET"])
    link.sendall(b"%d\\n" % os.getpid())
    answer = link.recv(100).decode()
    link.close()
    if answer == "exit":
        os._exit(7)
    if answer == "raise":
        raise RuntimeError("injected")
    if answer == "memory":
        resource.setrlimit(resource.RLIMIT_AS, (1 << 20, 1 << 20))
        return len(bytes(1 << 28))
    if answer == "garbage":
        for fd in range(3, 64):
            try:
                os.write(fd, b"\\xff" * 64)
            except OSError:
                pass
        time.sleep(60)
    if answer in ("kill", "segv", "stop"):
        time.sleep(60)
    return number
'''

LUA = '''
local tm = require("tm")
return {work = function(kind, number)
    tm.setgd("lua_" .. kind, number)
    print("item", kind, number)
    return number
end}
'''


def campaign(items):
    each = items // BRANCHES // 4
    call = "file: chaos_functions.py, func_name: work, time_limit: 3"
    branches = []
    for b in range(BRANCHES):
        context = ", context_id: c%d" % b
        branches.append(
            """
            - name: b%(b)d
              steps:
                - loop:
                    name: l%(b)d
                    iterator: %(each)d
                    steps:
                        - py_func: {name: own, %(call)s, param: [own%(b)d, $(loop_index)]}
                        - py_func: {name: shared, %(call)s, param: [shared%(b)d, $(loop_index)]%(context)s}
                        - py_func: {name: again, %(call)s, param: [again%(b)d, $(loop_index)]}
                        - lua_func: {name: lua, file: chaos.lua, func_name: work, param: [b%(b)d, $(loop_index)]}
"""
            % {"b": b, "each": each, "call": call, "context": context}
        )
    return (
        "main:\n    name: chaos\n    steps:\n      - parallel:\n          name: p\n"
        "          branches:%s\nreport:\n    export:\n"
        "        - sqlite: {path: $(test_directory), file_name: report.db}\n"
    ) % "".join(branches), each * BRANCHES * 4


class Tormentor(threading.Thread):
    """Answers functions, or does something to their worker instead."""

    def __init__(self, path, seed):
        super().__init__(daemon=True)
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen(64)
        self.random = random.Random(seed)
        self.asked = 0
        self.done = {}

    def run(self):
        while True:
            link, _ = self.server.accept()
            with link:
                pid = int(link.makefile().readline())
                self.asked += 1
                fault = "go on"
                if self.random.randrange(HIT_ONE_OF) == 0:
                    fault = self.random.choice(FAULTS)
                    self.done[fault] = self.done.get(fault, 0) + 1
                link.sendall(fault.encode())
                number = {
                    "kill": signal.SIGKILL,
                    "segv": signal.SIGSEGV,
                    "stop": signal.SIGSTOP,
                }.get(fault)
                if number is not None:
                    os.kill(pid, number)


def left_over(mark):
    left = []
    for pid in os.listdir("/proc"):
        if not pid.isdigit() or int(pid) == os.getpid():
            continue
        try:
            with open("/proc/%s/environ" % pid, "rb") as f:
                if mark.encode() in f.read():
                    with open("/proc/%s/cmdline" % pid, "rb") as c:
                        left.append("%s %r" % (pid, c.read()[:80]))
        except OSError:
            continue
    return left


def tap(number, ok, text, detail=""):
    print("%sok %d - %s" % ("" if ok else "not ", number, text))
    if not ok and detail:
        print("# " + str(detail).replace("\n", "\n# "))
    return ok


def main():
    tum = os.path.abspath(sys.argv[1])
    items = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    with tempfile.TemporaryDirectory(prefix="tum-chaos-") as folder:
        text, total = campaign(items)
        for name, content in (
            ("main.tum", text), ("chaos_functions.py", FUNCTIONS), ("chaos.lua", LUA),
        ):
            with open(os.path.join(folder, name), "w") as f:
                f.write(content)
        tormentor = Tormentor(os.path.join(folder, "socket"), seed)
        tormentor.start()
        mark = "TUM_CHAOS=%d-%d" % (os.getpid(), time.monotonic_ns())
        env = dict(
            os.environ,
            CHAOS_SOCKET=os.path.join(folder, "socket"),
            TUM_CHAOS=mark.split("=")[1],
        )
        with open(os.path.join(folder, "out"), "wb") as out:
            run = subprocess.Popen(
                [tum, "-b", "-o", "--", "main.tum"],
                cwd=folder, env=env, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
            )
        held = []
        while run.poll() is None:
            time.sleep(0.1)
            try:
                held.append((tormentor.asked, len(os.listdir("/proc/%d/fd" % run.pid))))
            except OSError:
                pass
        print("1..6")
        print("# %d calls of Python, faults: %s" % (tormentor.asked, tormentor.done))
        con = sqlite3.connect(os.path.join(folder, "report.db"))
        rows = con.execute(
            "SELECT result, test_name, message FROM tests WHERE test_type IN "
            "('python Function', 'lua Function')"
        ).fetchall()
        failed = [row for row in rows if row[0] == "FAIL"]
        faults = sum(tormentor.done.values())
        good = tap(1, run.returncode == 1, "the run failed, and ended by itself",
                   run.returncode)
        good &= tap(2, len(rows) == total, "every item has a row",
                    "%d of %d" % (len(rows), total))
        good &= tap(3, len(failed) == faults, "the items that FAIL are those that were hit",
                    "%d failed, %d hit: %s" % (len(failed), faults, failed[:5]))
        with open(os.path.join(folder, "out"), errors="replace") as f:
            lines = f.read().split("\n")
        # Those of a worker that died are in the message too.
        said = len({line for line in lines if "] item" in line})
        good &= tap(4, said == total, "every item's line is there, and whole",
                    "%d of %d" % (said, total))
        quarter = [count for asked, count in held if asked < tormentor.asked / 2]
        late = [count for asked, count in held if asked >= tormentor.asked / 2]
        # Workers that ended are noticed in bunches; a leak raises the low water.
        good &= tap(5, not late or not quarter or min(late) <= min(quarter) + 24,
                    "no descriptor leaks", held[:: max(1, len(held) // 20)])
        time.sleep(0.2)
        left = left_over(mark)
        good &= tap(6, not left, "no process is left", left)
        if not good and len(sys.argv) > 4:
            sys.stdout.write("\n".join("# " + line for line in lines[-200:]))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
