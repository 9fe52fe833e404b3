#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Channels against real peers on 127.0.0.1, started and ended here: shells, sshd with keys and
with a password, telnetd, socat, ser2net, pairs of terminals as serial lines, an HTTP server, UDP.
Each talks, and does what a peer must not do to a campaign: refuse, hang, die in the middle,
send binary, send 10 MB at once. Faults of a bench have their own words, and a recording of one
console of each kind is replayed when the peers are gone.

Usage: peers.py TUM [PART...]. Results in TAP. A peer that is not installed is skipped, with its name.
"""
import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import termios
import threading
import time

from rig import (TUM, Campaign, Line, Server, await_port, end, fails, free_port, passes,
                 plan, result, skip)

BINARY = bytes(range(256)) * 8
FLOOD = b"x" * 10_000_000
SCENARIOS = ("talk", "dies", "hangs", "binary", "flood")


def as_text(data):
    return data.decode("utf-8", "replace")


def telnet_text(data):
    """NUL and DC1 are no data there."""
    return as_text(data.replace(b"\0", b"").replace(b"\x11", b""))


def actions(name, *lines):
    return "\n".join(["- console:", f"    name: {name}", "    console_name: peer",
                      "    steps:"] + ["        - " + line for line in lines])


# ---- the matrix: every peer in every scenario ----

def judge(folder, name, scenario, opening, causes, text, gone="the stream ended"):
    """One run: opens, does what causes the scenario, and expects what it is to look like."""
    begin = ["open: " + opening, *causes]
    title = {"talk": "answers", "dies": "dies in the middle of a read", "hangs": "hangs",
             "binary": "sends binary", "flood": "sends 10 MB at once"}[scenario]
    title = f"{name}: {title}"
    if scenario == "talk":
        passes(folder, title, actions(
            "it", *begin, "read_until: {expected: the answer is 42, timeout: 5}", "close:"))
    elif scenario == "dies":
        fails(folder, title, actions("it", *begin, "read_until: {expected: answer}"),
              gone, "half an ans", within=6)
    elif scenario == "hangs":
        fails(folder, title, actions(
            "it", *begin, "read_until: {expected: x-y-z, timeout: 0.5}", "close:"),
            "did not come within 0.5 s", within=6)
    else:
        run = passes(folder, title, actions(
            "it", *begin, "read_until: {expected: THE-END, timeout: 20}", "close:"))
        data = run.data("read_until") or ""
        whole = text((BINARY if scenario == "binary" else FLOOD) + b"THE-END")
        result(data.endswith(whole), f"{title}, and none of it is lost or changed",
               f"{len(data)} characters of {len(whole)}",
               next((f"at {i}: {data[i:i + 40]!r} for {whole[i:i + 40]!r}"
                     for i in range(min(len(data), len(whole))) if data[i] != whole[i]), ""))


def far_end(scenario, read, write, cut):
    """The other side of a line: waits for `go`, then does it."""
    came = b""
    while not came.endswith(b"go\n"):
        piece = read()
        if not piece:
            return
        came += piece
    if scenario == "talk":
        write(b"the answer is 42\r\n")
    elif scenario == "dies":
        write(b"half an ans")
        time.sleep(0.2)
        cut()
    elif scenario == "binary":
        write(BINARY + b"THE-END")
    elif scenario == "flood":
        write(FLOOD + b"THE-END")


def shell_causes(folder, scenario, parent=True):
    """The same as commands of a shell; what it echoes of them is none of what is awaited."""
    for name, data in (("binary", BINARY), ("flood", FLOOD)):
        path = pathlib.Path(folder) / name
        if not path.exists():
            path.write_bytes(data + b"THE-END")
    kill = "kill -9 $PPID $$" if parent else "kill -9 $$"
    command = {"talk": "echo the answer is $((6*7))",
               "dies": f"printf half\\ an\\ ans; sleep 0.2; {kill}",
               "hangs": "sleep 30",
               "binary": f"stty -opost -echo; cat {folder}/binary",
               "flood": f"stty -opost -echo; cat {folder}/flood"}[scenario]
    return [f"writeln: '{command}'"]


# ---- peers of our own ----

def sockets(folder):
    for protocol, prefix in (("rawtcp", "tcp"), ("telnet", "telnet")):
        def opening(port):
            return f"{{protocol: {protocol}, {prefix}_host: 127.0.0.1, {prefix}_port: {port}}}"

        for scenario in SCENARIOS:
            def serve(peer):
                def write(data):
                    peer.sendall(data.replace(b"\xff", b"\xff\xff")
                                 if protocol == "telnet" else data)

                far_end(scenario, lambda: peer.recv(100), write, peer.close)
                if scenario != "dies":
                    peer.recv(1)

            server = Server(serve)
            judge(folder, protocol, scenario, opening(server.port), ["writeln: go"],
                  telnet_text if protocol == "telnet" else as_text, "has closed it")
            server.close()
        port = free_port()
        fails(folder, f"{protocol}: nobody listens", actions("it", "open: " + opening(port)),
              f"127.0.0.1:{port}", "Connection refused", within=5)

    # Nobody reads for a while: the oldest goes, and that is said.
    arrived = threading.Event()

    def too_much(peer):
        for _ in range(10):
            peer.sendall(FLOOD)
        peer.sendall(b"THE-END")
        arrived.set()
        peer.recv(1)

    def tells(peer):
        arrived.wait(30)
        peer.sendall(b"arrived")
        peer.recv(1)

    server, teller = Server(too_much), Server(tells)
    run = passes(folder, "rawtcp: 100 MB that nobody reads", actions(
        "it", f"open: {{protocol: rawtcp, tcp_host: 127.0.0.1, tcp_port: {server.port}}}") +
        f"""
