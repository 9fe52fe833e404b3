#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Dialogs on a terminal: keys in, screen and rows out.

    dialogs.py TUM
"""
import json
import os
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import time
import zlib

from screen import Terminal
from tap import Tap

RESTORED = [True, False, True]  # lines, no echo (the test's own), signals
LEFT, RIGHT, UP, DOWN = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B"


def paste(text):
    return f"\x1b[200~{text}\x1b[201~"


class Run:
    """A campaign on a terminal; `steps` is the text of its steps."""

    def __init__(self, tum, folder, steps, options=("-o",), columns=80, rows=24, env=()):
        self.folder = folder
        with open(os.path.join(folder, "main.tum"), "w", encoding="utf-8") as f:
            f.write("main:\n  name: top\n  steps:\n" + steps +
                    "report: {log_stored: true, export: [json: {path: out.json}]}\n")
        out = os.path.join(folder, "out.json")
        if os.path.exists(out):
            os.unlink(out)
        self.terminal = Terminal(
            [tum, *options, "main.tum"], folder, columns, rows,
            {"XDG_STATE_HOME": os.path.join(folder, "state"), **dict(env)})

    def see(self, *texts):
        """Waits until the screen shows them all; the screen."""
        return self.terminal.until_screen(lambda s: all(t in s.text() for t in texts), texts)

    def answer(self, *pairs):
        """Each time: waits for a text on the screen, then types."""
        for text, keys in pairs:
            self.see(text)
            self.terminal.type(keys)
        return self

    def rows(self):
        """What was recorded, by name; the status is in self.status."""
        self.status = self.terminal.end()
        with open(os.path.join(self.folder, "out.json"), encoding="utf-8") as f:
            return {row["test_name"]: row for row in json.load(f)["tests"]}


def results(rows, *names):
    return [rows[name]["result"] for name in names]


def check(tap, good, name, *shown):
    tap.result(good, name, [str(s) for s in shown])


# ---- every kind ----

def test_message(tap, tum, folder):
    run = Run(tum, folder, r"""
    - dialog_message: {name: first, question: "Plug it in.\nThen go on."}
    - dialog_message: {name: second, question: Really?}
    - dialog_message: {name: third, question: No more.}
""")
    screen = run.see("? first", "continue...")
    check(tap, all(text in screen.text() for text in
                   ("top > first", "Plug it in.\nThen go on.", "Press Enter to continue...")),
          "a message shows its name, its place and its text", screen.text())
    check(tap, run.terminal.modes() == [False, False, False],
          "keys come at once and unseen while a dialog is open")
    run.answer(("? first", "x\r"), ("? second", "\x03"), ("? third", "\x04"))
    rows = run.rows()
    check(tap, results(rows, "first", "second", "third") == ["PASS"] * 3,
          "a message has only OK", rows)
    text = run.terminal.screen().text()
    check(tap, "Press Enter" not in text and "? first" not in text,
          "nothing of a dialog is left on the screen", text)
    check(tap, run.terminal.out.count("\x1b[?2004h") == run.terminal.out.count("\x1b[?2004l"),
          "paste marks are taken back as often as they are asked for")


def test_question(tap, tum, folder):
    keys = [("a", "\r", "PASS"), ("b", "y\r", "PASS"), ("c", "NO\r", "FAIL"),
            ("d", "n\r", "FAIL"), ("e", "\x03", "FAIL"), ("f", "\x04", "FAIL"),
            ("g", " yes \r", "PASS"), ("h", "n\x7fy\r", "PASS")]
    run = Run(tum, folder, "".join(
        f"    - dialog_question: {{name: ask {n}, question: Is {n} on?}}\n" for n, _, _ in keys) + """
    - dialog_question: {name: unclear, question: Say it.}
