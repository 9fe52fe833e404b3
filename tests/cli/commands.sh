# SPDX-License-Identifier: Apache-2.0
# A first word that is no command, no option and no file.
try() { echo "$ tum $*"; tum "$@"; echo "status $?"; }
try chek main.tum
try lst
try reprot x.db
try frobnicate
try ''
try no-such.tum
try ./check
echo 'main: {steps: []}' > run
tum run > out.txt; echo "a file without a suffix: status $?"