- console:
    name: teller
    console_name: teller
    steps:
        - open: {{protocol: rawtcp, tcp_host: 127.0.0.1, tcp_port: {teller.port}}}
        - read_until: {{expected: arrived, timeout: 40}}
""" + actions("later", "read_until: {expected: THE-END, timeout: 20, name: end, mute: true}",
              "close:"), within=60)
    said = [run.flat.count(f"WARN console 'peer': more than {bound} MiB were waiting to be read; "
                           "the oldest text was dropped.")
            for bound in (64, 1)]  # 1: a hostile build
    result(said in ([1, 0], [0, 1]), "and it is said, once",
           run.out[-2000:])
    server.close()
    teller.close()

    def resets(peer):
        peer.recv(10)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        peer.close()

    server = Server(resets)
    fails(folder, "rawtcp: the peer resets the connection", actions(
        "it", f"open: {{protocol: rawtcp, tcp_host: 127.0.0.1, tcp_port: {server.port}}}",
        "writeln: go", "read_until: {expected: x}"), "Connection reset by peer", within=5)
    server.close()
    fails(folder, "rawtcp: a name that nobody knows", actions(
        "it", "open: {protocol: rawtcp, tcp_host: no-such-host.invalid, tcp_port: 1}"),
        "looking up 'no-such-host.invalid'", within=15)


def terminal(folder):
    for scenario in SCENARIOS:
        judge(folder, "terminal", scenario, "{protocol: terminal, shell: /bin/sh}",
              shell_causes(folder, scenario, parent=False), as_text, "ended with signal 9")
    fails(folder, "terminal: no such program", actions(
        "it", "open: {protocol: terminal, shell: no-such-shell}"), "no-such-shell", within=5)


# ---- sshd ----

class Sshd:
    """A server with its own keys and the client's wrapper that knows them."""

    def __init__(self, folder):
        self.here = pathlib.Path(folder) / "ssh"
        self.here.mkdir(mode=0o700)
        self.program = shutil.which("sshd") or "/usr/sbin/sshd"
        self.real = shutil.which("ssh")
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        for name in ("host", "other", "key", "locked"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N",
                            "open sesame" if name == "locked" else "", "-f",
                            str(self.here / name)], check=True)
        (self.here / "authorized").write_text((self.here / "key.pub").read_text() +
                                              (self.here / "locked.pub").read_text())
        self.port = free_port()
        self.tools = self.here / "bin"
        self.tools.mkdir()
        self.server = None

    def start(self, key="host"):
        config = self.here / "sshd_config"
        config.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.here}/{key}\n"
            f"AuthorizedKeysFile {self.here}/authorized\nStrictModes no\nUsePAM no\n"
            f"PidFile {self.here}/pid\nPasswordAuthentication yes\n"
            "KbdInteractiveAuthentication no\nUseDNS no\nPrintMotd no\n")
        self.server = subprocess.Popen([self.program, "-D", "-f", str(config), "-E",
                                        str(self.here / "log")])
        return await_port(self.port)

    def stop(self):
        if self.server is not None:
            end(self.server)
        self.server = None

    def client(self, *options):
        """The system's client, with nothing of this user's configuration but these."""
        wrapper = self.tools / "ssh"
        wrapper.write_text(f"#!/bin/sh\nexec {self.real} -F none -o "
                           f"UserKnownHostsFile={self.here}/known {' '.join(options)} \"$@\"\n")
        wrapper.chmod(0o755)

    def with_key(self, name="key"):
        self.client("-i", f"{self.here}/{name}", "-o", "IdentitiesOnly=yes")

    def opening(self, user, pwd=None):
        return (f"{{protocol: ssh, ssh_host: 127.0.0.1, ssh_port: {self.port}, ssh_user: {user}" +
                (f", ssh_pwd: {pwd}}}" if pwd else "}"))


def user_name():
    return subprocess.run(["id", "-un"], capture_output=True, text=True).stdout.strip()


@contextlib.contextmanager
def ssh_server(folder):
    """Yields a running server, or None."""
    if not os.path.exists("/usr/sbin/sshd") and not shutil.which("sshd") or \
            not shutil.which("ssh-keygen"):
        yield None
        return
    sshd = Sshd(folder)
    old = os.environ["PATH"]
    os.environ["PATH"] = f"{sshd.tools}:{old}"
    os.environ.pop("SSH_AUTH_SOCK", None)
    try:
        yield sshd if sshd.start() else None
    finally:
        os.environ["PATH"] = old
        sshd.stop()


