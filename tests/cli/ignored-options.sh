# SPDX-License-Identifier: Apache-2.0
# Options of a graphical front end do nothing; -l says that it is not supported.
cat > main.tum <<'END'
main: {steps: [check: {values: [true]}]}
END
tum -b -o -r -g --run-and-close --debug --dev-debug main.tum | tail -2
tum -b -o -l log.txt main.tum | head -1
ls
