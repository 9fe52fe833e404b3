#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A night in miniature: forty campaigns, twelve faults of different kinds, one morning.

    night.py TUM            runs the night and looks for the twelve causes
    night.py TUM --keep DIR makes the night in DIR, runs it, and leaves it to be read

The twelve causes must stand in the first lines of what an engineer reads: the terminal,
report.md and the top of report.html, each with its evidence.
"""

import html
import pathlib
import re
import socket
import sys

from batchlib import Project, case, main, shell, sleep

KILL_TUM = """import os, signal
run = os.environ['TUM_RUN_ID']
for pid in filter(str.isdigit, os.listdir('/proc')):
    try:
        words = open(f'/proc/{pid}/cmdline').read()
        env = open(f'/proc/{pid}/environ').read()
    except OSError:
        continue
    if '--batch-link' in words and 'TUM_RUN_ID=' + run in env:
        os.kill(int(pid), signal.SIGSEGV)
"""

BENCH = '''import http.server, json, os, sys
sick = False
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global sick
        if self.path == '/overload':
            sick = True
            print('Traceback (most recent call last):', flush=True)
            print('  File "bench.py", line 41, in serve', flush=True)
            print('OverflowError: queue of the simulator is full', flush=True)
        if self.path == '/die':
            print('RuntimeError: relay board lost', flush=True)
            os._exit(7)
        body = json.dumps({'healthy': not sick}).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
print('bench is up', flush=True)
http.server.ThreadingHTTPServer.allow_reuse_address = True
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
'''

LISTEN = """import socket, subprocess, sys, time
s = socket.socket()
s.bind(('127.0.0.1', int(sys.argv[1])))
s.listen()
open(sys.argv[2], 'w').close()
time.sleep(300)
"""


def free_ports(count):
    socks = [socket.socket() for _ in range(count)]
    for s in socks:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in socks]
    for s in socks:
        s.close()
    return ports


# What went wrong, by campaign: words of the cause, as they must be read in the morning.
CAUSES = {
    "power/ripple.tum": ["ripple at 12 V", "31 <= 20"],
    "boot/crash.tum": ["SIGSEGV", "flash"],
    "boot/hang.tum": ["bound of 8 s", "wait for prompt"],
    "boot/typo.tum": ["typo.tum:3", "consol"],
    "net/listener.tum": ["left behind", "listen.py"],
    "net/overload_next.tum": ["respawned", "last used by net/overload.tum",
                              "OverflowError: queue of the simulator is full"],
    "net/relay.tum": ["service 'bench' ended: exit status 7", "relay board lost"],
    "flash/license.tum": ["infrastructure, not a test failure", "license server"],
    "flash/flaky.tum": ["flaky", "first start after the night"],
    "flash/slow.tum": ["time_limit of 500 ms", "erase"],
    "rf/known.tum": ["known flaky", "sweep"],
    "rf/probe.tum": ["no such instrument", "probe"],
}


def make(p, bench, listener):
    p.leave_crashes()
    p.write("kill.py", KILL_TUM)
    p.write("bench.py", BENCH)
    p.write("listen.py", LISTEN)
    p.write("tum.yaml", f"""testpaths: [power, boot, net, flash, rf]
flaky:
- {{node: 'rf/known.tum::sweep', reason: antenna in repair}}
services:
  bench:
    command: [{sys.executable}, bench.py, "{bench}"]
    ready: {{http: {{url: "http://127.0.0.1:{bench}/"}}, within: 30}}
    health: {{http: {{url: "http://127.0.0.1:{bench}/", json_expected: {{healthy: true}}}}}}