""")
    run.answer(*[(f"? ask {n}", k) for n, k, _ in keys])
    run.answer(("? unclear", "maybe\r"), ("y or n", "n\r"))
    rows = run.rows()
    check(tap, results(rows, *[f"ask {n}" for n, _, _ in keys]) == [r for _, _, r in keys],
          "yes, no, Enter, control-C and the end of the input", rows)
    check(tap, rows["unclear"]["result"] == "FAIL", "another word is asked again", rows)
    check(tap, "Answer:    NO" in run.terminal.screen().text(), "the answer is printed")


def test_value(tap, tum, folder):
    cases = [  # name, default, keys, result, value or None
        ("typed", "", "3.3\r", "PASS", "3.3"),
        ("default", "5 V", "\r", "PASS", "5 V"),
        ("over the default", "5 V", "6 V\r", "PASS", "6 V"),
        ("empty", "", "\r", "FAIL", None),
        ("wide", "", "aé漢字\x7f\x7f文\r", "PASS", "aé文"),
        ("moved", "", f"bc{LEFT}{LEFT}a{RIGHT}x\x05!\x01<\r", "PASS", "<abxc!"),
        ("words", "", "one two three\x17\x17x\r", "PASS", "one x"),
        ("cleared", "", "abc\x15d\r", "PASS", "d"),
        ("deleted", "", f"abc\x01\x1b[3~{RIGHT}\x04\r", "PASS", "b"),
        ("pasted", "", paste("two\rlines\there") + "\r", "PASS", "two lines here"),
        ("cancelled", "9", "abc\x03", "FAIL", "abc"),
        ("ended", "9", "\x04", "FAIL", None),
        ("alt", "", "a\x1bxb\x1b[15~c\r", "PASS", "abc"),
        ("bytes", "", b"a\xff\xc3b\r", "PASS", "ab"),
    ]
    run = Run(tum, folder, "".join(
        f"    - dialog_value: {{name: {n}, question: How much?, default: '{d}'}}\n"
        for n, d, _, _, _ in cases) + """
    - check: {name: kept, values: [<| "$(cancelled)" == "abc" |>, <| "$(empty)" == "" |>]}
""")
    for name, default, keys, _, _ in cases:
        prompt = f"[{default}] > " if default else "> "
        run.terminal.until_screen(
            lambda s, n=name, p=prompt: f"? {n}\n" in s.text() and s.before_cursor() == p,
            name)
        run.terminal.type(keys)
    rows = run.rows()
    for name, _, _, result, value in cases:
        row = rows[name]
        check(tap, (row["result"], row["data"].get("answer")) == (result, value),
              f"value: {name}", row)
    check(tap, rows["kept"]["result"] == "PASS", "a cancelled value is kept in its variable",
          rows["kept"])


def test_note(tap, tum, folder):
    run = Run(tum, folder, """
    - dialog_note: {name: lines, question: What happened?}
    - dialog_note: {name: pasted, question: And then?}
    - dialog_note: {name: mended, question: And now?}
    - dialog_note: {name: empty, question: Nothing?}
    - dialog_note: {name: cancelled, question: Sure?}
""")
    run.answer(("? lines", "it smoked\r"), ("| it smoked", "then it stopped\r.\r"),
               ("? pasted", paste("a\r.\rc\r") + ".\r"),
               ("? mended", "one\rtwo\x7f\x7f\x7f\x7f!\r.\r"),
               ("? empty", ".\r"),
               ("? cancelled", "half\ra wo\x03"))
    rows = run.rows()
    for name, note, result in [
            ("lines", "it smoked\nthen it stopped", "PASS"), ("pasted", "a\n.\nc", "PASS"),
            ("mended", "one!", "PASS"), ("empty", "", "PASS"),
            ("cancelled", "half\na wo", "FAIL")]:
        check(tap, (rows[name]["data"].get("note"), rows[name]["result"]) == (note, result),
              f"note: {name}", rows[name])


EDITOR = """#!/bin/sh
# Says what it was given, takes a line of the terminal, leaves a note.
cat "$2" > seen
printf 'EDITING\\n'
read line
[ "$line" = bad ] && exit 3
{ printf '%s\\nsecond line\\n\\n' "$line"; cat "$2"; } > "$2.new" && mv "$2.new" "$2"
"""


def test_editor(tap, tum, folder):
    path = os.path.join(folder, "an editor")
    with open(path, "w", encoding="utf-8") as f:
        f.write(EDITOR)
    os.chmod(path, stat.S_IRWXU)
    run = Run(tum, folder, """
    - parallel:
        name: both
        branches:
          - name: left
            steps:
              - dialog_note: {name: written, question: "What was it?\\nIn short."}
          - name: right
            steps:
              - loop: {name: on, iterator: 40, steps: [sleep: {name: tick, timeout: 0.05}]}
    - dialog_note: {name: ended, question: Again?}
