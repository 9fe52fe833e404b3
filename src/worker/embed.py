# SPDX-License-Identifier: Apache-2.0
"""Turns files into a C source of texts: embed.py OUTPUT INPUT...

NAME.EXT becomes `const char NAME_EXT[]`, byte for byte, ended by NUL, and
`const size_t NAME_EXT_size`. A list of numbers, since compilers bound the length of
a string literal.
"""
import re
import sys


def main():
    out = ["/* SPDX-License-Identifier: Apache-2.0 */", "/* Made by embed.py. */"]
    out.append('#include "worker/embedded.h"')
    for path in sys.argv[2:]:
        with open(path, "rb") as f:
            data = f.read()
        name = re.sub(r"\W", "_", path.rsplit("/", 1)[-1])
        out.append("const char %s[] = {" % name)
        for at in range(0, len(data), 20):
            out.append("    " + " ".join("%d," % b for b in data[at : at + 20]))
        out.append("    0};")
        out.append("const size_t %s_size = %d;" % (name, len(data)))
    with open(sys.argv[1], "w", encoding="ascii") as f:
        f.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
