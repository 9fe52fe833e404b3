# SPDX-License-Identifier: Apache-2.0
# Standard output that is closed, full, or not read.
cat > main.tum <<'END'
main:
  steps:
    - loop:
        iterator: 20000
        steps: [check: {values: [true]}]
report: {export: [sqlite: {path: report.db}]}
END
tum -b -o main.tum >&-; echo "closed: status $?"
tum report report.db --format json -o report.json; echo "report: status $?"
grep -c '"result": "PASS"' report.json
tum -b -o main.tum > /dev/full; echo "full: status $?"
{ tum -b -o main.tum; echo "not read: status $?" >&2; } | head -1 > first.txt
cat first.txt
tum schema > /dev/full; echo "schema, full: status $?"
tum --help > /dev/full; echo "help, full: status $?"
tum schema >&- 2> /dev/null; echo "schema, closed: status $?"
python3 - <<'END'
import os, subprocess
reader, writer = os.pipe()
os.close(reader)
for argv in (["tum", "schema"], ["tum", "--help"], ["tum", "-b", "main.tum"]):
    print(" ".join(argv), "to nobody: status", subprocess.run(argv, stdout=writer).returncode)
END
tum -b no-such.tum 2>&-; echo "no standard error: status $?"
tum eval <&-; echo "no standard input: status $?"
