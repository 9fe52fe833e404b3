#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is read of a batch: reports, events, answers from the state.

    reading.py TUM [CASE...]
"""

import json
import re
import subprocess
import xml.etree.ElementTree as ElementTree

from batchlib import FAIL, PASS, case, main, shell

# The rules of the public Jenkins schema for JUnit results that matter here.
JENKINS_XSD = """<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">
  <xs:simpleType name="seconds"><xs:restriction base="xs:string">
    <xs:pattern value="(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\\.[0-9]{0,9})?"/>
  </xs:restriction></xs:simpleType>
  <xs:complexType name="said" mixed="true">
    <xs:sequence>
      <xs:element name="stackTrace" type="xs:string" minOccurs="0"/>
      <xs:element name="system-out" type="xs:string" minOccurs="0"/>
      <xs:element name="system-err" type="xs:string" minOccurs="0"/>
    </xs:sequence>
    <xs:attribute name="message" type="xs:string"/>
    <xs:attribute name="type" type="xs:string" use="required"/>
  </xs:complexType>
  <xs:complexType name="outcome" mixed="true">
    <xs:attribute name="message" type="xs:string"/>
    <xs:attribute name="type" type="xs:string"/>
  </xs:complexType>
  <xs:element name="testsuites"><xs:complexType>
    <xs:sequence>
      <xs:element ref="testsuite" minOccurs="0" maxOccurs="unbounded"/>
    </xs:sequence>
    <xs:attribute name="name" type="xs:string"/>
    <xs:attribute name="time" type="seconds"/>
    <xs:attribute name="tests" type="xs:string"/>
    <xs:attribute name="failures" type="xs:string"/>
    <xs:attribute name="errors" type="xs:string"/>
  </xs:complexType></xs:element>
  <xs:element name="testsuite"><xs:complexType>
    <xs:sequence>
      <xs:element name="testcase" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
        <xs:choice minOccurs="0" maxOccurs="unbounded">
          <xs:element name="skipped" type="outcome"/>
          <xs:element name="error" type="outcome"/>
          <xs:element name="failure" type="outcome"/>
          <xs:element name="rerunFailure" type="said"/>
          <xs:element name="flakyFailure" type="said"/>
          <xs:element name="system-out" type="xs:string"/>
        </xs:choice>
        <xs:attribute name="name" type="xs:string" use="required"/>
        <xs:attribute name="classname" type="xs:string"/>
        <xs:attribute name="time" type="seconds"/>
        <xs:attribute name="group" type="xs:string"/>
      </xs:complexType></xs:element>
    </xs:sequence>
    <xs:attribute name="name" type="xs:string" use="required"/>
    <xs:attribute name="tests" type="xs:string" use="required"/>
    <xs:attribute name="failures" type="xs:string" use="required"/>
    <xs:attribute name="errors" type="xs:string" use="required"/>
    <xs:attribute name="skipped" type="xs:string"/>
    <xs:attribute name="time" type="seconds"/>
    <xs:attribute name="timestamp" type="xs:dateTime"/>
    <xs:attribute name="hostname" type="xs:string"/>
  </xs:complexType></xs:element>
