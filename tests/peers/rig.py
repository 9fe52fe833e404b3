# SPDX-License-Identifier: Apache-2.0
"""
What the tests against peers share: results in TAP, one run of tum on a few steps, a TCP server
of our own, ports, a pair of serial lines. Starts nothing by itself.
"""
import json
import os
import pathlib
import socket
import sqlite3
import subprocess
import sys
import threading
import time

TUM = os.path.abspath(sys.argv[1])
count = bad = 0


def result(good, name, *lines):
    global count, bad
    count += 1
    bad += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good:
        for line in lines:
            for part in str(line).split("\n"):
                print(f"#   {part}")
    sys.stdout.flush()


def skip(name, reason):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {reason}")
    sys.stdout.flush()


def plan():
    """Ends the results; the exit status."""
    print(f"1..{count}")
    return 1 if bad else 0


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def await_port(port, seconds=5):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            time.sleep(0.02)
    return False


def end(process):
    process.terminate()
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Campaign:
    """One run of tum on steps given as YAML text."""
    prefix = []  # a command that runs it

    def __init__(self, folder, steps, *args):
        self.folder = pathlib.Path(folder)
        path = self.folder / "main.tum"
        indented = "".join("        " + line + "\n" for line in steps.strip("\n").split("\n"))
        path.write_text("main:\n    steps:\n" + indented +
                        "report:\n    export:\n        - sqlite: {path: " + str(folder) +
                        ", file_name: report.db}\n")
        (self.folder / "report.db").unlink(missing_ok=True)
        begun = time.monotonic()
        done = subprocess.run([*self.prefix, TUM, "-b", "-o", *args, str(path)], capture_output=True,
                              text=True, errors="replace", timeout=60, cwd=folder)
        self.seconds = time.monotonic() - begun
        self.out = done.stdout + done.stderr
        # Lines are wrapped where it fits; messages are looked for without that.
        self.flat = " ".join(self.out.split())
        self.status = done.returncode

    def rows(self):
        with sqlite3.connect(self.folder / "report.db") as db:
            return db.execute("select test_name, test_type, result, data from tests "
                              "order by rowid").fetchall()

    def duration(self, name):
        """Seconds of the row of that name; None when there is none."""
        with sqlite3.connect(self.folder / "report.db") as db:
            rows = db.execute("select duration from tests where test_name = ?",
                              (name,)).fetchall()
        return rows[0][0] / 10000 if rows else None

    def data(self, name):
        """The `data` of the row of that name; None when there is none."""
        rows = [json.loads(r[3]) for r in self.rows() if r[0] == name]
        return rows[0].get("data") if rows else None


def passes(folder, name, steps, within=20):
    run = Campaign(folder, steps)
    result(run.status == 0 and run.seconds < within, name, f"status {run.status}, "
           f"{run.seconds:.1f} s", run.out[-3000:])
    return run


def fails(folder, name, steps, *mentions, within=10, status=1):
    run = Campaign(folder, steps)
    missing = [m for m in mentions if m not in run.flat]
    result(run.status == status and not missing and run.seconds < within, name,
           f"status {run.status}, {run.seconds:.1f} s, missing {missing}", run.out[-3000:])
    return run


class Server:
    """A TCP server that treats each connection by a function."""

    def __init__(self, serve):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.serve = serve
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(peer,), daemon=True).start()

    def one(self, peer):
        with peer:
            try:
                self.serve(peer)
            except OSError:
                pass

    def close(self):
        self.socket.close()


class Line:
    """A pair of terminals by socat: two serial devices, connected."""

    def __init__(self, folder):
        self.a, self.b = (os.path.join(folder, n) for n in ("ttyA", "ttyB"))
        self.process = subprocess.Popen(["socat", "-b", "65536", f"PTY,link={self.a},raw,echo=0",
                                         f"PTY,link={self.b},raw,echo=0"])
        until = time.monotonic() + 5
        while not (os.path.exists(self.a) and os.path.exists(self.b)):
            if time.monotonic() > until:
                raise RuntimeError("socat makes no terminals")
            time.sleep(0.02)

    def board(self):
        """The far end, as a file; never the terminal that controls us."""
        return os.fdopen(os.open(self.b, os.O_RDWR | os.O_NOCTTY), "r+b", buffering=0)

    def close(self):
        end(self.process)
