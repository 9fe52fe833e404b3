# SPDX-License-Identifier: Apache-2.0
"""What the lints share: walking the sources, blanking comments and texts, findings.

A finding is `file:line: what is wrong; what to do`. Folders that do not exist (yet) are
passed over.
"""

import re
import sys
from pathlib import Path

TOKEN = re.compile(
    r"/\*.*?\*/"                    # a comment
    r"|//[^\n]*"                    # one of the other kind
    r'|"(?:\\.|[^"\\\n])*"'         # a text
    r"|'(?:\\.|[^'\\\n])*'",        # a character
    re.S)


def blank(piece):
    """The same lines and columns, without the letters."""
    return re.sub(r"[^\n]", " ", piece)


def code_only(text):
    """C without comments and without what is between quotes."""
    return TOKEN.sub(lambda m: blank(m.group()), text)


def without_texts(text):
    """C without block comments and texts; line comments stay, to be found."""
    return TOKEN.sub(lambda m: m.group() if m.group().startswith("//")
                     else blank(m.group()), text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


class Lint:
    def __init__(self, root):
        self.root = Path(root)
        self.found = 0
        self.seen = 0

    def files(self, folders, patterns):
        """Paths below the folders, relative to the root, sorted."""
        out = set()
        for folder in folders:
            for pattern in patterns:
                out.update(p for p in (self.root / folder).rglob(pattern)
                           if p.is_file() and "__pycache__" not in p.parts)
        paths = sorted(p.relative_to(self.root).as_posix() for p in out)
        self.seen += len(paths)
        return paths

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def finding(self, path, line, what, do):
        self.found += 1
        print(f"{path}:{line}: {what}; {do}")

    def finish(self):
        if self.seen == 0:
            print(f"{self.root}: nothing to look at; give the top folder of the sources")
            sys.exit(2)
        print(f"{self.seen} files, {self.found} findings")
        sys.exit(1 if self.found else 0)
