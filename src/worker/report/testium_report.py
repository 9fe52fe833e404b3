# SPDX-License-Identifier: Apache-2.0
"""Reading a report database of tum, and the base class of exporters.

Works on the database handed to an exporter during a run and on a saved file. Standard
library only, Python 3.8 or later.

    with a file:        Report("report.db").rows(pats="power%")
    as an exporter:     class Mine(Exporter): def export(self): ...
"""
import errno
import json
import os
import sqlite3

__all__ = ["Exporter", "Report", "TestRow", "prepare_file_to_save"]

_COLUMNS = (
    "timestamp_start, test_id, parent_id, test_name, test_type, report_key, result, "
    "message, duration, data, level, log"
)


def prepare_file_to_save(file_name, file_ext=""):
    """Renames an existing file NAME-N.saved; returns the path to write to."""
    path = os.fspath(file_name)
    if file_ext:
        path = os.path.splitext(path)[0] + file_ext
    if os.path.isfile(path):
        number = 1
        while os.path.exists("%s-%d.saved" % (path, number)):
            number += 1
        os.rename(path, "%s-%d.saved" % (path, number))
    return path


def _texts(value):
    """A filter as a list of texts; empty texts are no filter."""
    if value is None:
        return []
    if isinstance(value, str):
        return [value] if value else []
    return [str(text) for text in value]


class TestRow:
    """A row of the report, the execution of one item."""

    __test__ = False  # no test class, whatever its name looks like

    def __init__(self, values):
        (
            self.timestamp_start,
            self.id,
            self.parent_id,
            self.name,
            self.type,
            self.key,
            self.result,
            self.message,
            self.duration,
            data,
            self.level,
            self.log,
        ) = values
        if isinstance(data, bytes):
            data = data.decode("utf-8", "replace")
        if data is not None:
            try:
                data = json.loads(data)
            except ValueError:
                pass
        self.data = data
        self.children = []

    @property
    def passed(self):
        return self.result == "PASS"

    @property
    def failed(self):
        return self.result == "FAIL"

    @property
    def skipped(self):
        return self.result == "SKIP"

    @property
    def duration_s(self):
        """Seconds."""
        return (self.duration or 0) / 10000.0

    def to_dict(self):
        """As the json format writes it."""
        return {
            "timestamp_start": self.timestamp_start,
            "test_id": self.id,
            "parent_id": self.parent_id,
            "test_name": self.name,
            "test_type": self.type,
            "report_key": self.key,
            "result": self.result,
            "message": self.message,
            "duration": self.duration,
            "data": self.data,
            "level": self.level,
            "log": self.log,
        }

    def __repr__(self):
        return "TestRow(%r, %s)" % (self.name, self.result)


class Report:
    """The rows and the header of a report database."""

    def __init__(self, db):
        self._own = not isinstance(db, sqlite3.Connection)
        if self._own and not os.path.exists(db):
            # SQLite would make an empty one.
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(db))
        self.con = sqlite3.connect(os.fspath(db)) if self._own else db
        self.header = dict(self.con.execute("SELECT key, value FROM header"))

    def close(self):
        """Closes what was opened here."""
        if self._own:
            self.con.close()
            self._own = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _select(self, pats, keys):
        """(rowid, row, its parent's rowid or None, kept), in start order."""
        names, wanted = _texts(pats), _texts(keys)
        parts = ["test_name LIKE ?"] * len(names) + ["report_key LIKE ?"] * len(wanted)
        found = self.con.execute(
            "SELECT rowid, %s, %s FROM tests ORDER BY rowid"
            % (_COLUMNS, " OR ".join(parts) or "1"),
            names + wanted,
        ).fetchall()
        rows = [(values[0], TestRow(values[1:-1]), values[-1]) for values in found]
        # The parent of a row is the first later one with its parent_id.
        parent_of, latest = {}, {}
        for rowid, row, _ in reversed(rows):
            parent_of[rowid] = latest.get(row.parent_id)
            latest[row.id] = rowid
        children = {}
        for rowid, row, kept in rows:
            children.setdefault(parent_of[rowid], []).append((rowid, row, kept))
        for siblings in children.values():
            siblings.sort(key=lambda one: (one[1].timestamp_start or 0, one[0]))
        ordered, waiting = [], [iter(children.get(None, []))]
        while waiting:
            one = next(waiting[-1], None)
            if one is None:
                waiting.pop()
                continue
            ordered.append((one[0], one[1], parent_of[one[0]], one[2]))
            waiting.append(iter(children.get(one[0], [])))
        ordered.sort(key=lambda one: one[1].timestamp_start or 0)
        return ordered

    def rows(self, pats=(), keys=()):
        """Rows in start order whose name matches a pattern, or whose key one of keys."""
        return [row for _, row, _, kept in self._select(pats, keys) if kept]

    def tree(self, pats=(), keys=()):
        """The same rows as roots, with `children` filled; a row whose parent is left out
        is a root."""
        selected = [one for one in self._select(pats, keys) if one[3]]
        by_id = {rowid: row for rowid, row, _, _ in selected}
        roots = []
        for _, row, parent, _ in selected:
            if parent in by_id:
                by_id[parent].children.append(row)
            else:
                roots.append(row)
        return roots


class Exporter:
    """Base class of exporters: writes a file in export()."""

    def __init__(self, name, con, path, pats, keys, no_header=False):
        self.name = name
        self.pats = _texts(pats)
        self.keys = _texts(keys)
        self.no_header = no_header
        self.report = Report(con)
        try:
            self.rows = self.report.rows(self.pats, self.keys)
            # Without a path there may be other places to write to.
            self.out_path = None if path is None else prepare_file_to_save(path)
            self.export()
        finally:
            self.report.close()

    def export(self):
        """Writes self.rows to self.out_path."""
        raise NotImplementedError
