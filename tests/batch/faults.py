#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What one campaign does to the bench, and what the next one is told of it.

    faults.py TUM [CASE...]
"""

import os
import signal
import socket
import sqlite3
import subprocess
import sys

from batchlib import (FAIL, PASS, TUM, Skip, alive_of, bound, case, main, said, shell, wait_for)


def batch(p, wanted, *args, **more):
    done = p.tum("-b", "--infra-retries", "0", "--report-dir", "out", *args, "--", "t",
                 **more)
    assert done.returncode == wanted, f"status {done.returncode}, wanted {wanted}"
    return {os.path.basename(c["campaign"]): c
            for c in p.json("out/summary.json")["campaigns"]}


def reports_of(p, name):
    """A campaign that passes and has a report to look into."""
    p.write(f"t/{name}.tum", "report: {export: {sqlite: {path: r.db}}}\nmain: {steps: ["
            "{let: {name: n, values: {a: 1}}}]}\n")


def clean_start(p, name):
    return p.header(next(p.root.glob(f"out/*{name}")) / "r.db")["clean_start"]


def leave(p, code, name="a.tum"):
    """A campaign whose function leaves what `code` starts (the words of Popen)."""
    p.write("t/left.py", "import os, subprocess, sys, time\ndef go():\n"
            f"    subprocess.Popen({code})\n"
            "    while not os.path.exists('../up'):\n        time.sleep(0.02)\n"
            "    return 0, ''\n")
    p.campaign(f"t/{name}", "py_func: {name: f, file: left.py, func_name: go}")


@case
def nothing_found(p):
    """Campaigns that leave nothing behind: the next one is told that it starts clean."""
    reports_of(p, "a")
    reports_of(p, "b")
    found = batch(p, 0)
    assert clean_start(p, "a") == clean_start(p, "b") == "yes"
    assert "left_behind" not in found["a.tum"]


@case
def setsid_daemon(p):
    """A daemon of a session of its own, forked twice, under nohup: ended and named."""
    p.write("daemon.sh", "#!/bin/sh\n(trap '' HUP; nohup sleep 98 >/dev/null 2>&1 &\n"
            "touch ../up) &\n")
    os.chmod(p.root / "daemon.sh", 0o755)
    leave(p, "['setsid', '-f', '../daemon.sh']")
    reports_of(p, "b")
    found = batch(p, 0)
    assert "sleep 98" in found["a.tum"]["left_behind"], found["a.tum"]
    assert "a.tum left pid" in clean_start(p, "b")
    assert not [c for _, c in alive_of(p) if "sleep 98" in c]


@case
def without_its_environment(p):
    """Who took the mark out of its environment is found below the campaign all the same."""
    leave(p, "['sh', '-c', 'touch ../up; exec sleep 97'], start_new_session=True, "
          "env={'PATH': os.environ['PATH'], 'TUM_TEST_PROJECT': "
          "os.environ['TUM_TEST_PROJECT']}")
    found = batch(p, 0)
    assert "sleep 97" in found["a.tum"]["left_behind"], found["a.tum"]
    assert not [c for _, c in alive_of(p) if "sleep 97" in c]


@case
def lock_file(p):
    """A lock file that a campaign names as a lock, and leaves: the next one is told."""
    lock = p.root / "LCK..ttyUSB0"
    p.campaign("t/a.tum", shell(f"touch {lock}"), head=f"  locks: [{lock}]\n")
    reports_of(p, "b")
    found = batch(p, 0)
    assert f"lock file {lock}" in found["a.tum"]["left_behind"]
    assert f"a.tum left lock file {lock}" in clean_start(p, "b")


@case
def held_device(p):
    """A device that somebody else opened meanwhile: named with its holder."""
    device = p.root / "by-id"
    (p.root / "tty").write_text("")
    device.symlink_to("tty")
    p.campaign("t/a.tum", shell("touch ../asked; until test -e ../held; "
                                "do sleep 0.05; done"), head=f"  locks: ['{device}']\n")
    reports_of(p, "b")
    run = p.start("-b", "--report-dir", "out", "--", "t")
    wait_for((p.root / "asked").exists)
    with open(device):
        p.write("held", "")
        assert run.wait(60) == 0, said(run)
        assert f"{device} held by pid {os.getpid()}" in clean_start(p, "b")


@case
def socket_left(p):
    """A unix socket left in TMPDIR is named, and the next one is told."""
    p.write("t/left.py", "import os, socket\ndef go():\n"
            "    os.mkdir('../.tmp/app')\n    os.mkdir('../.tmp/app/user')\n"
            "    for name in ('registry', 'app/user/control'):\n"
            "        s = socket.socket(socket.AF_UNIX)\n"
            f"        s.bind(f'{p.root}/.tmp/{{name}}.sock')\n    return 0, ''\n")
    p.campaign("t/a.tum", "py_func: {name: f, file: left.py, func_name: go}")
    reports_of(p, "b")
    found = batch(p, 0)
    for name in ("registry", "app/user/control"):
        assert f"socket {p.root}/.tmp/{name}.sock" in found["a.tum"]["left_behind"]
        assert f"{name}.sock" in clean_start(p, "b")


@case
def socket_elsewhere(p):
    """So is one in a folder that pre-flight names, also where its name is relative."""
    p.write("tum.yaml", "preflight: [{socket: 'run/other*'}]\n")
    (p.root / "run").mkdir()
    p.write("t/left.py", "import os, socket\ndef go():\n"
            "    s = socket.socket(socket.AF_UNIX)\n"
            "    s.bind('../run/registry.sock')\n    return 0, ''\n")
    p.campaign("t/a.tum", "py_func: {name: f, file: left.py, func_name: go}")
    reports_of(p, "b")
    found = batch(p, 0)
    assert f"socket {p.root}/run/registry.sock" in found["a.tum"]["left_behind"]
    assert "registry.sock" in clean_start(p, "b")


@case
def disk_stays_full(p):
    """A disk that stays full is told to the next campaign."""
    tmpfs(p, ".tmp", "96m")
    try:
        p.campaign("t/a.tum", shell(f"head -c 60m /dev/zero > {p.root}/.tmp/core"))
        reports_of(p, "b")
        found = batch(p, 0)
        assert f"a full disk ({p.root}/.tmp)" in found["a.tum"]["left_behind"]
        assert "a full disk" in clean_start(p, "b")
    finally:
        unmount(p, ".tmp")


LISTEN = ("import os, socket, time; s = socket.socket(); s.bind(('127.0.0.1', 0)); "
          "s.listen(); open('listens', 'w').write(f'{os.getpid()} "
          "{s.getsockname()[1]} '); time.sleep(300)")


@case
def port_left(p):
    """Who listens since, and has nobody, is named; what somebody looks after is not."""
    p.campaign("t/a.tum", shell("touch ../asked; until test -e ../go; do sleep 0.05; done"))
    reports_of(p, "b")
    env = {"PATH": os.environ["PATH"]}
    for words, orphan in (([], False), (["setsid", "-f"], True)):
        for name in ("asked", "go", "listens"):
            (p.root / name).unlink(missing_ok=True)
        run = p.start("-b", "--report-dir", "out", "--", "t")
        wait_for((p.root / "asked").exists)
        other = subprocess.Popen([*words, sys.executable, "-c", LISTEN], env=env,
                                 cwd=p.root)
        wait_for(lambda: (p.root / "listens").exists()
                 and (p.root / "listens").read_text().endswith(" "))
        pid, port = map(int, (p.root / "listens").read_text().split())
        parent = int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
        try:
            p.write("go", "")
            assert run.wait(60) == 0, said(run)
            if orphan and parent != 1:
                raise Skip("orphans have another parent here")
            assert (f":{port}" in clean_start(p, "b")) == orphan, clean_start(p, "b")
        finally:
            os.kill(pid, signal.SIGKILL)
            other.wait()


@case
def charged_to_the_right_one(p):
    """With -j above 1 what carries a campaign's id is charged to it, nothing else is."""
    leave(p, "['sh', '-c', 'touch ../up; exec sleep 96'], start_new_session=True")
    p.campaign("t/b.tum", "py_func: {name: listen, file: listen.py, func_name: go}")
    p.write("t/listen.py", "import os, socket, time\ndef go():\n"
            "    s = socket.socket()\n    s.bind(('127.0.0.1', 0))\n    s.listen()\n"
            "    while not os.path.exists('../over'):\n        time.sleep(0.02)\n"
            "    return 0, ''\n")
    p.campaign("t/c.tum", shell("until test -e ../up; do sleep 0.05; done"), PASS)
    p.campaign("t/d.tum", shell("touch ../over"))
    found = batch(p, 0, "-j", "2")
    assert "sleep 96" in found["a.tum"]["left_behind"]
    for name in "bcd":
        assert "left_behind" not in found[f"{name}.tum"], found[f"{name}.tum"]


