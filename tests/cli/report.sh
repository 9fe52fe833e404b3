# SPDX-License-Identifier: Apache-2.0
# A recorded run in every format, filtered, to a file.
cat > main.tum <<'END'
main:
  name: recorded
  steps:
    - check: {name: alpha, key: REQ-1, values: [true]}
    - check: {name: beta, key: REQ-2, values: [false]}
    - check: {name: gamma, values: [true]}
report: {export: [sqlite: {path: run.db}]}
END
tum -o main.tum > out.txt; echo "status $?"
tum report run.db | sed -n '/alpha/,/gamma/p'; echo "--"
tum report run.db --format junit | grep -c '<testcase'
tum report run.db -f json | python3 -c 'import json, sys; print([t["test_name"] for t in json.load(sys.stdin)["tests"]])'
tum report run.db --format html | grep -c -i '<td>beta</td>'
tum report run.db -f json -n 'a%' -k '%2' | grep '"test_name": "[abg]'
tum report -n alpha gamma -f json -- run.db | grep '"test_name": "[abg]'
tum report run.db -f text -o r.txt; echo "status $?"
tum report run.db -f text -o r.txt; echo "status $?"
ls r.txt*
tum report run.db -o no-such-folder/r.txt; echo "status $?"
