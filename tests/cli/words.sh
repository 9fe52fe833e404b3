# SPDX-License-Identifier: Apache-2.0
# Where the campaign may stand, and what list options take.
cat > main.tum <<'END'
main:
  steps:
    - let: {values: [{all: "<| [tm.gd(n, '-') for n in ('a', 'b', 'c')] |>"}]}
END
echo 'c: from file' > c.yaml
try() { echo "$ tum $*"; tum "$@" | grep 'global value'; }
try main.tum
try -b -o main.tum -d a=1 b=2
try -b -o -d a=1 b=2 -- main.tum
try -b -o -d a=1 -o main.tum
try -bo -da=1 main.tum
try -bo -d=a=1 main.tum
try -bod a=1 -- main.tum
try -o --define=a=1 main.tum
try -o --def a=1 --def b=2 -- main.tum
try -o -d a=-3 -3 -.5 b=1 -- main.tum
try --no-c --batch -d a=1 -- main.tum
try --no -d a=1 -- main.tum
try -o -c c.yaml -- main.tum
try -o -c no-such.yaml -c c.yaml -- main.tum
try -o -c '"c.yaml"' -- "'main.tum'"
echo "the file was swallowed by a list"
try -b -o -d a=1 main.tum
try -b -o -c c.yaml main.tum
tum -b -c main.tum; echo "status $?"
tum -b -d a=1 no-such.tum; echo "status $?"
echo "-- alone"
try -- main.tum
