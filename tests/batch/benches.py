#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What stands around campaigns: the project file, pre-flight, left-overs, services.

    benches.py TUM [CASE...]
"""

import datetime
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time

from batchlib import (FAIL, PASS, TUM, Skip, alive_of, bound, case, main, said, shell, sleep,
                      wait_for)

SERVER = '''import http.server, os, sys, time
port, mode = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ''
print('serving on', port, flush=True)
hits = 0
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global hits
        if self.path == '/die':
            print('Traceback (most recent call last):\\nValueError: dying', flush=True)
            os._exit(7)
        if self.path == '/sick':
            open('sick', 'w').write(str(os.getpid()))
            print(*(f'line {i}' for i in range(25)), sep='\\n', flush=True)
        if self.path == '/hang':
            open('hung', 'w').close()
        if os.path.exists('hung') and self.path == '/h':
            time.sleep(100)
        sick = os.path.exists('sick') and open('sick').read() == str(os.getpid())
        if sick and self.path != '/sick':
            print('Traceback (most recent call last):\\nRuntimeError: no bus', flush=True)
        body = b'{"healthy": false}' if sick else b'{"healthy": true}'
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer.allow_reuse_address = True
http.server.ThreadingHTTPServer(('127.0.0.1', port), H).serve_forever()
'''


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def service(p, port, policy="respawn", more=""):
    p.write("server.py", SERVER)
    p.write("tum.yaml", f"""testpaths: [t]
