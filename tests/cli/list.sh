# SPDX-License-Identifier: Apache-2.0
# The tree: names, types, places, tags; nothing is run.
mkdir sub
cat > main.tum <<'END'
main:
  name: power
  tags: nightly
  steps:
    - let: {name: "set $(rail)", values: [{a: 1}]}
    - group:
        tags: [smoke, slow]
        steps:
          - !include sub/steps.tum
          - check: {name: disabled, skipped: true, values: [true]}
    - loop:
        name: again
        iterator: 3
        steps:
          - sleep: {name: "a very long name that goes on and on, past any column", timeout: 0}
    - parallel:
        name: both
        branches:
          - {name: left, steps: [sleep: {timeout: 0}]}
          - {name: right, steps: []}
END
echo '- check: {name: included, values: [true]}' > sub/steps.tum
tum list -d rail=core -- main.tum; echo "status $?"
tum list --json -d rail=core -- main.tum > tree.json; echo "status $?"
python3 - <<'END'
import json
def show(item, depth):
    assert set(item) == {"name", "keyword", "type", "file", "line", "skipped", "tags", "steps"}
    print("  " * depth + " | ".join(str(item[k]) for k in ("name", "keyword", "type", "line", "skipped", "tags")))
    for inner in item["steps"]:
        show(inner, depth + 1)
show(json.load(open("tree.json")), 0)
END
echo 'main: {steps: [slep: {}]}' > wrong.tum
tum list wrong.tum > out.txt; echo "status $?"; cat out.txt
(cd sub && tum list ../main.tum | head -2)
ls
