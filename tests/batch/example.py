#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The worked example of validation/batch: what its head says, and what it shows.

    example.py TUM
"""

import pathlib
import shutil
import subprocess

from batchlib import case, main

EXAMPLE = pathlib.Path(__file__).parents[2] / "validation/batch"


def git(p, *words):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *words],
                   cwd=p.root, check=True, capture_output=True)


def status(p, wanted, *words):
    done = p.tum(*words)
    assert done.returncode == wanted, f"status {done.returncode}, wanted {wanted}"
    return done.stdout


@case
def worked_example(p):
    """The example runs: services, pre-flight, map, flaky, gate."""
    shutil.copytree(EXAMPLE, p.root, dirs_exist_ok=True)
    p.write(".gitignore", ".*\nout\n*.sock\nnotes/*\n__pycache__\n")
    git(p, "init", "-q", "-b", "main")
    git(p, "add", ".")
    git(p, "commit", "-qm", "x")
    out = status(p, 0, "-b", "--report-dir", "out")
    assert "service 'supply' was respawned" in out and "by hand" not in out
    assert "Known flaky" in out and "Flaky: passed after an attempt" in out
    assert "PASS: 5 campaigns" in out and "1 known flaky" in out
    whole = {c["campaign"]: c for c in p.json("out/summary.json")["campaigns"]}
    recovery = whole["power/recovery.tum"]
    assert recovery["clean_start"].startswith("respawned: ")
    assert "output stage tripped at 12.0 V" in recovery["clean_start"]
    assert status(p, 0, "-b", "--list", "--tags", "slow").split() == [
        "power/overload.tum::trip", "net/link.tum::first\\ packet"] or \
        "net/link.tum::first packet" in p.last.stdout
    assert "first packet" in status(p, 0, "flaky")

    def changed(wanted, *names):
        out = status(p, wanted, "-b", "--changed", "--list")
        found = sorted({line.split("::")[0].strip("'") for line in out.splitlines()
                        if "::" in line})
        assert found == sorted(names), found
        git(p, "commit", "-qam", "x")

    (p.root / "net/loss.tum").write_text(
        (p.root / "net/loss.tum").read_text().replace("7 <= 1", "8 <= 1"))
    changed(0, "net/loss.tum", "net/link.tum")
    (p.root / "scripts/tell-someone").write_text("#!/bin/sh\n")
    changed(0, "smoke/alive.tum")

    p.write("bench.taken", "a colleague")
    out = status(p, 4, "-b")
    assert "bench is taken by a colleague" in out and "do what the check says" in out
    out = p.tum("gate")
    assert out.returncode == 4 and "infrastructure, not a test failure" in out.stderr
    (p.root / "bench.taken").unlink()

    done = p.tum("gate")
    assert done.returncode == 0 and "result=PASS status=success" in done.stderr
    text = (p.root / "notes/gate.md").read_text()
    assert "smoke: ok" in text and "power/levels.tum" in text
    status(p, 0, "-b", "-j", "2", "--lf")


main()
