# SPDX-License-Identifier: Apache-2.0
# Ends the process in which it is imported.
import sys

sys.exit(7)