@case
def charged_to_the_batch(p):
    """What no campaign can be charged with is said of the batch, and to the next one."""
    p.write("t/left.py", "import socket\ndef go():\n"
            "    s = socket.socket(socket.AF_UNIX)\n"
            f"    s.bind('{p.root}/.tmp/registry.sock')\n    return 0, ''\n")
    p.campaign("t/a.tum", "py_func: {name: f, file: left.py, func_name: go}",
               shell("touch ../made"))
    p.campaign("t/b.tum", shell("until test -e ../made; do sleep 0.05; done"))
    p.campaign("t/c.tum", shell("until test -e ../made; do sleep 0.05; done"))
    found = batch(p, 0, "-j", "2")
    word = f"left behind while several campaigns ran: socket {p.root}/.tmp/registry.sock"
    assert p.last.stdout.count(word) == 1
    assert word in (p.root / "out/report.md").read_text()
    assert not any("left_behind" in one for one in found.values())
    assert "registry.sock" in found["c.tum"]["clean_start"]


def tmpfs(p, folder, size):
    """A small disk; for root only."""
    (p.root / folder).mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs",
                           str(p.root / folder)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Skip("no disk can be mounted here: " + done.stderr.strip())


def unmount(p, folder):
    subprocess.run(["umount", "-l", str(p.root / folder)], capture_output=True)