""", env={"EDITOR": f"'{path}' -w"})
    run.answer(("Enter opens", "\r"))
    place = run.terminal.until("EDITING")
    modes = run.terminal.modes()
    run.terminal.settle(0.4)  # the other branch prints meanwhile, but not here
    check(tap, "tick" not in run.terminal.out[place:], "an editor has the terminal to itself",
          run.terminal.out[place:])
    check(tap, modes == RESTORED, "an editor finds the terminal as it was", modes)
    run.terminal.type("bad\n")
    screen = run.see("? [left] written", "did not end well", "tick")
    check(tap, "? [left] written" in screen.text() and "tick" in screen.text(),
          "an editor that fails brings the dialog back, and what was held", screen.text())
    place = len(run.terminal.out)
    run.terminal.type("\r")
    run.terminal.until("EDITING", place)
    run.terminal.type("first line\n")
    run.answer(("? ended", "\r"))
    run.terminal.until("EDITING", len(run.terminal.out) - 10)
    os.kill(run.terminal.pid, signal.SIGTERM)
    rows = run.rows()
    check(tap, rows["written"]["data"].get("note") == "first line\nsecond line",
          "what the editor left above the mark is the note", rows["written"])
    with open(os.path.join(folder, "seen"), encoding="utf-8") as f:
        seen = f.read()
    check(tap, "# [left] written" not in seen.split("----")[0] and "# Again?" in seen,
          "the editor is shown the question", seen)
    check(tap, (rows["ended"]["result"], run.status) == ("FAIL", 143),
          "a stop ends the editor", rows["ended"], run.status)


def test_references(tap, tum, folder):
    steps = """
    - dialog_references: {name: boards, question: Which boards?, reference: [A/1, B]}
    - dialog_references: {name: free, question: And which?}
    - dialog_references: {name: cancelled, question: Any more?, reference: C}
    - check: {name: kept, values: ["<| $(tested_items)[0]['reference'] == 'C' |>"]}
"""
    run = Run(tum, folder, steps)
    run.answer(("1. Reference [A]:", "\r"), ("1. Revision [1]:", "2\r"),
               ("1. Serial number []:", "S/1,x\r"), ("2. Reference [B]:", "Z" + UP),
               ("1. Serial number [S/1,x]:", DOWN), ("2. Reference [Z]:", "\x7f"),
               ("2. Reference []:", "\r"), ("2. Revision []:", "\r"),
               ("2. Serial number []:", "7\r"),
               ("? free", ""), ("Reference [A]:", "\r"), ("Revision [2]:", "3\r"),
               ("Serial number [S/1,x]:", "\r"),
               ("? cancelled", "\x03"))
    rows = run.rows()
    check(tap, rows["boards"]["data"] == {
        "reference_0": {"reference": "A", "revision": "2", "serial": "S/1,x"},
        "reference_1": {"reference": "", "revision": "", "serial": "7"}},
        "references: cells given, taken, changed, gone back to", rows["boards"])
    check(tap, rows["free"]["data"]["reference_0"] ==
          {"reference": "A", "revision": "3", "serial": "S/1,x"},
          "references: what is not given is that of the last answer", rows["free"])
    check(tap, results(rows, "boards", "free", "cancelled", "kept") ==
          ["PASS", "PASS", "FAIL", "PASS"], "references: a cancelled answer is kept", rows)


TREE = """
    - dialog_choices:
        name: tests
        question: Which tests?
        choices:
          - {name: power, description: The supply, choices: [{name: 5V}, {name: 12V, choices: [{name: ripple}]}]}
          - {name: bus, description: The bus}
          - {name: lamp}
