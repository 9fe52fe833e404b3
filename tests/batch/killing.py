#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of a batch at random instants: nothing stays, and --resume completes it.

    [TUM_KILLS=100] [TUM_KILL_SEED=N] [TUM_TEST_PATIENCE=1] killing.py TUM

Six campaigns of every kind run, two at a time. The report of the resumed batch is that of
one that nobody killed, but for times.
"""

import os
import random
import re
import shutil
import time

from batchlib import FAIL, PASS, alive_of, bound, case, main, shell, sleep, wait_for

KILLS = int(os.environ.get("TUM_KILLS", "6"))
SEED = int(os.environ.get("TUM_KILL_SEED", "0")) or random.randrange(1, 1 << 30)
WORDS = ["-b", "-j", "2", "--report-dir", "out", "--infra-retries", "1",
         "--infra-delay", "0", "--retries", "1"]


def project(p):
    p.write("tum.yaml", "testpaths: [t]\nflaky: [{node: 't/e.tum::known'}]\n")
    p.campaign("t/a.tum", PASS, sleep(0.2), PASS)
    p.campaign("t/b.tum", FAIL, sleep(0.1))
    p.campaign("t/c.tum", shell("setsid sleep 50 & sleep 0.1; echo said", "daemon"))
    p.campaign("t/d.tum", shell("nohup sh -c '(sleep 50 &)'; sleep 0.2", "twice"), PASS)
    # An infrastructure error would differ: a killed attempt takes one of its budget.
    p.campaign("t/e.tum", FAIL.replace("bad", "known"),
               "let: {name: skips, values: {a: 1}, skipped: true}")
    p.campaign("t/f.tum", sleep(0.15), PASS)


def texts(p):
    """The reports without what differs between any two runs."""
    found = {}
    for name in ("summary.json", "junit.xml", "ctrf.json", "report.tap", "report.md"):
        text = (p.root / "out" / name).read_text()
        text = re.sub(r"\d{8}-\d{6}-\d+-\d+", "RUN", text)
        text = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)?", "TIME", text)
        text = re.sub(r"\bpid \d+", "pid N", text)
        text = re.sub(r'("(?:duration|duration_s|start|stop)": )[0-9.e+-]+', r"\1N", text)
        text = re.sub(r'time="[0-9.]+"', 'time="N"', text)
        text = re.sub(r"\| *[0-9.]+ s \|", "| N s |", text)
        text = re.sub(r"duration_s: [0-9.]+", "duration_s: N", text)
        text = re.sub(r" *@@\d+@@", "", text)  # a time, and what fills the line
        found[name] = text
    return found


def compare(wanted, found):
    for name, text in wanted.items():
        if text == found[name]:
            continue
        for a, b in zip(text.splitlines(), found[name].splitlines()):
            assert a == b, f"{name}: {b!r}, without a kill {a!r}"
        assert text == found[name], f"{name} is of another length"


def forget(p):
    for name in (".tum", "out", ".tmp"):
        shutil.rmtree(p.root / name, ignore_errors=True)
    (p.root / ".tmp").mkdir()


@case
def killed_at_random(p):
    """kill -9 at random instants: no process after 2 s, --resume ends, equal reports."""
    print(f"# {KILLS} kills, seed {SEED}", flush=True)
    dice = random.Random(SEED)
    project(p)
    start = time.monotonic()
    assert p.tum(*WORDS).returncode == 1
    whole = time.monotonic() - start
    wanted = texts(p)
    done = resumed = 0
    for number in range(KILLS):
        forget(p)
        instant = dice.uniform(0, whole)
        batch = p.start(*WORDS)
        time.sleep(instant)
        batch.kill()
        batch.wait()
        try:
            wait_for(lambda: not alive_of(p), bound(2))
        except AssertionError:
            raise AssertionError(f"kill {number} after {instant:.3f} s: later "
                                 f"{alive_of(p)} run")
        again = p.tum(*WORDS, "--resume")
        if again.returncode == 2 and "no batch is waiting" in again.stderr:
            # It had not begun, or it was over.
            done += (p.root / "out/summary.json").exists()
            if not (p.root / "out/summary.json").exists():
                again = p.tum(*WORDS)
                assert again.returncode == 1
        else:
            resumed += 1
            assert again.returncode == 1, f"kill {number} after {instant:.3f} s"
        try:
            compare(wanted, texts(p))
        except AssertionError as error:
            raise AssertionError(f"kill {number} after {instant:.3f} s: {error}")
    print(f"# {resumed} resumed, {done} were over, in {whole:.2f} s each", flush=True)


main()
