#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The lints find what they are for: a small tree with one mistake each, and one clean.

    selftest.py FOLDER-OF-THE-LINTS
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HEAD = "/* SPDX-License-Identifier: Apache-2.0 */\n/*\n * What it does.\n */\n"
SLASHES = "/" "/"


def header(name, body=""):
    return HEAD + f"#ifndef TUM_{name}_H\n#define TUM_{name}_H\n{body}#endif\n"


CLEAN = {
    "include/tum/str.h": header("STR"),
    "include/tum/item.h": header("ITEM", '#include "tum/str.h"\n'),
    "src/base/path.h": header("PATH", '#include "tum/str.h"\n'),
    "src/base/path.c": HEAD + '#include "base/path.h"\n'
                       f'const char *p = "{SLASHES} malloc(3) stdout"; /* printf( */\n',
    "src/cli/main.c": HEAD + '#include "base/path.h"\n#include "tum/item.h"\n',
    "items/check.c": HEAD + '#include "tum/item.h"\n',
    "src/value/scan.c": HEAD + "static int accept(int c);\nint f(void)\n"
                        "{\n    return accept(1) + s.sleep(2);\n}\n",
}

# lint, file, its text, what must be said about it (None: the clean tree passes)
CASES = [
    ("layers", None, None, None),
    ("banned", None, None, None),
    ("layers", "src/base/a.c", HEAD + '#include "tum/item.h"\n', "src/base/a.c:5: "),
    ("layers", "src/io/a.c", HEAD + '#include "value/v.h"\n', "belongs to src/value"),
    ("layers", "items/a.c", HEAD + '#include "base/path.h"\n', "an item includes"),
    ("layers", "include/tum/str.h", header("STR", '#include "base/path.h"\n'),
     "a header of the item API"),
    ("layers", "include/tum/odd.h", header("ODD"), "no owner"),
    ("layers", "src/odd/a.c", HEAD, "in no layer"),
    ("layers", "src/lang/a.c", HEAD + "#include <sqlite3.h>\n", "not for this file"),
    ("layers", "src/base/path.h", header("OTHER"), "the guard"),
    ("layers", "src/base/path.h", HEAD, "the guard"),
    ("layers", "src/io/path.c", HEAD, "the name is taken"),
    ("layers", "src/base/path.h", header("PATH", '#include "base/path.h"\n'),
     "include each other"),
    ("layers", "tests/unit/base/test_a.c", HEAD + '#include "value/v.h"\n',
     "belongs to src/value"),
    ("banned", "src/base/a.c", HEAD + "int i = atoi(s);\n", "src/base/a.c:5: atoi"),
    ("banned", "src/base/a.c", HEAD + "FILE *f = stderr;\n", "stderr is banned"),
    ("banned", "src/lang/a.c", HEAD + "double d = strtod(s, 0);\n", "strtod"),
    ("banned", "src/base/a.c", HEAD + "char *s = malloc (3);\n", "malloc"),
    ("banned", "src/base/a.c", HEAD + "int fd = open(p, O_RDONLY);\n", "O_CLOEXEC"),
    ("banned", "src/engine/a.c", HEAD + "tum_cond_wait(c, l, d);\n", "tum_cond_wait"),
    ("banned", "src/base/a.c", HEAD + f"int i; {SLASHES} one\n", "a comment with"),
    ("banned", "src/base/a.c", "int i;\n", "no licence line"),
    ("banned", "src/base/a.c", HEAD.split("\n", 1)[0] + "\nint i;\n", "no head comment"),
    ("banned", "scripts/tool", "#!/bin/sh\n", "no licence line"),
    ("banned", "src/base/meson.build", "x = 1\n", "no licence line"),
    ("banned", "src/base/a.c", HEAD + "/* TO" "DO */\n", "a note to self"),
    ("banned", "src/base/a.c", HEAD + '/* see /ho' 'me/x */\n', "a path of one machine"),
    ("banned", "src/base/a.c", HEAD + "int i; \n", "blanks at the end"),
]


def run(lint, tree):
    result = subprocess.run([sys.executable, "-B", f"{sys.argv[1]}/{lint}.py", tree],
                            capture_output=True, text=True, check=False)
    return result.returncode, result.stdout + result.stderr


def check(case):
    lint, path, text, expected = case
    with tempfile.TemporaryDirectory() as tree:
        files = dict(CLEAN, **{"src/value/v.h": header("V")})
        if path is not None:
            files[path] = text
        for name, content in files.items():
            target = Path(tree, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
        status, out = run(lint, tree)
        if expected is None:
            return status == 0, out
        return status == 1 and expected in out and path in out, out


def main():
    failed = 0
    for number, case in enumerate(CASES, 1):
        good, out = check(case)
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {case[0]}: {case[3] or 'clean'}")
        if not good:
            print("# " + out.strip().replace("\n", "\n# "))
    print(f"1..{len(CASES)}")
    sys.exit(1 if failed else 0)


main()
