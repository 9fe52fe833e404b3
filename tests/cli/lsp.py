#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The language server, as an editor sees it: one conversation a case.

    lsp.py TUM
"""
import json
import os
import subprocess
import sys
import tempfile

from tap import Tap

URI = "file:///nowhere/edited.tum"


class Editor:
    """A server and the editor's side of the talk with it."""

    def __init__(self, tum, folder=None, start=True):
        self.process = subprocess.Popen([tum, "lsp"], stdin=subprocess.PIPE, cwd=folder,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.count = 0
        self.told = []
        if start:
            self.ask("initialize", {"capabilities": {}})
            self.tell("initialized", {})

    def write(self, text):
        body = text.encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def send(self, **message):
        self.write(json.dumps({"jsonrpc": "2.0", **message}))

    def receive(self):
        size = 0
        for line in iter(lambda: self.process.stdout.readline().strip(), b""):
            name, _, value = line.partition(b":")
            size = int(value) if name.lower() == b"content-length" else size
        return json.loads(self.process.stdout.read(size))

    def tell(self, method, params):
        self.send(method=method, params=params)

    def answer(self, method, params):
        """The whole answer; notifications that come before it are kept."""
        self.count += 1
        self.send(id=self.count, method=method, params=params)
        while True:
            message = self.receive()
            if message.get("id") == self.count:
                return message
            self.told.append(message)

    def ask(self, method, params):
        return self.answer(method, params)["result"]

    def open(self, text, uri=URI):
        """Opens a document; its diagnostics as (severity, line, from, to, message)."""
        self.tell("textDocument/didOpen", {"textDocument": {
            "uri": uri, "languageId": "tum", "version": 1, "text": text}})
        return self.diagnostics()

    def diagnostics(self):
        message = self.receive()
        assert message["method"] == "textDocument/publishDiagnostics", message
        found = []
        for one in message["params"]["diagnostics"]:
            start, end = one["range"]["start"], one["range"]["end"]
            assert one["source"] == "tum" and start["line"] == end["line"]
            found.append((one["severity"], start["line"], start["character"],
                          end["character"], one["message"]))
        return found

    def at(self, method, line, character, uri=URI):
        return self.ask("textDocument/" + method, {
            "textDocument": {"uri": uri},
            "position": {"line": line, "character": character}})

    def labels(self, line, character):
        result = self.at("completion", line, character)
        assert result["isIncomplete"] is False
        return [item["label"] for item in result["items"]]

    def end(self):
        self.ask("shutdown", None)
        self.tell("exit", None)
        return self.finish()

    def finish(self):
        self.process.stdin.close()
        status = self.process.wait(60)
        self.process.stdout.close()
        self.process.stderr.close()
        return status


CASES = []


def case(function):
    CASES.append(function)
    return function


def keywords(tum):
    schema = json.loads(subprocess.run([tum, "schema"], capture_output=True).stdout)
    return sorted(schema["$defs"]["_step"]["properties"])


@case
def capabilities(tum):
    """Capabilities, server name, an orderly end."""
    e = Editor(tum, start=False)
    told = e.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    assert told["serverInfo"]["name"] == "tum-lsp"
    can = told["capabilities"]
    assert can["textDocumentSync"]["openClose"] and can["textDocumentSync"]["change"] == 2
    assert can["completionProvider"]["triggerCharacters"] == ["-", " "]
    assert can["hoverProvider"] and can["documentSymbolProvider"]
    e.tell("initialized", {})
    assert e.end() == 0


@case
def life_cycle(tum):
    """Errors of a talk that is out of order, and the exit status of each end."""
    e = Editor(tum, start=False)
    assert e.answer("textDocument/hover", {})["error"]["code"] == -32002
    e.ask("initialize", {})
    assert e.answer("initialize", {})["error"]["code"] == -32600
    assert e.answer("no/such", {})["error"]["code"] == -32601
    e.tell("no/such", {})
    e.tell("$/cancelRequest", {"id": 1})
    e.send(id=77, result=None)
    e.write("{")
    assert e.receive()["error"]["code"] == -32700
    e.write("[]")
    assert e.receive()["error"]["code"] == -32600
    assert e.answer("textDocument/hover", {})["error"]["code"] == -32602
    e.ask("shutdown", None)
    assert e.answer("textDocument/hover", {})["error"]["code"] == -32600
    e.tell("exit", None)
    assert e.finish() == 0
    e = Editor(tum)
    e.tell("exit", None)
    assert e.finish() == 1
    assert Editor(tum).finish() == 1
    e = Editor(tum)
    e.process.stdin.write(b"Content-Length: many\r\n\r\n")
    e.process.stdin.flush()
    assert e.process.wait(60) == 1 and b"bad header" in e.process.stderr.read()


@case
def completion_of_items(tum):
    """Behind a dash all items, sorted, with what they are; elsewhere nothing."""
    e = Editor(tum)
    text = "main:\n  name: x\n  steps:\n    - \n    - sl\n    - .gr\n    - sleep:\n    -\n"
    e.open(text + "    - sleep: {timeout: 1}\n")
    known = sorted(k for k in keywords(tum) if not k.startswith("."))
    for line, character in (3, 6), (4, 8), (5, 9), (6, 12), (7, 5), (4, 6):
        assert e.labels(line, character) == known, (line, character)
    item, = [i for i in e.at("completion", 3, 6)["items"] if i["label"] == "sleep"]
    assert (item["kind"], item["detail"], item["insertText"], item["insertTextFormat"]) \
        == (7, "Sleep", "sleep:", 1)
    words = item["documentation"]
    assert words["kind"] == "markdown"
    assert words["value"].startswith("**sleep** — Sleep\n")
    assert "Required parameters:\n\n- `timeout` — " in words["value"]
    assert "Optional parameters:\n\n- `dialog` — " in words["value"]
    assert "expected_result" not in words["value"]
    for line, character in (0, 0), (0, 5), (1, 9), (8, 20), (8, 13), (99, 0):
        assert e.labels(line, character) == [], (line, character)
    assert e.end() == 0


@case
def completion_inside(tum):
    """Actions in a console, parameters in an item, keys of a mapping it takes."""
    e = Editor(tum)
    e.open("main:\n  steps:\n    - console:\n        steps:\n          - \n"
           "    - sleep:\n        \n    - loop:\n        exit_condition:\n          \n"
           "    - console:\n        steps:\n          - read_until:\n              e\n")
    assert e.labels(4, 12) == sorted(["open", "close", "write", "writeln", "read_until"])
    names = e.labels(6, 8)
    assert names[0] == "timeout" and "expected_result" in names and "steps" not in names
    assert "func_name" in e.labels(9, 10) and "name" not in e.labels(9, 10)
    names = e.labels(13, 15)
    assert "expected" in names and "tags" not in names
    assert e.end() == 0


@case
def hover(tum):
    """On a keyword what it is; the action, where it is one; else nothing."""
    e = Editor(tum)
    e.open("main:\n  steps:\n    - .sleep: {timeout: 1}\n    - console:\n        steps:\n"
           "          - open: {}\n    - nothing: {}\n")
    found = e.at("hover", 2, 9)
    assert found["contents"]["kind"] == "markdown"
    assert found["contents"]["value"].startswith("**sleep** — Sleep")
    assert found["range"] == {"start": {"line": 2, "character": 7},
                              "end": {"line": 2, "character": 12}}
    assert e.at("hover", 5, 13)["contents"]["value"].startswith("**open** — ")
    for line, character in (2, 4), (2, 15), (6, 8), (0, 2), (50, 1):
        assert e.at("hover", line, character) is None, (line, character)
    assert e.end() == 0


@case
def symbols(tum):
    """The tree of items and actions, with their names, in UTF-16 units."""
    e = Editor(tum)
    e.open('main:\n  steps:\n    - group:\n        name: "Grüße 😀"\n        steps:\n'
           "          - sleep: {name: nap, timeout: 1}\n          - other: 1\n"
           "          - console:\n              steps:\n              - write: 😀\n"
           "                # more\n    - check:\n        values: [1]\n"
           + "        doc: x\n" * 9 + "        name: too far\n")
    shown = e.ask("textDocument/documentSymbol", {"textDocument": {"uri": URI}})

    def flat(list_, depth=0):
        for one in list_:
            yield depth, one["name"], one["detail"]
            assert one["kind"] == 12
            yield from flat(one["children"], depth + 1)
    assert list(flat(shown)) == [(0, "group", "Grüße 😀"), (1, "sleep", "nap"),
                                 (1, "console", ""), (2, "write", ""), (0, "check", "")]
    write = shown[0]["children"][1]["children"][0]
    assert write["range"] == {"start": {"line": 9, "character": 0},
                              "end": {"line": 9, "character": 25}}
    assert write["selectionRange"] == {"start": {"line": 9, "character": 16},
                                       "end": {"line": 9, "character": 21}}
    assert e.end() == 0


@case
def many_symbols(tum):
    """A very long text: what is around each entry is not looked for from the start."""
    e = Editor(tum)
    e.open("main:\n  steps:\n" + "    - group:\n        steps:\n"
           "          - sleep: {timeout: 1}\n" * 20000)
    shown = e.ask("textDocument/documentSymbol", {"textDocument": {"uri": URI}})
    assert sum(1 + len(one["children"]) for one in shown) == 40000
    assert e.end() == 0


@case
def findings(tum):
    """All mistakes at their places, and again after a change."""
    e = Editor(tum)
    found = e.open("main:\n  steps:\n    - slep: {timeout: 1}\n"
                   "    - sleep: {timeout: 1, tmeout: 2}\n    - check:\n")
    assert [f[:4] for f in found] == [(1, 2, 6, 10), (2, 3, 26, 32), (1, 4, 6, 11)], found
    assert "did you mean 'sleep'?" in found[0][4] and "'tmeout'" in found[1][4]
    e.tell("textDocument/didChange", {
        "textDocument": {"uri": URI, "version": 2},
        "contentChanges": [
            {"range": {"start": {"line": 2, "character": 8},
                       "end": {"line": 2, "character": 8}}, "text": "e"},
            {"range": {"start": {"line": 3, "character": 24},
                       "end": {"line": 4, "character": 0}}, "text": "}\n"}]})
    found = e.diagnostics()
    assert [f[:3] for f in found] == [(1, 4, 6)], found
    e.tell("textDocument/didChange", {"textDocument": {"uri": URI, "version": 3},
                                      "contentChanges": [{"text": "main: {steps: []}"}]})
    assert e.diagnostics() == []
    e.open("main: [")
    e.tell("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert e.diagnostics() == []
    assert e.end() == 0


# text, places and parts of messages
TEXTS = [
    ("", []),
    ("a: 1\n", []),
    ("main:\n\tsteps: []\n", [(1, "tab")]),
    ("main:\n  steps:\n    - sleep: {timeout: [1\n", [(2, "expected")]),
    ("main:\r\n  steps:\r\n    - slep: {}\r\n", [(2, "slep")]),
    ("main:\n  name: x\n", [(0, "steps")]),
    # A template: when it renders without its variables.
    ("main:\n  steps:\n{% for x in xs %}\n    - slep: {a: {{ x }}}\n{% endfor %}\n"
     "    - sleep: {timeout: 1, b: 2}\n", [(5, "'b'")]),
    ("{% for x in [1] %}\nmain:\n  steps:\n    - slep: {{ y }}\n{% endfor %}\n",
     [(3, "slep")]),
    ("main:\n  steps: {{ things }}\n  x: [\n", []),
    ("main:\n  steps:\n    - sleep: {timeout: {{ y }\n", [(2, "unexpected")]),
    # What only a run knows.
    ("main:\n  steps:\n    - !include $(folder)/x.tum\n    - let: {values: [{a: $(b)}]}\n",
     []),
    ("main:\n  steps:\n    - !include nowhere.tum\n", [(2, "nowhere.tum")]),
    # Parts of campaigns.
    ("- sleep: {timeout: 1, tmeout: 1}\n- group: {}\n", [(0, "tmeout"), (1, "steps")]),
    ("- open: {protocol: terminal}\n- write: x\n", []),
]


@case
def texts(tum):
    """Which texts are looked at, and how far."""
    e = Editor(tum)
    for i, (text, wanted) in enumerate(TEXTS):
        found = e.open(text, f"file:///nowhere/{i}.tum")
        assert len(found) == len(wanted) and all(
            f[1] == line and part in f[4] for f, (line, part) in zip(found, wanted)), \
            (text, found)
    assert e.end() == 0


@case
def starts_nothing(tum):
    """A text that would start programs when it is loaded starts none."""
    with tempfile.TemporaryDirectory() as folder:
        mark = os.path.join(folder, "mark")
        for name in "test_x.py", "post_execution.py":
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(f"open({mark!r}, 'w')\n")
        uri = f"file://{folder}/a.tum"
        e = Editor(tum, folder)
        assert e.open(
            "main:\n  name: <| open('" + mark + "', 'w') |>\n  steps:\n"
            "    - unittest: {test_file: test_x.py}\n    - pytest: {test_file: test_x.py}\n"
            "    - py_func: {file: test_x.py, func_name: f}\n"
            f"    - check: {{values: [\"<| __import__('os').system('touch {mark}') |>\"]}}\n"
            "    - git: {steps: [commit: {repo: .}]}\n", uri) is not None
        children = f"/proc/{e.process.pid}/task/{e.process.pid}/children"
        with open(children, encoding="utf-8") as f:
            assert f.read() == ""
        assert e.end() == 0
        assert not os.path.exists(mark)


@case
def definition(tum):
    """From an include to its file."""
    with tempfile.TemporaryDirectory(prefix="a b") as folder:
        with open(os.path.join(folder, "part é.tum"), "w", encoding="utf-8") as f:
            f.write("- sleep: {timeout: 1}\n")
        with open(os.path.join(folder, "part.tum"), "w", encoding="utf-8") as f:
            f.write("- sleep: {timeout: 1}\n")
        uri = "file://" + folder.replace(" ", "%20") + "/a.tum"
        e = Editor(tum, folder)
        assert e.open("main:\n  steps:\n    - !include part.tum\n    - !include {file: "
                      "'part.tum', a: 1}\n    - sleep: {timeout: 1}\n", uri) == []
        for line in 2, 3:
            found = e.at("definition", line, 16, uri)
            assert found["uri"] == "file://" + folder.replace(" ", "%20") + "/part.tum"
        assert e.at("definition", 4, 10, uri) is None
        assert e.end() == 0


def main():
    tum = os.path.abspath(sys.argv[1])
    tap = Tap()
    for function in CASES:
        try:
            function(tum)
            tap.result(True, function.__doc__)
        except (AssertionError, KeyError, ValueError, OSError,
                subprocess.TimeoutExpired) as e:
            line = e.__traceback__.tb_next.tb_lineno
            tap.result(False, function.__doc__,
                       [f"{function.__name__}, line {line}: {type(e).__name__} {e}"])
    return tap.end()


sys.exit(main())
