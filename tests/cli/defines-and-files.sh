# SPDX-License-Identifier: Apache-2.0
# A define wins over a configuration file, and a line says so.
cat > main.tum <<'END'
main:
  steps:
    - check: {values: ['<| $(port) == 8080 and "$(url)" == "h:80" |>']}
END
printf 'port: 80\nurl: h:$(port)\n' > param.yaml
tum -o main.tum -d port=8080 > out.txt; echo "status $?"
grep -e INFO -e finished out.txt
