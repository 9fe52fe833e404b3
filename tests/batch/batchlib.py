# SPDX-License-Identifier: Apache-2.0
"""What the batch tests share: a project in a fresh folder, running tum in it, TAP output."""

import fcntl
import json
import linecache
import os
import pathlib
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import traceback

SIOCSIFFLAGS, IFF_UP = 0x8914, 1

TUM = os.path.abspath(sys.argv[1])


class Project:
    """A folder with campaigns, its own folder of locks, no variables of a pipeline."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="tb-"))
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith(("GITHUB_", "TUM_", "CI_", "SLURM_"))}
        run = self.root / ".runtime"
        run.mkdir(mode=0o700)
        self.env["XDG_RUNTIME_DIR"] = str(run)
        self.env["TMPDIR"] = str(self.root / ".tmp")
        self.env["TUM_TEST_PROJECT"] = str(self.root)
        (self.root / ".tmp").mkdir()
        self.last = None
        self.started = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdout.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def campaign(self, name, *steps, head=""):
        body = "".join(f"  - {step}\n" for step in steps)
        return self.write(name, f"main:\n{head}  steps:\n{body}")

    def leave_crashes(self):
        """Sanitizers do not take SIGSEGV for a mistake of tum: a test sends it."""
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS"):
            self.env[name] = self.env.get(name, "") + ":handle_segv=0"

    def tum(self, *args, env=None, timeout=120, cwd=None):
        done = subprocess.run([TUM, *args], cwd=cwd or self.root, timeout=timeout,
                              env={**self.env, **(env or {})}, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, errors="replace")
        self.last = done
        return done

    def start(self, *args, env=None):
        """Runs tum beside the test; what it says goes to a file, `said` gives it."""
        out = tempfile.TemporaryFile("w+", errors="replace")
        process = subprocess.Popen([TUM, *args], cwd=self.root,
                                   env={**self.env, **(env or {})},
                                   stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT)
        process.stdout = out
        self.started.append(process)
        return process

    def json(self, name):
        return json.loads((self.root / name).read_text())

    def events(self, name):
        lines = (self.root / name).read_text().splitlines()
        return [json.loads(line) for line in lines]

    def state(self, query):
        """Rows of the state file; none while there is none."""
        path = self.root / ".tum/state.db"
        if not path.exists():
            return []
        con = sqlite3.connect(path)
        try:
            return con.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            con.close()

    def header(self, path):
        """Header rows of a report database."""
        con = sqlite3.connect(self.root / path)
        rows = dict(con.execute("select key, value from header"))
        con.close()
        return rows


class Skip(Exception):
    """What a case needs is not to be had here."""


# Bounds that are promised are given more time where other things run at the same time; 1
# checks them as they are.
PATIENCE = float(os.environ.get("TUM_TEST_PATIENCE", "10"))


def bound(seconds):
    return seconds * PATIENCE


PASS = "let: {name: good, values: {a: 1}}"
FAIL = "check: {name: bad, values: ['<| 1 == 2 |>']}"


def sleep(seconds, name="nap"):
    return f"sleep: {{name: {name}, timeout: {seconds}}}"


def shell(command, name="shell"):
    return "process: " + json.dumps(
        {"name": name, "command": command, "shell": True})


def alive_of(project):
    """Processes that were started in this project, whoever their parent is by now."""
    mark = f"TUM_TEST_PROJECT={project.root}\0".encode()
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            env = open(f"/proc/{pid}/environ", "rb").read()
            words = open(f"/proc/{pid}/cmdline", "rb").read()
        except OSError:
            continue
        if mark in env + b"\0":
            found.append((int(pid), words.replace(b"\0", b" ").decode().strip()))
    return found


def alive_with(run):
    """Processes with this TUM_RUN_ID, or one below it."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            env = open(f"/proc/{pid}/environ", "rb").read()
        except OSError:
            continue
        if b"TUM_RUN_ID=" + run.encode() in env:
            found.append(int(pid))
    return found


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def with_own_network():
    """
    In a network of its own when that is allowed: what other programs of this machine listen
    on would be found, and named, by the tum that is tested.
    """
    mark = "BATCHLIB_OWN_NETWORK"
    if mark not in os.environ:
        os.environ[mark] = "tried"
        for form in (["unshare", "--net"], ["unshare", "--net", "--map-root-user"]):
            try:
                if subprocess.run(form + ["true"], stderr=subprocess.DEVNULL).returncode == 0:
                    os.environ[mark] = "made"
                    os.execvp(form[0], form + [sys.executable, "-B", *sys.argv])
            except OSError:
                continue
    elif os.environ[mark] == "made":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            up = struct.pack("16sh14x", b"lo", IFF_UP)
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, up)
    os.environ.pop(mark)


CASES = []


def case(function):
    CASES.append(function)
    return function


def said(process):
    """What a process of Project.start has said so far."""
    return os.pread(process.stdout.fileno(), 1 << 20, 0).decode(errors="replace")


def explain(function, project, error):
    """What was seen: the line that failed, the names it could look at, what tum said."""
    yield f"{function.__name__}: {type(error).__name__}: {error}"
    here = os.path.dirname(os.path.abspath(__file__))
    for frame, number in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        if os.path.dirname(os.path.abspath(name)) != here or frame.f_code is main.__code__:
            continue
        line = linecache.getline(name, number).strip()
        yield f"{os.path.basename(name)}:{number}: {line}"
        for key, value in frame.f_locals.items():
            if not callable(value) and not isinstance(value, Project):
                yield f"    {key} = {repr(value)[:200]}"
    if project.last is not None:
        yield f"the last tum: status {project.last.returncode}"
        yield project.last.stdout[-3000:] + project.last.stderr[-3000:]
    for process in project.started[-2:]:
        yield f"a tum that was started: status {process.poll()}"
        yield said(process)[-3000:]


def main():
    with_own_network()
    bad = 0
    wanted = sys.argv[2:]
    cases = [c for c in CASES if not wanted or c.__name__ in wanted]
    print(f"1..{len(cases)}", flush=True)
    for number, function in enumerate(cases, 1):
        title = (function.__doc__ or function.__name__).strip().splitlines()[0]
        start = time.monotonic()
        with Project() as project:
            try:
                function(project)
            except Skip as why:
                print(f"ok {number} - {title} # SKIP {why}", flush=True)
                continue
            except Exception as error:  # a test that breaks is a test that fails
                bad += 1
                print(f"not ok {number} - {title}")
                for text in explain(function, project, error):
                    print("# " + text.rstrip().replace("\n", "\n# "), flush=True)
            else:
                print(f"ok {number} - {title}", flush=True)
                if "TUM_TEST_TIMES" in os.environ:
                    print(f"# {function.__name__}: {time.monotonic() - start:.1f} s",
                          flush=True)
    sys.exit(bad != 0)