services:
  gui:
    command: [{sys.executable}, server.py, "{port}"]
    ready: {{http: {{url: "http://127.0.0.1:{port}/h"}}, within: 60}}
    health: {{http: {{url: "http://127.0.0.1:{port}/h", contains: '"healthy": true'}}}}
    on_degraded: {policy}
    stop: {{signal: TERM, grace: 2}}
{more}""")


def ask(port, path):
    url = f"http://127.0.0.1:{port}{path}"
    return shell(f"{sys.executable} -c \"import urllib.request as u; "
                 f"u.urlopen('{url}').read()\" || true", "ask")


def stamp(event):
    return datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00")
                                           ).timestamp()


def run(p, wanted, *args, **more):
    done = p.tum("-b", *args, **more)
    assert done.returncode == wanted, f"status {done.returncode}, wanted {wanted}"
    return done.stdout


# ---- the project file ----

@case
def project_mistakes(p):
    """A wrong tum.yaml: 2, with file:line:column, the key and what is accepted."""
    p.campaign("t/a.tum", PASS)
    for text, words in (
            ("prefligt: []\n", ["tum.yaml:1:1", "'prefligt'", "accepted: testpaths",
                                "did you mean 'preflight'"]),
            ("preflight:\n- prt: 1\n", ["tum.yaml:2:3", "'prt'", "port"]),
            ("services:\n  a: {}\n", ["'a' needs the key 'command'"]),
            ("services:\n  a: {command: x, scope: btch}\n", ["'btch'", "batch, campaign"]),
            ("preflight:\n- disk: {free: much}\n", ["'free' must be a size"]),
            ("flaky:\n- {node: x, until: soon}\n", ["'until' must be a date"]),
            ("a: [\n", ["tum.yaml:"])):
        p.write("tum.yaml", text)
        run(p, 2, "-j", "1", "--", "t")
        for word in words:
            assert word in p.last.stderr, f"{word!r} is not in {p.last.stderr}"


@case
def schema_is_current(p):
    """The committed schema of the project file is what the table gives."""
    here = os.path.dirname(os.path.abspath(__file__))
    wanted = open(os.path.join(here, "../../schemas/tum-project.schema.json")).read()
    assert p.tum("schema", "--project").stdout == wanted


# Contents of a project file, and what the reader says about them: nothing, or a word.
CONTENTS = [
    ("testpaths: [t]", None), ("testpaths: t", None), ("testpaths: {a: 1}", "testpaths"),
    ("ignore: [old, '*.x']", None), ("clean: true", None), ("clean: 3", "clean"),
    ("otherwise: [t]", None), ("on_exhausted: [a, b]", None),
    ("map: [{when: [a], run: []}]", None), ("map: [{when: [a]}]", "run"),
    ("map: {when: a}", "map"), ("map: [{when: a, run: b, x: 1}]", "'x'"),
    ("flaky: [{node: a, until: 2027-01-31, retries: 1}]", None),
    ("flaky: [{reason: a}]", "node"), ("flaky: [{node: a, retries: -1}]", "retries"),
    ("flaky: [{node: a, until: soon}]", "until"),
    ("preflight: [{port: 127.0.0.1:80}, {port: 80}, {port: '[::1]:80'}]", None),
    ("preflight: [{port: {address: a:1, open: 2}}]", "open"),
    ("preflight: [{port: a:1, env: [X]}]", "exactly one"),
    ("preflight: [{}]", "exactly one"),
    ("preflight: [{socket: {path: /x, clean: true}}]", None),
    ("preflight: [{process: {command: x}}]", "under"),
    ("preflight: [{http: {url: x, status: 700}}]", "status"),
    ("preflight: [{http: {url: x, attempts: 0}}]", "attempts"),
    ("preflight: [{http: {url: x, json_expected: {a.b: [1, {c: null}]}}}]", None),
    ("preflight: [{command: {run: [x], timeout: 1m30s}}]", None),
    ("preflight: [{command: {run: [x], timeout: 1 parsec}}]", "timeout"),
    ("preflight: [{interpreter: {venv: maybe}}]", "venv"),
    ("preflight: [{disk: {free: 500MiB}}, {disk: {path: /, free: 3}}]", None),
    ("preflight: [{disk: {path: /}}]", "free"), ("preflight: [{env: [A, B]}]", None),
    ("services: {a: {command: [x]}}", None), ("services: [a]", "services"),
    ("services: {a: {command: x, scope: both}}", "scope"),
    ("services: {a: {command: x, on_degraded: nothing}}", "on_degraded"),
    ("services: {a: {command: x, environment: {B: c, D: null}}}", None),
    ("services: {a: {command: x, stop: {signal: INT, grace: 2}}}", None),
    ("services: {a: {command: x, stop: {sig: INT}}}", "'sig'"),
    ("services: {a: {command: x, ready: {port: 80, within: 3}}}", None),
    ("services: {a: {command: x, ready: {port: 80, withn: 3}}}", "'withn'"),
    ("gate: {enabled: false, scope: [main], target: t, timeout: never}", None),
    ("gate: {smoke: [{env: [X]}], infra: {retries: 1, delay: 3s}, notify: a b}", None),
    ("gate: {infra: {delay: 1d2h3m4s500ms}}", None), ("gate: {infra: {delay: ''}}", "delay"),
    ("gate: {infra: {delay: 5ms2s}}", "delay"), ("gate: {infra: {delay: -1}}", "delay"),
    ("preflight: [{disk: {free: 5 parsec}}]", "free"),
    ("preflight: [{disk: {free: 1.5 GB}}]", None), ("preflight: [{port: x}]", "port"),
    ("preflight: [{port: 70000}]", "port"),
    ("services: {a: {command: x, environment: {B: [1]}}}", "B"),
    ("gate: {infra: {retries: many}}", "retries"), ("gate: {report: [a]}", "report"),
]


@case
def schema_agrees_with_the_reader(p):
    """The schema of the project file takes and refuses what the reader does."""
    try:
        import jsonschema
        import yaml
    except ImportError as error:
        raise Skip(error)
    schema = jsonschema.Draft202012Validator(json.loads(
        p.tum("schema", "--project").stdout))
    p.campaign("t/a.tum", PASS)
    for text, word in CONTENTS:
        p.write("tum.yaml", text + "\n")
        done = p.tum("-b", "--list", "t")
        assert (done.returncode == 2) == (word is not None), f"{text}: {done.stderr}"
        assert word is None or word in done.stderr, f"{text}: {done.stderr}"
        # JSON has no dates: a schema sees the text.
        value = json.loads(json.dumps(yaml.safe_load(text), default=str))
        assert schema.is_valid(value) == (word is None), f"{text}: the schema differs"


@case
def discovery(p):
    """Folders are searched for files with a main; hidden and ignored ones are not."""
    p.write("tum.yaml", "testpaths: [t]\nignore: [old, '*.gen.tum']\n")
    for name in ("t/a.tum", "t/deep/b.tum", "t/.hidden/c.tum", "t/old/d.tum",
                 "t/e.gen.tum"):
        p.campaign(name, PASS)
    p.write("t/part.tum", "- let: {name: x, values: {a: 1}}\n")
    out = run(p, 0, "--list")
    assert out.split() == ["t/a.tum::good", "t/deep/b.tum::good"]
    assert run(p, 0, "--list", "t/**/b.tum").split() == ["t/deep/b.tum::good"]
    p.campaign("t/deep/er/b.tum", PASS)
    assert run(p, 0, "--list", "t/**/b.tum").split() == [
        "t/deep/b.tum::good", "t/deep/er/b.tum::good"]
    assert run(p, 0, "--list", "t/**/a.tum").split() == ["t/a.tum::good"]
    assert run(p, 0, "--list", "t/*/b.tum").split() == ["t/deep/b.tum::good"]


# ---- pre-flight ----

@case
def port_taken(p):
    """A port that is taken: named with pid and command line in under 1 s, exit 4."""
    p.campaign("t/a.tum", PASS)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = s.getsockname()[1]
        p.write("tum.yaml", f"preflight:\n- port: 127.0.0.1:{port}\n")
        start = time.monotonic()
        out = run(p, 4, "-j", "1", "--", "t")
        assert time.monotonic() - start < bound(1)
        assert f"pid {os.getpid()}" in out and "cannot start" in out and "end that" in out
        run(p, 0, "--no-preflight", "--", "t")


@case
def left_over_listener(p):
    """A listener of an earlier run: named; ended with --clean, and only then."""
    port = free_port()
    p.write("tum.yaml", f"preflight:\n- port: 127.0.0.1:{port}\n")
    p.campaign("t/a.tum", PASS)
    code = (f"import socket,time; s=socket.socket(); s.bind(('127.0.0.1',{port})); "
            "s.listen(); print('up', flush=True); time.sleep(100)")
    old = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE,
                           env={**p.env, "TUM_RUN_ID": "20200101-000000-99999999-1"})
    try:
        old.stdout.readline()
        out = run(p, 4, "-j", "1", "--", "t")
        assert f"left over: pid {old.pid}" in out and "--clean ends it" in out
        assert old.poll() is None
        out = run(p, 0, "--clean", "--", "t")
        assert f"pid {old.pid}" in out
        assert old.wait(60) != 0
    finally:
        old.kill()
        old.wait()


@case
def probes(p):
    """Every kind of probe: one that holds and one that does not."""
    p.campaign("t/a.tum", PASS)
    stale = p.root / "stale.sock"
    s = socket.socket(socket.AF_UNIX)
    s.bind(str(stale))
    s.close()
    live = socket.socket(socket.AF_UNIX)
    live.bind(str(p.root / "live.sock"))
    live.listen()
    port = free_port()
    tcp = socket.create_server(("127.0.0.1", 0))
    taken = tcp.getsockname()[1]
    p.write("here.py", "")
    p.write("sub/x", "")
    p.write("probe.sh", "#!/bin/sh\ntest -e x\n").chmod(0o755)
    rows = [
        ("env: [PATH]", None), ("env: [NO_SUCH_VARIABLE_X]", "NO_SUCH_VARIABLE_X"),
        ("disk: {path: ., free: 1MiB}", None), ("disk: {free: 900TiB}", "MiB are free"),
        ("disk: {path: nofolder, free: 1}", "cannot look at"),
        ("command: {run: [sh, -c, 'exit 0']}", None),
        ("command: {run: [sh, -c, 'echo no bench; exit 3']}", "exit status 3: no bench"),
        ("command: [sh, -c, 'echo Traceback; echo between; echo no bus; exit 3']",
         "exit status 3: Traceback … no bus; the bench is not ready; do what the check says"),
        ("command: [sleep, '60']", "did not end in time"),
        ("command: {run: [sleep, '5'], timeout: 0.2}", "did not end in time"),
        ("interpreter: {python: '>=3.6', modules: [json]}", None),
        ("interpreter: {python: '>=9.0'}", "wanted >=9.0"),
        ("interpreter: {modules: [nosuchmodule]}", "no module nosuchmodule"),
        ("interpreter: {modules: [json], under: .}", "not below"),
        ("socket: {path: 'nothing@*.sock'}", None),
        ("socket: {path: 'stale.sock'}", "left over"), ("socket: 'st*le.sock'", "left over"),
        ("socket: {path: 'live.sock'}", f"pid {os.getpid()}"),
        ("socket: {path: 'live.sock', open: true}", None),
        (f"port: {{address: '127.0.0.1:{port}', open: true}}", "nothing listens"),
        (f"port: {{address: '127.0.0.1:{taken}', open: true}}", None),
        (f"port: {taken}", f"pid {os.getpid()}"),
        (f"port: '[::1]:{port}'", None), (f"port: 'localhost:{taken}'", "is taken by"),
        ("interpreter: {venv: required, program: /usr/bin/python3}",
         "is not in a virtual environment"),
        ("interpreter: {venv: forbidden, program: /usr/bin/python3}", None),
        ("interpreter: {program: /no/such/python}", "could not be made"),
        ("interpreter: {modules: [here], under: .}", None),
        ("command: {run: [./probe.sh], directory: sub}", None),
        ("command: ./nothere.sh", "could not be made"),
        (f"http: {{url: 'http://127.0.0.1:{port}/', attempts: 2, backoff: 0.1}}",
         "no answer"),
        ("process: {under: ., command: no_such_process_xyz}", None),
    ]
    for probe, finding in rows:
        p.write("tum.yaml", f"preflight:\n- {probe}\n")
        out = run(p, 4 if finding else 0, "-j", "1", "--", "t")
        assert finding is None or finding in out, f"{probe}: {out}"
    # Both have to allow it: the probe, and who started the batch.
    p.write("tum.yaml", "preflight:\n- socket: {path: stale.sock}\n")
    run(p, 4, "--clean", "--", "t")
    p.write("tum.yaml", "preflight:\n- socket: {path: stale.sock, clean: true}\n")
    run(p, 4, "-j", "1", "--", "t")
    assert stale.exists()
    run(p, 0, "--clean", "--", "t")
    assert not stale.exists()
    live.close()
    tcp.close()
    p.write("tum.yaml", "clean: true\npreflight:\n"
            "- socket: {path: stale.sock, clean: true}\n")
    s = socket.socket(socket.AF_UNIX)
    s.bind(str(stale))
    s.close()
    run(p, 0, "-j", "1", "--", "t")
    assert not stale.exists()


class Answers(http.server.BaseHTTPRequestHandler):
    """Says what it was asked, as JSON."""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        text = json.dumps({"asked": self.command, "body": body, "list": [{"n": 1.0}],
                           "type": self.headers.get("Content-Type"),
                           "x": self.headers.get("X-Bench"), "healthy": True})
        self.server.hits += 1
        self.send_response(503 if self.path == "/sick" else 200)
        self.end_headers()
        self.wfile.write(b"no json" if self.path == "/text" else text.encode())

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *_):
        pass


@case
def http_probe(p):
    """Every key of the probe http: one that holds and one that does not."""
    p.campaign("t/a.tum", PASS)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.hits = 0
        url = f"http://127.0.0.1:{server.server_port}/"
        rows = [
            ("", None), ("status: 503", "answered 200, expected 503"),
            ("contains: healthy", None), ("contains: sick", "does not hold 'sick'"),
            ("matches: 'asked.+GET'", None), ("matches: '^x'", "does not match '^x'"),
            ("matches: '('", "the pattern '(' cannot be used"),
            ("json_expected: {asked: GET, list.0.n: 1, healthy: true}", None),
            ("json_expected: {list.0.n: 2}", "is 1.0, expected 2"),
            ("json_expected: {list.1.n: 1}", "has no 'list.1.n'"),
            ("method: POST, body: hello, contains: hello", None),
            ("method: PUT, body: x, json_expected: {asked: PUT}", None),
            ("method: POST, json: {a: [1]}, json_expected: {body: '{\"a\": [1]}', "
             "type: application/json}", None),
            ("headers: {X-Bench: seven}, json_expected: {x: seven}", None),
            ("insecure: true", None),
        ]
        for keys, finding in rows:
            p.write("tum.yaml", f"preflight:\n- http: {{url: '{url}', {keys}}}\n")
            out = run(p, 4 if finding else 0, "-j", "1", "--", "t")
            assert finding is None or finding in out, f"{keys}: {out}"
        p.write("tum.yaml", f"preflight:\n- http: {url}text\n")
        run(p, 0, "-j", "1", "--", "t")
        p.write("tum.yaml", "preflight:\n- http: "
                f"{{url: '{url}text', json_expected: {{a: 1}}}}\n")
        assert "is no JSON: no json" in run(p, 4, "-j", "1", "--", "t")
        # An answer of the wrong form is final at once, however many attempts there are.
        server.hits = 0
        p.write("tum.yaml", "preflight:\n- http: "
                f"{{url: '{url}sick', attempts: 3, backoff: 0.1}}\n")
        assert "answered 503" in run(p, 4, "-j", "1", "--", "t") and server.hits == 1
        server.shutdown()


class Deaf:
    """Takes connections and says nothing, so many times; then it answers once."""

    def __init__(self, silent, context=None):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.asked = []
        self.silent, self.context = silent, context
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                with self.socket.accept()[0] as peer:
                    self.asked.append(time.monotonic())
                    if len(self.asked) <= self.silent:
                        continue
                    if self.context is not None:
                        peer = self.context.wrap_socket(peer, server_side=True)
                    peer.recv(65536)
                    peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
                    peer.close()
            except OSError:
                if self.socket.fileno() < 0:
                    return


@case
def http_probe_is_tried_again(p):
    """No answer is tried again, `attempts` times, `backoff` apart."""
    p.campaign("t/a.tum", PASS)
    for attempts, wanted in ((2, 4), (3, 0)):
        server = Deaf(2)
        p.write("tum.yaml", "preflight:\n- http: {url: "
                f"'http://127.0.0.1:{server.port}/', attempts: {attempts}, backoff: 0.6}}\n")
        out = run(p, wanted, "-j", "1", "--", "t")
        assert wanted == 0 or "no answer from http" in out and "start it, or look" in out
        # Before the batch, and the second time before the campaign at the first try.
        assert len(server.asked) == attempts + (wanted == 0), server.asked
        assert server.asked[attempts - 1] - server.asked[0] >= 0.6 * (attempts - 1)
        server.socket.close()


@case
def http_probe_is_bounded(p):
    """A server that takes the request and is silent: `timeout`, 1 s when none is said."""
    p.campaign("t/a.tum", PASS)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        for more, seconds in (("", 1), (", timeout: 0.2", 0.2)):
            p.write("tum.yaml", f"preflight:\n- http: {{url: '{url}'{more}}}\n")
            start = time.monotonic()
            assert "no answer from" in run(p, 4, "-j", "1", "--", "t")
            took = time.monotonic() - start
            assert seconds <= took < 30, took


@case
def http_probe_of_a_stranger(p):
    """insecure: a certificate that nobody vouches for is taken, and only then."""
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=p.root, capture_output=True)
    if made.returncode != 0:
        raise Skip("no openssl makes a certificate here")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(p.root / "cert.pem", p.root / "key.pem")
    p.campaign("t/a.tum", PASS)
    server = Deaf(0, context)
    for word, wanted in (("false", 4), ("true", 0)):
        p.write("tum.yaml", "preflight:\n- http: {url: "
                f"'https://127.0.0.1:{server.port}/', insecure: {word}, timeout: 30}}\n")
        run(p, wanted, "-j", "1", "--", "t")
    server.socket.close()


@case
def process_probe(p):
    """A process is found by the folder of its program or its own, and its words."""
    p.campaign("t/a.tum", PASS)
    p.write("in/x", "")
    p.write("out/x", "")
    shutil.copy("/bin/sleep", p.root / "in/sleeper")
    rows = [(["sleep", "77"], "in", True), (["sleep", "78"], "in", False),
            (["sleep", "77"], "out", False), ([p.root / "in/sleeper", "77"], "out", True)]
    p.write("tum.yaml", "preflight:\n- process: {under: in, command: ' 77'}\n")
    for words, folder, found in rows:
        other = subprocess.Popen(words, cwd=p.root / folder)
        try:
            out = run(p, 4 if found else 0, "-j", "1", "--", "t")
            assert (f"pid {other.pid} " in out) == found, out
            assert not found or "runs under" in out and "in place of what" in out and \
                "end it, or use --clean" in out
        finally:
            other.kill()
            other.wait()
    # Who started tum is nobody that may not run; the shell does not become tum itself.
    p.write("tum.yaml", "preflight:\n- process: {under: .}\n")
    p.write("go.sh", "$1 -b -j 1 -- t\nexit $?\n")
    done = subprocess.run(["sh", "go.sh", TUM], cwd=p.root, env=p.env, timeout=120,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@case
def probes_and_own_services(p):
    """A service of this batch is where it is to be: no check takes it for a stranger."""
    port = free_port()
    service(p, port, more=f"""preflight:
