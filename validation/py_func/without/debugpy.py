# SPDX-License-Identifier: Apache-2.0
# Put in the way of the module of this name.
raise ImportError("not here")
