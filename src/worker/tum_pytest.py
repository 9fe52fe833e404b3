# SPDX-License-Identifier: Apache-2.0
"""Runs pytest and tells tum about it: given to the interpreter with -c.

Arguments: the descriptor to tell on, "collect" or "run", the wanted function names as
JSON, and those of pytest. What is told are lines of JSON; each is answered with a byte
when all that was printed before it has been read, so that output gets to its test.
"""
import json
import os
import sys

fd = int(sys.argv[1])
collects = sys.argv[2] == "collect"
wanted = set(json.loads(sys.argv[3]))
if sys.path and sys.path[0] == "":
    del sys.path[0]
os.set_inheritable(fd, False)


def tell(**what):
    sys.stdout.flush()
    sys.stderr.flush()
    data = (json.dumps(what) + "\n").encode()
    while data:
        data = data[os.write(fd, data) :]
    os.read(fd, 1)


def function_name(item):
    return getattr(item, "originalname", None) or item.name.split("[")[0]


def row_name(nodeid):
    return nodeid.split("::", 1)[-1]


def text_of(report):
    try:
        return report.longreprtext
    except Exception:
        return str(report.longrepr)


def reason_of(report):
    if isinstance(report.longrepr, tuple):
        text = str(report.longrepr[2])
        return text[len("Skipped: ") :] if text.startswith("Skipped: ") else text
    return text_of(report)


class Teller:
    def __init__(self):
        self.result = "PASS"
        self.message = ""

    # Marked in main() to be called after those of other plug-ins.
    def pytest_collection_modifyitems(self, session, config, items):
        if wanted and not collects:
            items[:] = [item for item in items if function_name(item) in wanted]

    def pytest_collection_finish(self, session):
        if collects:
            tell(
                collected=[
                    [row_name(item.nodeid), function_name(item)]
                    for item in session.items
                ]
            )

    def pytest_runtest_logstart(self, nodeid, location):
        self.result, self.message = "PASS", ""
        tell(start=row_name(nodeid))

    def pytest_runtest_logreport(self, report):
        if report.failed:
            text = text_of(report)
            if self.result == "FAIL":
                text = self.message + "\n" + text
            self.result, self.message = "FAIL", text
        elif report.skipped and self.result == "PASS":
            self.result = "SKIP"
            if hasattr(report, "wasxfail"):
                reason = str(report.wasxfail)
                if reason.startswith("reason: "):
                    # By a call, whose place says nothing about the failure.
                    reason = reason[len("reason: ") :] or "expected failure"
                self.message = reason or text_of(report)
            else:
                self.message = reason_of(report)

    def pytest_runtest_logfinish(self, nodeid, location):
        tell(end=row_name(nodeid), result=self.result, message=self.message)


def main():
    tell(hello=True)
    try:
        import pytest
    except ImportError as e:
        tell(missing=str(e))
        sys.exit(4)
    sys.argv[:] = ["pytest"] + sys.argv[4:]
    last = pytest.hookimpl(trylast=True)
    last(Teller.pytest_collection_modifyitems)
    try:
        status = int(pytest.main(sys.argv[1:], plugins=[Teller()]))
    except SystemExit:
        import traceback

        traceback.print_exc()  # which a conftest file raised; Python says nothing
        raise
    tell(exit=status)
    sys.exit(status)


main()