- port: 127.0.0.1:{port}
- socket: 'own*.sock'
- process: {{under: ., command: server.py}}
""")
    text = (p.root / "server.py").read_text()
    p.write("server.py", "import socket\nu = socket.socket(socket.AF_UNIX)\n"
            "u.bind('own1.sock')\nu.listen()\n" + text)
    for name in "ab":
        p.campaign(f"t/{name}.tum", PASS, head="  needs: gui\n")
    run(p, 0, "--infra-retries", "0")
    # What it leaves is stale again.
    assert "own1.sock is left over" in run(p, 4, "--infra-retries", "0")


@case
def preflight_is_stopped(p):
    """SIGINT and the bound of the batch end a check, which then says nothing."""
    p.write("tum.yaml", "preflight: [{command: {run: [sh, -c, 'touch here; exec sleep "
            "60'], timeout: 70}}]\n")
    p.campaign("t/a.tum", PASS)
    batch = p.start("-b", "-j", "1", "--", "t")
    wait_for((p.root / "here").exists)
    batch.send_signal(signal.SIGINT)
    assert batch.wait(30) == 130, said(batch)
    assert "ERROR" not in said(batch) and "1 not started" in said(batch), said(batch)
    start = time.monotonic()
    out = run(p, 124, "--batch-timeout", "0.5", "t")
    assert "ERROR" not in out and time.monotonic() - start < 30


@case
def preflight_of_a_campaign(p):
    """A check that fails before a campaign makes it an error; the next is tried."""
    p.write("tum.yaml", "preflight:\n- command: [sh, -c, 'test ! -e bad']\n")
    p.campaign("t/a.tum", shell("touch ../bad"))
    p.campaign("t/b.tum", PASS)
    out = run(p, 4, "--infra-retries", "0", "--", "t")
    assert "pre-flight check 1 (command)" in out and "ERROR       t/b.tum" in out


# ---- left behind ----

@case
def left_behind(p):
    """What a campaign leaves running is ended and named, with its port; the next one is
    told."""
    port = free_port()
    p.write("left.py", f"import subprocess, sys\ndef go():\n"
            f"    subprocess.Popen([sys.executable, '-c', \"import socket,time; "
            f"s=socket.socket(); s.setsockopt(1,2,1); s.bind(('127.0.0.1',{port})); "
            f"s.listen(); open('{p.root}/up','w'); time.sleep(100)\"], "
            f"start_new_session=True)\n    import time, os\n"
            f"    while not os.path.exists('{p.root}/up'): time.sleep(0.02)\n    return 0, ''\n")
    p.campaign("t/a.tum", "py_func: {name: f, file: ../left.py, func_name: go}")
    p.write("t/b.tum", "report: {export: {sqlite: {path: r.db}}}\nmain: {steps: ["
            "{let: {name: n, values: {a: 1}}}]}\n")
    p.tum("-b", "--report-dir", "out", "t")
    out = p.last.stdout
    assert "left behind: pid" in out and f"port {port}" in out, out
    with socket.socket() as s:
        assert s.connect_ex(("127.0.0.1", port)) != 0
    row = p.header(next(p.root.glob("out/*b")) / "r.db")["clean_start"]
    assert row.startswith("no: ") and "a.tum left pid" in row, row


# ---- services ----

@case
def service_ready(p):
    """A service is started when first needed, and ended with the batch."""
    port = free_port()
    service(p, port)
    p.campaign("t/a.tum", ask(port, "/h"), head="  needs: [gui]\n")
    p.campaign("t/b.tum", PASS)
    run(p, 0)
    with socket.socket() as s:
        assert s.connect_ex(("127.0.0.1", port)) != 0


@case
def service_in_first_form(p):
    """One campaign alone gets its service too; an unknown one does not load."""
    port = free_port()
    service(p, port)
    p.campaign("a.tum", ask(port, "/h"), head="  needs: gui\n")
    run(p, 0, "a.tum")
    with socket.socket() as s:
        assert s.connect_ex(("127.0.0.1", port)) != 0
    p.campaign("b.tum", PASS, head="  needs: [gu]\n")
    done = p.tum("-b", "b.tum")
    assert done.returncode == 2 and "'gu'" in done.stdout and "tum.yaml" in done.stdout


@case
def service_respawned(p):
    """A service that degrades is respawned before the next campaign, with the reason."""
    port = free_port()
    service(p, port)
    p.campaign("t/a.tum", ask(port, "/sick"), head="  needs: gui\n")
    p.write("t/b.tum", "report: {export: {sqlite: {path: r.db}}}\n"
            f"main: {{needs: gui, steps: [{{{ask(port, '/h')}}}]}}\n")
    out = run(p, 0, "--report-dir", "out")
    assert re.search("service 'gui' was respawned: .* last said: RuntimeError: no bus", out)
    row = p.header(next(p.root.glob("out/*b")) / "r.db")["clean_start"]
    assert row.startswith("respawned: ") and "RuntimeError: no bus" in row, row
    assert "; last used by t/a.tum; its last lines:" in row, row
    assert "\nline 7\n" in row and "line 6\n" not in row, row  # 20 lines
    log = (p.root / "out/t_b/log.txt").read_text()
    assert "INFO  respawned: service 'gui' is not healthy" in log, log
    b = next(c for c in p.json("out/summary.json")["campaigns"]
             if c["campaign"] == "t/b.tum")
    assert b["clean_start"].startswith("respawned: "), b
    assert "last said: RuntimeError: no bus" in (p.root / "out/report.html").read_text()


@case
def service_respawned_for_an_item(p):
    """Respawned before an item: in that item's log, and in clean_start of the header."""
    port = free_port()
    service(p, port)
    p.write("t/a.tum", "report: {export: {sqlite: {path: r.db}}}\nmain:\n  steps:\n"
            f"  - group: {{name: use, needs: gui, steps: [{{{ask(port, '/sick')}}}]}}\n"
            "  - sleep: {name: again, timeout: 0.01, needs: gui}\n")
    run(p, 0, "--report-dir", "out", "--", "t")
    row = p.header("out/t_a/r.db")["clean_start"]
    assert row.startswith("respawned: ") and "RuntimeError: no bus" in row, row
    log = (p.root / "out/t_a/log.txt").read_text()
    assert "INFO  respawned: " in log[log.index('step "again" started'):], log
    con = sqlite3.connect(p.root / "out/t_a/r.db")
    assert con.execute("select count(*) from header where key='clean_start'"
                       ).fetchone() == (1,)
    con.close()


