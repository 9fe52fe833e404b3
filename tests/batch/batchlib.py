# SPDX-License-Identifier: Apache-2.0
"""What the batch tests share: a project in a fresh folder, running tum in it, TAP output."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

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
        (self.root / ".tmp").mkdir()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.root, ignore_errors=True)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def campaign(self, name, *steps, head=""):
        body = "".join(f"  - {step}\n" for step in steps)
        return self.write(name, f"main:\n{head}  steps:\n{body}")

    def tum(self, *args, env=None, timeout=120, cwd=None):
        done = subprocess.run([TUM, *args], cwd=cwd or self.root, timeout=timeout,
                              env={**self.env, **(env or {})}, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, errors="replace")
        self.last = done
        return done

    def start(self, *args, env=None):
        return subprocess.Popen([TUM, *args], cwd=self.root,
                                env={**self.env, **(env or {})}, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, errors="replace")

    def json(self, name):
        return json.loads((self.root / name).read_text())

    def events(self, name):
        lines = (self.root / name).read_text().splitlines()
        return [json.loads(line) for line in lines]

    def header(self, path):
        """Header rows of a report database."""
        import sqlite3
        con = sqlite3.connect(self.root / path)
        rows = dict(con.execute("select key, value from header"))
        con.close()
        return rows


PASS = "let: {name: good, values: {a: 1}}"
FAIL = "check: {name: bad, values: ['<| 1 == 2 |>']}"


def sleep(seconds, name="nap"):
    return f"sleep: {{name: {name}, timeout: {seconds}}}"


def shell(command, name="shell"):
    return "process: " + json.dumps(
        {"name": name, "command": command, "shell": True})


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


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("it did not happen")


CASES = []


def case(function):
    CASES.append(function)
    return function


def main():
    bad = 0
    wanted = sys.argv[2:]
    cases = [c for c in CASES if not wanted or c.__name__ in wanted]
    print(f"1..{len(cases)}", flush=True)
    for number, function in enumerate(cases, 1):
        title = (function.__doc__ or function.__name__).strip().splitlines()[0]
        with Project() as project:
            try:
                function(project)
            except Exception as error:  # a test that breaks is a test that fails
                bad += 1
                print(f"not ok {number} - {title}")
                print(f"  # {function.__name__}: {type(error).__name__}: {error}"
                      .replace("\n", "\n  # "))
                last = getattr(project, "last", None)
                if last is not None:
                    text = (f"status {last.returncode}\n" + last.stdout[-3000:]
                            + last.stderr[-3000:])
                    print("  # " + text.replace("\n", "\n  # "), flush=True)
            else:
                print(f"ok {number} - {title}", flush=True)
    sys.exit(bad != 0)
