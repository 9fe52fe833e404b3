# SPDX-License-Identifier: Apache-2.0
"""JSON-RPC over UDP, one's own address and a multicast group: prints its ports, and one
that is free. Methods: echo, and fail."""
import json
import socket
import struct

GROUP = "239.255.81.7"

device = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
device.bind(("", 0))
device.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                  struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton("127.0.0.1")))
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
other.bind(("", 0))
free = other.getsockname()[1]
other.close()
print("AT", device.getsockname()[1], free, "READY", flush=True)
while True:
    request, sender = device.recvfrom(65535)
    call = json.loads(request)
    answer = {"id": call["id"]}
    if call.get("jsonrpc") == "2.0":
        answer["jsonrpc"] = "2.0"
    failed = call["method"] == "fail"
    if failed or "jsonrpc" not in call:
        answer["error"] = {"code": 7, "message": "no"} if failed else None
    if not failed or "jsonrpc" not in call:
        answer["result"] = None if failed else call.get("params")
    device.sendto(json.dumps(answer).encode(), sender)
