# SPDX-License-Identifier: Apache-2.0
# Mistakes in the line: the word, what is near, where to look; status 2.
echo 'main: {steps: []}' > main.tum
try() { echo "$ tum $*"; tum "$@"; echo "status $?"; }
try
try -b
try -b --no-colour main.tum
try -b --repot-file x main.tum
try -b -z main.tum
try -bqo main.tum
try --de a main.tum
try --report x main.tum
try -b main.tum -p
try -b main.tum -c
try -b main.tum -c -o
try -b main.tum -d
try -b main.tum -t
try -b main.tum -t pdf
try -b main.tum -t jnuit
try -b main.tum -t sqlite
try -b main.tum -o=1
try -b main.tum --no-color=yes
try -b main.tum other.tum
try check
try check --jsn main.tum
try list
try list main.tum main.tum
try list --json=1 main.tum
try schema main.tum
try eval 1+1
try render x
try report
try report a.db b.db
try report --format pdf a.db
try report --format htm a.db
