# SPDX-License-Identifier: Apache-2.0
"""A simulated power supply behind a unix socket.

    supply.py serve       listens on supply.sock
    supply.py ask WORDS   one request: set V, measure, overload, health

After an overload it says that it is not healthy until it is started anew.
"""
import os
import socket
import sys

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "supply.sock")


def serve():
    volts, tripped = 0.0, False
    if os.path.exists(PATH):
        os.unlink(PATH)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(PATH)
        listener.listen()
        print("supply is on")
        while True:
            connection, _ = listener.accept()
            with connection:
                words = connection.recv(1000).decode().split()
                answer = "ok"
                if words[:1] == ["set"]:
                    volts = float(words[1])
                elif words == ["measure"]:
                    answer = str(volts)
                elif words == ["overload"]:
                    tripped = True
                    print("Traceback (most recent call last):")
                    print("OverflowError: output stage tripped at", volts, "V")
                elif words == ["health"] and tripped:
                    answer = "tripped"
                connection.sendall(answer.encode())


def ask(*words):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(PATH)
        connection.sendall(" ".join(words).encode())
        return connection.recv(1000).decode()


def set_volts(volts):
    return ask("set", str(volts))


def measure():
    return float(ask("measure"))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    reply = ask(*sys.argv[2:])
    print(reply)
    sys.exit(reply == "tripped")
