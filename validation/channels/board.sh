#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A simulated board on a terminal: boot log, login, a few commands, kernel messages in
# the middle of answers, a crash.
printf 'U-Boot 2023.01 (simulated)\n'
i=0
while [ $i -lt 60 ]; do
    printf '[%5d.%06d] probe of device %d\n' $((i / 10)) $((i * 1000)) $i
    i=$((i + 1))
done
printf 'Grüße vom Gerät\n'
printf 'board login: '
read -r name
printf 'Password: '
read -r word
if [ "$word" != secret ]; then
    printf 'Login incorrect\n'
    exit 1
fi
printf 'Welcome %s\n' "$name"
while printf 'board# ' && read -r line; do
    case $line in
    version) printf 'fw 4.2.1\n' ;;
    volt) printf 'vo[  123.456789] usb 1-1: new device\nlt=3.31\n' ;;
    slow) sleep 0.3; printf 'done\n' ;;
    crash) printf 'Kernel panic - not syncing\n'; exit 42 ;;
    '{'*) printf '%s\n{"result": "pong", "error": null, "id": 1}\n' "$line" ;;
    *) printf '%s: not found\n' "$line" ;;
    esac
done