""")
    good = {"power": 6, "boot": 7, "net": 6, "flash": 5, "rf": 3}
    for folder, count in good.items():
        for i in range(count):
            p.campaign(f"{folder}/good{i}.tum",
                       f"let: {{name: set up, values: {{n: {i}}}}}",
                       f"group: {{name: measure, steps: [{{check: {{name: value {i}, "
                       f"values: ['<| $(n) == {i} |>']}}}}]}}", sleep(0.05, "settle"))
    ask = (f"{sys.executable} -c \"import urllib.request as u; "
           f"u.urlopen('http://127.0.0.1:{bench}/%s').read()\"")
    p.write("power/ripple.tum", "main:\n  steps:\n"
            "  - let: {name: measure, values: {ripple: 31}}\n"
            "  - group:\n      name: ripple at 12 V\n      steps:\n"
            "      - check: {name: limit, values: ['<| 31 <= 20 |>']}\n")
    p.campaign("boot/crash.tum", "let: {name: ready, values: {a: 1}}",
               shell("echo writing page 17; python3 ../kill.py; sleep 20", "flash"))
    p.campaign("boot/hang.tum", shell("echo login; sleep 300", "wait for prompt"))
    p.write("boot/typo.tum", "main:\n  steps:\n  - consol: {name: x}\n")
    p.write("net/leave.py", f"""import os, subprocess, sys, time
def go():
    subprocess.Popen([sys.executable, '../listen.py', '{listener}', '../up'],
                     start_new_session=True)
    while not os.path.exists('../up'):
        time.sleep(0.05)
    return 0, ''
""")
    p.campaign("net/listener.tum", "py_func: {name: open port, file: leave.py, "
               "func_name: go}")
    alone = "  needs: bench\n  locks: [night-bench]\n"
    p.campaign("net/overload.tum", shell(ask % "overload", "load"), head=alone)
    p.campaign("net/overload_next.tum", shell(ask % "", "answer"), head=alone)
    p.campaign("net/relay.tum", "group: {name: switching, needs: bench, steps: ["
               f"{{{shell((ask % 'die') + ' ; sleep 60', 'switch relay')}}}]}}",
               head="  locks: [night-bench]\n")
    p.campaign("flash/license.tum",
               shell("echo license server does not answer >&2; exit 99", "get license"))
    p.campaign("flash/flaky.tum", shell(
        "test -e ../warm || { touch ../warm; echo first start after the night; exit 1; }",
        "warm up"))
    p.campaign("flash/slow.tum", "process: {name: erase, command: [sleep, '60'], "
               "time_limit: 0.5}")
    p.campaign("rf/known.tum", "check: {name: sweep, values: ['<| 1 == 2 |>']}")
    p.campaign("rf/probe.tum", shell("echo no such instrument: probe 3; exit 2", "probe"))


WORDS = ["-b", "-j", "2", "--timeout", "8", "--retries", "1", "--infra-retries", "1",
         "--infra-delay", "0.2", "--report-dir", "out"]


def plain(page):
    return html.unescape(re.sub(r"<[^>]*>", " ", page))


def missing(text, where):
    for campaign, words in CAUSES.items():
        for word in words:
            if word not in text:
                yield f"{where}: {word!r} of {campaign}"


@case
def a_night(p):
    """Forty campaigns, twelve faults: all run, and every cause is read at once."""
    bench, listener = free_ports(2)
    make(p, bench, listener)
    done = p.tum(*WORDS, timeout=300)
    assert done.returncode == 2, done.returncode
    whole = p.json("out/summary.json")
    assert len(whole["campaigns"]) == 40
    outcomes = {c["campaign"]: c["outcome"] for c in whole["campaigns"]}
    good = [n for n in outcomes if n not in CAUSES]
    assert {n: outcomes[n] for n in good if outcomes[n] != "passed"} == {}
    page = (p.root / "out/report.html").read_text()
    top = plain(page[page.index("<body"):page.index("<details")])
    text = (p.root / "out/report.md").read_text()
    lost = [*missing(done.stdout, "terminal"), *missing(text, "report.md"),
            *missing(top, "report.html")]
    assert not lost, "\n".join(lost)


def keep(folder):
    project = Project()
    project.root = pathlib.Path(folder)
    project.root.mkdir(parents=True, exist_ok=True)
    make(project, *free_ports(2))
    done = project.tum(*WORDS, timeout=300)
    (project.root / "terminal.txt").write_text(done.stdout + done.stderr)
    print(done.stdout)


if "--keep" in sys.argv:
    keep(sys.argv[sys.argv.index("--keep") + 1])
else:
    main()
