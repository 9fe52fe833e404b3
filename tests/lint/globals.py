#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Globals: every writable symbol of the libraries is in a list, with its reason.

Thread-local ones count too. Constant tables that only the loader writes (.data.rel.ro)
do not. A line of the list is `FILE.c SYMBOL reason`.

    globals.py LIST LIBRARY...
"""

import re
import subprocess
import sys

WRITABLE = re.compile(r"^(\.data(?!\.rel\.ro)|\.bss|\.tdata|\.tbss|\*COM\*)")


def read_list(path):
    allowed, bad = set(), 0
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            words = line.split(None, 2)
            if len(words) < 3 or not words[0].endswith(".c"):
                print(f"{path}:{number}: no reason; write FILE.c SYMBOL reason")
                bad += 1
                continue
            allowed.add((words[0], words[1]))
    return allowed, bad


def symbols(library):
    """(file, symbol) of each object of the library that can be written."""
    out = subprocess.run(["nm", "--format=sysv", library], capture_output=True,
                         text=True, check=True).stdout
    member = "?"
    for line in out.split("\n"):
        head = re.match(r"Symbols from .*\[(.*)\]:", line)
        if head:
            # meson names an object after the path of its source
            member = re.split(r"[/\\]|_src_", head.group(1))[-1].removesuffix(".o")
            continue
        fields = [field.strip() for field in line.split("|")]
        if len(fields) == 7 and WRITABLE.match(fields[6]) and fields[3] != "SECTION":
            # a static in a function has a number, one of several has more
            yield member, re.sub(r"(\.\d+)+$", "", fields[0]).rsplit(".", 1)[-1]


def main(list_path, libraries):
    allowed, found = read_list(list_path)
    count = 0
    for library in libraries:
        for member, symbol in symbols(library):
            count += 1
            if (member, symbol) not in allowed and symbol:
                found += 1
                print(f"{member}:1: '{symbol}' can be written; make it const, hand it "
                      f"in, or add it to {list_path} with the reason")
    print(f"{len(libraries)} libraries, {count} writable symbols, {found} findings")
    sys.exit(1 if found else 0)


main(sys.argv[1], sys.argv[2:])