@contextlib.contextmanager
def throwaway_user(password):
    """A user of this machine with that password, removed afterwards; None when not allowed."""
    name = f"tum{os.getpid()}"
    made = False
    if os.geteuid() == 0 and shutil.which("useradd") and shutil.which("openssl"):
        word = subprocess.run(["openssl", "passwd", "-6", password], capture_output=True,
                              text=True).stdout.strip()
        made = subprocess.run(["useradd", "-M", "-d", "/", "-s", "/bin/sh", "-p", word, name],
                              capture_output=True).returncode == 0
    try:
        yield name if made else None
    finally:
        if made:
            subprocess.run(["userdel", name], capture_output=True)


def ssh(folder):
    with ssh_server(folder) as sshd:
        if sshd is None:
            skip("ssh", "no sshd, or it does not start here")
            return
        user = user_name()
        sshd.with_key()
        for scenario in SCENARIOS:
            judge(folder, "ssh", scenario, sshd.opening(user), shell_causes(folder, scenario),
                  as_text)
        run = passes(folder, "ssh: a key", actions(
            "it", "open: " + sshd.opening(user),
            "read_until: {expected: never, timeout: 0, no_fail: true, name: clean}",
            "close:"))
        result(run.data("read_until - clean") == "", "ssh: nothing is left of the login", run.out)
        sshd.with_key("locked")
        passes(folder, "ssh: a passphrase", actions(
            "it", "open: " + sshd.opening(user, "open sesame"), "writeln: echo $((6*7))",
            "read_until: {expected: '42', timeout: 5}", "close:"))
        fails(folder, "ssh: a wrong passphrase", actions(
            "it", "open: " + sshd.opening(user, "wrong")), f"{user}@127.0.0.1", "refused")
        fails(folder, "ssh: no passphrase given", actions("it", "open: " + sshd.opening(user)),
              "ssh_pwd")
        with throwaway_user("pa$$ wörd") as other:
            sshd.client("-o", "PubkeyAuthentication=no")
            if other is None:
                skip("ssh: a password", "no user can be made here")
            else:
                run = passes(folder, "ssh: a password", actions(
                    "it", "open: " + sshd.opening(other, "'pa$$ wörd'"), "writeln: id -un",
                    f"read_until: {{expected: {other}, timeout: 5}}", "close:"))
                result("wörd" not in run.out, "ssh: the password is shown nowhere", run.out)
            who = other or user
            fails(folder, "ssh: a wrong password", actions(
                "it", "open: " + sshd.opening(who, "not-it")), f"{who}@127.0.0.1", "refused",
                within=20)
            fails(folder, "ssh: no password given", actions("it", "open: " + sshd.opening(who)),
                  "ssh_pwd")
            # The host comes back with another key: the client takes no password then.
            sshd.stop()
            sshd.start("other")
            fails(folder, "ssh: the host's key has changed", actions(
                "it", "open: " + sshd.opening(who, "'pa$$ wörd'")), f"{who}@127.0.0.1",
                "host key", "ssh-keygen -R", within=20)
        sshd.stop()
        fails(folder, "ssh: nobody listens", actions("it", "open: " + sshd.opening(user)),
              "could not connect", "Connection refused", within=8)
        hanging = Server(lambda peer: peer.recv(1) and time.sleep(30))
        sshd.port = hanging.port
        fails(folder, "ssh: a host that says nothing", actions(
            "it", "open: " + sshd.opening(user)), "timeout", f"port {hanging.port}", within=9)
        hanging.close()
        fails(folder, "ssh: a name that nobody knows", actions(
            "it", "open: {protocol: ssh, ssh_host: no-such-host.invalid, ssh_user: x}"),
            "looking up 'no-such-host.invalid'", within=15)


# ---- telnetd, socat, ser2net ----

def telnetd(folder):
    program = next((p for p in ("/usr/sbin/telnetd", "/usr/sbin/in.telnetd")
                    if os.path.exists(p)), None)
    if program is None or not shutil.which("socat"):
        skip("telnetd", "telnetd or socat is not installed")
        return
    port = free_port()
    login = pathlib.Path(folder) / "login"
    login.write_text("#!/bin/sh\nprintf 'board login: '\nread name\nprintf 'Password: '\n"
                     "read word\necho welcome $name\nPS1='board# ' exec /bin/sh\n")
    login.chmod(0o755)
    # Two programs of that name: inetutils' and the older one.
    usage = subprocess.run([program, "--help"], capture_output=True, text=True)
    login_option = "-E" if "--exec-login" in usage.stdout else "-L"
    server = subprocess.Popen(["socat", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork",
                               f"EXEC:{program} -h {login_option} {login},nofork"])
    opening = f"{{protocol: telnet, telnet_host: localhost, telnet_port: {port}}}"
    log_in = ["read_until: {expected: 'login: ', timeout: 5, name: user}", "writeln: operator",
              "read_until: {expected: 'Password: ', timeout: 5, name: word}", "writeln: secret",
              "read_until: {expected: 'board# ', timeout: 5, name: prompt}"]
    try:
        await_port(port)
        for scenario in SCENARIOS:
            judge(folder, "telnetd", scenario, opening,
                  log_in + shell_causes(folder, scenario), telnet_text, "has closed it")
    finally:
        end(server)
    fails(folder, "telnetd: nobody listens", actions("it", "open: " + opening),
          "Connection refused", within=5)


