#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The items process and http, bounds and attempts: what is left of them in the report.

    items.py TUM [CASE...]
"""

import http.server
import json
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
import time

from batchlib import Skip, alive_of, bound, case, main, said, wait_for


def rows_of(p, *steps, wanted=1, timeout=60):
    """Rows of a campaign by name, with their data; and its events of ends."""
    p.write("t/a.tum", "report: {log_stored: true, export: {sqlite: {path: r.db}}}\n"
            "main:\n  steps:\n"
            + "".join(f"  - {step}\n" for step in steps))
    done = p.tum("-b", "-j", "1", "--infra-retries", "0", "--report-dir", "out", "--", "t",
                 timeout=timeout)
    assert done.returncode == wanted, done.returncode
    con = sqlite3.connect(p.root / "out/t_a/r.db")
    con.row_factory = sqlite3.Row
    rows = {row["test_name"]: {**dict(row), "data": json.loads(row["data"])}
            for row in con.execute("select * from tests")}
    con.close()
    for event in p.events("out/t_a/events.jsonl"):
        if event["event"] == "item_finished" and event["name"] in rows:
            rows[event["name"]]["outcome"] = event["outcome"]
    return rows


def step(item, name, **fields):
    return f"{item}: " + json.dumps({"name": name, **fields})


@case
def process_data(p):
    """Data of a process: exit, signal, the last 64 KiB of output, the duration."""
    rows = rows_of(
        p, step("process", "three", command="echo out; echo err >&2; sleep 0.2; exit 3",
                shell=True),
        step("process", "much", command="seq 1 20000", store_result="status"),
        step("check", "its value", values=["<| $(status) == 0 |>"]),
        step("process", "here", command="pwd"))
    data = rows["three"]["data"]
    assert data["exit"] == 3 and data["signal"] is None and data["output"] == "out\nerr\n"
    assert 0.2 <= data["duration"] < bound(2) and rows["three"]["outcome"] == "failed"
    text = rows["much"]["data"]["output"]
    assert len(text) == 65536 and text.endswith("\n19999\n20000\n"), text[-20:]
    assert rows["its value"]["outcome"] == "passed"
    assert rows["here"]["data"]["output"] == f"{p.root}/t\n"  # the test directory


@case
def process_signal(p):
    """Ended by a signal: no exit status, no value, the signal in the data."""
    rows = rows_of(p, step("process", "dies", command="kill -9 $$", shell=True,
                           store_result="left"),
                   step("check", "no value", values=["<| '$(left)' == 'FAIL' |>"]))
    assert rows["dies"]["data"]["exit"] is None and rows["dies"]["data"]["signal"] == 9
    assert rows["dies"]["outcome"] == "failed" and rows["no value"]["outcome"] == "passed"


@case
def process_outcomes(p):
    """77 is skipped, 99 and what cannot be started an error, unless they are expected."""
    rows = rows_of(
        p, step("process", "skip", command="exit 77", shell=True),
        step("process", "error", command="exit 99", shell=True),
        step("process", "77", command="exit 77", shell=True, expected_exit=77),
        step("process", "99", command="exit 99", shell=True, expected_exit=[1, 99]),
        step("process", "lost", command=["/no/such"]),
        step("process", "late", command=["sleep", "60"], time_limit=0.1), wanted=4)
    for name, outcome in (("skip", "skipped"), ("error", "error"), ("77", "passed"),
                          ("99", "passed"), ("lost", "error"), ("late", "timeout")):
        assert rows[name]["outcome"] == outcome, rows[name]


@case
def process_as_it_comes(p):
    """Output is shown as it comes, and the whole tree ends when the item is stopped."""
    p.campaign("t/a.tum", step("process", "talks", shell=True, grace=1, command="echo first; "
                               "setsid sleep 93 & sleep 92"))
    run = p.start("-b", "t/a.tum")
    wait_for(lambda: "\nfirst\n" in said(run))
    run.send_signal(signal.SIGINT)
    assert run.wait(60) == 130, said(run)
    wait_for(lambda: not [words for _, words in alive_of(p) if "sleep 9" in words])


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/slow":
            time.sleep(0.3)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * (70000 if self.path == "/much" else 3))

    def log_message(self, *_):
        pass


def serving(handler=Answers, context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@case
def http_data(p):
    """Data of a request: status, time, the first 64 KiB of the body; its outcomes."""
    with serving() as server, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # nobody listens
        url = f"http://127.0.0.1:{server.server_port}"
        closed = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        rows = rows_of(
            p, step("http", "slow", url=url + "/slow"), step("http", "much", url=url + "/much"),
            step("http", "wrong", url=url + "/", contains="y"),
            step("http", "nobody", url=closed, attempts=2, backoff=0))
        server.shutdown()
    assert rows["slow"]["data"]["status"] == 200 and rows["slow"]["data"]["body"] == "xxx"
    assert 0.3 <= rows["slow"]["data"]["time"] < bound(2)
    assert len(rows["much"]["data"]["body"]) == 65536
    assert rows["wrong"]["outcome"] == "failed" and rows["nobody"]["outcome"] == "error"


@case
def http_patience(p):
    """A request has 5 s when nothing else is said; a wait between two can be stopped."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()  # it takes the request and never answers
        url = f"http://127.0.0.1:{s.getsockname()[1]}/"
        start = time.monotonic()
        rows = rows_of(p, step("http", "silent", url=url), wanted=4)
        assert rows["silent"]["outcome"] == "error"
        assert 5 <= time.monotonic() - start < 25
    p.campaign("t/a.tum", step("http", "again", url=url, attempts=2, backoff=60))
    run = p.start("-b", "t/a.tum")
    wait_for(lambda: "Attempt 1: " in said(run))
    run.send_signal(signal.SIGINT)
    assert run.wait(30) == 130, said(run)


