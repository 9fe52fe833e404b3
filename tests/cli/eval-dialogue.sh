# SPDX-License-Identifier: Apache-2.0
# Another program asks, waits for the answer, and asks again.
python3 - <<'END'
import subprocess
p = subprocess.Popen(["tum", "eval", "--native-only"], stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE, text=True, bufsize=1)
n = 0
for _ in range(5):
    p.stdin.write(f"{n} + 1\n")
    p.stdin.flush()
    n = int(p.stdout.readline())
p.stdin.close()
print(n, p.wait())
END