def socat(folder):
    if not shutil.which("socat"):
        skip("socat", "not installed")
        return
    port = free_port()
    server = subprocess.Popen(["socat", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork",
                               "EXEC:/bin/sh,pty,stderr,setsid,raw,echo=0"])
    opening = f"{{protocol: rawtcp, tcp_host: 127.0.0.1, tcp_port: {port}}}"
    try:
        await_port(port)
        for scenario in SCENARIOS:
            judge(folder, "socat", scenario, opening, shell_causes(folder, scenario), as_text,
                  "has closed it")
        passes(folder, "socat: text comes back as it went", actions(
            "it", "open: " + opening, "writeln: echo ready; exec cat",
            'read_until: {expected: "ready\\n", timeout: 5}', "writeln: grüße, 世界", 'read_until: {expected: "grüße, 世界\\n", timeout: 5}',
            "close:"))
    finally:
        end(server)
    fails(folder, "socat: nobody listens", actions("it", "open: " + opening),
          "Connection refused", within=5)


def board_thread(line, scenario, cut):
    """The board of a serial line, in a thread."""
    board = line.board()

    def write(data):
        while data:
            data = data[board.write(data[:4096]):]

    def run():
        with contextlib.suppress(OSError):
            far_end(scenario, lambda: board.read(100), write, cut)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return board


def serial(folder):
    if not shutil.which("socat"):
        skip("serial", "socat is not installed")
        return
    for baud in (115200, 74880):
        for scenario in SCENARIOS:
            line = Line(folder)
            board = board_thread(line, scenario, line.close)
            judge(folder, f"serial at {baud}", scenario, f"{{protocol: serial, "
                  f"serial_port: {line.a}, serial_baudrate: '{baud}'}}", ["writeln: go"], as_text,
                  "is gone: unplugged")
            line.close()
            with contextlib.suppress(OSError):
                board.close()
    line = Line(folder)
    timer = threading.Timer(0.7, line.close)
    timer.start()
    fails(folder, "serial: a write after the device went away", actions(
        "it", f"open: {{protocol: serial, serial_port: {line.a}, serial_baudrate: 9600}}",
        "read_until: {expected: never, no_fail: true}", "writeln: hello"),
        f"writing to console 'peer': {line.a} is gone", within=5)
    timer.join()
    # Unplugged, and back a second later: the manual says how a campaign goes on.
    lines = [Line(folder)]

    def replug():
        lines[0].close()
        time.sleep(1)
        lines.append(Line(folder))
        board_thread(lines[1], "talk", lines[1].close)

    timer = threading.Timer(0.5, replug)
    timer.start()
    opening = f"open: {{protocol: serial, serial_port: {lines[0].a}, serial_baudrate: 9600}}"
    passes(folder, "serial: the device comes back", actions(
        "it", opening, "read_until: {expected: never, no_fail: true}") + f"""
- console:
    name: until it is back
    console_name: peer
    retry: {{count: 50, delay: 0.1}}
    steps:
        - close:
        - {opening}
""" + actions("later", "writeln: go", "read_until: {expected: the answer is 42, timeout: 5}"))
    timer.join()
    lines[1].close()


def without_control(path, flags):
    return os.open(path, flags | os.O_NOCTTY)


def faults(folder):
    """What a serial device may be at three in the morning."""
    def opening(path, baud=9600):
        return actions("it", f"open: {{protocol: serial, serial_port: {path}, "
                             f"serial_baudrate: {baud}}}")

    fails(folder, "serial: no such device", opening("/dev/ttyUSB97"), "/dev/ttyUSB97",
          "not plugged in")
    fails(folder, "serial: no serial line", opening("/dev/null"), "not a serial line")
    if not shutil.which("socat") or os.geteuid() != 0 or not shutil.which("setpriv"):
        skip("serial: permission denied, busy", "needs socat, root and setpriv")
        return
    line = Line(folder)
    real = os.path.realpath(line.a)
    try:
        os.chown(real, 0, 0)
        os.chmod(real, 0o660)
        here = pathlib.Path(folder) / "nobody"
        here.mkdir()
        os.chmod(folder, 0o755)
        os.chown(here, 65534, 65534)
        (here / "main.tum").write_text("main:\n    steps:\n" + "".join(
            "        " + part + "\n" for part in opening(real).split("\n")))
        done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534",
                               "--clear-groups", TUM, "-b", "-o", str(here / "main.tum")],
                              capture_output=True, text=True, timeout=30, cwd=here)
        flat = " ".join(done.stdout.split())
        if "started" not in flat:
            skip("serial: permission denied", "tum cannot be run as nobody here")
        else:
            result("Permission denied; it belongs to the group 'root': is this user in it?" in
                   flat, "serial: permission denied", flat)
        # TIOCEXCL: for root nothing is exclusive, so that another user has to try.
        os.chmod(real, 0o666)
        with open(real, "rb+", buffering=0, opener=without_control) as device:
            fcntl.ioctl(device, termios.TIOCEXCL)
            done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534",
                                   "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
                                   TUM, "-b", "-o", str(here / "main.tum")],
                                  capture_output=True, text=True, timeout=30, cwd=here)
            flat = " ".join(done.stdout.split())
        if "started" not in flat:
            skip("serial: busy", "tum cannot be run as nobody here")
        else:
            result("busy; another program has it for itself" in flat, "serial: busy", flat)
    finally:
        line.close()