"""


def boxes(screen):
    """The entries on the screen: {name: (checked, current)}."""
    found = {}
    for line in screen.text().split("\n"):
        head, mark, rest = line.partition("] ")
        if mark and "[" in head and head[-1] in "x ":
            name = rest.replace("- ", "").replace("+ ", "").split()[0]
            found[name] = (head[-1] == "x", line.startswith(">"))
    return found


def checked(screen):
    return sorted(name for name, (on, _) in boxes(screen).items() if on)


def current(screen):
    return [name for name, (_, here) in boxes(screen).items() if here]


def flat(tree):
    for entry in tree:
        yield entry["name"], entry["checked"]
        yield from flat(entry.get("choices", []))


def test_choices(tap, tum, folder):
    run = Run(tum, folder, TREE)
    everything = ["12V", "5V", "bus", "lamp", "power", "ripple"]

    def state(keys, name, boxes_on, where=None, seen=None):
        run.terminal.type(keys)
        try:
            run.terminal.until_screen(
                lambda s: checked(s) == sorted(boxes_on) and (where is None or current(s) == [where])
                and (seen is None or sorted(boxes(s)) == sorted(seen)), name)
            check(tap, True, f"choices: {name}")
        except EOFError as error:
            check(tap, False, f"choices: {name}", error)

    run.see("? tests")
    state("", "all is checked and unfolded at first", everything, "power", everything)
    state(" ", "space unchecks the entry and all below it", ["bus", "lamp"])
    state("3\r", "a number checks that entry, its parents are not touched",
          ["12V", "bus", "lamp", "ripple"], "12V")
    state("5 ", "a number and space do too", ["12V", "lamp", "ripple"], "bus")
    state("1,4\r", "several numbers",
          ["12V", "5V", "lamp", "power"], "ripple")
    state("n\r", "n is none", [])
    state("a\r", "a is all", everything)
    state(UP + UP + UP + UP, "the arrows move and stop at the first", everything, "power")
    state(LEFT, "left folds", ["bus", "lamp", "power"], "power", ["bus", "lamp", "power"])
    state(DOWN + " ", "down goes on behind it", ["lamp", "power"], "bus")
    state("f\r", "f unfolds what is folded",
          ["12V", "5V", "lamp", "power", "ripple"], "bus", everything)
    state("f\r", "and folds what is not", ["lamp", "power"], "bus", ["bus", "lamp", "power"])
    state("RIP", "other words show what holds them, with what is above, folded or not",
          ["12V", "power", "ripple"], "ripple", ["12V", "power", "ripple"])
    state(" ", "where space checks", ["12V", "power"], "ripple")
    state("\x7f\x7f\x7f", "and what was hidden comes back", ["lamp", "power"], "power",
          ["bus", "lamp", "power"])
    state("/a", "a slash makes any text a filter", ["lamp"], "lamp", ["lamp"])
    state("\x1b", "escape takes it away", ["lamp", "power"], "lamp", ["bus", "lamp", "power"])
    state("supply", "descriptions are looked at too", ["12V", "5V", "power"], None,
          ["12V", "5V", "power", "ripple"])
    state("\r", "Enter ends a filter before it ends the dialog", ["lamp", "power"])
    run.terminal.type("99\r")
    run.see("there is no entry 99")
    run.terminal.type("\r")
    rows = run.rows()
    answer = dict(flat(eval(rows["tests"]["message"])))  # noqa: S307 - our own text
    check(tap, answer == {"power": True, "5V": True, "12V": True, "ripple": False,
                          "bus": False, "lamp": True}, "choices: the answer", rows["tests"])

    run = Run(tum, folder, """
    - let: {name: before, values: [{cs_tests: old}]}
""" + TREE + """
    - check: {name: gone, values: ['<| "$(cs_tests)"[:1] == "$" |>']}
""")
    screen = run.see("? tests", "4 of 6;")
    check(tap, checked(screen) == ["12V", "5V", "lamp", "power"],
          "choices: the last answer is remembered", screen.text())
    run.terminal.type("q\r")
    rows = run.rows()
    check(tap, results(rows, "tests", "gone") == ["FAIL", "PASS"],
          "choices: q cancels, and takes the variable away", rows)

    run = Run(tum, folder, TREE.replace("- {name: lamp}", "- {name: lamp}\n          - {name: horn}"))
    screen = run.see("? tests", "7 of 7;")
    check(tap, checked(screen) == sorted(everything + ["horn"]),
          "choices: a level with another number of entries is not remembered", screen.text())
    run.terminal.type("\x03")
    run.rows()

    answers = os.path.join(folder, "state", "tum", "answers.json")
    for text in ("no JSON", '{"choices": {"tests": [7, {"checked": [], "choices": 1}, null]}}', "[]"):
        with open(answers, "w", encoding="utf-8") as f:
            f.write(text)
        run = Run(tum, folder, TREE)
        run.answer(("? tests", "\r"))
        rows = run.rows()
        check(tap, rows["tests"]["result"] == "PASS", f"choices: a file of answers that holds {text}",
              rows["tests"])
    os.unlink(answers)
    os.rmdir(os.path.dirname(answers))
    with open(os.path.dirname(answers), "w", encoding="utf-8") as f:
        f.write("in the way")
    run = Run(tum, folder, TREE)
    run.answer(("? tests", "\r"))
    rows = run.rows()
    check(tap, rows["tests"]["result"] == "PASS", "choices: answers that cannot be remembered",
          rows["tests"])


def png(path, width=64, height=48):
    raw = b"".join(b"\0" + b"".join(bytes((x * 255 // width,) * 3) for x in range(width))
                   for _ in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" +
                chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
                chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def test_image(tap, tum, folder):
    png(os.path.join(folder, "look.png"))
    with open(os.path.join(folder, "drawn.svg"), "w", encoding="utf-8") as f:
        f.write("<svg xmlns='http://www.w3.org/2000/svg'/>")
    with open(os.path.join(folder, "text.png"), "w", encoding="utf-8") as f:
        f.write("no picture")
    steps = """
    - dialog_image: {name: seen, question: Like this?, filename: look.png}
    - dialog_image: {name: refused, question: And this?, filename: drawn.svg}
    - dialog_image: {name: wrong, question: Or this?, filename: text.png}
    - dialog_image: {name: missing, question: Or none?, filename: none.png}
