#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A device that answers JSON-RPC requests, one a line, as if their id were 1.
printf '> '
while read -r line; do
    case $line in
    *'"noisy"'*) printf 'a line\n{"half": \n\n{"result": "fine", "error": null, "id": 1}\n' ;;
    *'"bad"'*) printf '{"result": null, "error": "out of order", "id": 1}\n' ;;
    *) printf '{"result": "fine", "error": null, "id": 1}\n' ;;
    esac
    printf '> '
done
