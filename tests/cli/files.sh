# SPDX-License-Identifier: Apache-2.0
# Files that are not there or not files.
echo 'main: {steps: []}' > main.tum
mkdir folder.tum folder.yaml
echo 'a: 1' > param.txt
try() { echo "$ tum $*"; tum "$@"; echo "status $?"; }
try -b no-such.tum
try -b no/such/main.tum
try -b folder.tum
try -b main.tum -c no-such.yaml
try -b main.tum -c param.txt
try -b main.tum -c folder.yaml
try -b main.tum -c no-such.txt
try check no-such.tum main.tum
try list no-such.tum
try list folder.tum
try report no-such.db
try report main.tum
try report folder.tum