@case
def service_respawned_whole(p):
    """Respawned with nothing of the old one: its whole tree is ended."""
    p.write("serve.sh", "#!/bin/sh\nsetsid -f sh -c 'echo $$ >> children; touch up; "
            "exec sleep 94'\nexec sleep 95\n").chmod(0o755)
    p.write("tum.yaml", """testpaths: [t]
services:
  gui:
    command: [./serve.sh]
    ready: {command: [test, -e, up], within: 60}
    health: {command: [test, '!', -e, sick]}
""")
    p.campaign("t/a.tum", shell("touch ../sick"), head="  needs: gui\n")
    p.campaign("t/b.tum", shell("! kill -0 `head -n 1 ../children` && "
                                "kill -0 `tail -n 1 ../children`"), head="  needs: gui\n")
    p.write("tum.yaml", (p.root / "tum.yaml").read_text().replace(
        "[./serve.sh]", "[sh, -c, 'rm -f sick up; exec ./serve.sh']"))
    run(p, 0)
    assert len((p.root / "children").read_text().split()) == 2
    wait_for(lambda: not alive_of(p))


@case
def service_that_hangs(p):
    """A health check that nobody answers costs a second at most, whatever it allows."""
    port = free_port()
    service(p, port, "fail")
    text = (p.root / "tum.yaml").read_text()
    p.write("tum.yaml", text.replace(", contains:", ", timeout: 100, attempts: 9, contains:"))
    p.campaign("t/a.tum", ask(port, "/hang"), head="  needs: gui\n")
    p.campaign("t/b.tum", PASS, head="  needs: gui\n")
    run(p, 4, "--report-dir", "out")
    (p.root / "hung").unlink()
    b = next(c for c in p.json("out/summary.json")["campaigns"]
             if c["campaign"] == "t/b.tum")
    assert b["outcome"] == "degraded" and b["duration"] < bound(1.2), b
    # Of main, too, the log says why it did not run.
    assert "not healthy" in (p.root / "out/t_b/log.txt").read_text()