</xs:schema>
"""


def mixed(p):
    p.write("t/a.tum", "main:\n  steps:\n  - group:\n      name: grp\n      steps:\n"
            f"      - {PASS}\n      - {FAIL}\n"
            "  - let: {name: same, values: {a: 1}}\n"
            "  - let: {name: same, values: {a: 1}}\n")
    p.campaign("t/b.tum", "process: {name: 'odd <&> \\e[31mred', command: [/no/such]}")
    p.campaign("t/c.tum", "let: {name: never, values: {a: 1}, condition: false}", PASS)
    return p.tum("-b", "--infra-retries", "0", "--report-dir", "out", "--", "t")


@case
def junit(p):
    """junit.xml: suites, counts, unique names, kinds of results, plain times."""
    assert mixed(p).returncode == 1
    root = ElementTree.parse(p.root / "out/junit.xml").getroot()
    suites = {s.get("name").split("/")[-1]: s for s in root.iter("testsuite")}
    a = suites["a.tum"]
    assert (a.get("tests"), a.get("failures"), a.get("errors")) == ("4", "1", "0")
    names = [(c.get("classname"), c.get("name")) for c in a.iter("testcase")]
    assert len(set(names)) == 4 and names[0][0].endswith("a.grp")
    assert "same[2]" in [n for _, n in names]
    assert a.find("testcase/failure") is not None
    error = suites["b.tum"].find("testcase/error")
    assert error.get("type") == "infrastructure"
    assert suites["c.tum"].find("testcase/skipped") is not None
    text = (p.root / "out/junit.xml").read_text()
    assert "\x1b" not in text
    assert all(re.fullmatch(r"\d+\.\d+", t) for t in re.findall(r' time="([^"]*)"', text))
    case_ = a.find("testcase")
    assert case_.get("file") in ("t/a.tum", "a.tum") and case_.get("line") == "6"


@case
def odd_texts(p):
    """Names and messages with all that formats make something of; load errors."""
    p.write("tum.yaml", "")
    p.write("t/a.tum", "main:\n  steps:\n" + "".join(f"  - {step}\n" for step in (
        'check: {name: "# \\\\ \\x85<é>\\e[1m", values: [false]}',
        'check: {name: "line\\nend", values: [true]}',
        "process: {name: big, shell: true, command: \"head -c 99999 /dev/zero | tr '\\\\0' y; "
        "exit 1\"}",
        "check: {name: not now, values: [true], condition: false}")))
    p.write("t/b.tum", "main:\n  steps:\n  - nosuch: {a: 50%}\n")
    out = p.tum("-b", "--report-dir", "out", "--", "t",
                env={"GITHUB_ACTIONS": "true"}).stdout
    root = ElementTree.parse(p.root / "out/junit.xml").getroot()
    cases = {c.get("name"): c for c in root.iter("testcase")}
    assert set(cases) == {"# \\ <é>", "line\nend", "big", "not now", "[campaign]"}, set(cases)
    assert all(c.get("classname") in ("t.a", "t.b") for c in cases.values())
    assert cases["big"].get("file") == "t/a.tum"
    text = cases["big"].find("system-out").text
    assert "bytes cut" in text and 60000 < len(text) < 70000
    text = (p.root / "out/report.tap").read_text()
    assert "not ok 1 - \\# \\\\ <é>" in text.replace("\x85", "") and "- line end" in text
    assert "ok 4 - not now # SKIP condition not met" in text
    notes = [line for line in out.splitlines() if line.startswith("::error")]
    assert notes[-1].startswith("::error file=t/b.tum,line=3,title=t/b.tum::"), notes
    assert "%0A" in notes[-1] and "a: 50%25" in notes[-1]


@case
def junit_details(p):
    """Known flaky is skipped, retries in Surefire's form, iterations have numbers."""
    p.write("tum.yaml", "flaky: [{node: 't/a.tum::known', retries: 1}]\n")
    p.write("t/a.tum", "main:\n  steps:\n"
            f"  - {FAIL.replace('bad', 'known')}\n"
            "  - loop:\n      name: three\n      iterator: [1, 2, 3]\n      steps:\n"
            f"      - {PASS}\n"
            "  - process: {name: once, shell: true, retry: {count: 2}, command: "
            "'test -e x || { touch x; exit 1; }'}\n"
            "  - process: {name: never, command: 'false', retry: {count: 1}}\n"
            "  - process: {name: much, command: 'false', retry: {count: 30}}\n")
    assert p.tum("-b", "--report-dir", "out", "--", "t").returncode == 1
    root = ElementTree.parse(p.root / "out/junit.xml").getroot()
    cases = {c.get("name"): c for c in root.iter("testcase")}
    assert {"good[1]", "good[2]", "good[3]"} <= set(cases), list(cases)
    assert cases["known"].find("skipped").get("message").startswith("known flaky: ")
    assert cases["known"].find("failure") is None
    assert [f.get("message") for f in cases["once"].findall("flakyFailure")] == \
        ["exit status 1, expected 0"]
    assert cases["once"].find("flakyFailure").get("type") == "failed"
    assert cases["once"].find("failure") is None
    assert len(cases["never"].findall("rerunFailure")) == 1
    assert cases["never"].find("failure") is not None
    assert len(cases["much"].findall("rerunFailure")) == 10  # those before the last
    assert p.tum("report", "out", "--junit-dialect", "jenkins-xsd").returncode == 0
    p.write("jenkins.xsd", JENKINS_XSD)
    done = subprocess.run(["xmllint", "--noout", "--schema", "jenkins.xsd",
                           "out/junit.xml"], cwd=p.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    tests = {t["name"]: t for t in p.json("out/ctrf.json")["results"]["tests"]}
    assert tests["once"]["flaky"] is True and tests["once"]["retries"] == 1
    assert "flaky" not in tests["never"] and tests["known"]["status"] == "other"


@case
def own_retry_wins(p):
    """An item's own retry wins over the retries of the list of flaky nodes."""
    p.write("tum.yaml", "flaky: [{node: 't/a.tum::*', retries: 3}]\n")
    p.campaign("t/a.tum", "process: {name: own, shell: true, command: 'echo x >> own; "
               "exit 1', retry: {count: 1}}",
               "process: {name: listed, shell: true, command: 'echo x >> listed; exit 1'}")
    assert p.tum("-b", "--report-dir", "out", "--", "t").returncode == 0
    assert (p.root / "t/own").read_text() == "x\n" * 2
    assert (p.root / "t/listed").read_text() == "x\n" * 4


@case
def replaced_whole(p):
    """A report is renamed into place: who reads while it is written sees all of it."""
    p.campaign("t/a.tum", PASS)
    p.tum("-b", "--report-dir", "out", "t")
    with open(p.root / "out/report.md") as old:
        p.campaign("t/b.tum", FAIL)
        p.tum("-b", "--report-dir", "out", "t")
        assert "result: PASS" in old.read()
    assert "result: FAIL" in (p.root / "out/report.md").read_text()
    assert not [f for f in (p.root / "out").iterdir() if ".tmp" in f.name]


@case
def junit_jenkins(p):
    """--junit-dialect jenkins-xsd validates against the rules of the Jenkins schema."""
    p.write("jenkins.xsd", JENKINS_XSD)
    mixed(p)
    assert p.tum("report", "out", "--junit-dialect", "jenkins-xsd").returncode == 0
    done = subprocess.run(["xmllint", "--noout", "--schema", "jenkins.xsd",
                           "out/junit.xml"], cwd=p.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@case
def ctrf(p):
    """ctrf.json: required keys, known keys only, infrastructure as other."""
    mixed(p)
    whole = p.json("out/ctrf.json")
    assert set(whole) <= {"reportFormat", "specVersion", "results", "extra"}
    results = whole["results"]
    assert set(results) <= {"tool", "summary", "tests", "environment", "extra"}
    known = {"name", "status", "duration", "start", "stop", "suite", "message", "trace",
             "rawStatus", "tags", "type", "filePath", "line", "retries", "flaky", "extra"}
    for test in results["tests"]:
        assert {"name", "status", "duration"} <= set(test) <= known, set(test) - known
        assert test["status"] in ("passed", "failed", "skipped", "pending", "other")
        assert isinstance(test["duration"], int)
    summary = results["summary"]
    assert summary["tests"] == len(results["tests"]) == sum(
        summary[k] for k in ("passed", "failed", "pending", "skipped", "other"))
    other = [t for t in results["tests"] if t["status"] == "other"]
    assert [t["rawStatus"] for t in other] == ["infra_error"]


@case
def tap(p):
    """report.tap is read by prove, failing and passing."""
    mixed(p)
    (p.root / "show.sh").write_text("cat out/report.tap\n")
    def prove():
        return subprocess.run(["prove", "-e", "sh", "show.sh"], cwd=p.root, text=True,
                              capture_output=True)
    done = prove()
    assert done.returncode != 0 and "Failed 2/3" in done.stdout, done.stdout
    for name in "abc":
        p.campaign(f"t/{name}.tum", PASS)
    p.tum("-b", "--report-dir", "out", "t")
    assert prove().returncode == 0, prove().stdout + prove().stderr
    text = (p.root / "out/report.tap").read_text()
    assert text.startswith("TAP version 14") and "    # Subtest:" in text


@case
def not_counted(p):
    """Below an item that passed nothing is a failure: no report contradicts the status."""
    p.write("t/a.tum", "main:\n  steps:\n"
            f"  - group: {{name: lenient, no_fail: true, steps: [{{{FAIL}}}, "
            "{process: {name: lost, command: [/no/such]}}]}\n"
            "  - group:\n      name: again\n      retry: {count: 1}\n      steps:\n"
            "      - " + shell("test -e x || { touch x; exit 1; }", "once") + "\n"
            f"  - group: {{name: opposite, expected_result: FAIL, steps: [{{{FAIL}}}]}}\n")
    words = ["-b", "--report-dir", "out", "--", "t"]
    done = p.tum(*words, env={"GITHUB_ACTIONS": "true"})
    assert done.returncode == 0 and "::error" not in done.stdout
    assert "2 passed, 4 not counted" in done.stdout and "again: passed at" in done.stdout
    suite = ElementTree.parse(p.root / "out/junit.xml").getroot().find("testsuite")
    assert [suite.get(k) for k in ("tests", "failures", "errors", "skipped")] == \
        ["6", "0", "0", "4"]
    assert not list(suite.iter("failure")) and not list(suite.iter("error"))
    assert sum(one.get("message").startswith("not counted, ")
               for one in suite.iter("skipped")) == 4
    again = next(c for c in suite.iter("testcase") if c.get("name") == "again")
    assert again.find("flakyFailure").get("message") == "Step 'once' failed"
    results = p.json("out/ctrf.json")["results"]
    assert [results["summary"][k] for k in ("passed", "failed", "other", "flaky")] == \
        [2, 0, 4, 1]
    text = (p.root / "out/report.tap").read_text()
    assert text.count("not ok ") == text.count("# TO" "DO not counted") == 4
    assert "\nok 1 - " in text and "    ok 2 - again" in text
    whole = p.json("out/summary.json")
    assert (whole["failed"], whole["errors"], whole["not_counted"]) == (0, 0, 4)
    assert p.tum("last", cwd=p.root / "t").stdout == "" == p.tum("last").stdout
    done = p.tum("-b", "--lf", "--list", "--", "t")
    assert "No node failed in its last run" in done.stdout, done.stdout
    assert sum(f.get("counted") is False for f in whole["campaigns"][0]["findings"]) == 4
    facts = (p.root / "out/report.md").read_text()
    assert "result: PASS" in facts and "failed: 0" in facts and "errors: 0" in facts
    assert "**lenient/bad** failed, not counted" in facts
    assert "2 passed, 4 not counted" in (p.root / "out/report.html").read_text()
    # What counts is what is blamed, also when something else failed before.
    p.write("t/a.tum", "main:\n  steps:\n"
            f"  - group: {{name: lenient, no_fail: true, steps: [{{{FAIL}}}]}}\n"
            "  - check: {name: worse, values: [false]}\n")
    done = p.tum(*words, env={"GITHUB_ACTIONS": "true"})
    assert done.returncode == 1 and done.stdout.count("::error") == 1
    one = p.json("out/summary.json")["campaigns"][0]
    assert one["failed"] == 1 and one["message"].startswith("worse: "), one
    junit = ElementTree.parse(p.root / "out/junit.xml").getroot()
    assert len(list(junit.iter("failure"))) == 1


@case
def front_matter(p):
    """report.md starts with what a machine reads; the page needs nothing from elsewhere."""
    mixed(p)
    lines = (p.root / "out/report.md").read_text().splitlines()
    end = lines.index("---", 1)
    facts = dict(line.split(": ", 1) for line in lines[1:end])
    assert list(facts) == ["result", "status", "exit_code", "smoke", "passed", "failed",
                           "errors", "known_flaky", "revision", "host", "started_at",
                           "duration_s"]
    assert facts["result"] == "FAIL" and facts["failed"] == "1" and facts["errors"] == "1"
    rows = [line.split(" | ")[1] for line in lines if line.startswith("| ")]
    assert rows == ["outcome", "---", "failed", "error", "passed"], rows
    page = (p.root / "out/report.html").read_text()
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page) and "Time line" in page
    assert "a/log.txt" in page


@case
def causes_first(p):
    """The page has a cause a campaign on top: failures, then infrastructure."""
    p.write("t/d.tum", "main:\n  steps:\n  - nosuchitem: {name: x}\n")
    mixed(p)
    page = (p.root / "out/report.html").read_text()
    glance = page[page.index("What to look at"):]
    glance = glance[:glance.index("</table>")]
    rows = re.findall(r"<tr>(.*?)</tr>", glance)
    assert len(rows) == 3, rows
    for row, words in zip(rows, (["a.tum", "grp/bad: Check failed"],
                                 ["b.tum", "/no/such"],
                                 ["d.tum", "d.tum:3:5: error: 'nosuchitem' is"])):
        for word in words:
            assert word in row, f"{word!r} is not in {row}"
        target = re.search(r'href="#(c\d+)"', row).group(1)
        assert f'id="{target}"' in page


@case
def folder_used_again(p):
    """A report folder that is used again has this batch only."""
    p.campaign("t/a.tum", shell("echo first; exit 1", "say"))
    p.campaign("t/b.tum", FAIL)
    p.tum("-b", "--report-dir", "out", "t")
    assert len(p.json("out/summary.json")["campaigns"][1]["findings"]) == 1
    p.campaign("t/a.tum", shell("echo second; exit 1", "say"))
    p.tum("-b", "-x", "--retries", "1", "--report-dir", "out", "t")
    log = (p.root / "out/t_a/log.txt").read_text()
    assert "first" not in log and log.count("second") == 2, log
    a, b = p.json("out/summary.json")["campaigns"]
    assert len(a["attempts"]) == 2 and len(a["findings"]) == 1, a
    assert b["outcome"] == "not_started" and b["findings"] == [], b


@case
def events(p):
    """--events: every event as an object a line, with time, run and its own fields."""
    p.campaign("t/a.tum", PASS)
    done = p.tum("-b", "--events=e.jsonl", "t")
    assert done.returncode == 0
    found = p.events("e.jsonl")
    kinds = [e["event"] for e in found]
    for kind in ("batch_started", "campaign_started", "item_started", "item_output",
                 "item_finished", "campaign_finished", "batch_finished"):
        assert kind in kinds, kind
    for event in found:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)",
                            event["time"]) and event["run"]
    done = p.tum("-b", "--events=single.jsonl", "t/a.tum")
    assert [e["event"] for e in p.events("single.jsonl")][0] == "run_started"