"""
    run = Run(tum, folder, steps)
    screen = run.see("? seen", "continue...")
    drawn = [line for line in screen.text().split("\n") if ".:" in line and line.endswith("#%%%%")]
    check(tap, len(drawn) > 8 and os.path.join(folder, "look.png") in screen.text(),
          "an image is sketched in letters, from dark to light", screen.text())
    run.answer(("? seen", "\r"), ("? refused", "x\r"), ("q cancels", "q\r"))
    rows = run.rows()
    check(tap, results(rows, "seen", "refused", "wrong", "missing") ==
          ["PASS", "FAIL", "FAIL", "FAIL"] and "none.png" in rows["missing"]["message"] and
          "text.png" in rows["wrong"]["message"],
          "images: accepted, refused, unreadable without asking", rows)
    check(tap, "cannot be shown here" in run.terminal.screen().text(),
          "a picture that cannot be sketched is named", run.terminal.screen().text())

    for name, env, code in [
            ("kitty", {"KITTY_WINDOW_ID": "1"}, "\x1b_Ga=T,f=100"),
            ("iTerm2", {"TERM_PROGRAM": "iTerm.app"}, "\x1b]1337;File=inline=1"),
            ("a sixel terminal", {"TERM": "foot"}, "\x1bP0;1q\"1;1;64;48#0;2;0;0;0")]:
        run = Run(tum, folder, steps, env=env)
        run.terminal.until(r"Press Enter to continue")
        run.terminal.type("\r")
        place = run.terminal.until(r"\? refused")
        run.terminal.type("\x03")
        run.terminal.end()
        check(tap, code in run.terminal.out[:place + 1] or code in run.terminal.out,
              f"{name} is given the picture", repr(run.terminal.out[:3000]))
    run = Run(tum, folder, steps, env={"KITTY_WINDOW_ID": "1", "TMUX": "/tmp/x,1,0"})
    run.answer(("? seen", "\r"), ("? refused", "\x03"))
    run.terminal.end()
    check(tap, "\x1b_G" not in run.terminal.out, "a multiplexer is given a sketch")


def test_sleep(tap, tum, folder):
    run = Run(tum, folder, """
    - sleep: {name: short, timeout: 1.2, dialog: true}
    - sleep: {name: long, timeout: 3700, dialog: true}
    - parallel:
        name: both
        branches:
          - name: left
            steps: [sleep: {name: rest, timeout: 3, dialog: true}]
          - name: right
            steps:
              - sleep: {name: a moment, timeout: 0.3}
              - dialog_message: {name: between, question: Now.}
