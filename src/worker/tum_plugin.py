# SPDX-License-Identifier: Apache-2.0
"""Runs an exporter plug-in: given to the interpreter with -c.

Arguments: the descriptor to tell on, and the job as JSON. What is told are lines of
JSON: that this runs, and what went wrong, if anything did.
"""
import json
import os
import sys

fd, job = int(sys.argv[1]), json.loads(sys.argv[2])
# Characters of an exception and of its traceback: nobody reads what is told before this
# process has ended, so that it must fit a pipe.
TEXT_LIMIT, TRACE_LIMIT = 3000, 6000


def tell(**what):
    text = json.dumps(what, ensure_ascii=False) + "\n"
    os.write(fd, text.encode("utf-8", "replace"))


def end(**what):
    tell(**what)
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
    head = ("%s: %s" % (type(e).__name__, e)).rstrip(": ")
    if kept[-1] is None:
        return head[:TEXT_LIMIT]  # no frame of the plug-in
    return head[:TEXT_LIMIT] + "\n" + text[-TRACE_LIMIT:]


def load_helper():
    """Ours, whatever is installed; nothing is written beside it."""
    writes = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        import testium_report
    except ImportError:
        pass  # without sqlite3; told when the plug-in imports it
    sys.dont_write_bytecode = writes


def main():
    if sys.path and sys.path[0] == "":
        del sys.path[0]
    sys.path.insert(0, job["folder"])
    sys.argv[:] = [""]
    os.set_inheritable(fd, False)
    os.set_blocking(fd, False)  # however small the pipe is
    tell(hello=True)
    load_helper()
    found = entry_points()
    for entry in found:
        if entry.name == job["format"]:
            break
    else:
        end(unknown=sorted({entry.name for entry in found}))
    try:
        cls = entry.load()
    except BaseException as e:
        end(failed="'%s' cannot be loaded: %s" % (entry.value, explain(e)))
    try:
        import sqlite3

        con = sqlite3.connect(job["db"])
        cls(job["name"], con, job["path"], job["pats"], job["keys"], job["no_header"])
        con.close()
    except BaseException as e:
        end(failed=explain(e))
    sys.stdout.flush()


main()
