# SPDX-License-Identifier: Apache-2.0
"""Peers for consoles: echoes over TCP (for telnet too) and a serial line, each line back
after "got "; prints where they are."""
import os
import pty
import socket
import threading
import tty


def answer(read, write):
    line = b""
    while byte := read(1):
        if byte in b"\r\n":
            if line:
                write(b"got " + line + b"\r\n")
            line = b""
        else:
            line += byte


def serve(listener):
    while True:
        peer, _ = listener.accept()
        threading.Thread(target=answer, args=(peer.recv, peer.sendall), daemon=True).start()


listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
for listener in listeners:
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
line, far = pty.openpty()
tty.setraw(far)
threading.Thread(target=answer, args=(lambda n: os.read(line, n), lambda b: os.write(line, b)),
                 daemon=True).start()
print("AT", *(listener.getsockname()[1] for listener in listeners), os.ttyname(far), "READY",
      flush=True)
threading.Event().wait()
