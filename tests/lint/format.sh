#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Format: every C file is laid out as clang-format 14 does with .clang-format. Skipped
# (exit 77) without that version, since others lay out differently.
#
#     format.sh TOP-FOLDER

for tool in clang-format-14 clang-format; do
    if command -v "$tool" >/dev/null &&
        "$tool" --version | grep -q 'version 14\.'; then
        cd "$1" || exit 2
        find include src items tests/unit tests/fuzz -name '*.[ch]' 2>/dev/null |
            sort | xargs "$tool" --dry-run -Werror || {
            echo "run: ninja clang-format (or $tool -i on the files above)"
            exit 1
        }
        exit 0
    fi
done
echo "clang-format 14 is not installed"
exit 77