@case
def github(p):
    """GitHub Actions: escaped annotations, nine at most, and the table."""
    p.write("t/a,b.tum", "main:\n  steps:\n" + "".join(
        f"  - check: {{name: 'n{i}', values: ['<| 1 == 2 |> 50%:x,y']}}\n"
        for i in range(12)))
    done = p.tum("-b", "--", "t", env={"GITHUB_ACTIONS": "true",
                                       "GITHUB_STEP_SUMMARY": str(p.root / "sum")})
    whole = done.stdout.splitlines()
    stop = next(l for l in whole if l.startswith("::stop-commands::"))
    again = whole.index("::" + stop.split("::")[2] + "::")
    assert whole[0] == stop and len(stop) > 40
    assert not any(l.startswith("::") for l in whole[1:again])
    lines = whole[again + 1:]
    assert all(l.startswith("::error") for l in lines), lines
    assert len(lines) == 10 and "3 more failures" in lines[-1]
    assert "file=a%2Cb.tum,line=3,title=n0::" in lines[0] and "50%25" in lines[0]
    assert "| campaign |" in (p.root / "sum").read_text()


@case
def answers_without_state(p):
    """last, flaky, status, history answer with little when there is no state."""
    for words in (["last"], ["flaky"], ["history", "x"]):
        done = p.tum(*words)
        assert done.returncode == 0 and done.stdout == "", words
    done = p.tum("status", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["batches"] == 0
    assert not (p.root / ".tum").exists()


@case
def answers(p):
    """last, flaky, status, history after some batches; paths as seen from here."""
    p.write("tum.yaml", "testpaths: [t]\n")
    p.campaign("t/a b.tum", FAIL, PASS)
    p.campaign("t/f.tum", "process: " + json.dumps(
        {"name": "once", "command": "test -e x || { touch x; exit 1; }", "shell": True,
         "retry": {"count": 1}}))
    assert p.tum("-b").returncode == 1
    assert p.tum("last").stdout == "'t/a b.tum::bad'\n"
    assert p.tum("last", cwd=p.root / "t").stdout == "'a b.tum::bad'\n"
    assert "100.0 %  1 of 1  t/f.tum::once" in p.tum("flaky").stdout
    assert p.tum("history", "t/f.tum::once").stdout.count("flaky") == 1
    status = json.loads(p.tum("status", "--json").stdout)
    assert status["batches"] == 1 and status["failed"] == 1 and status["passed"] == 1


@case
def first_form_and_state(p):
    """One campaign alone updates the state when there is one, and makes none."""
    p.write("tum.yaml", "testpaths: [t]\n")
    p.campaign("t/a.tum", FAIL)
    p.tum("-b", "t/a.tum")
    assert not (p.root / ".tum").exists()
    p.tum("-b")
    p.campaign("t/a.tum", PASS)
    p.tum("-b", "t/a.tum")
    assert "passed" in p.tum("history", "t/a.tum::good").stdout


@case
def output_is_cut(p):
    """Much output of an item is cut in the reports, start and end kept."""
    p.campaign("t/a.tum", shell("seq 1 40000; exit 1", "chatty"))
    p.tum("-b", "--report-dir", "out", "t")
    text = (p.root / "out/junit.xml").read_text()
    assert "\n1\n2\n" in text and "40000\n" in text and "bytes cut" in text
    assert len(text) < 200000
    assert "40000" in (next(p.root.glob("out/*a")) / "log.txt").read_text()


main()
