# SPDX-License-Identifier: Apache-2.0
# What is not native goes to Python; state lives on; without Python a question mark.
tum eval <<'END'; echo "status $?"
__import__('fractions').Fraction(1, 3)
random.seed(1)
random.random() == random.Random(1).random()
tm.setgd('a', [1, 2])
tm.gd('a')
[1, 2][tm.gd('a')[0]]
complex(1, 2)
b'x'
{1, 2} - {1}
sys.exit(3)
int('x')
__import__('os').getcwd() == os.getcwd()
END
echo 'random.random()' | tum eval --native-only
