#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the committed schema and manual with what the program makes of its tables.

    generated.py TUM SCHEMA MANUAL

To bring them up to date:

    tum schema > schemas/tum.schema.json
    generated.py TUM SCHEMA MANUAL --write
"""
import difflib
import json
import subprocess
import sys

from tap import Tap

BEGIN = '.\\" BEGIN generated\n'
END = '.\\" END generated\n'


def output(*argv):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout.decode()


def split(page):
    head, rest = page.split(BEGIN)
    body, foot = rest.split(END)
    return head, body, foot


def compare(tap, name, have, want):
    lines = list(difflib.unified_diff(have.split("\n"), want.split("\n"), "committed",
                                      "made of the tables", lineterm=""))
    tap.result(not lines, name, lines[:60])


def check_references(tap, schema):
    """Every $ref leads somewhere."""
    lost = []

    def walk(value):
        if isinstance(value, dict):
            if "$ref" in value:
                here = schema
                for part in value["$ref"][2:].split("/"):
                    here = here.get(part) if isinstance(here, dict) else None
                if here is None:
                    lost.append(value["$ref"])
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(schema)
    tap.result(not lost, "references of the schema lead somewhere", lost)


ACCEPTED = [
    {"main": {"steps": []}},
    {"main": {"steps": [{"sleep": {"timeout": 1}}]}, "report": {}, "anchors": [1]},
    {"main": {"steps": [None, [{".group": {"steps": None}}]]}, "config_file": ["a", ["b"]]},
    {"main": {"steps": [{"group": {"steps": {"check": {"values": "$(all)"}}}}]}},
    {"main": {"steps": [{"let": {"values": "<| vars |>", "tags": "x"}}]}},
    {"main": {"steps": [{"loop": {"iterator": "$(n)", "steps": []}}], "unknown": 1}},
    {"main": {"steps": [{"parallel": {"branches": [{"steps": []}], "sync": "any"}}]}},
]
REFUSED = [
    {},
    {"main": {}},
    {"main": {"steps": [{"slep": {"timeout": 1}}]}},
    {"main": {"steps": [{"sleep": {}}]}},
    {"main": {"steps": [{"sleep": {"timeout": 1, "timout": 2}}]}},
    {"main": {"steps": [{"sleep": {"timeout": 1}, "check": {"values": [True]}}]}},
    {"main": {"steps": [{}]}},
    {"main": {"steps": ["sleep"]}},
    {"main": {"steps": [{"parallel": {"branches": []}}]}},
    {"main": {"steps": [{"parallel": {"branches": [{"steps": []}], "sync": "some"}}]}},
]


def check_instances(tap, schema):
    try:
        import jsonschema
    except ImportError:
        tap.skip("campaigns against the schema", "no jsonschema")
        return
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for wanted, instances in ((True, ACCEPTED), (False, REFUSED)):
        for instance in instances:
            tap.result(validator.is_valid(instance) == wanted,
                       f"{'accepts' if wanted else 'refuses'} {json.dumps(instance)}",
                       [e.message for e in validator.iter_errors(instance)])


def main():
    tap = Tap()
    tum, schema_path, manual_path = sys.argv[1:4]
    schema, manual = output(tum, "schema"), output(tum, "schema", "--manual")
    page = open(manual_path, encoding="utf-8").read()
    head, body, foot = split(page)
    if "--write" in sys.argv:
        with open(schema_path, "w", encoding="utf-8") as f:
            f.write(schema)
        with open(manual_path, "w", encoding="utf-8") as f:
            f.write(head + BEGIN + manual + END + foot)
        return 0
    compare(tap, "schemas/tum.schema.json", open(schema_path, encoding="utf-8").read(),
            schema)
    compare(tap, "generated part of tum-items(7)", body, manual)
    check_references(tap, json.loads(schema))
    check_instances(tap, json.loads(schema))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
