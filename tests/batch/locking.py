#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Locks: who takes which, in which order, how long, and who does not wait for them.

    locking.py TUM [CASE...]
"""

import fcntl
import os
import signal
import threading
import time

from batchlib import PASS, bound, case, main, said, shell, wait_for


def lock_file(p, name):
    folder = p.root / ".runtime/tum"
    folder.mkdir(mode=0o700, exist_ok=True)
    return open(folder / name, "a", encoding="utf-8")


class Held:
    """This test holds a lock, as another run of the same user would."""

    def __init__(self, p, name):
        self.file = lock_file(p, name)
        fcntl.flock(self.file, fcntl.LOCK_EX)
        self.file.truncate(0)
        self.file.write(f"pid {os.getpid()} a test\n")
        self.file.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


def is_free(p, name):
    with lock_file(p, name) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def until(name, name_of="wait"):
    """Waits for a file of the project; a campaign that waits in vain fails."""
    return shell(f"for i in $(seq 1200); do test -e ../{name} && exit 0; sleep 0.05; done; "
                 "exit 1", name_of)


def with_locks(step, *names):
    return step[:-1] + f", locks: [{', '.join(names)}]}}"


@case
def in_one_order(p):
    """Names are taken in code point order, so that no two can wait for each other."""
    p.campaign("t/a.tum", with_locks(PASS, "zeta", "alpha"))
    with Held(p, "alpha"):
        run = p.start("-b", "t/a.tum")
        wait_for(lambda: "Waiting for lock 'alpha'" in said(run))
        assert is_free(p, "zeta")
    assert run.wait(60) == 0, said(run)


@case
def all_below(p):
    """The outermost item takes the names of all below it, each once; they take nothing."""
    inner = with_locks(shell("touch ../inner", "inner"), "deep", "own")
    p.write("t/a.tum", "main:\n  steps:\n  - group:\n      name: outer\n"
            "      locks: [own, own]\n      steps:\n"
            f"      - {shell('touch ../here', 'here')}\n      - {until('go')}\n"
            f"      - group: {{name: g, steps: [{{{inner}}}]}}\n")
    run = p.start("-b", "t/a.tum")
    wait_for((p.root / "here").exists)
    assert not is_free(p, "own") and not is_free(p, "deep")
    p.write("go", "")
    assert run.wait(60) == 0, said(run)
    assert "Waiting" not in said(run) and (p.root / "inner").exists()
    assert is_free(p, "own") and is_free(p, "deep")


@case
def to_the_last_attempt(p):
    """They are kept between attempts, and given back after the last one."""
    step = shell("test -e ../first && { touch ../second; test ! -e ../got; exit; }; "
                 "touch ../first; exit 1", "tries")
    p.campaign("t/a.tum", with_locks(step, "bench")[:-1]
               + ", retry: {count: 1, delay: 0.7}}", until("go"))

    def wait_for_it():
        wait_for((p.root / "first").exists)
        with Held(p, "bench"):
            p.write("got", "")

    other = threading.Thread(target=wait_for_it)
    other.start()
    try:
        run = p.start("-b", "t/a.tum")
        wait_for((p.root / "second").exists)
        wait_for((p.root / "got").exists)
    finally:
        p.write("first", "")
        p.write("go", "")
        other.join()
    assert run.wait(60) == 0, said(run)


@case
def branches(p):
    """Branches are different holders: only one of them has it at a time."""
    step = with_locks(shell("mkdir ../busy && sleep 0.3 && rmdir ../busy", "alone"), "bench")
    p.write("t/a.tum", "main:\n  steps:\n  - parallel:\n      name: both\n      branches:\n"
            + "".join(f"      - {{name: {name}, steps: [{{{step}}}]}}\n" for name in "abc"))
    done = p.tum("-b", "t/a.tum")
    assert done.returncode == 0, done.stdout


@case
def a_campaign_in_it(p):
    """A campaign that runs below a holder does not wait for what that one holds."""
    p.campaign("sub/s.tum", with_locks(shell("touch ../ran"), "bench"),
               head="  locks: [bench]\n")
    p.campaign("t/a.tum", "run: {tum: ../sub/s.tum}", head="  locks: [bench]\n")
    p.campaign("t/b.tum", with_locks("run: {tum: ../sub/s.tum}", "bench"))
    for name in "ab":
        run = p.start("-b", f"t/{name}.tum")
        assert run.wait(60) == 0, said(run)
        assert (p.root / "ran").exists() and "Waiting" not in said(run)
        (p.root / "ran").unlink()


@case
def waiting_is_stopped(p):
    """Who waits, before the header or at an item, ends when asked to; clean-up runs."""
    p.campaign("t/a.tum", PASS, head="  locks: [bench]\n")
    p.campaign("t/b.tum", with_locks(PASS, "bench"),
               "process: {name: clean, command: [touch, ../cleaned], execute_on_stop: true}")
    with Held(p, "bench"):
        for name in "ab":
            run = p.start("-b", f"t/{name}.tum")
            wait_for(lambda: "Waiting for lock 'bench'" in said(run))
            run.send_signal(signal.SIGINT)
            assert run.wait(bound(3)) == 130, said(run)
    assert (p.root / "cleaned").exists()


@case
def only_when_it_runs(p):
    """An item whose condition is not met takes nothing, and waits for nobody."""
    p.campaign("t/a.tum", with_locks("let: {name: never, values: {a: 1}, "
                                     "condition: false}", "bench"), PASS)
    with Held(p, "bench"):
        run = p.start("-b", "t/a.tum")
        assert run.wait(60) == 0, said(run)


@case
def others_go_first(p):
    """In a batch a campaign without the lock starts before one that would wait for it."""
    p.campaign("t/a.tum", until("c"), head="  locks: [bench]\n")
    p.campaign("t/b.tum", PASS, head="  locks: [bench]\n")
    p.campaign("t/c.tum", shell("touch ../c"))
    done = p.tum("-b", "-j", "2", "--", "t")
    assert done.returncode == 0 and "waits for lock" not in done.stdout, done.stdout


@case
def no_bound_while_it_waits(p):
    """Waiting does not count for the bound of the campaign."""
    p.campaign("t/a.tum", PASS, head="  locks: [bench]\n")
    with Held(p, "bench"):
        run = p.start("-b", "--timeout", "2", "--infra-retries", "0", "--", "t")
        wait_for(lambda: "waits for lock 'bench'" in said(run) or run.poll() is not None)
        time.sleep(2.5)
    assert run.wait(60) == 0, said(run)


@case
def without_a_runtime_folder(p):
    """Without XDG_RUNTIME_DIR the files are in /tmp/tum-UID, of this user alone."""
    name = f"test {p.root.name}"
    folder = f"/tmp/tum-{os.geteuid()}"
    del p.env["XDG_RUNTIME_DIR"]
    path = f"{folder}/{name.replace(' ', '%20')}"
    p.campaign("t/a.tum", shell(f"grep -q '^pid ' '{path}'"), head=f"  locks: ['{name}']\n")
    try:
        done = p.tum("-b", "t/a.tum")
        assert done.returncode == 0, done.stdout
        assert os.stat(folder).st_mode & 0o777 == 0o700
    finally:
        if os.path.exists(path):
            os.unlink(path)


main()
