# SPDX-License-Identifier: Apache-2.0
# Given to the interpreter with -c: receives the worker over the link and becomes it.
# Any version of Python must understand these lines, so that it can say it is too old.
import sys
if sys.version_info[0] != 3:
    sys.exit(96)
if sys.path and sys.path[0] == "":
    del sys.path[0]
import os
def read(size):
    data = b""
    while len(data) < size:
        part = os.read(int(sys.argv[1]), size - len(data))
        if not part:
            os._exit(0)
        data += part
    return data
exec(
    compile(read(int.from_bytes(read(4), "big")), "<tum>", "exec"),
    {"__name__": "tum_worker", "__file__": "<tum>", "link_fd": int(sys.argv[1])},
)