""")
    run.see("00:00:01")
    screen = run.see("? long", "01:01:40")
    check(tap, "01:01:40" in screen.text(), "a sleep shows the time that is left", screen.text())
    run.terminal.type("\x03")
    run.see("? [left] rest")
    screen = run.see("? [right] between", "1 more waits")
    check(tap, "? [left] rest" not in screen.text() and "1 more waits" in screen.text(),
          "a sleep steps aside for a question", screen.text())
    run.terminal.type("\r")
    run.see("? [left] rest")
    rows = run.rows()
    check(tap, results(rows, "short", "long", "rest", "between") ==
          ["PASS", "FAIL", "PASS", "PASS"], "sleeps end, and can be cancelled", rows)


# ---- who asks, how long, what else goes on ----

def test_branches(tap, tum, folder):
    run = Run(tum, folder, """
    - parallel:
        name: both
        branches:
          - name: left
            steps:
              - dialog_question: {name: is it on, question: Left?}
              - let: {name: went on, values: [{gone: true}]}
          - name: right
            steps:
              - sleep: {name: later, timeout: 0.3}
              - dialog_value: {name: how much, question: Right?}
          - name: third
            steps:
              - loop: {name: on, iterator: 30, steps: [check: {name: busy, values: [true]}, sleep: {name: nap, timeout: 0.02}]}
              - let: {name: third done, values: [{third: true}]}
""", rows=30)
    screen = run.see("1 more waits", "[Y/n]")
    check(tap, "? [left] is it on" in screen.text() and "Right?" not in
          screen.text().split("? [left]")[-1], "the first that asks is shown, with its branch",
          screen.text())
    run.terminal.type("n")
    screen = run.see('step "third done" finished: PASS', "[Y/n] n")
    panel = screen.text().split("\n")[-6:]
    check(tap, any(line == "[Y/n] n" for line in panel) and screen.before_cursor() == "[Y/n] n"
          and screen.text().count("? [left]") == 1,
          "other branches go on and print above what is being typed", screen.text())
    run.terminal.type("\r")
    screen = run.see("? [right] how much", "top > both > right")
    check(tap, "top > both > right > how much" in screen.text(), "then the next", screen.text())
    run.terminal.type("7\r")
    rows = run.rows()
    check(tap, results(rows, "is it on", "how much", "third", "went on") ==
          ["FAIL", "PASS", "PASS", "PASS"] and rows["how much"]["data"]["answer"] == "7",
          "each answer goes to the branch that asked", rows)


def test_limit(tap, tum, folder):
    run = Run(tum, folder, """
    - let: {name: limits, values: [{dialog_timeout: 1.5}]}
    - dialog_value: {name: default, question: How much?, default: "5", auto_result: ok}
    - dialog_question: {name: refused, question: Is it?, auto_result: cancel}
    - dialog_question: {name: nobody, question: Was it?}
    - let: {name: longer, values: [{dialog_timeout: 1m}]}
    - dialog_question: {name: own, question: Will it?, time_limit: 0.4}
    - dialog_question: {name: left, question: Does it?}
""")
    screen = run.see("? default", " left")
    check(tap, "0:02 left" in screen.text() or "0:01 left" in screen.text(),
          "a limit shows the time that is left", screen.text())
    run.terminal.type("8")
    screen = run.see("? left", " left\n")
    check(tap, "1:00 left" in screen.text() or "0:59 left" in screen.text(),
          "limits are durations", screen.text())
    run.terminal.type("\r")
    rows = run.rows()
    check(tap, results(rows, "default", "refused", "nobody", "own", "left") ==
          ["PASS", "FAIL", "FAIL", "FAIL", "PASS"] and
          rows["default"]["data"]["answer"] == "5" and
          "nobody answered within 1.5 s" in rows["nobody"]["message"],
          "after the limit auto_result stands in", rows)


def test_stop(tap, tum, folder):
    steps = """
    - parallel:
        name: both
        branches:
          - name: left
            steps: [dialog_question: {name: one, question: Left?}]
          - name: right
            steps: [dialog_value: {name: two, question: Right?}]
    - let: {name: tidy, execute_on_stop: true, values: [{tidied: true}]}
"""
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)):
        run = Run(tum, folder, steps)
        run.see("1 more waits")
        began = time.monotonic()
        os.kill(run.terminal.pid, number)
        place = run.terminal.until('step "tidy" started')
        took = time.monotonic() - began
        modes = run.terminal.modes()
        rows = run.rows()
        check(tap, run.status == status and results(rows, "one", "two", "tidy") ==
              ["FAIL", "FAIL", "PASS"] and modes == RESTORED and
              "\x1b[?2004l" in run.terminal.out[:place],
              f"{number.name}: both requests are withdrawn, the terminal is restored",
              run.status, modes, rows)
        check(tap, took < 2, f"{number.name}: at once", took)

    run = Run(tum, folder, """
    - parallel:
        name: race
        sync: any
        branches:
          - name: asks
            steps: [dialog_question: {name: too slow, question: Quick!}]
          - name: wins
            steps: [sleep: {name: short, timeout: 0.5}]
    - sleep: {name: after, timeout: 0.5}