@case
def full_disk(p):
    """A campaign fills the disk: it is told of, room is made, the next one runs."""
    tmpfs(p, ".tmp", "128m")
    try:
        p.campaign("t/a.tum", shell("head -c 120m /dev/zero > $TMPDIR/core; exit 1"))
        p.campaign("t/b.tum", shell("head -c 100m /dev/zero > $TMPDIR/data"))
        found = batch(p, 1)
        assert found["b.tum"]["outcome"] == "passed", found["b.tum"]
        assert "a full disk" in found["a.tum"]["left_behind"], found["a.tum"]
        assert "a full disk" in found["b.tum"]["clean_start"]
    finally:
        unmount(p, ".tmp")


@case
def full_report_folder(p):
    """The disk of the reports is full: 3 with path and reason; the state has it all."""
    tmpfs(p, "out", "256k")
    try:
        p.campaign("t/a.tum", shell("head -c 1m /dev/zero | tr '\\0' x | fold"))
        p.campaign("t/b.tum", FAIL)
        done = p.tum("-b", "--report-dir", "out", "--", "t")
        assert done.returncode == 3
        assert "out/t_a" in done.stderr and "No space left on device" in done.stderr
        assert p.tum("last", cwd=p.root / "t").stdout == "b.tum::bad\n"
    finally:
        unmount(p, "out")


@case
def preflight_before_the_batch(p):
    """A check that fails before the batch: 4 in every report, and nothing has run."""
    p.write("tum.yaml", "preflight: [{env: [NO_SUCH_VARIABLE_X]}]\n")
    p.campaign("t/a.tum", shell("touch ../ran"))
    done = p.tum("-b", "--report-dir", "out", "--", "t")
    assert done.returncode == 4 and not (p.root / "ran").exists()
    assert "FAIL: 1 campaign" in done.stdout and "exit status 4" in done.stdout
    text = (p.root / "out/report.md").read_text()
    assert "result: FAIL" in text and "exit_code: 4" in text
    assert "NO_SUCH_VARIABLE_X" in text
    assert "Bail out! " in (p.root / "out/report.tap").read_text()
    assert "NO_SUCH_VARIABLE_X" in (p.root / "out/report.html").read_text()


