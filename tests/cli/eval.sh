# SPDX-License-Identifier: Apache-2.0
# One answer a line, blanks and all.
tum eval --native-only <<'END'; echo "status $?"
1 + 1
  1 + 1
'a' + " b "
[1, 2.0, None, True]
(1,)
1 / 0
undefined_name
1 +
{"a": 1}["b"]
2 ** 64
'é'

{1}
END
printf '1\n2' | tum eval --native-only
printf '\377\n' | tum eval --native-only
tum eval --native-only < /dev/null; echo "status $?"