""")
    run.see("? [asks] too slow")
    run.terminal.until('step "after" started')
    modes = run.terminal.modes()
    rows = run.rows()
    check(tap, results(rows, "too slow", "race", "after") == ["FAIL", "PASS", "PASS"] and
          modes == RESTORED, "a lost race withdraws the request", rows, modes)

    run = Run(tum, folder, steps)
    run.see("1 more waits")
    os.close(run.terminal.fd)
    _, code = os.waitpid(run.terminal.pid, 0)
    check(tap, os.waitstatus_to_exitcode(code) == 143, "a terminal that goes away stops the run",
          code)

    run = Run(tum, folder, """
    - dialog_value: {name: volts, question: How much?}
""")
    run.see("? volts")
    run.terminal.type("12")
    run.see("> 12")
    os.kill(run.terminal.pid, signal.SIGSTOP)
    place = len(run.terminal.out)
    os.kill(run.terminal.pid, signal.SIGCONT)
    run.terminal.until(r"\x1b\[\?2004h[^?]*\? volts", place)
    run.terminal.type("3\r")
    rows = run.rows()
    check(tap, rows["volts"]["data"].get("answer") == "123", "a suspended dialog goes on", rows)


def test_suspend(tap, tum, folder):
    with open(os.path.join(folder, "main.tum"), "w", encoding="utf-8") as f:
        f.write("main: {steps: [dialog_value: {name: volts, question: How much?}]}\n")
    # A shell with job control, as the one of a person.
    terminal = Terminal(["/bin/bash", "-c", f"set -m; {tum} -o main.tum; echo STOPPED $?; "
                         "sleep 0.5; fg; echo ENDED $?"], folder)
    terminal.until_screen("? volts")
    terminal.type("12\x1a")
    terminal.until_screen("STOPPED 148")
    modes = terminal.modes()
    terminal.until_screen(lambda s: s.before_cursor() == "> 12", "the dialog again")
    terminal.type("3\r")
    terminal.until_screen("ENDED 0")
    terminal.end()
    check(tap, modes[0] and modes[2] and "Answer: 123" in terminal.screen().text(),
          "control-Z suspends, with the terminal as it was", modes, terminal.screen().text())


def test_ahead(tap, tum, folder):
    run = Run(tum, folder, """
    - sleep: {name: before, timeout: 1}
    - dialog_question: {name: sure, question: Sure?}
""")
    run.terminal.until('step "before" started')
    run.terminal.type("n\n")
    run.answer(("? sure", "y\r"))
    rows = run.rows()
    check(tap, rows["sure"]["result"] == "PASS", "what is typed ahead is no answer", rows["sure"])


# ---- sizes ----

def fits(screen, columns):
    return all(len(line) <= columns for line in screen.text().split("\n"))


def test_sizes(tap, tum, folder):
    long = "A question that has more words than one row of any terminal of this test can hold at once."
    steps = (TREE.replace("Which tests?", long) + f"""
    - dialog_note: {{name: remark, question: "{long}"}}
    - dialog_references: {{name: refs, question: "{long}", reference: [one/2/3, four]}}
    - dialog_value: {{name: value, question: "{long}", default: a default value of some length}}
    - dialog_question: {{name: a name that is longer than the terminal is wide, question: "{long}"}}
