#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Layers: who may include whom.

A file includes its own folder and lower layers; folders of one number do not see each
other. Headers of include/tum count as the layer of their owner. Also: libraries in their
one place, no cycle of headers, file names unique in the tree, one guard a header.

    layers.py TOP-FOLDER
"""

import re
import sys

from lintlib import Lint, line_of, without_texts

LAYERS = {
    # Batch and language server are libraries to the command line: they read no options.
    "src/cli": 9, "src/web": 9,
    "src/batch": 8, "src/lsp": 8,
    "items": 7,
    "src/engine": 6,
    "src/doc": 5, "src/plot": 5,
    "src/tmpl": 4, "src/worker": 4, "src/export": 4,
    "src/lang": 3, "src/report": 3, "src/http": 3,
    "src/value": 2, "src/io": 2,
    "src/base": 1,
}

OWNERS = {
    "src/base": "fwd base mem str buf err diag clock words",
    "src/value": "val",
    "src/io": "wait proc console udp",
    "src/http": "http",
    "src/plot": "plot",
    "src/doc": "node",
    "src/worker": "worker",
    "src/engine": "ask func item out",
    "src/report": "report",
    "src/export": "export",
}
OWNER = {f"include/tum/{name}.h": folder
         for folder, names in OWNERS.items() for name in names.split()}

# Headers of libraries, and the paths that may include them.
LIBRARIES = {
    "yaml.h": ["src/doc/yaml.c"],
    "sqlite3.h": ["src/report/", "src/batch/"],  # src/batch: the state file
    "pcre2.h": ["src/lang/regex.c", "src/io/expect.c"],
    "gmp.h": ["src/value/vnum.c"],
    "curl/curl.h": ["src/http/http.c"],
    "microhttpd.h": ["src/web/"],
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.M)


def folder_of(path):
    """The layer's folder a source belongs to; None for tests of no layer."""
    if path in OWNER:
        return OWNER[path]
    parts = path.split("/")
    if parts[0] == "items":
        return "items"
    if parts[0] == "src" and len(parts) > 2:
        return "src/" + parts[1]
    if parts[:2] == ["tests", "unit"] and len(parts) > 3:
        return "items" if parts[2] == "items" else "src/" + parts[2]
    return None


def resolve(lint, path, name):
    """The file in the tree that #include "name" in path means, or None."""
    beside = path.rsplit("/", 1)[0] + "/" + name
    for candidate in ("include/" + name, "src/" + name, beside, "tests/unit/" + name,
                      name):
        if (lint.root / candidate).is_file():
            return candidate
    return None


def check_include(lint, path, line, name, target):
    own, other = folder_of(path), folder_of(target)
    public = target.startswith("include/tum/")
    if public and other is None:
        lint.finding(path, line, f"'{name}' has no owner",
                     "add it to OWNERS in tests/lint/layers.py")
        return
    if own is None or other is None:
        return
    if path.startswith("include/") and not public:
        lint.finding(path, line, f"a header of the item API includes '{name}'",
                     "it may include tum/ only")
    if path.startswith("items/") and not public and other != "items":
        lint.finding(path, line, f"an item includes '{name}'",
                     "items see include/tum only; what is missing belongs there")
    if own == other or LAYERS.get(other, 99) < LAYERS.get(own, -1):
        return
    lint.finding(
        path, line,
        f"'{name}' belongs to {other} (layer {LAYERS.get(other)}), not below {own} "
        f"(layer {LAYERS.get(own)})",
        "move the code up, or hand in what it needs from above")


def check_library(lint, path, line, name):
    places = LIBRARIES.get(name)
    if places and not any(path == p or (p.endswith("/") and path.startswith(p))
                          for p in places):
        lint.finding(path, line, f"<{name}> is not for this file",
                     "use it through " + " or ".join(places))


def check_guard(lint, path, text, guards):
    stem = path.rsplit("/", 1)[1][:-2]
    wanted = "TUM_" + re.sub(r"[^A-Za-z0-9]", "_", stem).upper() + "_H"
    code = without_texts(text)
    first = re.search(r"#\s*(\w+)\s*(\w*)", code)
    guard = first.group(2) if first and first.group(1) == "ifndef" else ""
    named = guard == wanted or (path.startswith("tests/") and guard.startswith("TUM_"))
    if not named or not re.search(
            rf"#\s*ifndef\s+{guard}\s*\n\s*#\s*define\s+{guard}\s*\n", code):
        lint.finding(path, line_of(code, first.start()) if first else 1,
                     "the guard of the header is missing or has another name",
                     f"open with #ifndef {wanted}, #define {wanted}")
        return
    if guard in guards:
        lint.finding(path, 1, f"its guard is that of {guards[guard]}",
                     "rename one of them")
    guards[guard] = path


def check_cycles(lint, graph):
    done, path = set(), []

    def visit(header):
        if header in path:
            cycle = path[path.index(header):] + [header]
            lint.finding(header, 1, "headers include each other: " + " > ".join(cycle),
                         "forward-declare a struct instead")
            return
        if header in done:
            return
        path.append(header)
        for target in graph.get(header, []):
            visit(target)
        path.pop()
        done.add(header)

    for header in sorted(graph):
        visit(header)


def main(root):
    lint = Lint(root)
    paths = lint.files(["include", "src", "items", "tests/unit"], ["*.c", "*.h"])
    graph, guards, names = {}, {}, {}

    for path in paths:
        text = lint.read(path)
        folder = folder_of(path)
        if folder is not None and folder not in LAYERS:
            lint.finding(path, 1, f"the folder {folder} is in no layer",
                         "add it to LAYERS in tests/lint/layers.py")
        if path.startswith("include/tum/") and path not in OWNER:
            lint.finding(path, 1, "the header has no owner",
                         "add it to OWNERS in tests/lint/layers.py")
        name = path.rsplit("/", 1)[1]
        if name in names:
            lint.finding(path, 1, f"the name is taken by {names[name]}",
                         "give it a name of its own in the whole tree")
        names[name] = path
        if path.endswith(".h"):
            check_guard(lint, path, text, guards)
            graph[path] = []
        for match in INCLUDE.finditer(text):
            line = line_of(text, match.start())
            if match.group(2):
                check_library(lint, path, line, match.group(2))
                continue
            target = resolve(lint, path, match.group(1))
            if target is None:
                continue  # generated, or still to be written: the compiler will say
            check_include(lint, path, line, match.group(1), target)
            if path.endswith(".h") and target.endswith(".h"):
                graph[path].append(target)
    check_cycles(lint, graph)
    lint.finish()


main(sys.argv[1])