@case
def service_unknown(p):
    """A service that the project does not have: the campaign does not load, both named."""
    p.write("tum.yaml", "services: {gui: {command: [sleep, '5']}}\n")
    p.campaign("t/a.tum", PASS, head="  needs: [gu]\n")
    out = run(p, 2, "--", "t")
    assert "'gu'" in out and str(p.root / "tum.yaml") in out, out


@case
def service_is_no_matter_of_retry(p):
    """An item whose service cannot be started is not tried again, by no kind of retry."""
    p.write("tum.yaml", """testpaths: [t]
services:
  gui:
    command: [sh, -c, "echo started >> starts; exit 3"]
    ready: {command: [test, -e, never], within: 60}
""")
    p.campaign("t/a.tum", "sleep: {name: nap, timeout: 0, needs: gui, retry: {count: 3}}")
    out = run(p, 4, "--retries", "2")
    assert (p.root / "starts").read_text() == "started\n", out


@case
def service_fail_and_skip(p):
    """on_degraded fail: degraded in under 1 s; skip: skipped."""
    for policy, wanted, word in (("fail", 4, "DEGRADED"), ("skip", 1, "SKIP")):
        port = free_port()
        service(p, port, policy)
        p.campaign("t/a.tum", ask(port, "/sick"), head="  needs: gui\n")
        p.campaign("t/b.tum", sleep(120), head="  needs: gui\n")
        start = time.monotonic()
        out = run(p, wanted)
        assert time.monotonic() - start < 100
        assert word in out and "not healthy" in out, out
        (p.root / "sick").unlink(missing_ok=True)