@case
def http_insecure(p):
    """A certificate that nobody vouches for is an error, unless `insecure` is true."""
    if shutil.which("openssl") is None:
        raise Skip("openssl is not installed")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                    "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=localhost"],
                   cwd=p.root, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(p.root / "cert.pem", p.root / "key.pem")
    with serving(context=context) as server:
        url = f"https://127.0.0.1:{server.server_port}/"
        rows = rows_of(p, step("http", "trusts", url=url, insecure=True),
                       step("http", "asks", url=url), wanted=4)
        server.shutdown()
    assert rows["trusts"]["outcome"] == "passed" and rows["asks"]["outcome"] == "error"
    assert "certificate" in rows["asks"]["message"].lower(), rows["asks"]["message"]


@case
def attempts(p):
    """One row for all attempts: the last one's result, the first one's start, all logs."""
    rows = rows_of(
        p, step("process", "twice", shell=True, command="test -e seen || { touch seen; echo "
                "first; exit 5; }; echo second", retry={"count": 3, "delay": 0.3},
                condition="<| not __import__('os').path.exists('%s/t/seen') |>" % p.root),
        step("process", "once", command="true", retry={"count": 3}),
        step("process", "never", command="echo never; exit 3", shell=True,
             retry={"count": 2}))
    one = rows["twice"]
    assert one["outcome"] == "flaky" and one["result"] == "PASS"
    assert one["duration"] >= 3000 and "first\n" in one["log"] and "second\n" in one["log"]
    first, last = one["data"]["attempts"]
    assert first["outcome"] == "failed" and last["outcome"] == "passed"
    assert first["message"] == "exit status 5, expected 0" and 0 <= first["duration"] < bound(1)
    assert "attempts" not in rows["once"]["data"] and rows["once"]["outcome"] == "passed"
    assert [a["outcome"] for a in rows["never"]["data"]["attempts"]] == ["failed"] * 3
    assert rows["never"]["log"].count("never\n") == 3
    assert rows["never"]["outcome"] == "failed"


@case
def attempts_are_stopped(p):
    """A stop request ends the wait for the next attempt."""
    p.campaign("t/a.tum", step("process", "again", command="false",
                               retry={"count": 1, "delay": 60}))
    run = p.start("-b", "t/a.tum")
    wait_for(lambda: "Attempt 1: failed." in said(run))
    run.send_signal(signal.SIGTERM)
    assert run.wait(30) == 143, said(run)


@case
def outcome_of_a_container(p):
    """Of what counts in it the first of failed, timeout, error; its clean-up has no bound."""
    error = '{process: {command: [/no/such]}}'
    late = '{sleep: {timeout: 60, time_limit: 0.05}}'
    failed = '{check: {values: [false]}}'

    def group(name, *steps, more=""):
        return f"group: {{name: {name}, {more}steps: [{', '.join(steps)}]}}"

    rows = rows_of(
        p, group("all", error, late, failed), group("two", error, late),
        group("one", error), group("none", error[:-2] + ", no_fail: true}}"),
        group("bounded", "{sleep: {timeout: 60}}", "{process: {name: clean, command: "
              "[sleep, '0.5'], execute_on_stop: true}}", more="time_limit: 0.1, "))
    found = {n: rows[n]["outcome"] for n in ("all", "two", "one", "none", "bounded", "clean")}
    assert found == {"all": "failed", "two": "timeout", "one": "error", "none": "passed",
                     "bounded": "timeout", "clean": "passed"}, found
    assert "time_limit of 100 ms" in rows["bounded"]["message"]


main()
