# SPDX-License-Identifier: Apache-2.0
# All findings of all files, then a summary.
cat > good.tum <<'END'
main: {steps: [check: {values: [true]}]}
END
cat > warned.tum <<'END'
main:
  steps:
    - sleep:
        timeout: 1
        tiemout: 2
END
cat > wrong.tum <<'END'
main:
  steps:
    - group:
        name: bench
        steps:
          - slep: {timeout: 1}
          - sleep: {name: short}
    - check: {values: [true], name: two}
      let: {values: [{a: 1}]}
END
printf 'main:\n  steps: [\n' > yaml.tum
try() { echo "$ tum $*"; tum "$@"; echo "status $?"; }
try check good.tum
try check warned.tum
try check wrong.tum
try check yaml.tum
try check -o good.tum warned.tum wrong.tum no-such.tum
echo 'main: {steps: [check: {values: [{% if missing.x %}true{% endif %}]}]}' > define.tum
try check define.tum
try check -d 'missing={"x": 1}' define.tum
cat > values.yaml <<'END'
a: $(b)
b: $(a)
c: <| 1 / 0 |>
END
cat > values.tum <<'END'
config_file: values.yaml
main: {name: <| 1 + $(missing) |>, steps: []}
END
try check values.tum
ls