""")
    for columns, rows in ((24, 8), (12, 6), (200, 50), (4, 3)):
        # Colours take no room.
        run = Run(tum, folder, steps, () if columns == 24 else ("-o",), columns, rows)
        good = True
        for prompt, keys in (("> ", "\r"), ("> ", "line\r.\r"), ("", "\r\r\r\r\r\r"),
                             ("", "漢字かな漢字かな漢字かな\r"), ("", "\r")):
            place = run.terminal.until(r"\x1b\[\?2004h")
            run.terminal.out = run.terminal.out[place:]  # the screen from here on
            # The panel is drawn in one go, the live line below it too.
            run.terminal.until_screen(lambda s: s.row > 0 or columns < 12 or s.column > 0)
            run.terminal.settle(0.15)
            screen = run.terminal.screen()
            good = good and fits(screen, columns) and screen.deepest < rows
            run.terminal.type(keys)
        found = run.rows()
        check(tap, good and found["value"]["data"]["answer"] == "漢字かな漢字かな漢字かな" and
              run.status == 0, f"panels fit {columns} columns and {rows} rows",
              run.terminal.screen().text(), found)


def test_resize(tap, tum, folder):
    run = Run(tum, folder, TREE, columns=80)
    run.see("? tests")
    place = len(run.terminal.out)
    run.terminal.resize(30, 10)
    run.terminal.until(r"cancel|…", place)
    run.terminal.until(r"\? tests", place)
    run.terminal.settle(0.2)
    text = run.terminal.out[run.terminal.out.rindex("? tests"):]
    lines = [line for line in text.replace("\r", "").split("\n")]
    check(tap, all(len(line.split("\x1b")[0]) < 30 for line in lines) and len(lines) <= 10,
          "after the terminal shrank the panel fits it", text)
    place = len(run.terminal.out)
    run.terminal.resize(100, 30)
    run.terminal.until(r"\? tests", place)
    run.terminal.type("\r")
    rows = run.rows()
    check(tap, rows["tests"]["result"] == "PASS", "and goes on", rows)


# ---- what else a person changes ----

def test_run(tap, tum, folder):
    with open(os.path.join(folder, "child.tum"), "w", encoding="utf-8") as f:
        f.write("main: {steps: [dialog_question: {name: asked, question: Who?}]}\n")
    run = Run(tum, folder, """
    - run: {name: other, tum: child.tum, log_file: kept.log}
    - run: {name: nowhere, tum: child.tum, log_file: none/kept.log}
""")
    rows = run.rows()
    with open(os.path.join(folder, "kept.log"), encoding="utf-8") as f:
        text = f.read()
    check(tap, "Test run failed." in text and rows["other"]["message"].startswith(
        "0 passed, 1 failed, 0 skipped"), "a sub-campaign asks nobody, its output is kept",
          text, rows)
    check(tap, "WARN  'log_file' could not be written" in run.terminal.screen().text(),
          "a log that cannot be kept is no failure", run.terminal.screen().text())


# ---- when nobody is asked ----

def test_batch(tap, tum, folder):
    steps = """
    - dialog_question: {name: asked, question: Is it on?}
    - check: {name: told, values: [<| not $(_interactive) |>]}
"""
    run = Run(tum, folder, steps, options=["-b", "-o"])
    rows = run.rows()
    check(tap, rows["asked"]["result"] == "FAIL" and "auto_result" in rows["asked"]["message"]
          and rows["told"]["result"] == "PASS", "-b asks nobody", rows)
    run = Run(tum, folder, steps, options=["-b", "-o", "--interactive"])
    run.answer(("? asked", "\r"))
    rows = run.rows()
    check(tap, results(rows, "asked", "told") == ["PASS", "FAIL"], "--interactive asks", rows)
    run = Run(tum, folder, steps, env={"TERM": "dumb"})
    rows = run.rows()
    check(tap, "auto_result" in rows["asked"]["message"],
          "a terminal without a cursor is not asked on", rows)

    for argv, status, text in ((["--interactive", "main.tum"], 2, "needs a terminal"),
                               (["--interactive", "main.tum", "main.tum"], 2, "for one campaign"),
                               (["main.tum"], 1, "auto_result")):
        done = subprocess.run([tum, "-o", *argv], cwd=folder, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        check(tap, done.returncode == status and text in done.stdout,
              f"{' '.join(argv)} without a terminal: status {status}", done.stdout)


TESTS = (test_message, test_question, test_value, test_note, test_editor, test_references,
         test_choices, test_image, test_sleep, test_branches, test_limit, test_stop,
         test_suspend, test_ahead, test_sizes, test_resize, test_run, test_batch)


def main():
    tap = Tap()
    tum = os.path.abspath(sys.argv[1])
    for test in TESTS:
        if len(sys.argv) > 2 and test.__name__ not in sys.argv[2:]:
            continue
        with tempfile.TemporaryDirectory(prefix="tum-dialogs-") as folder:
            try:
                test(tap, tum, os.path.realpath(folder))
            except (EOFError, TimeoutError, ValueError, KeyError, OSError) as error:
                tap.result(False, test.__name__, [repr(error)])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
