# SPDX-License-Identifier: Apache-2.0
# The version comes before anything else, mistakes included.
tum --version; echo "status $?"
tum -b --wrong --version no-such.tum; echo "status $?"
tum -d a=1 --vers; echo "status $?"
tum check --version; echo "status $?"