@case
def zombies_port(p):
    """A port taken by what an earlier run left: named, ended with --clean only."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    p.write("tum.yaml", f"preflight: [{{port: '127.0.0.1:{port}'}}]\n")
    p.campaign("t/a.tum", PASS)
    old = subprocess.Popen(
        [sys.executable, "-c", f"import socket, time; s = socket.socket(); "
         f"s.bind(('127.0.0.1', {port})); s.listen(); print(flush=True); "
         "time.sleep(100)"], stdout=subprocess.PIPE, start_new_session=True,
        env={**p.env, "TUM_RUN_ID": "20200101-000000-99999999-1"})
    try:
        old.stdout.readline()
        done = p.tum("-b", "-j", "1", "--report-dir", "out", "--", "t")
        found = [e for e in p.events("out/events.jsonl") if e["event"] == "preflight"]
        assert done.returncode == 4 and found[0]["ok"] is False
        assert f"pid {old.pid}" in found[0]["message"]
        assert "time.sleep(100)" in found[0]["message"]
        assert old.poll() is None
        assert p.tum("-b", "--clean", "--", "t").returncode == 0
        assert old.wait(60) != 0
        # Somebody else's process is never ended, whatever is asked for.
        with socket.socket() as s:
            s.bind(("127.0.0.1", port))
            s.listen()
            done = p.tum("-b", "--clean", "--", "t")
            assert done.returncode == 4 and f"pid {os.getpid()}" in done.stdout
    finally:
        old.kill()
        old.wait()
        old.stdout.close()


OVER = "20200101-000000-99999999-1"


def ticks_of(pid):
    return int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[19])


@case
def known_by_its_start_time(p):
    """A process without its mark is known by pid and start time, named, ended."""
    p.write("tum.yaml", "testpaths: [t]\n")
    reports_of(p, "a")
    assert p.tum("-b").returncode == 0
    env = {k: v for k, v in p.env.items() if k != "TUM_RUN_ID"}
    ours, other = (subprocess.Popen(["sleep", "94"], env=env) for _ in range(2))
    try:
        con = sqlite3.connect(p.root / ".tum/state.db")
        con.executemany("INSERT INTO process VALUES(?,?,?,?)",
                        [(OVER + "/1", ours.pid, ticks_of(ours.pid), "t/a.tum"),
                         (OVER + "/2", other.pid, ticks_of(other.pid) - 1, "t/b.tum")])
        con.commit()
        con.close()
        done = p.tum("-b", "--report-dir", "out")
        assert f"left over: pid {ours.pid} sleep 94 (of run {OVER}/1); it may hold what " \
            "campaigns need; --clean ends it" in done.stdout
        assert f"pid {other.pid}" not in done.stdout and ours.poll() is None
        assert clean_start(p, "a") == \
            f"no: t/a.tum of run {OVER} left pid {ours.pid} sleep 94 behind"
        done = p.tum("-b", "--clean", "--report-dir", "out")
        assert f"pid {ours.pid} sleep 94 (of run {OVER}/1): ended" in done.stdout
        assert ours.wait(60) == -signal.SIGTERM and other.poll() is None
        assert clean_start(p, "a").endswith("behind (ended since)")
        assert p.state("select * from process") == []
    finally:
        for process in (ours, other):
            process.kill()
            process.wait()


@case
def nobody_ends_himself(p):
    """A shell that an old run left, and that tum is started from, is not ended."""
    p.campaign("t/a.tum", PASS)
    p.write("go.sh", "sleep 93 & $1 -b --clean -- t\necho still here\nkill $!\n")
    done = subprocess.run(["sh", "go.sh", TUM], cwd=p.root, capture_output=True, text=True,
                          env={**p.env, "TUM_RUN_ID": OVER}, timeout=120)
    assert done.stdout.endswith("still here\n"), done.stdout
    assert "sleep 93" in done.stdout and "go.sh" not in done.stdout, done.stdout


@case
def folders_of_a_killed_batch(p):
    """The temporary folder of an attempt that a kill cut goes with the next batch."""
    p.write("tum.yaml", "testpaths: [t]\n")
    p.campaign("t/a.tum", shell("echo $TMPDIR > ../failed; touch $TMPDIR/x; exit 1"))
    p.campaign("t/b.tum", shell("touch $TMPDIR/x; echo $TMPDIR > ../cut; "
                                "test -e ../go || sleep 92"))
    run = p.start("-b")
    wait_for(lambda: (p.root / "cut").exists() and (p.root / "cut").read_text())
    run.kill()
    run.wait()
    wait_for(lambda: not alive_of(p), bound(2))
    failed, cut = ((p.root / name).read_text().strip() for name in ("failed", "cut"))
    assert os.path.exists(failed) and os.path.exists(cut)
    p.write("mine/x", "")
    con = sqlite3.connect(p.root / ".tum/state.db")
    assert [path for _, path in con.execute("select * from scratch")] == [cut]
    con.execute("insert into scratch values(?,?)", (OVER, str(p.root / "mine")))
    con.commit()
    con.close()
    p.write("go", "")
    assert p.tum("-b", "--resume").returncode == 1
    assert os.path.exists(failed) and not os.path.exists(cut)
    assert (p.root / "mine/x").exists()
    assert p.state("select * from scratch") == []
    # A state file of before there was such a table gets one.
    con = sqlite3.connect(p.root / ".tum/state.db")
    con.execute("drop table scratch")
    con.commit()
    con.close()
    assert p.tum("-b", "t/b.tum", "-j", "1").returncode == 0
    assert p.state("select count(*) from scratch") == [(0,)]


@case
def suite_that_cannot_start(p):
    """It cannot start: retried in its budget over three kills, then FAIL with the words."""
    p.write("tum.yaml", "testpaths: [t]\non_exhausted: [./told.sh]\n")
    p.write("told.sh", '#!/bin/sh\necho "$TUM_CAMPAIGN $TUM_ATTEMPTS $TUM_REASON" > told\n')
    os.chmod(p.root / "told.sh", 0o755)
    p.campaign("t/a.tum", shell("echo x >> ../starts; echo no license; exit 99", "start"))
    words = ["--infra-retries", "3", "--infra-delay", "2", "--report-dir", "out"]

    def ended():
        return (p.state("select count(*) from attempt where ended is not null")
                or [(0,)])[0][0]

    for i in range(3):
        run = p.start("-b", *words, *(["--resume"] if i else []))
        wait_for(lambda: ended() > i or run.poll() is not None)
        run.kill()
        run.wait()
    done = p.tum("-b", "--resume", *words)
    assert done.returncode == 4, done.returncode
    assert (p.root / "starts").read_text() == "x\n" * 4
    one = p.json("out/summary.json")["campaigns"][0]
    assert one["result"] == "FAIL" and one["outcome"] == "error"
    assert one["message"].startswith(
        "infrastructure, not a test failure, after 4 attempts: start:"), one
    assert len(one["attempts"]) == 4
    assert (p.root / "told").read_text().startswith("t/a.tum 4 infrastructure, not")
    assert p.tum("-b", "--resume", *words).returncode == 2


@case
def terminal_goes_away(p):
    """SIGHUP: campaigns are asked to stop, reports are written, 143."""
    p.campaign("t/a.tum", shell("touch ../here; sleep 60"))
    run = p.start("-b", "--report-dir", "out", "--", "t")
    wait_for((p.root / "here").exists)
    run.send_signal(signal.SIGHUP)
    assert run.wait(60) == 143, said(run)
    assert "exit_code: 143" in (p.root / "out/report.md").read_text()


@case
def second_interrupt(p):
    """A second SIGINT ends at once, and the state can be read."""
    p.campaign("t/a.tum", "py_func: {name: deaf, file: deaf.py, func_name: go}",
               "process: {name: after, command: 'sleep 3; touch ../cleaned', shell: true, "
               "execute_on_stop: true}")
    p.write("t/deaf.py", "import time\ndef go():\n    open('../here', 'w').close()\n"
            "    time.sleep(60)\n    return 0, ''\n")
    run = p.start("-b", "--", "t")
    wait_for((p.root / "here").exists)
    run.send_signal(signal.SIGINT)
    wait_for(lambda: "Stopping" in said(run))
    run.send_signal(signal.SIGINT)
    assert run.wait(bound(4)) == 130, said(run)
    wait_for(lambda: not alive_of(p), bound(2))
    # After one alone it would have had the time for that.
    assert not (p.root / "cleaned").exists()
    assert p.tum("status", cwd=p.root / "t").returncode == 0
    assert "a.tum" in p.tum("last", cwd=p.root / "t").stdout


main()