@case
def service_of_an_item(p):
    """An item that needs a degraded service fails or skips at once; the rest runs."""
    for policy, wanted, outcome in (("fail", 4, "degraded"), ("skip", 0, "skipped")):
        port = free_port()
        service(p, port, policy)
        p.campaign("t/a.tum", "group: {name: use, needs: gui, steps: ["
                   f"{{{ask(port, '/sick')}}}]}}",
                   "sleep: {name: long, timeout: 120, needs: [gui]}", PASS)
        run(p, wanted, "--infra-retries", "0", "--report-dir", "out", "--", "t")
        found = {e["node"]: e for e in p.events("out/t_a/events.jsonl")
                 if e["event"] == "item_finished"}
        assert found["long"]["outcome"] == outcome and found["good"]["outcome"] == "passed"
        assert "RuntimeError: no bus" in found["long"]["message"], found["long"]
        assert found["long"]["duration"] < bound(1)
        (p.root / "sick").unlink(missing_ok=True)


@case
def service_settings(p):
    """Its folder, its environment, and the signal and patience it is ended with."""
    p.write("sub/serve.sh", "#!/bin/sh\ntrap 'echo asked > ended; exit 0' USR1\n"
            "echo \"$WORD ${HOME-none} $(pwd)\" > ../started\n"
            "while :; do sleep 0.05; done\n").chmod(0o755)
    p.write("tum.yaml", """testpaths: [t]
services:
  gui:
    command: [./serve.sh]
    directory: sub
    environment: {WORD: hello, HOME: null}
    ready: {command: {run: [test, -e, started]}, within: 60}
    stop: {signal: USR1, grace: 60}
""")
    (p.root / "sub/serve.sh").rename(p.root / "serve.sh")
    p.campaign("t/a.tum", PASS, head="  needs: [gui]\n")
    run(p, 0)
    assert (p.root / "started").read_text().startswith("hello none ")
    assert (p.root / "started").read_text().strip().endswith("/sub")
    assert (p.root / "sub/ended").read_text() == "asked\n"
    # One that does not listen to the signal is killed when its patience is over.
    p.write("serve.sh", "#!/bin/sh\ntrap '' USR1 TERM\ntouch ../started\n"
            "while :; do sleep 0.05; done\n")
    (p.root / "started").unlink()
    text = (p.root / "tum.yaml").read_text()
    p.write("tum.yaml", text.replace("grace: 60", "grace: 0.2"))
    run(p, 0)
    wait_for(lambda: not alive_of(p))


@case
def service_cost(p):
    """A healthy service costs little before an item; a sick one at most a second."""
    port = free_port()
    service(p, port, "fail")
    p.campaign("t/a.tum", *[f"let: {{name: n{i}, values: {{a: 1}}, needs: gui}}"
                            for i in range(20)],
               head="  needs: gui\n")
    run(p, 0, "--report-dir", "out", "--", "t")
    steps = [e for e in p.events("out/t_a/events.jsonl")
             if e["event"] in ("item_started", "item_finished") and e["node"][:1] == "n"]
    took = stamp(steps[-1]) - stamp(steps[0])
    print(f"# 20 healthy checks: {took * 1000:.0f} ms", flush=True)
    assert took / 20 < bound(0.05)


@case
def service_dies(p):
    """It dies while an item that needs it runs: that fails within 1 s, with the reason."""
    port = free_port()
    service(p, port)
    p.write("t/a.tum", "main:\n  steps:\n  - parallel:\n      name: both\n      branches:\n"
            "      - name: one\n        steps:\n"
            "        - sleep: {name: long, timeout: 120, needs: gui}\n"
            "      - name: two\n        steps:\n        - " + sleep(0.5) + "\n"
            "        - " + ask(port, "/die") + "\n")
    start = time.monotonic()
    out = run(p, 1)
    assert time.monotonic() - start < 100
    assert "service 'gui' ended: exit status 7" in out and "ValueError: dying" in out, out
    # One that main needs: the whole campaign ends, and its log says why.
    p.campaign("t/a.tum", ask(port, "/die"), sleep(120), head="  needs: gui\n")
    start = time.monotonic()
    out = run(p, 1, "--report-dir", "out")
    assert time.monotonic() - start < 100 and "ended: exit status 7" in out, out
    assert "service 'gui' ended: exit status 7" in (p.root / "out/t_a/log.txt").read_text()
    text = (p.root / "out/report.md").read_text()
    assert "ValueError: dying" in text[text.index("What to look at"):], text


@case
def service_cannot_start(p):
    """Its port is taken, or it ends before it is ready: error at once, no retry."""
    port = free_port()
    service(p, port)
    p.campaign("t/a.tum", PASS, head="  needs: gui\n")
    with socket.socket() as s:
        s.bind(("127.0.0.1", port))
        s.listen()
        out = run(p, 4)
        assert "is taken by pid" in out and "tried again" not in out
    p.write("server.py", "raise SystemExit('broken service')\n")
    start = time.monotonic()
    out = run(p, 4)
    assert "broken service" in out and time.monotonic() - start < 50


@case
def service_never_ready(p):
    """Not ready in time: an error at once, with what it was waited for and what it said."""
    p.write("tum.yaml", """testpaths: [t]
services:
  gui:
    command: [sh, -c, "echo waiting for the bus; exec sleep 100"]
    ready: {command: [test, -e, nothing], within: 0.5}
""")
    p.campaign("t/a.tum", PASS, head="  needs: gui\n")
    out = run(p, 4)
    assert "not ready within 500 ms" in out and "waiting for the bus" in out, out
    assert "tried again" not in out
    wait_for(lambda: not alive_of(p))


@case
def service_cannot_be_respawned(p):
    """It does not start a second time: an error, with both reasons, not tried again."""
    p.write("tum.yaml", """testpaths: [t]
services:
  gui:
    command: [sh, -c, "test -e once && { echo the port is gone; exit 3; }; touch once up;
      exec sleep 100"]
    ready: {command: [test, -e, up], within: 60}
    health: {command: [test, '!', -e, sick]}
""")
    p.campaign("t/a.tum", shell("touch ../sick; rm ../up"), head="  needs: gui\n")
    p.campaign("t/b.tum", PASS, head="  needs: gui\n")
    p.campaign("t/c.tum", PASS)
    out = run(p, 4)
    assert "service 'gui' cannot be respawned: service 'gui' ended: exit status 3" in out
    assert "the port is gone" in out and "it was respawned because: service 'gui' is " \
        "not healthy" in out and "tried again" not in out
    assert "PASS        t/c.tum" in out


