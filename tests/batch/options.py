#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Options of a batch one by one, and that none is without a test.

    options.py TUM [CASE...]
"""

import json
import pathlib
import re
import signal
import sqlite3
import subprocess
import time

from batchlib import (FAIL, PASS, case, main, said, shell, sleep, wait_for)

HERE = pathlib.Path(__file__).parent


def status(p, wanted, *args, **more):
    done = p.tum("-b", *args, **more)
    assert done.returncode == wanted, f"status {done.returncode}, wanted {wanted}"
    return done.stdout


def git(p, *words):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *words],
                   cwd=p.root, check=True, capture_output=True)


def nodes(p, *words, wanted=0, **more):
    return status(p, wanted, "--list", *words, **more).split()


@case
def every_option_has_a_test(p):
    """Every option that the help names for a batch is used in these tests."""
    text = "".join(f.read_text() for f in HERE.glob("*.py"))
    helps = {words: p.tum(*words).stdout for words in
             (("--help-all",), ("gate", "--help"), ("merge", "--help"),
              ("report", "--help"), ("status", "--help"))}
    found = set(re.findall(r"--[a-z][a-z0-9-]+", helps[("gate", "--help")]))
    whole = helps[("--help-all",)]
    names = [r for r in re.findall(r"--[a-z][a-z0-9-]+", whole)]
    assert len(names) > 40 and "--jobs" in names and "--jobs" in found
    first = names.index("--jobs")
    last = max(names.index(n) for n in ("--events", "--strict-flaky", "--report-dir"))
    missing = {n for n in names[first:last + 1] + ["--ref", "--json", "--project"]
               if n not in text}
    assert not missing, missing


def words_of(page):
    """The text of a manual page without its macros."""
    text = (HERE.parents[1] / "man" / page).read_text().replace("\\&", "")
    return " ".join(re.sub(r"^\.[A-Z][a-z]*( Ns| Ic| Sq| Fl)* ?", "", line)
                    for line in text.splitlines())


@case
def manual_of_batches(p):
    """tum-batch(7) has every option of the help and every field of an event."""
    page = (HERE.parents[1] / "man/tum-batch.7").read_text()
    whole = p.tum("--help-all").stdout
    names = re.findall(r"--([a-z][a-z0-9-]+)", whole)
    names = names[names.index("jobs"):names.index("events") + 1]
    missing = [n for n in names if f"Fl -{n}" not in page]
    assert not missing, missing
    p.write("tum.yaml", "services: {s: {command: [sleep, '50']}}\n"
            "preflight: [{env: [PATH]}]\n")
    p.campaign("t/a.tum", PASS, "process: {name: x, command: 'false', retry: {count: 1}}",
               "loop: {name: l, iterator: 1, steps: [" + FAIL + "]}", head="  needs: s\n")
    p.campaign("t/b.tum", FAIL)
    p.tum("-b", "-j", "2", "--retries", "1", "--events=e.jsonl", "--shard", "1/1", "t")
    words = words_of("tum-batch.7")
    for event in p.events("e.jsonl"):
        for name in (event["event"], *event):
            assert re.search(rf"\b{name}\b", words), f"{name} of {event}"


@case
def manual_of_the_project_file(p):
    """tum.yaml(5) has every key of the schema with its sentence and its default."""
    words = re.sub(r"\s+", " ", words_of("tum.yaml.5"))
    def walk(schema, name):
        for key, value in schema.get("properties", {}).items():
            text = value.get("description", "")
            assert key in words and text in words, f"{name}.{key}: {text!r}"
            walk(value, f"{name}.{key}")
        for part in schema.get("anyOf", []):
            walk(part, name)
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                walk(schema[key], name)
    walk(json.loads(p.tum("schema", "--project").stdout), "")


@case
def jobs(p):
    """-j N runs so many at once; auto is the number of processors; 0 is wrong."""
    for name in "ab":
        other = "b" if name == "a" else "a"
        p.campaign(f"t/{name}.tum", shell(
            f"touch ../{name}; for i in $(seq 600); do test -e ../{other} && exit 0; "
            "sleep 0.05; done; exit 1"))
    status(p, 0, "-j", "2", "--", "t")
    (p.root / "a").unlink()
    (p.root / "b").unlink()
    for name in "ab":
        p.campaign(f"t/{name}.tum", PASS)
    status(p, 0, "--jobs=auto", "t")
    status(p, 2, "-j", "0", "--", "t")
    status(p, 2, "-j", "many", "--", "t")


@case
def keyword_grammar(p):
    """-k: or, parentheses, node types; tags are inherited and one word each."""
    p.write("a.tum", "main:\n  steps:\n"
            "  - group:\n      name: g\n      tags: slow\n      steps:\n"
            "      - let: {name: one, values: {a: 1}, tags: ['two words', nightly]}\n"
            "      - sleep: {name: two, timeout: 0}\n"
            "  - let: {name: three, values: {a: 1}}\n")
    def names(*words):
        return [n.split("::")[1] for n in nodes(p, *words, "--", "a.tum")]
    assert names("-k", "one or three") == ["g/one", "three"]
    assert names("--keyword", "not (one or two)") == ["three"]
    assert names("-k", "sleep") == ["g/two"]
    assert names("--tags", "slow") == ["g/one", "g/two"]
    assert names("--tags", "slow and nightly") == ["g/one"]
    assert names("--tags", "'two words'") == ["g/one"]
    status(p, 5, "--tags", "two", "--", "a.tum")


@case
def last_failed_and_unreached(p):
    """--lf: what was not reached counts as failed, what is new is included."""
    p.campaign("t/a.tum", PASS, FAIL, "let: {name: behind, values: {a: 1}}",
               head="  stop_on_failure: true\n")
    status(p, 1, "t")
    assert nodes(p, "--lf", "t") == ["t/a.tum::bad", "t/a.tum::behind"]
    p.campaign("t/new.tum", PASS)
    assert "t/new.tum::good" in nodes(p, "--last-failed", "t")
    status(p, 1, "--failed-first", "t")


@case
def not_reached(p):
    """--lf includes what a stop kept from being reached."""
    p.campaign("t/a.tum", PASS, sleep(0, "long"), "let: {name: behind, values: {a: 1}}")
    status(p, 0, "t")
    p.campaign("t/a.tum", PASS, sleep(60, "long"), "let: {name: behind, values: {a: 1}}")
    status(p, 4, "--timeout", "1", "--infra-retries", "0", "--", "t")
    found = nodes(p, "--lf", "t")
    assert "t/a.tum::behind" in found and "t/a.tum::good" not in found, found


@case
def budget_of_a_beginner(p):
    """Without a word: two re-runs after an infrastructure error, 30 s each."""
    p.campaign("t/a.tum", shell("echo x >> ../starts; exit 99"))
    batch = p.start("-b", "t")
    wait_for(lambda: "is tried again in 30 s" in said(batch))
    batch.send_signal(signal.SIGINT)
    assert batch.wait(30) == 130, said(batch)
    assert (p.root / "starts").read_text() == "x\n"
    # It has run: what is not tried again stands as it ended.
    out = said(batch)
    assert "Not started" not in out and "1 not run for infrastructure" in out, out
    assert p.tum("last", cwd=p.root / "t").stdout == "a.tum::shell\n"
    status(p, 4, "--infra-delay", "0", "t")
    assert (p.root / "starts").read_text() == "x\n" * 4


@case
def by_address_whole(p):
    """The address of a container is all of it; of two addresses both; a glob of them."""
    p.write("a.tum", "main:\n  steps:\n"
            "  - group: {name: g, steps: [{let: {name: x, values: {a: 1}}}, "
            "{let: {name: y, values: {a: 1}}}]}\n"
            "  - let: {name: gx, values: {a: 1}}\n")
    assert nodes(p, "a.tum::g") == ["a.tum::g/x", "a.tum::g/y"]
    assert nodes(p, "a.tum::g/y", "a.tum::gx") == ["a.tum::g/y", "a.tum::gx"]
    assert nodes(p, "a.tum::g*") == ["a.tum::g/x", "a.tum::g/y", "a.tum::gx"]


@case
def keywords_around(p):
    """-k and --tags look at what is around a node too: its containers and main."""
    p.write("a.tum", "main:\n  tags: nightly\n  steps:\n"
            "  - group: {name: g, key: REQ-7, tags: slow, steps: ["
            "{let: {name: x, values: {a: 1}, key: REQ-8}}]}\n"
            "  - parallel: {name: p, branches: [{name: b, steps: ["
            "{let: {name: y, values: {a: 1}}}]}]}\n")
    def names(*words):
        return [n.split("::")[1] for n in nodes(p, *words, "--", "a.tum")]
    assert names("-k", "req-7") == names("-k", "slow") == ["g/x"]
    assert names("-k", "REQ-8") == ["g/x"]
    assert names("-k", "parallel") == ["p/b/y"]
    assert names("-k", "night") == names("--tags", "nightly") == ["g/x", "p/b/y"]
    status(p, 5, "--tags", "night", "--", "a.tum")


@case
def for_one_campaign(p):
    """Options of one campaign are none of a batch, each of them; --resume takes no PATH."""
    p.campaign("a.tum", PASS)
    for words in (["-p", "x"], ["-t", "json"], ["-n", "x"], ["--record", "x"],
                  ["--replay", "x"]):
        status(p, 2, "-j", "1", *words, "--", "a.tum")
        assert f"'{words[0]}' is for one campaign" in p.last.stderr, p.last.stderr
    status(p, 2, "--resume", "a.tum")
    assert "'a.tum' is too much" in p.last.stderr


@case
def first_form_statuses(p):
    """One campaign alone: the statuses of a batch by the outcome of main."""
    p.write("a.tum", "main:\n  condition: false\n  steps: []\n")
    p.campaign("b.tum", "process: {name: p, command: [/no/such]}")
    p.campaign("c.tum", FAIL)
    p.write("d.tum", "main: {steps: [{nosuch: {}}]}\n")
    p.campaign("e.tum", PASS)
    p.write("tum.yaml", "services: {gui: {command: [touch, started]}}\n")
    p.campaign("f.tum", PASS, head="  needs: gui\n")
    for name, wanted in (("a", 1), ("b", 4), ("c", 1), ("d", 2), ("e", 0)):
        status(p, wanted, f"{name}.tum")
        status(p, int(wanted != 0), "--exit-strict01", f"{name}.tum")
    out = status(p, 4, "--no-services", "f.tum")
    assert "--no-services" in out and not (p.root / "started").exists()


@case
def shards_without_times(p):
    """Without recorded times a shard goes by the names: a new campaign moves no other."""
    names = [f"t/c{i}.tum" for i in range(12)]
    for name in names:
        p.campaign(name, PASS)
    before = set(nodes(p, "--shard", "1/2", "t"))
    p.campaign("t/a.tum", PASS)
    assert set(nodes(p, "--shard", "1/2", "t")) - {"t/a.tum::good"} == before
    # With them too, when it is said.
    status(p, 0, "t/a.tum", "t/c1.tum")
    assert set(nodes(p, "--shard", "1/2", "--shard-by", "hash", "t")) - {
        "t/a.tum::good"} == before


@case
def dialect_of_the_batch(p):
    """--junit-dialect of the batch itself, and what a seed is good for later."""
    p.campaign("t/a.tum", PASS)
    for words, has in (([], True), (["--junit-dialect", "jenkins-xsd"], False)):
        status(p, 0, "--shuffle=5", *words, "--report-dir", "out", "t")
        assert ("file=" in (p.root / "out/junit.xml").read_text()) == has
    con = sqlite3.connect(p.root / "t/.tum/state.db")
    assert con.execute("select distinct seed from batch").fetchall() == [("5",)]
    con.close()


@case
def foreign_states(p):
    """A database of somebody else, and one that lost its tables, are put aside too."""
    p.write("tum.yaml", "testpaths: [t]\n")
    p.campaign("t/a.tum", PASS)
    (p.root / ".tum").mkdir()
    con = sqlite3.connect(p.root / ".tum/state.db")
    con.execute("create table node(x)")
    con.execute("create table campaign(x)")
    con.commit()
    con.close()
    status(p, 0)
    assert "state.db.bad-1" in p.last.stderr
    con = sqlite3.connect(p.root / ".tum/state.db")
    con.execute("drop table node")
    con.commit()
    con.close()
    status(p, 0)
    assert "state.db.bad-2" in p.last.stderr and (p.root / ".tum/state.db.bad-1").exists()
    assert "passed" in p.tum("history", "t/a.tum::good").stdout


@case
def project_of_the_work_tree(p):
    """The project file is looked for up to the root of the git work tree, no further."""
    p.write("tum.yaml", "nosuchkey: 1\n")
    p.campaign("w/t/a.tum", PASS)
    subprocess.run(["git", "init", "-q", "w"], cwd=p.root, check=True)
    status(p, 0, "-j", "1", "--", "t", cwd=p.root / "w")
    p.write("w/tum.yaml", "testpaths: [t]\n")
    assert "PASS        t/a.tum" in status(p, 0, cwd=p.root / "w/t")


@case
def vanished_nodes(p):
    """A node that is gone drops out of --lf and of tum last, however it is found out."""
    p.write("tum.yaml", "testpaths: [t]\n")
    for how in (["-j", "1", "--"], []):
        p.campaign("t/a.tum", PASS, FAIL)
        status(p, 1)
        p.campaign("t/a.tum", PASS)
        assert "No node failed in its last run" in status(p, 0, "--lf", "--list")
        assert p.tum("last").stdout == "t/a.tum::bad\n"
        status(p, 0, *how, "t/a.tum")
        assert p.tum("last").stdout == ""
        assert p.state("select node from node where node='bad'") == []
        assert "failed" in p.tum("history", "t/a.tum::bad").stdout


@case
def not_loaded_last(p):
    """Nodes of a campaign that did not load were not reached: --lf has them."""
    p.write("tum.yaml", "testpaths: [t]\n")
    p.campaign("t/a.tum", PASS)
    p.campaign("t/b.tum", PASS)
    status(p, 0)
    p.write("t/a.tum", "main:\n  steps:\n  - nosuch: {}\n")
    status(p, 2)
    assert p.tum("last").stdout == "t/a.tum\n"
    p.campaign("t/a.tum", PASS)
    assert nodes(p, "--lf") == ["t/a.tum::good"]


@case
def stopped_alone(p):
    """What a campaign that ran alone did not reach counts as failed too."""
    p.campaign("a.tum", PASS, FAIL, "let: {name: behind, values: {a: 1}}",
               head="  stop_on_failure: true\n")
    p.campaign("b.tum", PASS)
    status(p, 0, "-j", "1", "--", "b.tum")
    p.tum("-b", "a.tum")
    found = nodes(p, "--lf", "a.tum", "b.tum")
    assert found == ["a.tum::bad", "a.tum::behind"], found


@case
def container_that_failed(p):
    """--lf runs all below a container that failed though nothing in it did."""
    p.write("a.tum", "main:\n  steps:\n"
            "  - group: {name: g, expected_result: FAIL, steps: ["
            "{let: {name: x, values: {a: 1}}}]}\n"
            "  - let: {name: y, values: {a: 1}}\n")
    status(p, 1, "-j", "1", "--", "a.tum")
    assert p.tum("last").stdout == "a.tum::g\n"
    assert nodes(p, "--lf", "a.tum") == ["a.tum::g/x"]


@case
def odd_files(p):
    """A byte order mark, and links to folders that they are in."""
    p.campaign("t/a.tum", PASS)
    p.write("t/b.tum", "\ufeff" + (p.root / "t/a.tum").read_text())
    (p.root / "t/self").symlink_to(".")
    (p.root / "t/up").symlink_to("..")
    p.campaign("u/c.tum", PASS)
    (p.root / "t/v").symlink_to("../u")
    found = nodes(p, "t")
    assert found == ["t/a.tum::good", "t/b.tum::good", "t/up/u/c.tum::good",
                     "t/v/c.tum::good"], found


@case
def cannot_begin(p):
    """A batch, or a campaign, whose events cannot be written does not begin: 3, said."""
    p.campaign("t/a.tum", shell("touch ../ran"))
    for words in (["t"], ["t/a.tum"]):
        out = status(p, 3, "--events=/no/such/folder/e", *words)
        assert "cannot open '/no/such/folder/e'" in p.last.stderr
        assert "PASS" not in out and not (p.root / "ran").exists(), out
    p.write("file", "")
    out = status(p, 3, "--report-dir", "file/out", "t",
                 env={"GITHUB_ACTIONS": "true"})
    assert "PASS" not in out and "::" not in out, out


@case
def named_files(p):
    """Files that items name are read: of functions, of tests, other campaigns."""
    p.write("tum.yaml", "testpaths: [t]\n")
    p.write(".gitignore", ".runtime\n.tmp\n.tum\n__pycache__\n")
    p.write("f.py", "def go():\n    return 0, ''\n")
    p.write("test_u.py", "import unittest\nclass T(unittest.TestCase):\n"
            "    def test_a(self): pass\n")
    p.campaign("sub.tum", PASS)
    p.write("sub.yaml", "x: 1\n")
    p.write("conf.yaml", "y: 1\n")
    for name, step in (("f", "py_func: {name: f, file: ../f.py, func_name: go}"),
                       ("u", "unittest: {name: u, test_file: ../test_u.py}"),
                       ("s", "run: {name: s, tum: ../sub.tum, param_file: ../sub.yaml}")):
        p.campaign(f"t/{name}.tum", step)
    git(p, "init", "-q")
    git(p, "add", ".")
    git(p, "commit", "-qm", "x")
    status(p, 0, "-c", "conf.yaml")
    for file, wanted in (("f.py", "f"), ("test_u.py", "u"), ("sub.tum", "s"),
                         ("sub.yaml", "s"), ("conf.yaml", "fsu")):
        with open(p.root / file, "a") as f:
            f.write("# more\n")
        found = {n.split("::")[0] for n in nodes(p, "--changed") if "::" in n}
        assert found == {f"t/{name}.tum" for name in wanted} | (
            {"sub.tum"} if file == "sub.tum" else set()), (file, found)
        git(p, "commit", "-qam", "y")
    # Alone it is written too; the function is another one now.
    p.write("g.py", "def go():\n    return 0, ''\n")
    p.campaign("t/f.tum", "py_func: {name: f, file: ../g.py, func_name: go}")
    status(p, 0, "t/f.tum")
    assert [path for path, in p.state("select path from reads where file='t/f.tum'")
            if path.endswith(".py")] == [str(p.root / "g.py")]


@case
def many_files(p):
    """--changed knows what a campaign reads, however much that is."""
    p.write("tum.yaml", "testpaths: [t]\n")
    folder = "/".join(["n" * 200] * 3)
    for i in range(600):
        p.write(f"t/{folder}/{i}.yaml", f"v{i}: {i}\n")
    names = ", ".join(f"{folder}/{i}.yaml" for i in range(600))
    p.campaign("t/a.tum", PASS)
    p.write("t/f.tum", f"config_file: [{names}]\n" + (p.root / "t/a.tum").read_text())
    assert p.tum("-b", "t").returncode == 0, p.last.stdout
    found = p.state("select path from reads where file='t/f.tum'")
    assert len(found) == 601, len(found)


@case
def changed_elsewhere(p):
    """What is read outside the project counts; a new name is also an old one gone."""
    p.write("proj/tum.yaml", "testpaths: [t]\notherwise: [t/b.tum]\n")
    p.write(".gitignore", ".runtime\n.tmp\n.tum\n")
    p.write("inc.yaml", "- let: {name: i, values: {a: 1}}\n")
    p.write("other.txt", "")
    p.write("proj/t/inc.yaml", "- let: {name: i, values: {a: 1}}\n" * 5)
    p.campaign("proj/t/a.tum", "!include ../../inc.yaml")
    p.campaign("proj/t/b.tum", "!include inc.yaml")
    git(p, "init", "-q")
    git(p, "add", ".")
    git(p, "commit", "-qm", "x")
    here = p.root / "proj"
    status(p, 0, cwd=here)
    p.write("inc.yaml", "- let: {name: j, values: {a: 1}}\n")
    p.write("other.txt", "x")
    assert "t/a.tum: because of ../inc.yaml" in status(p, 0, "--changed", cwd=here)
    git(p, "checkout", "-q", "inc.yaml")
    assert "No file has changed" in status(p, 5, "--changed", cwd=here)
    git(p, "mv", "proj/t/inc.yaml", "proj/t/inc2.yaml")
    out = status(p, 2, "--changed", "--list", cwd=here)
    assert "# t/b.tum: t/inc.yaml (read in its last run)" in out, out


@case
def changed_since(p):
    """--changed=REV, files that git does not track, and a REV that is none."""
    p.write("tum.yaml", "testpaths: [t]\nmap:\n- {when: [src/**], run: [t/a.tum]}\n")
    p.write(".gitignore", ".runtime\n.tmp\n.tum\n")
    p.write("src/x.c", "")
    for name in "ab":
        p.campaign(f"t/{name}.tum", PASS)
    git(p, "init", "-q")
    git(p, "add", ".")
    git(p, "commit", "-qm", "x")
    p.write("src/x.c", "int x;\n")
    git(p, "commit", "-qam", "y")
    assert "No file has changed" in status(p, 5, "--changed")
    assert "t/a.tum" in status(p, 0, "--changed=HEAD~1")
    p.write("src/new.c", "")
    assert "t/a.tum: because of src/new.c" in status(p, 0, "--changed")
    status(p, 2, "--changed=nosuchrev")


@case
def shard_variables(p):
    """--shard auto reads the variables of four systems; an array may start anywhere."""
    for i in range(9):
        p.campaign(f"t/c{i}.tum", PASS)
    for one, two in (
            ({"SLURM_ARRAY_TASK_ID": "6", "SLURM_ARRAY_TASK_COUNT": "3",
              "SLURM_ARRAY_TASK_MIN": "5"}, "2/3"),
            ({"CI_NODE_INDEX": "3", "CI_NODE_TOTAL": "3"}, "3/3"),
            ({"BUILDKITE_PARALLEL_JOB": "0", "BUILDKITE_PARALLEL_JOB_COUNT": "3"}, "1/3"),
            ({"TUM_SHARD": "2/3"}, "2/3")):
        assert nodes(p, "--shard", "auto", "t", env=one) == nodes(p, "--shard", two, "t")
    status(p, 2, "--shard", "auto", "t")
    assert "This shard is empty" in status(p, 0, "--shard", "100/100", "t")


@case
def shards_by_time(p):
    """Two shards of 300 campaigns differ by less than a tenth in recorded time."""
    p.write("tum.yaml", "testpaths: [t]\n")
    for i in range(300):
        p.campaign(f"t/c{i:03}.tum", PASS)
    status(p, 0, "-k", "c000")
    con = sqlite3.connect(p.root / ".tum/state.db")
    seconds = {}
    for i in range(300):
        name = f"t/c{i:03}.tum"
        seconds[name] = 1 + (i * 7919 % 97) ** 2 / 50
        con.execute("INSERT OR REPLACE INTO known VALUES(?,?,?,?,?,?)",
                    (name, "passed", seconds[name], "", "", ""))
    con.commit()
    con.close()
    parts = [nodes(p, "--shard", f"{i}/2") for i in (1, 2)]
    assert len(parts[0]) + len(parts[1]) == 300
    assert set(parts[0]) | set(parts[1]) == {f"{n}::good" for n in seconds}
    times = [sum(seconds[n.split("::")[0]] for n in part) for part in parts]
    # A tenth is what is promised; what ignores the times may be that near by chance.
    assert abs(times[0] - times[1]) < 0.01 * max(times), times
    start = time.monotonic()
    for words in (["-k", "c100 or c200"], ["--lf"], ["--ff"], ["--shard", "1/2"]):
        start = time.monotonic()
        nodes(p, *words)
        print(f"# 300 campaigns, {' '.join(words)}: "
              f"{(time.monotonic() - start) * 1000:.0f} ms", flush=True)


@case
def lists(p):
    """--list=json and --collect-only run nothing; 2 when one does not load."""
    p.campaign("t/a.tum", shell("touch ../ran"), "let: {name: x, values: {a: 1}, "
               "tags: [slow], skipped: true}")
    found = json.loads(status(p, 0, "--list=json", "t"))
    assert [c["campaign"] for c in found] == ["t/a.tum"]
    node = found[0]["nodes"][1]
    assert node["node"] == "x" and node["tags"] == ["slow"] and node["skipped"] is True
    assert node["line"] == 4 and node["type"] == "Let"
    assert status(p, 0, "--collect-only", "t").split() == \
        ["t/a.tum::shell", "t/a.tum::x"]
    p.write("t/b.tum", "main:\n  steps:\n  - nosuch: {}\n")
    assert "t/a.tum::x" in status(p, 2, "--list", "t")
    assert "nosuch" in p.last.stderr and not (p.root / "ran").exists()


@case
def running_ones_finish(p):
    """-x stops starting; what runs finishes. --exitfirst is the same word."""
    p.campaign("t/a.tum", shell("until test -e ../b; do sleep 0.05; done; exit 1"))
    p.campaign("t/b.tum", shell("touch ../b; sleep 1; touch ../b.done"))
    p.campaign("t/c.tum", shell("touch ../c"))
    out = status(p, 1, "-j", "2", "--exitfirst", "t")
    assert "1 not started" in out and "t/c.tum" not in out.split("Not started")[0]
    assert (p.root / "b.done").exists() and not (p.root / "c").exists()


@case
def settings_of_every_campaign(p):
    """-c, -d and -i count for every campaign of a batch."""
    p.write("conf.yaml", "level: 7\n")
    p.write("lib/helper.py", "VALUE = 3\n")
    p.write("t/f.py", "import helper\ndef go():\n    return 0, str(helper.VALUE)\n")
    for name in "ab":
        p.campaign(f"t/{name}.tum",
                   "check: {name: c, values: ['<| $(level) == 7 |>', "
                   "'<| $(word) == 5 |>']}",
                   "py_func: {name: f, file: f.py, func_name: go}")
    status(p, 0, "-j", "1", "-c", "conf.yaml", "-d", "word=5", "-i", "lib", "--", "t")


@case
def without_services(p):
    """--no-services: a campaign that needs one is an error that says so."""
    p.write("tum.yaml", "services: {gui: {command: [touch, started]}}\n")
    p.campaign("t/a.tum", PASS, head="  needs: gui\n")
    out = status(p, 4, "--no-services", "--infra-retries", "0", "--", "t")
    assert "--no-services" in out and not (p.root / "started").exists()


@case
def order_of_statuses(p):
    """Failed before infrastructure, not loaded before failed."""
    p.campaign("t/a.tum", FAIL)
    p.campaign("t/b.tum", "process: {name: p, command: [/no/such]}")
    status(p, 1, "--infra-retries", "0", "--", "t")
    p.write("t/c.tum", "main:\n  steps:\n  - nosuch: {}\n")
    status(p, 2, "--infra-retries", "0", "--", "t")


@case
def first_form(p):
    """One file alone: no pre-flight, no project file unless a service is needed."""
    p.campaign("a.tum", PASS)
    p.write("tum.yaml", "preflight: [{env: [NO_SUCH_VARIABLE_X]}]\n")
    status(p, 0, "a.tum")
    assert not (p.root / ".tum").exists()
    p.write("tum.yaml", "nosuchkey: 1\n")
    status(p, 0, "a.tum")
    status(p, 0, "--exit-strict01", "--no-services", "a.tum")
    p.campaign("b.tum", PASS, head="  needs: gui\n")
    status(p, 2, "b.tum")
    assert "nosuchkey" in p.last.stderr
    p.write("tum.yaml", "")
    status(p, 0, "-j", "1", "--", "a.tum")
    assert "passed" in p.tum("history", "a.tum::good").stdout
    before = p.state("select count(*) from history")
    status(p, 0, "a.tum", env={"TUM_RUN_ID": "20200101-000000-99999999-1"})
    assert p.state("select count(*) from history") == before
    status(p, 0, "a.tum")
    assert p.state("select count(*) from history") != before


@case
def names_without_a_project(p):
    """Without a project file campaigns are called as seen from the current folder."""
    p.campaign("check/values.tum", FAIL)
    p.campaign("power/on.tum", PASS)
    out = status(p, 1, "--report-dir", "out", ".")
    assert "FAIL        check/values.tum" in out and "PASS        power/on.tum" in out
    assert (p.root / "out/check_values/log.txt").exists()
    assert nodes(p, "--lf", ".") == ["check/values.tum::bad"]
    # The state is beside the first campaign, and knows it from wherever it is asked.
    out = status(p, 1, "--lf", "--report-dir", "../out2", "../check", "../power",
                 cwd=p.root / "power")
    assert "FAIL        ../check/values.tum" in out and "on.tum" not in out
    assert (p.root / "out2/check_values/log.txt").exists()
    assert 'classname="check.values"' in (p.root / "out2/junit.xml").read_text()
    assert p.tum("last", cwd=p.root / "check").stdout == "values.tum::bad\n"


@case
def resumed_without_a_project(p):
    """--resume is asked where the state is, and keeps the names that campaigns had."""
    p.campaign("t/a.tum", PASS)
    p.campaign("t/b.tum", shell("touch ../here; until test -e ../go; do sleep 0.05; done"))
    batch = p.start("-b", "--report-dir", "out", "t")
    wait_for((p.root / "here").exists)
    batch.kill()
    batch.wait()
    p.write("go", "")
    status(p, 2, "--resume")
    assert f"continued in '{p.root}/.tum/state.db'" in p.last.stderr
    assert not (p.root / ".tum").exists()
    out = status(p, 0, "--resume", cwd=p.root / "t")
    assert "2 campaigns, 2 passed" in out, out
    found = [c["campaign"] for c in p.json("out/summary.json")["campaigns"]]
    assert found == ["t/a.tum", "t/b.tum"], found


@case
def resumed_reports(p):
    """A resumed batch reports where it began to, and says so when it is told otherwise."""
    p.write("tum.yaml", "testpaths: [t]\n")
    p.campaign("t/a.tum", shell("touch ../here; until test -e ../go; do sleep 0.05; done"))
    for folder, words in (("one", []), ("two", ["--report-dir", "three"])):
        batch = p.start("-b", "--report-dir", folder)
        wait_for((p.root / "here").exists)
        batch.kill()
        batch.wait()
        p.write("go", "")
        status(p, 0, "--resume", *words)
        assert p.json(f"{folder}/summary.json")["result"] == "PASS"
        assert (f"goes on, and reports, in '{p.root}/two'" in p.last.stderr) == (
            folder == "two"), p.last.stderr
        (p.root / "go").unlink()
        (p.root / "here").unlink()


@case
def a_file_named_as_a_command(p):
    """A first word that is a sub-command is one; a file of that name is ./last."""
    p.campaign("last", PASS)
    assert p.tum("last").stdout == ""
    status(p, 0, "./last")


@case
def check_of_services(p):
    """tum check knows the services of the project, and names what it lacks."""
    p.write("tum.yaml", "services: {gui: {command: sleep 5}}\n")
    p.campaign("a.tum", PASS, head="  needs: [gui]\n")
    assert p.tum("check", "a.tum").returncode == 0
    p.campaign("a.tum", PASS, head="  needs: [gu]\n")
    done = p.tum("check", "a.tum")
    assert done.returncode == 2 and "'gu'" in done.stdout and "tum.yaml" in done.stdout


@case
def events_to_the_terminal(p):
    """--events without a file: objects between the lines of the terminal."""
    p.write("tum.yaml", "preflight: [{env: [PATH]}]\n")
    p.campaign("t/a.tum", PASS)
    out = status(p, 0, "--events", "t")
    found = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    kinds = [e["event"] for e in found]
    assert kinds[0] == "batch_started" and kinds[-1] == "batch_finished"
    assert "preflight" in kinds and "item_output" in kinds


@case
def infrastructure_delay(p):
    """--infra-delay: time before a re-run; only infrastructure errors count."""
    p.campaign("t/a.tum", shell("echo x >> ../a; exit 99"))
    p.campaign("t/b.tum", shell("echo x >> ../b; exit 1"))
    start = time.monotonic()
    status(p, 1, "--infra-retries", "1", "--infra-delay", "1.5s", "--", "t")
    assert time.monotonic() - start >= 1.5
    assert len((p.root / "a").read_text()) == 4 and len((p.root / "b").read_text()) == 2


@case
def one_locks_for_all(p):
    """Locks: files of their own with who holds them, mode 0700, odd names encoded."""
    p.campaign("a.tum", shell("touch here; until test -e go; do sleep 0.05; done"),
               head="  locks: ['/dev/tty x', bench1]\n")
    run = p.start("-b", "-j", "1", "--", "a.tum")
    wait_for((p.root / "here").exists)
    folder = p.root / ".runtime/tum"
    assert folder.stat().st_mode & 0o777 == 0o700
    names = sorted(f.name for f in folder.iterdir())
    assert "bench1" in names and "%2Fdev%2Ftty%20x" in names, names
    text = (folder / "bench1").read_text()
    assert "pid" in text and "a.tum" in text, text
    other = p.start("-b", "--report-dir", "two", "--", "a.tum")
    wait_for(lambda: (p.root / "two/a/log.txt").exists() and "Waiting for lock" in
             (p.root / "two/a/log.txt").read_text())
    log = (p.root / "two/a/log.txt").read_text()
    assert "held by " + text.strip()[:40] in log, log
    word = f"a.tum waits for lock 'bench1', held by {text.strip()}"
    wait_for(lambda: word in said(other))
    # The kernel frees what a dead holder held.
    run.kill()
    run.wait()
    p.write("go", "")
    assert other.wait(60) == 0, said(other)


@case
def cut_in_part(p):
    """Selected in part: always and clean-up items run, the rest has no row."""
    p.write("a.tum", "report: {export: {json: {path: r.json}}}\nmain:\n  steps:\n"
            "  - group:\n      name: set up\n      always: true\n      steps:\n"
            "      - let: {name: one, values: {a: 1}}\n"
            "  - let: {name: wanted, values: {a: 1}}\n"
            "  - let: {name: other, values: {a: 1}}\n"
            "  - let: {name: clean, values: {a: 1}, execute_on_stop: true}\n")
    status(p, 0, "--report-dir", "out", "--", "a.tum::wanted")
    done = {e["node"]: e["outcome"] for e in p.events("out/a/events.jsonl")
            if e["event"] == "item_finished"}
    assert done["set up/one"] == done["wanted"] == done["clean"] == "passed"
    assert done["other"] == "deselected"
    text = (p.root / "out/a/r.json").read_text()
    assert "wanted" in text and "other" not in text


main()