def disk(folder):
    """The disk is full while a campaign is recorded, and while a console is logged."""
    here = pathlib.Path(folder) / "full"
    here.mkdir()
    (here / "tape").mkdir()
    os.symlink("/dev/full", here / "tape" / "channels.tape")
    os.symlink("/dev/full", here / "traffic.log")
    steps = actions("it", f"open: {{protocol: terminal, shell: cat, log: {here}/traffic.log}}",
                    "writeln: hello", "read_until: {expected: hello, timeout: 5}",
                    "writeln: again", "read_until: {expected: again, timeout: 5}", "close:")
    run = Campaign(str(here), steps, "--record", str(here / "tape"))
    result(run.status == 0, "a full disk ends no test", run.out)
    for what, path in (("recording", "tape/channels.tape"), ("log", "traffic.log")):
        words = f"{what} '{here}/{path}' ends here, it cannot be written: No space left on device"
        result(run.flat.count(words) == 1, f"a full disk: the {what} tells it, once", run.out)


def half_done(folder):
    """An item fails in the middle of a dialogue: the next one finds the console as it was left."""
    steps = """
- console:
    name: login fails
    console_name: peer
    stop_on_failure: true
    no_fail: true
    steps:
        - open: {protocol: terminal, shell: "sh -c 'printf login:; read a; echo hello $a; printf more; read b; echo $b'"}
        - read_until: {expected: "login:", timeout: 5}
        - writeln: me
        - read_until: {expected: Password, timeout: 0.5}
        - writeln: never sent
- console:
    name: goes on
    console_name: peer
    steps:
        - read_until: {expected: stale, timeout: 0, no_fail: true, name: rest}
        - writeln: me again
        - read_until: {expected: "me again\\r\\n", timeout: 5, name: new}
- console:
    name: opens it again
    console_name: peer
    steps:
        - open: {protocol: terminal, shell: cat}
        - close:
        - writeln: x
        - read_until: {expected: "x\\r\\n", timeout: 5}
        - close:
"""
    run = passes(folder, "a failed item leaves its console open, and nothing stale in it", steps)
    result(run.data("read_until - rest") == "" and
           run.data("read_until - new") == "me again\r\n",
           "what a failed read saw is not seen again", run.out)
    result("console 'peer' is open already" in run.flat,
           "opening it again says that it is open", run.out)


def ser2net(folder):
    if not shutil.which("ser2net") or not shutil.which("socat"):
        skip("ser2net", "ser2net or socat is not installed")
        return
    for scenario in SCENARIOS:
        port = free_port()
        line = Line(folder)
        config = os.path.join(folder, "ser2net.yaml")
        pathlib.Path(config).write_text(
            f"connection: &c\n    accepter: telnet,tcp,127.0.0.1,{port}\n    enable: on\n"
            f"    connector: serialdev,{line.a},115200n81,local\n")
        server = subprocess.Popen(["ser2net", "-n", "-d", "-c", config],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        board = None
        try:
            if not await_port(port):
                skip("ser2net", "it does not start here")
                return
            # It has one connection at a time, and the one that looked was the first.
            time.sleep(0.3)
            board = board_thread(line, scenario, lambda: server.send_signal(9))
            judge(folder, "ser2net", scenario, f"{{protocol: telnet, telnet_host: 127.0.0.1, "
                  f"telnet_port: {port}}}", ["writeln: go"], telnet_text, "has closed it")
        finally:
            end(server)
            line.close()
            if board is not None:
                with contextlib.suppress(OSError):
                    board.close()
    fails(folder, "ser2net: nobody listens", actions(
        "it", f"open: {{protocol: telnet, telnet_host: 127.0.0.1, telnet_port: {port}}}"),
        "Connection refused", within=5)


# ---- HTTP ----

def http_peers(folder):
    here = pathlib.Path(folder) / "www"
    here.mkdir()
    (here / "page").write_text("the answer is 42\n")
    (here / "binary").write_bytes(BINARY + b"THE-END")
    (here / "flood").write_bytes(FLOOD + b"THE-END")
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "http.server", "-b", "127.0.0.1", "-d",
                               str(here), str(port)], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)

    def item(port, rest):
        return f"- http: {{name: it, url: 'http://127.0.0.1:{port}/{rest}}}"

    def data(run):
        return next(json.loads(r[3]) for r in run.rows() if r[0] == "it")

    try:
        await_port(port)
        run = passes(folder, "http.server: answers", item(port, "page', contains: answer is 42"))
        if "built without" in run.out:
            return
        fails(folder, "http.server: a page that is not there",
              item(port, "nothing'"), "404", within=5)
        run = passes(folder, "http.server: binary", item(port, "binary'"))
        result(data(run)["body"] == as_text(BINARY + b"THE-END"),
               "http.server: binary, as text that can be kept", data(run)["body"][:300])
        run = passes(folder, "http.server: 10 MB", item(port, "flood', contains: THE-END"))
        result(len(data(run)["body"]) == 65536, "http.server: 10 MB, the first 64 KiB are kept",
               len(data(run)["body"]))
    finally:
        end(server)
    fails(folder, "http: nobody listens", item(port, "page', attempts: 2, backoff: 0.1"),
          f"127.0.0.1:{port}", within=5, status=4)
    hanging = Server(lambda peer: time.sleep(30))
    fails(folder, "http: a server that hangs", item(hanging.port, "', timeout: 0.5"),
          within=5, status=4)
    hanging.close()
    dying = Server(lambda peer: peer.recv(1000) and peer.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))
    fails(folder, "http: a server that dies in its answer", item(dying.port, "'"),
          within=5, status=4)
    dying.close()
    nonsense = Server(lambda peer: peer.recv(1000) and peer.sendall(BINARY))
    fails(folder, "http: a server that speaks something else", item(nonsense.port, "'"),
          "HTTP/0.9", within=8)
    nonsense.close()


