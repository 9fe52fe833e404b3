#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The installed program: it runs every kind of item from where it was put, its manual is
there, and the shell completes its command line.

    installed.py BUILD-FOLDER
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tap import Tap

CAMPAIGN = """
main:
  steps:
    - check: {name: native, values: ["<| 1 + 1 == 2 |>"]}
    - check: {name: worker, values: ["<| __import__('sys').version_info[0] == 3 |>"]}
    - py_func: {name: python, file: f.py, func_name: double, param: 21, expected_result: 42}
    - lua_func: {name: lua, file: f.lua, func_name: double, param: 21, expected_result: 42}
"""
PYTHON = "import py_func.tm as tm\n\ndef double(n):\n    return 2 * n\n"
LUA = "local tm = require('tm')\nreturn {double = function(n) return 2 * n end}\n"

FROM_HERE = ["PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"]

# what is typed, a completion that must be offered
COMPLETIONS = [
    (["tum", "che"], "check"),
    (["tum", "g"], "gate"),
    (["tum", "--repo"], "--report-type"),
    (["tum", "-b", "--sha"], "--shard"),
    (["tum", "check", "--inc"], "--include-path"),
    (["tum", "-t", "j"], "junit"),
    (["tum", "report", "-f", "h"], "html"),
    (["tum", "-b", "ma"], "main.tum"),
    (["tum", "report", "run"], "run.db"),
]


def complete(script, program, words):
    line = (f'. "{script}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tum; '
            'printf "%s\\n" "${COMPREPLY[@]}"')
    typed = [str(program)] + words[1:]
    done = subprocess.run(["bash", "--norc", "-c", line, "-"] + typed,
                          capture_output=True, text=True, timeout=60)
    return done.stdout.split(), done.stderr


def told_commands(program):
    """The commands that the help names."""
    text = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=60).stdout
    lines = re.findall(r"^  ([a-z]+(?:, [a-z]+)*)(?: |:)", text, re.M)
    return sorted(word for line in lines for word in line.split(", "))


def main():
    build = Path(sys.argv[1]).resolve()
    tap = Tap()
    top = Path(tempfile.mkdtemp(prefix="tum-installed-"))
    try:
        done = subprocess.run(
            ["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", top],
            capture_output=True, text=True, timeout=120)
        tap.result(done.returncode == 0, "install", [done.stdout, done.stderr])
        programs = list(top.rglob("bin/tum"))
        if not tap.result(len(programs) == 1, "one program", programs):
            return tap.end()
        program = programs[0]
        share = program.parent.parent / "share"
        work = top / "work"
        work.mkdir()
        (work / "main.tum").write_text(CAMPAIGN)
        (work / "f.py").write_text(PYTHON)
        (work / "f.lua").write_text(LUA)
        (work / "run.db").write_text("")
        env = {name: os.environ[name] for name in FROM_HERE if name in os.environ}
        done = subprocess.run([program, "-b", "main.tum"], cwd=work, env=env,
                              capture_output=True, text=True, timeout=120)
        tap.result(done.returncode == 0, "a campaign runs", [done.stdout, done.stderr])
        sources = Path(__file__).resolve().parent.parent.parent
        here = sorted(page.name for page in (sources / "man").glob("*.[1-8]"))
        there = sorted(page.name.removesuffix(".gz") for page in share.glob("man/man*/*"))
        tap.result(here == there, "every page of the manual", [here, there])
        script = share / "bash-completion" / "completions" / "tum"
        os.chdir(work)
        listed = re.search(r"commands='([^']*)'", script.read_text())[1].split()
        tap.result(sorted(listed) == told_commands(program),
                   "the commands of the completion are those of the help",
                   [listed, told_commands(program)])
        for words, want in COMPLETIONS:
            got, errors = complete(script, program, words)
            tap.result(want in got and not errors, " ".join(words) + " <tab>",
                       [f"offered: {got}", errors])
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
