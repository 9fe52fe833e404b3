# SPDX-License-Identifier: Apache-2.0
# Every exit status a single campaign can have by itself.
run() { cat > main.tum; tum -o main.tum "$@" > out.txt 2>&1; echo "$?"; tail -2 out.txt; }
echo "passed"; run <<'END'
main: {steps: [check: {values: [true]}]}
END
echo "failed"; run <<'END'
main: {steps: [check: {values: [false]}]}
END
echo "skipped"; run <<'END'
main: {skipped: true, steps: [check: {values: [true]}]}
END
echo "condition not met"; run <<'END'
main: {condition: false, steps: [check: {values: [true]}]}
END
echo "does not load"; run <<'END'
main: {steps: [chek: {values: [true]}]}
END
echo "report cannot be written"; run <<'END'
main: {steps: [check: {values: [true]}]}
report: {export: [sqlite: {path: no-such-folder/report.db}]}
END
echo "report reaches the largest size a file may have"
cat > main.tum <<'END'
main: {steps: [loop: {iterator: 5000, steps: [check: {values: [true]}]}]}
report: {export: [sqlite: {path: report.db}]}
END
(ulimit -f 100; tum -b -o main.tum; echo "$?") | sed -n '/^[0-9]*$/p; s/.*\(The report cannot\)/\1/p'
echo "could not be run"; run <<'END'
main: {steps: [sleep: {timeout: 5, time_limit: 20ms}]}
END
echo "strict"; run --exit-strict01 <<'END'
main: {steps: [chek: {values: [true]}]}
END
run --exit-strict01 <<'END'
main: {steps: [check: {values: [true]}]}
END
tum -b -o --exit-strict01 no-such.tum; echo "$?"