# ---- UDP ----

class Device:
    """Answers requests on its own port, to the sender's host at the port `back`."""

    def __init__(self, answer):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.back = free_port(socket.SOCK_DGRAM)
        self.answer = answer
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                text, peer = self.socket.recvfrom(65536)
            except OSError:
                return
            if not text:
                return
            for datagram in self.answer(json.loads(text)):
                self.socket.sendto(datagram, (peer[0], self.back))

    def steps(self, *lines):
        return "\n".join(["- json_rpc:", "    name: rpc", f"    udp: {{server: 127.0.0.1, "
                          f"snd_port: {self.port}, rcv_port: {self.back}}}", "    timeout: 2",
                          "    steps:"] + ["        - " + line for line in lines])

    def close(self):
        # Closing alone would leave the thread in its wait.
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def good(request):
    return json.dumps({"result": request["params"], "error": None, "id": request["id"]}).encode()


def udp(folder):
    query = "query: {method: echo, params: [1, zwei], expected_result: [1, zwei]}"
    device = Device(lambda request: [good(request)])
    passes(folder, "UDP: answers", device.steps("open:", query, "close:"))
    device.close()
    fails(folder, "UDP: nobody is there", device.steps(
        "open:", "query: {method: echo, timeout: 0.3}", "close:"), "no answer", within=5)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("0.0.0.0", device.back))
        fails(folder, "UDP: the port is another program's", device.steps(
            "open:", "query: {method: echo, timeout: 0.3}", "close:"),
            f"binding UDP port {device.back}: Address already in use ('ss -ulpn' tells by whom)",
            f"UDP port {device.back} is not open", within=5)
    device = Device(lambda request: [BINARY[:1000]])
    fails(folder, "UDP: binary", device.steps("open:", "query: {method: echo}", "close:"),
          "UTF-8", within=5)
    device.close()
    device = Device(lambda request: [good(request)[:10]])
    fails(folder, "UDP: half an answer", device.steps("open:", "query: {method: echo}", "close:"),
          "JSON", within=5)
    device.close()
    device = Device(lambda request: [b"x" * 9000])
    fails(folder, "UDP: a datagram that is too long", device.steps(
        "open:", "query: {method: echo}", "close:"), "overflow", "'bufsize'", within=5)
    device.close()
    # Frames that are requests are no answers; the kernel drops what it has no room for.
    noise = json.dumps({"method": "noise", "params": ["x" * 1000]}).encode()

    def flood(request):
        for i in range(10_000):
            yield noise
            if i % 100 == 0:
                time.sleep(0.002)
        time.sleep(0.2)
        yield good(request)

    device = Device(flood)
    passes(folder, "UDP: 10 MB of other requests before the answer", device.steps(
        "open:", query.replace("echo,", "echo, timeout: 15,"), "close:"))
    device.close()


# ---- stops ----

def race(folder, name, steps):
    """Another branch wins after half a second: whatever waits for a peer ends at once."""
    inner = "".join("              " + line + "\n" for line in steps.split("\n"))
    much = "- let: {values: {much: \"<| 'x' * 300000 |>\"}}\n"
    run = Campaign(folder, (much if "$(much)" in steps else "") + "- parallel:\n    name: race\n    sync: any\n    branches:\n"
                   "        - name: winner\n          steps: [{sleep: {timeout: 0.5}}]\n"
                   "        - name: waits\n          steps:\n" + inner)
    took = run.duration("race")
    row = "SKIP" if "console" in steps or "json_rpc" in steps else "FAIL"
    rows = {r[0]: r[2] for r in run.rows()}
    # A busy machine may need longer than the 100 ms; not so long as what was waited for.
    result(run.status == 0 and rows.get("it") == row and took is not None and took < 1.5,
           f"stop: {name}, {1000 * ((took or 9) - 0.5):.0f} ms", rows, run.out[-2000:])


