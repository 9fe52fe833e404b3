# SPDX-License-Identifier: Apache-2.0
"""Turns the script of Lua workers into a C source: embed_lua.py OUTPUT INPUT."""
import sys


def main():
    with open(sys.argv[2], "rb") as f:
        source = f.read()
    data = source + b"\nreturn serve\n"
    out = ["/* SPDX-License-Identifier: Apache-2.0 */", "/* Made by embed_lua.py. */"]
    out.append('#include "worker/embedded_lua.h"')
    out.append("const char tum_worker_lua[] = {")
    for at in range(0, len(data), 20):
        out.append("    " + " ".join("%d," % b for b in data[at : at + 20]))
    out.append("    0};")
    out.append("const size_t tum_worker_lua_size = %d;" % len(data))
    out.append("const size_t tum_worker_lua_source_size = %d;" % len(source))
    with open(sys.argv[1], "w", encoding="ascii") as f:
        f.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
