# SPDX-License-Identifier: Apache-2.0
"""Turns text files into a C header of constants: embed_text.py OUTPUT INPUT...

NAME.EXT becomes `static const char tum_NAME_EXT[]`. Indentation, empty lines and comments
that fill whole lines are left out: the files are written for people, the program
carries them in every page it makes. Does not look inside lines, so a text that
spans lines must not depend on its indentation.
"""
import re
import sys


def shorten(text):
    text = re.sub(r"^[ \t]*/\*.*?\*/[ \t]*$", "", text, flags=re.DOTALL | re.MULTILINE)
    return [line.strip() for line in text.splitlines() if line.strip()]


def literal(line):
    escaped = line.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?")
    return '    "%s\\n"' % escaped


def main():
    out = ["/* SPDX-License-Identifier: Apache-2.0 */", "/* Made by scripts/embed_text.py. */"]
    for path in sys.argv[2:]:
        with open(path, encoding="ascii") as f:
            lines = shorten(f.read())
        name = re.sub(r"\W", "_", path.rsplit("/", 1)[-1])
        out.append("static const char tum_%s[] =" % name)
        out.append("\n".join(map(literal, lines)) + ";")
    with open(sys.argv[1], "w", encoding="ascii") as f:
        f.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