@case
def service_of_a_campaign(p):
    """scope campaign: a fresh one for each."""
    port = free_port()
    service(p, port, more="    scope: campaign\n")
    for name in "ab":
        p.campaign(f"t/{name}.tum", PASS, head="  needs: gui\n")
    run(p, 0, "--report-dir", "out")
    started = [e for e in p.events("out/events.jsonl")
               if e["event"] == "service" and e["what"] == "starting"]
    assert len(started) == 2


@case
def service_in_the_state(p):
    """While it lives, a service is in the state by pid and start time, for its run."""
    for scope in "batch", "campaign":
        service(p, free_port(), more=f"    scope: {scope}\n")
        p.campaign("t/a.tum", shell("until test -e ../go; do sleep 0.05; done"),
                   head="  needs: gui\n")
        first = p.start("-b", "t")
        wait_for(lambda: len(p.state("select pid from process where what = 'gui'")) == 1
                 and len(p.state("select pid from process")) == 2)
        (pid, ticks, run_id), = p.state(
            "select pid, ticks, batch from process where what = 'gui'")
        proc = pathlib.Path(f"/proc/{pid}")
        assert "server.py" in (proc / "cmdline").read_text()
        assert ticks == int((proc / "stat").read_text().rpartition(")")[2].split()[19])
        assert f"TUM_RUN_ID={run_id}\0" in (proc / "environ").read_text()
        p.write("go", "")
        assert first.wait(60) == 0
        assert p.state("select * from process") == []
        (p.root / "go").unlink()


# ---- the gate ----

def git(p, *words):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *words],
                   cwd=p.root, check=True, capture_output=True)


def front(p):
    lines = (p.root / "docs/r.md").read_text().splitlines()
    end = lines.index("---", 1)
    return dict(line.split(": ", 1) for line in lines[1:end])


@case
def gate(p):
    """Regression, smoke, report, one line; a failing smoke fails; disabled is skipped."""
    p.campaign("t/a.tum", PASS)
    def project(more="", smoke="[{env: [PATH]}]"):
        p.write("tum.yaml", f"gate:\n  target: [t]\n  report: docs/r.md\n"
                f"  smoke: {smoke}\n{more}")
    project()
    done = p.tum("gate")
    assert done.returncode == 0 and "result=PASS status=success exit_code=0 smoke=ok" \
        in done.stderr, done.stderr
    facts = front(p)
    assert facts["result"] == "PASS" and facts["smoke"] == "ok" and facts["passed"] == "1"
    project(smoke="[{env: [NO_SUCH_X]}]")
    assert p.tum("gate").returncode == 1
    assert front(p)["smoke"] == "failed" and front(p)["status"] == "failed"
    project("  enabled: false\n")
    assert p.tum("gate").returncode == 0
    assert front(p)["status"] == "skipped" and front(p)["result"] == "PASS"
    for value in ("never", "0", "-5"):
        project(f"  timeout: {value}\n")
        done = p.tum("gate")
        assert done.returncode == 0 and "900 s are used" in done.stderr, value
    p.campaign("t/a.tum", FAIL)
    project()
    assert p.tum("gate").returncode == 1 and front(p)["smoke"] == "skipped"


@case
def gate_settings(p):
    """Its branches, its budget of infrastructure errors, who is told, the words."""
    p.write("told.sh", '#!/bin/sh\necho "$TUM_CAMPAIGN $TUM_ATTEMPTS" >> told\n')
    (p.root / "told.sh").chmod(0o755)
    p.campaign("t/a.tum", shell("echo x >> ../starts; exit 99", "start"))
    p.campaign("t/b.tum", PASS)
    git(p, "init", "-q", "-b", "topic/one")
    git(p, "add", ".")
    git(p, "commit", "-qm", "x")
    p.campaign("t/b.tum", PASS, PASS)
    def project(scope="'topic/*'", more=""):
        p.write("tum.yaml", f"gate:\n  target: [t]\n  report: docs/r.md\n"
                f"  scope: [{scope}]\n  infra: {{retries: 2, delay: 0.1}}\n"
                f"  notify: [./told.sh]\n{more}")
    project()
    done = p.tum("gate", "-j", "2")
    assert done.returncode == 4, done.stderr
    assert (p.root / "starts").read_text() == "x\n" * 3
    assert (p.root / "told").read_text() == "t/a.tum 3\n"
    assert "infrastructure, not a test failure" in done.stderr
    assert "infrastructure, not a test failure" in (p.root / "docs/r.md").read_text()
    facts = front(p)
    assert facts["result"] == "FAIL" and facts["errors"] == "1" and \
        facts["exit_code"] == "4" and facts["passed"] == "2"
    assert facts["revision"].endswith("-dirty"), facts
    project("main, 'release-*'")
    done = p.tum("gate")
    assert done.returncode == 0 and "status=skipped" in done.stderr
    assert "branch=topic/one" in done.stderr
    assert p.tum("gate", "-j", "none").returncode == 2
    # The bound of the run, and a report that cannot be written.
    p.campaign("t/a.tum", sleep(120))
    project(more="  timeout: 1\n")
    assert p.tum("gate").returncode == 124
    p.campaign("t/a.tum", PASS)
    p.write("tum.yaml", "gate: {target: [t], report: /proc/none/r.md}\n")
    done = p.tum("gate")
    assert done.returncode == 3 and "cannot be written" in done.stderr


@case
def gate_of_an_unfit_bench(p):
    """A bench that is not fit is looked at again within the budget, then somebody is told."""
    p.write("look.sh", "#!/bin/sh\necho x >> looks\ntest $(wc -l < looks) -ge $(cat fit)\n"
            ).chmod(0o755)
    p.write("told.sh", '#!/bin/sh\necho "$TUM_ATTEMPTS $TUM_REASON" >> told\n').chmod(0o755)
    p.campaign("t/a.tum", shell("echo x >> ../runs"))
    text = ("preflight: [{command: [./look.sh]}]\ngate:\n  target: [t]\n  report: docs/r.md\n"
            "  infra: {retries: 2, delay: %s}\n  notify: [./told.sh]\n")
    p.write("tum.yaml", text % 0.1)
    p.write("fit", "3")
    done = p.tum("gate")
    assert done.returncode == 0 and "It is looked at again in 100 ms" in done.stdout
    # Before the batch three times, before the campaign once; no smoke is no success of one.
    assert (p.root / "looks").read_text() == "x\n" * 4 and front(p)["smoke"] == "skipped"
    assert not (p.root / "told").exists()
    p.write("fit", "100")
    (p.root / "looks").unlink()
    done = p.tum("gate")
    assert done.returncode == 4 and (p.root / "looks").read_text() == "x\n" * 3
    assert (p.root / "runs").read_text() == "x\n"
    assert (p.root / "told").read_text().startswith(
        "3 infrastructure, not a test failure, after 3 attempts: pre-flight")
    assert "infrastructure, not a test failure" in (p.root / "docs/r.md").read_text()
    # A batch is not a gate: its first look decides.
    (p.root / "looks").unlink()
    run(p, 4, "--", "t")
    assert (p.root / "looks").read_text() == "x\n"
    p.write("tum.yaml", text % 60)
    gate_run = p.start("gate")
    wait_for(lambda: "looked at again" in said(gate_run))
    gate_run.send_signal(signal.SIGTERM)
    assert gate_run.wait(60) == 143, said(gate_run)
    assert "exit_code=143" in said(gate_run)


