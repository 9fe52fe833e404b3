#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Running batches: statuses, selection, isolation, retries, resume.

    running.py TUM [CASE...]
"""

import fcntl
import json
import os
import pty
import resource
import select
import signal
import struct
import subprocess
import termios
import time

from batchlib import (FAIL, PASS, TUM, Skip, alive_of, alive_with, bound, case, main, said, shell,
                      sleep, wait_for)

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


def status(project, wanted, *args, **more):
    done = project.tum("-b", *args, **more)
    assert done.returncode == wanted, f"status {done.returncode}, wanted {wanted}"
    return done.stdout


# ---- statuses ----

@case
def passes(p):
    """All passed: 0."""
    p.campaign("a.tum", PASS)
    p.campaign("b.tum", PASS)
    out = status(p, 0, "a.tum", "b.tum")
    assert "PASS: 2 campaigns, 2 passed" in out


@case
def fails(p):
    """A test failed: 1; the failure has node, message and log."""
    p.campaign("t/a.tum", PASS)
    p.campaign("t/b.tum", FAIL)
    out = status(p, 1, "t")
    assert "bad: Check failed" in out and "log.txt" in out
    assert "also" not in out
    # Of several all are named, up to ten, with the same words.
    p.campaign("t/b.tum", *[FAIL.replace("bad", f"bad{i}") for i in range(12)],
               "process: {name: lost, command: [/no/such]}")
    out = status(p, 1, "t")
    assert "    bad0: Check failed" in out and "    also failed: bad9: Check" in out
    assert "bad10" not in out and "    and 3 more\n" in out, out


@case
def main_not_run(p):
    """main that is skipped: 1."""
    p.campaign("t/a.tum", PASS, head="  skipped: true\n")
    status(p, 1, "-j", "1", "--", "t")


@case
def load_error(p):
    """A campaign that does not load: 2, the others run."""
    p.write("t/a.tum", "main:\n  steps:\n  - nosuchitem: {name: x}\n")
    p.campaign("t/b.tum", PASS)
    out = status(p, 2, "t")
    assert "b.tum" in out and "nosuchitem" in out


@case
def missing_path(p):
    """A PATH that does not exist: 2, named, nothing runs."""
    p.campaign("a.tum", shell("touch ran"))
    status(p, 2, "a.tum", "nowhere")
    assert "nowhere" in p.last.stderr and not (p.root / "ran").exists()


@case
def infrastructure(p):
    """Only infrastructure errors: 4, named as such."""
    p.campaign("t/a.tum", "process: {name: p, command: [/no/such/program]}")
    out = status(p, 4, "--infra-retries", "0", "--", "t")
    assert "infrastructure, not a test failure" in out


@case
def nothing(p):
    """Nothing selected: 5."""
    p.campaign("t/a.tum", PASS)
    status(p, 5, "-k", "nomatch", "t")


@case
def bound_of_batch(p):
    """--batch-timeout: 124."""
    p.campaign("t/a.tum", sleep(120))
    start = time.monotonic()
    status(p, 124, "--batch-timeout", "0.5", "t")
    assert time.monotonic() - start < 100


@case
def strict01(p):
    """--exit-strict01 folds everything but 0 to 1."""
    p.campaign("t/a.tum", PASS)
    status(p, 1, "--exit-strict01", "-k", "nomatch", "t")


@case
def one_campaign_options(p):
    """-p, -t and -n are wrong usage in a batch."""
    p.campaign("a.tum", PASS)
    for words in (["-t", "json", "-p", "x"], ["-p", "x"]):
        status(p, 2, "-j", "1", *words, "--", "a.tum")


@case
def malformed_keyword(p):
    """A malformed -k: 2, with a caret under the place."""
    p.campaign("t/a.tum", PASS)
    status(p, 2, "-k", "a and (b", "t")
    lines = p.last.stderr.splitlines()
    at = next(i for i, line in enumerate(lines) if "a and (b" in line)
    assert lines[at + 1].index("^") == lines[at].index("(")


# ---- selection ----

@case
def keyword(p):
    """-k keeps nodes by name, type, file and tags; a matched container runs whole."""
    p.write("t/a.tum", "main:\n  steps:\n"
            "  - let: {name: one, values: {a: 1}, tags: [slow]}\n"
            "  - group:\n      name: Box\n      steps:\n"
            "      - let: {name: two, values: {a: 1}}\n"
            "      - let: {name: three, values: {a: 1}}\n")
    def nodes(*words):
        status(p, 0, "--list", *words, "--", "t")
        return [line.split("::")[1] for line in p.last.stdout.splitlines()]
    assert nodes("-k", "SLOW") == ["one"]
    assert nodes("-k", "box") == ["Box/two", "Box/three"]
    assert nodes("-k", "box and not two") == ["Box/three"]
    assert nodes("-k", "a.tum") == ["one", "Box/two", "Box/three"]
    assert nodes("--tags", "slow") == ["one"]
    assert p.tum("-b", "--list", "--tags", "slo", "t").returncode == 5


@case
def address(p):
    """A node address runs that node, always-items and nothing else."""
    p.write("a.tum", "main:\n  steps:\n"
            "  - let: {name: setup, values: {a: 1}, always: true}\n"
            "  - group:\n      name: g/1\n      steps:\n"
            "      - let: {name: x, values: {a: 1}}\n"
            "      - let: {name: y, values: {a: 1}}\n"
            "  - let: {name: other, values: {a: 1}}\n")
    status(p, 0, "--report-dir", "out", "--", "a.tum::g\\/1/x")
    done = {e["node"]: e["outcome"] for e in p.events("out/a/events.jsonl")
            if e["event"] == "item_finished"}
    assert done["setup"] == "passed" and done["g\\/1/x"] == "passed"
    assert done["g\\/1/y"] == "deselected" and done["other"] == "deselected"
    assert "WARN" not in (p.root / "out/a/log.txt").read_text()


@case
def bad_address(p):
    """An address of no node: 2, with the nearest one."""
    p.campaign("a.tum", "let: {name: measure, values: {a: 1}}")
    status(p, 2, "a.tum::measur")
    assert "did you mean 'measure'" in p.last.stderr


@case
def last_failed(p):
    """--lf runs what failed; when nothing failed, all, with a line that says so."""
    p.campaign("t/a.tum", PASS, "check: {name: maybe, values: ['$(ok)']}")
    p.campaign("t/b.tum", PASS)
    status(p, 1, "-d", "ok=False", "--", "t")
    assert p.tum("last", cwd=p.root / "t").stdout == "a.tum::maybe\n"
    status(p, 0, "--lf", "--list", "--", "t")
    assert p.last.stdout.split() == ["t/a.tum::maybe"]
    status(p, 0, "--lf", "-d", "ok=True", "--", "t")
    out = status(p, 0, "--lf", "--list", "--", "t")
    assert "No node failed in its last run" in out and "t/b.tum::good" in out
    status(p, 5, "--lf", "--last-failed-no-failures", "none", "t")


@case
def failed_first(p):
    """--ff runs all, the last failed first."""
    p.campaign("t/a.tum", PASS)
    p.campaign("t/b.tum", FAIL)
    status(p, 1, "t")
    out = status(p, 1, "--ff", "t")
    assert out.index("b.tum") < out.index("a.tum")


@case
def shards(p):
    """Shards are disjoint, and together they are the whole."""
    for i in range(12):
        p.campaign(f"t/c{i:02}.tum", PASS)
    status(p, 0, "t")
    parts = []
    for i in (1, 2, 3):
        parts += status(p, 0, "--list", f"--shard={i}/3", "t").split()
    assert sorted(parts) == sorted(set(parts)) and len(parts) == 12
    done = p.tum("-b", "--list", "--shard", "auto", "t", env={"TUM_SHARD": "2/3"})
    assert done.returncode == 0 and set(done.stdout.split()) < set(parts)
    status(p, 2, "--shard", "4/3", "t")


@case
def shuffle(p):
    """--shuffle prints its seed, and the seed gives the order again."""
    for i in range(8):
        p.campaign(f"t/c{i}.tum", PASS)
    out = status(p, 0, "--shuffle=7", "t")
    assert "seed 7" in out
    order = [l.split()[1] for l in out.splitlines() if l.startswith("PASS  ")]
    again = [l.split()[1] for l in status(p, 0, "--shuffle=7", "t").splitlines()
             if l.startswith("PASS  ")]
    assert order == again and order != sorted(order)


@case
def exit_first(p):
    """-x starts no campaign after a failed one; --maxfail after N."""
    for name in "abcd":
        p.campaign(f"t/{name}.tum", FAIL)
    assert "3 not started" in status(p, 1, "-x", "t")
    assert "2 not started" in status(p, 1, "--maxfail", "2", "t")


# ---- isolation ----

@case
def crash(p):
    """A campaign that crashes tum is an error with node and output; the next one runs."""
    p.leave_crashes()
    p.write("kill.py", KILL_TUM)
    p.campaign("t/a.tum", PASS, shell("seq -f 'line %g' 30; sleep 0.5; "
                                      "python3 ../kill.py; sleep 5", "boom"))
    p.campaign("t/b.tum", PASS)
    out = status(p, 4, "--infra-retries", "0", "--report-dir", "out", "--", "t")
    assert "SIGSEGV" in out and "'boom' was running" in out and "b.tum" in out
    assert "line 11\n" in out and "line 30\n" in out and "line 10\n" not in out, out
    summary = {c["campaign"]: c for c in p.json("out/summary.json")["campaigns"]}
    assert summary["t/a.tum" if "t/a.tum" in summary else "a.tum"]["outcome"] == "error"


@case
def crash_with_core(p):
    """When the kernel leaves a core file of a campaign that died, its message names it."""
    pattern = open("/proc/sys/kernel/core_pattern").read().strip()
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if "/" in pattern or pattern.startswith("|") or hard == 0:
        raise Skip("core files go elsewhere here")
    p.leave_crashes()
    p.env["ASAN_OPTIONS"] += ":disable_coredump=0"
    p.write("kill.py", KILL_TUM)
    p.campaign("t/a.tum", shell("python3 ../kill.py; sleep 5", "boom"))
    soft = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        out = status(p, 4, "--infra-retries", "0", "--", "t")
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, soft)
    path = next(l for l in out.splitlines() if "back trace: " in l).split(": ", 1)[1]
    assert os.path.dirname(path) == str(p.root) and os.path.getsize(path) > 0


@case
def control_group(p):
    """A campaign has a control group of its own where it may; it goes with the campaign."""
    lines = open("/proc/self/cgroup").read().splitlines()
    own = next((line[3:] for line in lines if line.startswith("0::")), None)
    roots = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
    folder = next((f"{root}{own}".rstrip("/") for root in roots
                   if own and os.access(f"{root}{own}/cgroup.procs", os.W_OK)), None)
    try:
        os.mkdir(f"{folder}/probe")
        os.rmdir(f"{folder}/probe")
    except OSError as error:
        raise Skip(error)
    p.campaign("t/a.tum", shell("cat /proc/self/cgroup > ../group; touch ../here; "
                                "until test -e ../go; do sleep 0.05; done"))
    batch = p.start("-b", "-j", "1", "--", "t")
    wait_for((p.root / "here").exists)
    name = next(line[3:] for line in (p.root / "group").read_text().splitlines()
                if line.startswith("0::")).split("/")[-1]
    assert name.startswith("tum-") and os.path.isdir(f"{folder}/{name}"), name
    p.write("go", "")
    assert batch.wait(60) == 0, said(batch)
    assert not os.path.exists(f"{folder}/{name}")


@case
def deaf(p):
    """One that does not end when it is asked to is ended, after its grace."""
    p.write("stop.py", KILL_TUM.replace("SIGSEGV", "SIGSTOP"))
    p.campaign("t/a.tum", shell("python3 ../stop.py; sleep 60", "stopped"))
    p.campaign("t/b.tum", PASS)
    out = status(p, 4, "--timeout", "1", "--infra-retries", "0", "--", "t", timeout=100)
    assert "bound of 1 s" in out and "PASS        t/b.tum" in out, out
    wait_for(lambda: not alive_of(p))


@case
def hang(p):
    """A campaign past its bound is a timeout, asked to stop first; the next one runs."""
    p.write("t/a.tum", f"main:\n  steps:\n  - {shell('echo said before; sleep 60', 'nap')}\n"
            "  - process: {name: after, shell: true, command: 'touch cleaned; seq 50', "
            "execute_on_stop: true}\n")
    p.campaign("t/b.tum", PASS)
    out = status(p, 4, "--timeout", "0.5", "--infra-retries", "0", "--", "t")
    assert "TIMEOUT" in out and "bound of 500 ms" in out and "PASS" in out
    assert "while 'nap' was running" in out
    # What it said when the bound was reached, not what its clean-up says.
    assert "said before" in out and "\n    50\n" not in out, out
    assert (p.root / "t/cleaned").exists()


@case
def own_temporary_folder(p):
    """TMPDIR is fresh; it goes when the campaign passed."""
    p.campaign("t/a.tum", shell("echo $TMPDIR > ../where; touch $TMPDIR/x"))
    status(p, 0, "t")
    assert not os.path.exists((p.root / "where").read_text().strip())
    p.campaign("t/a.tum", shell("echo $TMPDIR > ../where; touch $TMPDIR/x; exit 1"))
    status(p, 1, "t")
    assert os.path.exists((p.root / "where").read_text().strip() + "/x")
    p.campaign("t/a.tum", shell("echo $TMPDIR > ../where; exit 1"))
    status(p, 1, "t")
    assert not os.path.exists((p.root / "where").read_text().strip())  # it was empty


@case
def own_reports(p):
    """Relative report files of a campaign are in its own folder."""
    for name in "ab":
        p.write(f"t/{name}.tum", "report: {export: [{json: {path: r/x.json}}, "
                "{sqlite: {path: x.db}}]}\nmain: {steps: ["
                "{let: {name: n, values: {a: 1}}}]}\n")
    status(p, 0, "--report-dir", "out", "--", "t")
    for name in "ab":
        folder = next(p.root.glob(f"out/*{name}"))
        assert (folder / "r/x.json").exists()
        assert p.header(folder / "x.db")["clean_start"] == "yes"


# ---- retries ----

@case
def flaky_campaign(p):
    """--retries: a pass after a fail is flaky, and counts as passed."""
    p.campaign("t/a.tum", shell("test -e ../mark || { touch ../mark; exit 1; }"))
    out = status(p, 0, "--retries", "2", "--report-dir", "out", "--", "t")
    assert "FLAKY" in out and "1 flaky" in out
    assert "flakyFailure" in (p.root / "out/junit.xml").read_text()
    case_ = p.json("out/ctrf.json")["results"]["tests"][0]
    assert case_["flaky"] is True and case_["status"] == "passed"


@case
def known_flaky(p):
    """A listed node that fails is known flaky: not a failure, unless --strict-flaky."""
    p.write("tum.yaml", "flaky:\n- {node: 't/*.tum::bad', retries: 1}\n"
            "- {node: 't/*.tum::nothing'}\n"
            "- {node: 't/a.tum::good', until: 2020-01-01}\n")
    p.campaign("t/a.tum", FAIL, PASS)
    out = status(p, 0, "--report-dir", "out", "--", "t")
    assert "Known flaky" in out and "1 known flaky" in out
    one = p.json("out/summary.json")["campaigns"][0]
    assert one["message"].startswith("bad: Check failed"), one
    assert "matches no node" in out and "its last day was 2020-01-01" in out
    assert "# TO" "DO" in (p.root / "out/report.tap").read_text()
    status(p, 1, "--strict-flaky", "t")
    # Of a campaign that failed the section says what is known, not why it failed.
    p.campaign("t/a.tum", FAIL, FAIL.replace("bad", "worse"))
    out = status(p, 1, "t")
    known = out[out.index("Known flaky\n"):]
    assert "bad: Check failed" in known and "worse" not in known, out


@case
def infra_budget(p):
    """Infrastructure re-runs are bounded and end with the words; on_exhausted runs once."""
    p.write("note.sh", '#!/bin/sh\necho "$TUM_CAMPAIGN $TUM_ATTEMPTS" >> told\n')
    os.chmod(p.root / "note.sh", 0o755)
    p.write("tum.yaml", "on_exhausted: [./note.sh]\n")
    p.campaign("t/a.tum", "process: {name: p, command: [/no/such]}")
    out = status(p, 4, "--infra-retries", "2", "--infra-delay", "0", "--", "t")
    assert "after 3 attempts" in out
    assert (p.root / "told").read_text() == "t/a.tum 3\n"


# ---- going on ----

def unended(p):
    row = p.state("select id, (select count(*) from campaign c where c.batch=b.id and "
                  "state='done') from batch b where ended is null")
    return row[0] if row else None


@case
def killed_and_resumed(p):
    """kill -9: nothing of it is left within 2 s, --resume finishes, the report is whole."""
    p.write("tum.yaml", "testpaths: [t]\n")
    for i in range(4):
        p.campaign(f"t/c{i}.tum", shell("sleep 0.3"), PASS)
    batch = p.start("-b", "--report-dir", "out")
    run, _ = wait_for(lambda: (unended(p) or (0, 0))[1] >= 1 and unended(p))
    batch.kill()
    batch.wait()
    wait_for(lambda: not alive_with(run), bound(2))
    p.tum("report")
    text = (p.root / "out/report.md").read_text()
    assert "result: FAIL" in text
    out = status(p, 0, "--resume", "--report-dir", "out")
    assert "4 passed" in out
    text = (p.root / "out/report.md").read_text()
    assert "result: PASS" in text and "passed: 8" in text
    status(p, 2, "--resume")


@case
def report_of_a_killed_batch(p):
    """tum report of a batch that was killed: what was open is interrupted, all is FAIL."""
    p.write("tum.yaml", "testpaths: [t]\n")
    p.campaign("t/a.tum", PASS, shell("touch ../here; sleep 60", "open"))
    p.campaign("t/b.tum", PASS)
    batch = p.start("-b", "--report-dir", "out")
    wait_for((p.root / "here").exists)
    batch.kill()
    batch.wait()
    wait_for(lambda: not alive_of(p))
    p.tum("report", "out")
    whole = p.json("out/summary.json")
    assert whole["result"] == "FAIL" and whole["ended"] is False and whole["interrupted"] == 2
    a, b = whole["campaigns"]
    assert a["outcome"] == "interrupted" and a["result"] == "FAIL" and a["passed"] == 1
    assert [(f["node"], f["outcome"]) for f in a["findings"]] == [("open", "interrupted")]
    assert b["outcome"] == "not_started" and b["result"] == "FAIL"
    assert (a["message"], b["message"]) == ("cut by the end of the batch", "not started")
    assert '<error message="cut by the end' in (p.root / "out/junit.xml").read_text()
    assert "Bail out!" in (p.root / "out/report.tap").read_text()
    text = (p.root / "out/report.md").read_text()
    assert "result: FAIL" in text and "it was killed" in text


@case
def live_line(p):
    """On a terminal: how far it is, what runs, and an estimate from recorded durations."""
    p.write("tum.yaml", "testpaths: [t]\n")
    p.campaign("t/a.tum", sleep(1.5))
    p.campaign("t/b.tum", PASS)
    status(p, 0)
    p.campaign("t/a.tum", shell("until test -e ../go; do sleep 0.05; done"))
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    batch = subprocess.Popen([TUM, "-b"], cwd=p.root, stdin=slave, stdout=slave, stderr=slave,
                             env={**p.env, "TERM": "xterm", "NO_COLOR": "1"})
    os.close(slave)
    seen, end = b"", time.monotonic() + 60

    def more():
        assert select.select([master], [], [], 60)[0] and time.monotonic() < end, seen
        return os.read(master, 4096)

    try:
        while b"0/2  about " not in seen or b" s left  a.tum" not in seen:
            seen += more()
        p.write("go", "")
        while b"PASS: 2 campaigns" not in seen:
            seen += more()
        assert batch.wait(60) == 0
    finally:
        os.close(master)
        batch.kill()
        batch.wait()


@case
def resumed_is_not_left_over(p):
    """A resumed batch is under way: no left-over, not resumed twice, seen by status."""
    p.write("tum.yaml", "testpaths: [t]\n")
    p.campaign("t/a.tum", shell("touch ../here; until test -e ../go; do sleep 0.05; done"))
    p.campaign("u/b.tum", PASS)
    batch = p.start("-b")
    wait_for((p.root / "here").exists)
    batch.kill()
    batch.wait()
    wait_for(lambda: not alive_of(p), 20)
    (p.root / "here").unlink()
    batch = p.start("-b", "--resume")
    wait_for((p.root / "here").exists)
    assert "left over" not in status(p, 0, "--clean", "--", "u")
    assert json.loads(p.tum("status", "--json").stdout)["under_way"]
    done = p.tum("-b", "--resume")
    assert done.returncode == 2 and "no batch is waiting" in done.stderr
    p.write("go", "")
    assert batch.wait(60) == 0, said(batch)
    assert "1 passed" in said(batch)


@case
def budget_survives_kills(p):
    """The infrastructure budget is not renewed by kills and resumes."""
    p.write("tum.yaml", "testpaths: [t]\n")
    p.campaign("t/a.tum", shell("echo x >> ../starts; sleep 20"))
    words = ["--infra-retries", "2", "--infra-delay", "0"]
    batch = p.start("-b", *words)
    def count():
        path = p.root / "starts"
        return len(path.read_text()) // 2 if path.exists() else 0
    for i in range(3):
        wait_for(lambda: count() == i + 1)
        batch.kill()
        batch.wait()
        if i < 2:
            batch = p.start("-b", "--resume", *words)
    out = status(p, 4, "--resume", *words)
    assert "infrastructure, not a test failure" in out and count() == 3


@case
def interrupted(p):
    """SIGINT: clean-up items run, reports are written, 130; SIGTERM: 143."""
    p.write("t/a.tum", "main:\n  steps:\n  - process: {name: s, command: [sleep, '60']}\n"
            "  - process: {name: after, command: [touch, ../cleaned], "
            "execute_on_stop: true}\n")
    for number, wanted in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        batch = p.start("-b", "--report-dir", "out", "t")
        wait_for(lambda: any(words.startswith("sleep") for _, words in alive_of(p)))
        batch.send_signal(number)
        assert batch.wait(60) == wanted, batch.returncode
        assert (p.root / "cleaned").exists()
        (p.root / "cleaned").unlink()
        assert "result: FAIL" in (p.root / "out/report.md").read_text()
        assert f"exit_code: {wanted}" in (p.root / "out/report.md").read_text()


@case
def corrupt_state(p):
    """A corrupt state file is moved away with a warning; the batch runs."""
    p.write("tum.yaml", "testpaths: [t]\n")
    p.campaign("t/a.tum", PASS)
    p.write(".tum/state.db", "this is no database, and long enough to be read" * 50)
    done = p.tum("-b")
    assert done.returncode == 0 and "state.db.bad-1" in done.stderr
    assert (p.root / ".tum/state.db.bad-1").exists()


@case
def newer_state(p):
    """A state file of a newer version is moved away too."""
    import sqlite3
    p.write("tum.yaml", "testpaths: [t]\n")
    p.campaign("t/a.tum", PASS)
    assert p.tum("-b").returncode == 0
    con = sqlite3.connect(p.root / ".tum/state.db")
    con.execute("pragma user_version=99")
    con.commit()
    con.close()
    done = p.tum("-b")
    assert done.returncode == 0 and "newer version" in done.stderr


@case
def two_batches(p):
    """Two batches at the same time in one project: both run."""
    p.write("tum.yaml", "testpaths: [t]\n")
    p.campaign("t/a.tum", sleep(0.5))
    p.campaign("t/b.tum", PASS)
    one, two = p.start("-b"), p.start("-b")
    assert (one.wait(120), two.wait(120)) == (0, 0)
    facts = json.loads(p.tum("status", "--json").stdout)
    assert (facts["batches"], facts["campaigns"]) == (2, 4)
    assert "bad-1" not in " ".join(os.listdir(p.root / ".tum"))


@case
def unwritable_reports(p):
    """A report folder that cannot be made: 3, with path and reason."""
    p.campaign("t/a.tum", PASS)
    p.write("file", "")
    status(p, 3, "--report-dir", "file/out", "--", "t")
    assert "file" in p.last.stderr


@case
def locks(p):
    """Campaigns that share a lock do not run together; who waits says for whom."""
    for name in "ab":
        p.campaign(f"t/{name}.tum",
                   shell("test ! -e ../busy && touch ../busy && sleep 0.3 && rm ../busy"),
                   head="  locks: [bench1]\n")
    status(p, 0, "-j", "2", "--", "t")
    p.write("t/c.tum", "main:\n  steps:\n  - process: {name: x, command: 'until test -e "
            "../go; do sleep 0.05; done', shell: true, locks: bench1}\n")
    first = p.start("-b", "t/c.tum")
    wait_for(lambda: "pid" in (p.root / ".runtime/tum/bench1").read_text())
    second = p.start("-b", "t/c.tum")
    wait_for(lambda: "Waiting for lock 'bench1', held by pid" in said(second))
    p.write("go", "")
    assert first.wait(60) == 0 and second.wait(60) == 0


@case
def locks_and_limits(p):
    """Waiting for a lock counts for no time_limit around it; what comes after does."""
    p.write("t/a.tum", "main:\n  steps:\n  - process: {name: x, command: 'until test -e "
            "../go; do sleep 0.05; done', shell: true, locks: bench1}\n")
    check = "      - check: {name: x, values: <| 1 == 1 |>, locks: bench1}\n"
    p.write("sub/s.tum", "main:\n  steps:\n" + check.replace("      -", "  -"))
    p.write("sub/main.tum", "main:\n  locks: bench1\n  steps:\n  - check: {values: [true]}\n")
    for name, steps in (("b", check), ("c", check + "      - sleep: {timeout: 60}\n"),
                        ("d", "      - run: {tum: ../sub/s.tum}\n"),
                        ("e", "      - run: {tum: ../sub/main.tum}\n")):
        p.write(f"t/{name}.tum",
                "main:\n  steps:\n  - group:\n      name: g\n      time_limit: 3\n"
                "      steps:\n" + steps)
    first = p.start("-b", "t/a.tum")
    lock = p.root / ".runtime/tum/bench1"
    wait_for(lambda: lock.exists() and "pid" in lock.read_text())
    others = [p.start("-b", f"t/{name}.tum") for name in "bcde"]
    for other in others:
        wait_for(lambda: "Waiting for lock 'bench1', held by pid" in said(other))
    time.sleep(3.5)
    p.write("go", "")
    assert first.wait(60) == 0
    for i in 0, 2, 3:
        assert others[i].wait(60) == 0, said(others[i])
    assert others[1].wait(30) == 4, said(others[1])
    assert "time_limit of 3 s reached" in said(others[1]), said(others[1])


@case
def changed(p):
    """--changed: what campaigns read, the rules of map, otherwise."""
    def git(*words):
        import subprocess
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *words],
                       cwd=p.root, check=True, capture_output=True)
    p.write("tum.yaml", "testpaths: [t]\nmap:\n- {when: [src/**], run: [t/b.tum]}\n"
            "- {when: ['**/*.md'], run: []}\notherwise: [t/c.tum]\n")
    p.write(".gitignore", ".runtime\n.tmp\n.tum\n")
    p.write("src/x.c", "")
    p.write("a.md", "")
    p.write("data.txt", "")
    p.write("inc.yaml", "- let: {name: i, values: {a: 1}}\n")
    p.write("t/a.tum", "main:\n  steps:\n  - !include ../inc.yaml\n")
    p.campaign("t/b.tum", PASS)
    p.campaign("t/c.tum", PASS)
    git("init", "-q"); git("add", "."); git("commit", "-qm", "x")
    status(p, 0)
    def chosen():
        done = p.tum("-b", "--changed", "--list")
        return sorted({l.split("::")[0] for l in done.stdout.splitlines()
                       if "::" in l}), done
    p.write("inc.yaml", "- let: {name: j, values: {a: 1}}\n")
    assert chosen()[0] == ["t/a.tum"], chosen()[1].stdout + chosen()[1].stderr
    git("commit", "-qam", "y")
    p.write("src/x.c", "int x;\n")
    assert chosen()[0] == ["t/b.tum"]
    assert "t/b.tum: because of src/x.c" in p.tum("-b", "--changed").stdout
    git("commit", "-qam", "z")
    p.write("data.txt", "x")
    assert chosen()[0] == ["t/c.tum"]
    git("commit", "-qam", "u")
    p.write("a.md", "x")
    done = p.tum("-b", "--changed")
    assert done.returncode == 0 and "Nothing is to be run" in done.stdout


@case
def three_hundred(p):
    """Selection over 300 campaigns is quick when they are known."""
    p.write("tum.yaml", "testpaths: [t]\n")
    for i in range(300):
        p.campaign(f"t/c{i:03}.tum", *[f"let: {{name: n{k}, values: {{a: 1}}}}"
                                       for k in range(10)])
    assert p.tum("-b", "-k", "c1", "--list").returncode == 0
    assert p.tum("-b", "-j", "2", "-k", "c000").returncode == 0
    p.tum("-b", "-k", "nomatch")
    start = time.monotonic()
    assert p.tum("-b", "-k", "c100 and n3", "--list").returncode == 0
    print(f"# selection over 300 campaigns: {(time.monotonic() - start) * 1000:.0f} ms")
    halves = [set(p.tum("-b", "--list", "--shard", f"{i}/2").stdout.split())
              for i in (1, 2)]
    assert not halves[0] & halves[1] and len(halves[0] | halves[1]) == 3000


main()
