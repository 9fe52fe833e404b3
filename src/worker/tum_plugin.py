# SPDX-License-Identifier: Apache-2.0
"""Runs an exporter plug-in: given to the interpreter with -c.

Arguments: the descriptor to tell on, and the job as JSON. What is told is one line of
JSON: nothing when all went well.
"""
import json
import os
import sys

fd, job = int(sys.argv[1]), json.loads(sys.argv[2])
LIMIT = 20000


def tell(**what):
    os.write(fd, (json.dumps(what) + "\n").encode())
    sys.stdout.flush()
    os._exit(1)


def entry_points():
    from importlib import metadata

    try:
        return list(metadata.entry_points(group="testium.exporters"))
    except TypeError:  # before Python 3.10
        return list(metadata.entry_points().get("testium.exporters", []))


def explain(e):
    import traceback

    kept = [e.__traceback__]
    while kept[-1] is not None and kept[-1].tb_frame.f_code.co_filename == "<string>":
        kept.append(kept[-1].tb_next)
    text = "".join(traceback.format_exception(type(e), e, kept[-1])).rstrip()
    return "%s: %s\n%s" % (type(e).__name__, e, text[-LIMIT:])


def main():
    if sys.path and sys.path[0] == "":
        del sys.path[0]
    sys.path.insert(0, job["folder"])
    sys.argv[:] = [""]
    os.set_inheritable(fd, False)
    found = entry_points()
    for entry in found:
        if entry.name == job["format"]:
            break
    else:
        tell(unknown=sorted({entry.name for entry in found}))
    try:
        cls = entry.load()
    except BaseException as e:
        tell(failed="'%s' cannot be loaded: %s" % (entry.value, explain(e)))
    try:
        import sqlite3

        con = sqlite3.connect(job["db"])
        cls(job["name"], con, job["path"], job["pats"], job["keys"], job["no_header"])
        con.close()
    except BaseException as e:
        tell(failed=explain(e))
    sys.stdout.flush()


main()