@case
def gate_is_stopped(p):
    """A signal during the smoke is the verdict; the work tree is removed all the same."""
    p.write("tum.yaml", "gate:\n  target: [t]\n  report: docs/r.md\n  smoke:\n"
            f"  - command: {{run: [sh, -c, 'touch {p.root}/smokes; until test -e "
            f"{p.root}/go; do sleep 0.05; done'], timeout: 60}}\n")
    p.write(".gitignore", ".runtime\n.tmp\n.tum\ndocs\nsmokes\ngo\n")
    p.campaign("t/a.tum", PASS)
    git(p, "init", "-q")
    git(p, "add", ".")
    git(p, "commit", "-qm", "x")
    gate_run = p.start("gate", "--ref", "HEAD")
    wait_for((p.root / "smokes").exists)
    gate_run.send_signal(signal.SIGINT)
    p.write("go", "")
    assert gate_run.wait(60) == 130, said(gate_run)
    assert front(p)["result"] == "FAIL" and front(p)["exit_code"] == "130"
    done = subprocess.run(["git", "worktree", "list"], cwd=p.root, text=True,
                          capture_output=True, check=True)
    assert len(done.stdout.splitlines()) == 1 and not list((p.root / ".tmp").iterdir())


@case
def gate_of_a_commit(p):
    """--ref judges a commit in a work tree of its own, which is removed."""
    p.write("tum.yaml", "gate: {target: [t], report: docs/r.md}\n")
    p.write(".gitignore", ".runtime\n.tmp\n.tum\ndocs\n")
    p.campaign("t/a.tum", FAIL)
    git(p, "init", "-q")
    git(p, "add", ".")
    git(p, "commit", "-qm", "x")
    p.campaign("t/a.tum", PASS)
    assert p.tum("gate", "--ref", "HEAD").returncode == 1
    assert p.tum("gate").returncode == 0
    done = subprocess.run(["git", "worktree", "list"], cwd=p.root, text=True,
                          capture_output=True)
    assert len(done.stdout.splitlines()) == 1
    assert p.tum("gate", "--ref", "nosuchref").returncode == 2


# ---- shards joined ----

@case
def merge(p):
    """merge joins shards; the last run of one counts; a missing one is FAIL and named."""
    p.write("tum.yaml", "testpaths: [t]\n")
    for i in range(4):
        p.campaign(f"t/c{i}.tum", PASS if i else FAIL)
    for i in (1, 2):
        p.tum("-b", "--shard", f"{i}/2", "--shard-by", "hash", "--report-dir", f"s{i}")
    done = p.tum("merge", "--report-dir", "all", "s1", "s2")
    assert done.returncode == 1
    whole = p.json("all/summary.json")
    assert len(whole["campaigns"]) == 4 and whole["failed"] == 1
    for i in (1, 2):
        done = p.tum("merge", "--report-dir", "one", f"s{i}")
        words = f"shard {3 - i} of 2 is missing"
        assert done.returncode == 1 and words in done.stdout
        for name in ("junit.xml", "report.tap", "report.md", "report.html"):
            assert words in (p.root / "one" / name).read_text(), name
        assert p.json("one/summary.json")["result"] == "FAIL"
        assert p.json("one/summary.json")["errors"] == 1
    p.campaign("t/c0.tum", PASS)
    for i in (1, 2):
        p.tum("-b", "--shard", f"{i}/2", "--shard-by", "hash", "--report-dir", f"r{i}")
    done = p.tum("merge", "--report-dir", "all", "s1", "s2", "r1", "r2")
    assert done.returncode == 0, done.stdout
    c0 = next(c for c in p.json("all/summary.json")["campaigns"]
              if c["campaign"] == "t/c0.tum")
    assert [a["outcome"] for a in c0["attempts"]] == ["failed", "passed"]


@case
def merge_of_parts(p):
    """A run of a part settles its part: what it did not run keeps what it had come to."""
    p.write("tum.yaml", "testpaths: [t]\n")
    p.campaign("t/a.tum", FAIL)
    p.campaign("t/b.tum", PASS)
    p.campaign("t/c.tum", "process: {name: lost, command: [/no/such]}")

    def join(wanted, *folders):
        done = p.tum("merge", "--report-dir", "all", *folders)
        assert done.returncode == wanted, done.stdout
        whole = p.json("all/summary.json")
        assert (whole["result"] == "PASS") == (wanted == 0)
        assert whole["exit_code"] == wanted
        return {c["campaign"]: c for c in whole["campaigns"]}

    def batch(folder, *paths):
        p.tum("-b", "--infra-retries", "0", "--report-dir", folder, *paths)

    batch("one", "t/a.tum", "t/b.tum")
    batch("two", "-k", "b", "t/b.tum")
    found = join(1, "one", "two")
    assert found["t/a.tum"]["outcome"] == "failed"
    assert len(found["t/b.tum"]["attempts"]) == 2
    # The order is that of time, not of the words.
    batch("three", "t/c.tum")
    assert join(4, "three", "two")["t/c.tum"]["outcome"] == "error"
    join(1, "three", "one")
    # One that stopped before it came to a campaign says nothing of that.
    batch("four", "-x", "t/a.tum", "t/b.tum")
    found = join(1, "four", "one")
    assert found["t/b.tum"]["outcome"] == "passed" and found["t/b.tum"]["passed"] == 1
    assert len(found["t/a.tum"]["attempts"]) == 2
    p.campaign("t/a.tum", PASS)
    batch("five", "t/a.tum")
    join(0, "five", "four", "one")


main()
