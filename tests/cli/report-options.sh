# SPDX-License-Identifier: Apache-2.0
# -t, -p, -n: one export in place of those of the campaign.
cat > main.tum <<'END'
main:
  steps:
    - check: {name: one, values: [true]}
    - check: {name: two, values: [true]}
report:
  export:
    - text: {path: own.txt}
    - sqlite: {path: own.db}
END
try() { echo "$ tum $*"; tum "$@" > out.txt; echo "status $?"; grep '\[report\]' out.txt; ls -- *.txt *.db *.xml *.json *.html 2> /dev/null | grep -v out.txt; rm -f own* r.*; }
try -o main.tum
try -o main.tum -t junit -p r.xml
try -o main.tum -t json -p r.json
try -o main.tum -t html -p "'r.html'"
try -o main.tum -t text -p r.txt
try -o main.tum -t sqlite -p r.db
try -o main.tum -t junit
try -o main.tum -p r.xml -n one
tum -o main.tum -t json -p r.json -n one '%o%' > out.txt
grep -c '"test_name": "one"' r.json
tum -o main.tum -t json -p r.json -n '"t%"' > out.txt
grep '"test_name"' r.json
ls r.json*
