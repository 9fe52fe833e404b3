# SPDX-License-Identifier: Apache-2.0
# Colours without a terminal: only when asked for; -o and NO_COLOR win.
cat > main.tum <<'END'
main: {steps: [check: {name: one, values: [true]}]}
END
shown() { sed -n 's/\x1b\[/</g; /finished/p'; }
unset COLORFGBG
echo "piped";        tum -b main.tum | shown
echo "forced";       FORCE_COLOR=1 tum -b main.tum | shown
echo "forced light"; COLORFGBG='0;15' FORCE_COLOR=1 tum -b main.tum | shown
echo "forced 0";     FORCE_COLOR=0 tum -b main.tum | shown
echo "forced empty"; FORCE_COLOR= tum -b main.tum | shown
echo "-o";           FORCE_COLOR=1 tum -b -o main.tum | shown
echo "NO_COLOR";     NO_COLOR=1 FORCE_COLOR=1 tum -b main.tum | shown
echo "empty NO_COLOR"; NO_COLOR= FORCE_COLOR=1 tum -b main.tum | shown