@contextlib.contextmanager
def silent_name_server(folder):
    """Names are asked for, for campaigns in here, from one that never answers; or False."""
    conf = pathlib.Path(folder) / "resolv.conf"
    conf.write_text("nameserver 127.0.0.2\n")
    bind = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
    prefix = ["unshare", "-m", "sh", "-c", bind, str(conf)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.bind(("127.0.0.2", 53))
            works = subprocess.run([*prefix, "true"], capture_output=True).returncode == 0
        except OSError:
            works = False
        try:
            Campaign.prefix = prefix if works else []
            yield works
        finally:
            Campaign.prefix = []


def stops(folder):
    hanging = Server(lambda peer: time.sleep(60))
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    # Connections that nobody accepts: the next one gets no answer.
    waiting = [socket.socket() for _ in range(4)]
    for s in waiting:
        s.setblocking(False)
        s.connect_ex(full.getsockname())
    nobody = free_port(socket.SOCK_DGRAM)
    tcp = f"open: {{protocol: rawtcp, tcp_host: 127.0.0.1, tcp_port: {hanging.port}"
    cases = {
        "a read": actions("it", tcp + "}", "read_until: {expected: x}"),
        "a write that is not taken": actions(
            "it", "open: {protocol: terminal, shell: \"sh -c 'stty raw; echo raw; sleep 60'\"}",
            "read_until: {expected: raw, timeout: 5}", "write: $(much)"),
        "a slow write": actions("it", tcp + ", write_delay: 60000}", "write: abc"),
        "a connect": actions("it", "open: {protocol: rawtcp, tcp_host: 127.0.0.1, "
                             f"tcp_port: {full.getsockname()[1]}}}"),
        "a login": actions("it", "open: {protocol: ssh, ssh_host: 127.0.0.1, ssh_user: x, "
                           f"ssh_port: {hanging.port}}}"),
        "an answer over UDP": "- json_rpc:\n    name: it\n    udp: {server: 127.0.0.1, "
                              f"snd_port: 9, rcv_port: {nobody}}}\n    timeout: 60\n"
                              "    steps: [{open: }, {query: {method: x}}]",
        "a process": "- process: {name: it, command: sleep 60}",
        "a process that ignores it":
            "- process: {name: it, command: \"trap '' TERM HUP; sleep 60; sleep 60\", "
            "shell: true, grace: 0.05}",
        "a request": f"- http: {{name: it, url: 'http://127.0.0.1:{hanging.port}/', timeout: 60}}",
    }
    for name, steps in cases.items():
        if name == "a login" and not shutil.which("ssh"):
            skip(f"stop: {name}", "no ssh")
        else:
            race(folder, name, steps)
    with silent_name_server(folder) as works:
        names = {
            "a connect, of a name": actions("it", "open: {protocol: rawtcp, tcp_host: "
                                            "slow.example, tcp_port: 1}"),
            "a login, of a name": actions("it", "open: {protocol: ssh, ssh_host: slow.example, "
                                          "ssh_user: x}"),
            "a datagram, to a name": "- json_rpc:\n    name: it\n    udp: {server: slow.example, "
                                     f"snd_port: 9, rcv_port: {nobody}}}\n    timeout: 60\n"
                                     "    steps: [{open: }, {query: {method: x}}]",
            "a request, of a name":
                "- http: {name: it, url: 'http://slow.example/', timeout: 60}",
        }
        for name, steps in names.items():
            if works:
                race(folder, name, steps)
            else:
                skip(f"stop: {name}", "the name server cannot be replaced here")
    for s in [*waiting, full]:
        s.close()
    hanging.close()


# ---- recordings ----

def shown(run):
    """Of rows, what a replay must repeat; those of branches in any order."""
    rows = [row for row in run.rows() if row[1] != "default"]
    names = [row[0] for row in rows]
    first = names.index("shared") + 1 if "shared" in names else len(rows)
    last = names.index("branches") if "branches" in names else len(rows)
    return rows[:first] + sorted(rows[first:last]) + rows[last:]


def record(folder):
    if not shutil.which("socat"):
        skip("recording", "socat is not installed")
        return
    here = pathlib.Path(folder) / "record"
    here.mkdir()

    def serve(peer):
        peer.sendall(b"\xff\xfb\x01ready\r\n")
        while True:
            text = peer.recv(100)
            if not text:
                return
            peer.sendall(b"got " + text.replace(b"\xff", b""))

    steps = """
- console:
    name: term
    console_name: term
    steps:
        - open: {{protocol: terminal, shell: "/bin/sh -c 'echo boot $$; read l; echo got $l; exit 3'"}}
        - read_until: {{expected: 'boot \\d+\\r\\n', regex: true, timeout: 5, store_result: boot}}
        - writeln: hello
        - read_until: {{expected: got hello, timeout: 5}}
        - read_until: {{expected: more, no_fail: true}}
        - close:
- console:
    name: tcp
    console_name: tcp
    steps:
        - open: {{protocol: rawtcp, tcp_host: 127.0.0.1, tcp_port: {tcp}}}
        - read_until: {{expected: "ready\\r\\n", timeout: 5}}
        - writeln: one
        - read_until: {{expected: never, timeout: 0.3, no_fail: true}}
        - writeln: two
        - read_until: {{expected: "two\\n", timeout: 5}}
- console:
    name: tel
    console_name: tel
    steps:
        - open: {{protocol: telnet, telnet_host: 127.0.0.1, telnet_port: {tcp}}}
        - read_until: {{expected: "ready\\r\\n", timeout: 5}}
        - writeln: three
        - read_until: {{expected: ["three", "four"], timeout: 5}}
        - close:
- console:
    name: ser
    console_name: ser
    steps:
        - open: {{protocol: serial, serial_port: {a}, serial_baudrate: 9600}}
- console:
    name: other
    console_name: other
    steps:
        - open: {{protocol: serial, serial_port: {b}, serial_baudrate: 9600}}
        - writeln: serial text
- console:
    name: ser again
    console_name: ser
    steps:
        - read_until: {{expected: "text\\n", timeout: 5}}
- console:
    name: nobody
    console_name: nobody
    no_fail: true
    steps:
        - open: {{protocol: rawtcp, tcp_host: 127.0.0.1, tcp_port: 1}}
- json_rpc:
    name: rpc
    udp: {{server: 127.0.0.1, snd_port: {to}, rcv_port: {back}}}
    timeout: 2
    steps:
        - open:
        - query: {{method: echo, params: [1, two]}}
        - query: {{method: echo, params: 5, id: 7, no_wait: true}}
        - receive: {{id: 7, expected_result: 5}}
        - receive: {{id: 8, timeout: 0.2, no_fail: true}}
        - close:
- console:
    name: shared
    console_name: shared
    steps:
        - open: {{protocol: terminal, shell: cat}}
- parallel:
    name: branches
    sync: any
    branches:
        - name: reads
          steps:
                - console:
                    name: hears
                    console_name: shared
                    steps:
                        - read_until: {{expected: "from the other branch\\r\\n", timeout: 10}}
                - sleep: {{timeout: 0.3}}
        - name: writes
          steps:
                - sleep: {{timeout: 0.2}}
                - console:
                    name: says
                    console_name: shared
                    steps:
                        - writeln: from the other branch
                - console:
                    name: is stopped
                    console_name: tcp
                    steps:
                        - read_until: {{expected: never}}
"""
    with ssh_server(folder) as sshd:
        if sshd is None:
            skip("recording ssh", "no sshd, or it does not start here")
        else:
            sshd.with_key()
            steps += f"""
- console:
    name: sec
    console_name: sec
    steps:
        - open: {{{sshd.opening(user_name())}}}
        - writeln: echo pid $$
        - read_until: {{{{expected: 'pid \\d+\\r\\n', regex: true, timeout: 5}}}}
"""
        server = Server(serve)
        line = Line(str(here))
        device = Device(lambda request: [good(request)])
        steps = steps.format(tcp=server.port, a=line.a, b=line.b, to=device.port,
                             back=device.back)
        try:
            first = Campaign(str(here), steps, "--record", str(here / "tape"))
        finally:
            server.close()
            line.close()
            device.close()
    result(first.status == 0, "a campaign is recorded", first.out[-3000:])
    rows = shown(first)
    tape = (here / "tape" / "channels.tape").read_text()
    kinds = ["terminal", "rawtcp", "telnet", "serial", "udp"] + (["ssh"] if sshd else [])
    result(all(f"protocol={kind}" in tape for kind in kinds), "with a console of each kind", kinds)
    for i in range(5):
        again = Campaign(str(here), steps, "--replay", str(here / "tape"))
        result(again.status == 0, f"it is replayed when the peers are gone ({i})",
               again.out[-3000:])
        result(shown(again) == rows, f"with the same rows ({i})",
               *[f"{a}\n{b}" for a, b in zip(rows, shown(again)) if a != b])

    def differs(title, before, after, *words):
        run = Campaign(str(here), steps.replace(before, after, 1), "--replay",
                       str(here / "tape"))
        missing = [w for w in words if w not in run.flat]
        result(before in steps and run.status == 1 and not missing, title, missing,
               run.out[-2000:])

    differs("a campaign that writes something else differs, and where", "writeln: two",
            "writeln: 2", "differs from the recording: 'tcp' asks for a write of 2",
            "the recording has a write of 'two")
    differs("one that expects something else", 'expected: "two\\n"', 'expected: "too\\n"',
            "differs from the recording: 'tcp' asks for a read of 'too")
    differs("one that opens something else", "serial_baudrate: 9600", "serial_baudrate: 19200",
            "differs from the recording: 'ser' asks for serial", "at 9600 baud")
    differs("one that asks for less", "        - writeln: three\n        - read_until: "
            '{expected: ["three", "four"], timeout: 5}\n', "",
            "'tel' asks for nothing more, the recording has a write of 'three")


def branches(folder):
    """Branches come in any order; each gets what it got, and what it read of a shared console."""
    source = pathlib.Path(__file__).parents[2] / "validation" / "console" / "branches.tum"
    campaign = pathlib.Path(folder) / "branches.tum"
    shutil.copy(source, campaign)

    def run(option):
        done = subprocess.run([TUM, "-b", "-o", option, folder, str(campaign)], cwd=folder,
                              capture_output=True, text=True, timeout=100)
        with sqlite3.connect(os.path.join(folder, "branches.db")) as db:
            rows = db.execute("select test_name, test_type, result, data from tests").fetchall()
        os.unlink(os.path.join(folder, "branches.db"))
        return done, sorted(rows)

    done, rows = run("--record")
    result(done.returncode == 0, "32 branches with a console each are recorded", done.stdout[-2000:])
    for i in range(3):
        done, again = run("--replay")
        result(done.returncode == 0 and again == rows, f"and replayed ({i})",
               done.stdout[-2000:], *[f"{a}\n{b}" for a, b in zip(rows, again) if a != b][:5])


PARTS = (sockets, terminal, socat, telnetd, serial, faults, disk, half_done, ser2net, http_peers,
         udp, stops, record, branches, ssh)


def main():
    for part in PARTS:
        if len(sys.argv) < 3 or part.__name__ in sys.argv[2:]:
            with tempfile.TemporaryDirectory(prefix="tum-peers-") as folder:
                part(folder)
    return plan()


if __name__ == "__main__":
    sys.exit(main())
