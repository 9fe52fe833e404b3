#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Banned: calls that have a better one here, and marks that no source may carry.

Calls are looked for in src, items and include; the rest (licence line, head comment,
comments of the other kind, paths of one machine, notes to self) in every source file.

    banned.py TOP-FOLDER
"""

import re
import sys

from lintlib import Lint, code_only, line_of, without_texts

LOCK = ["src/base/lock.c"]
MEM = ["src/base/mem.c"]
SPEAK = ["src/cli/live.c", "src/base/log.c", "src/base/bug.c"]

# Names of calls (or of streams), what to use instead, and where they are allowed.
CALLS = [
    ("strtok strtok_r strsep", "tum_str_split", []),
    ("strncpy strcpy stpcpy strcat strncat gets", "a tum_buf", []),
    ("sprintf vsprintf", "tum_buf_addf or snprintf", []),
    ("atoi atol atoll strtol strtoll strtoul strtoull", "tum_str_int", []),
    ("atof strtod strtof strtold", "tum_str_float",
     ["src/value/vnum.c", "src/base/str.c"]),
    ("localtime gmtime ctime asctime", "the _r form, or tum_wall_now", []),
    ("strerror strerror_r perror", "tum_errno_text", []),
    ("sleep usleep nanosleep clock_nanosleep", "tum_wait", LOCK),
    ("system popen", "tum_proc", []),
    ("fork vfork", "tum_proc; only programs without threads fork: the guardian, and the "
     "parent of Lua workers",
     ["src/io/guardian.c", "src/io/launch.c", "src/io/nurse.c",
      "src/worker/tum_worker_lua.c"]),
    ("setlocale uselocale", "nothing: no output depends on the locale", []),
    ("pthread_cancel pthread_kill", "a stop token", []),
    (r"pthread_mutex_\w+ pthread_rwlock_\w+ pthread_spin_\w+", "tum_lock", LOCK),
    (r"pthread_cond_\w+", "tum_wait, or tum_cond below the engine", LOCK),
    (r"tum_cond_\w+", "tum_wait", ["src/base/", "src/value/", "src/io/", "src/lang/",
                                   "src/report/"]),
    ("printf fprintf vprintf vfprintf puts fputs putchar putc fputc stdout stderr",
     "tum_out, an event, tum_log, or an error", SPEAK),
    ("malloc calloc realloc reallocarray strdup strndup asprintf vasprintf",
     "tum_alloc and its like, which do not fail", MEM),
    ("tmpnam tempnam mktemp mkstemp", "tum_file_replace or mkostemp", []),
    ("setjmp longjmp sigsetjmp siglongjmp alloca", "nothing", []),
    ("pipe", "tum_fd_pipe", []),
    ("creat", "open with O_CLOEXEC", []),
    ("accept", "accept4 with SOCK_CLOEXEC", []),
    ("dup", "fcntl with F_DUPFD_CLOEXEC", []),
    ("epoll_create inotify_init", "the form that ends in 1, with …_CLOEXEC", []),
]

# Calls that make a descriptor, with what must stand in the call.
CLOSED_ON_EXEC = {
    "open": "O_CLOEXEC", "openat": "O_CLOEXEC", "socket": "SOCK_CLOEXEC",
    "socketpair": "SOCK_CLOEXEC", "accept4": "SOCK_CLOEXEC", "pipe2": "O_CLOEXEC",
    "eventfd": "EFD_CLOEXEC", "signalfd": "SFD_CLOEXEC", "timerfd_create": "TFD_CLOEXEC",
    "epoll_create1": "EPOLL_CLOEXEC", "inotify_init1": "IN_CLOEXEC",
    "memfd_create": "MFD_CLOEXEC", "mkostemp": "O_CLOEXEC", "recvmsg": "MSG_CMSG_CLOEXEC",
    "posix_openpt": "O_CLOEXEC",
}

# Standard input, output and error are what children inherit.
INHERITED = {("src/cli/main.c", "open")}

# Put together, so that this file does not hold them itself.
NOTES = re.compile(r"\b(" + "|".join(["TO" "DO", "FIX" "ME", "HA" "CK"]) + r")\b")
PATHS = re.compile("/" "(?:home|work|Users|root)" r"/\w")

SOURCES = ["*.c", "*.h", "*.py", "*.sh", "*.js", "*.css", "*.sql", "*.def",
           "meson.build", "meson_options.txt"]


def allowed(path, places):
    return any(path == p or (p.endswith("/") and path.startswith(p)) for p in places)


def call_text(code, start):
    """From an opening parenthesis to its partner."""
    depth = 0
    for i in range(start, len(code)):
        depth += {"(": 1, ")": -1}.get(code[i], 0)
        if depth == 0:
            return code[start:i]
    return code[start:]


NAME = re.compile(r"(?<![\w.>])(?:(?:stdout|stderr)\b|[A-Za-z_]\w*(?=\s*\())")
RULES = [(re.compile(name), instead, places)
         for names, instead, places in CALLS for name in names.split()]


def rule_of(name, known={}):  # the same few names come again and again
    if name not in known:
        known[name] = next((r for r in RULES if r[0].fullmatch(name)), None)
    return known[name]


def check_descriptor(lint, path, code, match):
    """A call that makes a descriptor says that children do not get it."""
    name = match.group()
    flag = CLOSED_ON_EXEC[name]
    if (path, name) in INHERITED:
        return
    if name == "recvmsg" and "msg_control" not in code[:match.start()][-800:]:
        return  # takes no descriptors
    if flag not in call_text(code, code.index("(", match.end())):
        lint.finding(path, line_of(code, match.start()), f"{name} without {flag}",
                     "a descriptor is close-on-exec from birth")


def check_calls(lint, path, text):
    code = code_only(text)
    own = set(re.findall(r"^static [^;{()]*?(\w+)\(", code, re.M))
    for match in NAME.finditer(code):
        name = match.group()
        if name in own:
            continue
        if name in CLOSED_ON_EXEC:
            check_descriptor(lint, path, code, match)
        rule = rule_of(name)
        if rule is not None and not allowed(path, rule[2]):
            lint.finding(path, line_of(code, match.start()), f"{name} is banned here",
                         f"use {rule[1]}")


def check_marks(lint, path, text):
    lines = text.split("\n")
    head = lines[1:] if lines[0].startswith("#!") else lines
    if not head or "SPDX-License-Identifier: Apache-2.0" not in head[0]:
        lint.finding(path, 1, "no licence line",
                     "open with SPDX-License-Identifier: Apache-2.0 in a comment")
    elif path.endswith((".c", ".h")) and not head[1:2][0:1][0].startswith("/*"):
        lint.finding(path, 2, "no head comment",
                     "say what the file does and what it deliberately does not")
    if path.endswith((".c", ".h")):
        for number, line in enumerate(without_texts(text).split("\n"), 1):
            if "//" in line:
                lint.finding(path, number, "a comment with //", "write /* … */")
    for number, line in enumerate(lines, 1):
        if NOTES.search(line):
            lint.finding(path, number, "a note to self", "do it, or take it out")
        if PATHS.search(line):
            lint.finding(path, number, "a path of one machine", "take it out")
        if line != line.rstrip() or "\t" in line and path.endswith((".c", ".h")):
            lint.finding(path, number, "a tab or blanks at the end", "take them out")


def main(root):
    lint = Lint(root)
    for path in lint.files(["include", "src", "items"], ["*.c", "*.h"]):
        check_calls(lint, path, lint.read(path))
    sources = lint.files(["include", "src", "items", "tests", "scripts"], SOURCES)
    sources += [p for p in ("meson.build", "meson_options.txt")
                if (lint.root / p).is_file()]
    sources += [p for p in lint.files(["scripts"], ["*"]) if p not in sources]
    for path in sources:
        # Cases of the conformance suite are data, in the form their users write.
        if not path.startswith("tests/conformance/cases/"):
            check_marks(lint, path, lint.read(path))
    lint.finish()


main(sys.argv[1])
