# SPDX-License-Identifier: Apache-2.0
# Values of -d: Python literals, everything else is text.
cat > main.tum <<'END'
main:
  steps:
    - let: {values: [{shown: "<| repr(tm.gd('v', 'nothing')) |>"}]}
END
try() { tum -o "-dv=$1" main.tum | sed -n 's/.*set to "\(.*\)"/\1/p' | sed "s~^~$1   is   ~"; }
for v in 42 1.50 0x1F 0o17 0b101 1_000 -2 True None "'5'" '[1,"a"]' '{"k": (1, 2)}' 1,2 \
    true 007 'two words' '' a=b yes 9:30 010 '[a, b]' 1+2 '  pad ' 1e3 \
    123456789012345678901234567890; do
    try "$v"
done
echo "names"
cat > names.tum <<'END'
main:
  steps:
    - let:
        values:
          - shown: "<| [tm.gd('flag'), tm.gd('trimmed'), tm.gd('last'), tm.gd('') is None] |>"
END
tum -o names.tum -d flag ' trimmed =1' =lost last=1 last=2 | grep 'global value'
