# SPDX-License-Identifier: Apache-2.0
count = 0
