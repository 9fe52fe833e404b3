# SPDX-License-Identifier: Apache-2.0
# Help fits one screen of 24 lines by 80 columns, and is the same for -h.
for command in "" check list report schema eval render; do
    tum $command --help > help.txt; echo "== tum $command: status $?"
    awk 'END { if (NR > 24) print "too long: " NR " lines" }
         length($0) > 80 { print "too wide: " $0 }' help.txt
    cat help.txt
    tum $command -h | cmp - help.txt
done
