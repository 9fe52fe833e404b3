#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Channels against real peers on 127.0.0.1, started and ended here: sshd with a key and with a
password's prompts, telnetd, socat, ser2net, pairs of terminals as serial lines, UDP. What a
peer must not do to a campaign: refuse, hang, die in the middle, send binary, send 10 MB
at once. And a recording of one console of each kind, replayed when the peers are gone.

Usage: peers.py TUM [PART...]. Results in TAP. A peer that is not installed is skipped, with its name.
"""
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

TUM = os.path.abspath(sys.argv[1])
count = bad = 0


def result(good, name, *lines):
    global count, bad
    count += 1
    bad += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good:
        for line in lines:
            for part in str(line).split("\n"):
                print(f"#   {part}")
    sys.stdout.flush()


def skip(name, reason):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {reason}")


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def await_port(port, seconds=5):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            time.sleep(0.02)
    return False


def end(process):
    process.terminate()
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Campaign:
    """One run of tum on steps given as YAML text."""

    def __init__(self, folder, steps, *args):
        self.folder = pathlib.Path(folder)
        path = self.folder / "main.tum"
        indented = "".join("        " + line + "\n" for line in steps.strip("\n").split("\n"))
        path.write_text("main:\n    steps:\n" + indented +
                        "report:\n    export:\n        - sqlite: {path: " + str(folder) +
                        ", file_name: report.db}\n")
        (self.folder / "report.db").unlink(missing_ok=True)
        begun = time.monotonic()
        done = subprocess.run([TUM, "-b", "-o", *args, str(path)], capture_output=True,
                              text=True, errors="replace", timeout=60, cwd=folder)
        self.seconds = time.monotonic() - begun
        self.out = done.stdout + done.stderr
        self.status = done.returncode

    def rows(self):
        with sqlite3.connect(self.folder / "report.db") as db:
            return db.execute("select test_name, test_type, result, data from tests "
                              "order by rowid").fetchall()


def passes(folder, name, steps, within=20):
    run = Campaign(folder, steps)
    result(run.status == 0 and run.seconds < within, name, f"status {run.status}, "
           f"{run.seconds:.1f} s", run.out[-3000:])
    return run


def fails(folder, name, steps, *mentions, within=10):
    run = Campaign(folder, steps)
    missing = [m for m in mentions if m not in run.out]
    result(run.status == 1 and not missing and run.seconds < within, name,
           f"status {run.status}, {run.seconds:.1f} s, missing {missing}", run.out[-3000:])
    return run


# ---- TCP peers of our own ----

class Server:
    """A TCP server that treats each connection by a function."""

    def __init__(self, serve):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.serve = serve
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(peer,), daemon=True).start()

    def one(self, peer):
        with peer:
            try:
                self.serve(peer)
            except OSError:
                pass

    def close(self):
        self.socket.close()


def misbehaving(folder):
    def dies(peer):
        peer.sendall(b"half an ans")

    def binary(peer):
        peer.sendall(bytes(range(256)).replace(b"\xff", b"\xff\xff") * 8 + b"END")
        peer.recv(1)

    def floods(peer):
        peer.sendall(b"x" * 10_000_000 + b"END")
        peer.recv(1)

    def hangs(peer):
        peer.recv(1)
        time.sleep(30)

    for protocol, prefix in (("rawtcp", "tcp"), ("telnet", "telnet")):
        def opening(server):
            return (f"- open: {{protocol: {protocol}, {prefix}_host: 127.0.0.1, "
                    f"{prefix}_port: {server.port}}}")

        def console(server, *actions):
            return "\n".join(["- console:", "    name: c", "    console_name: c",
                              "    steps:", "        " + opening(server)] +
                             ["        - " + a for a in actions])

        server = Server(dies)
        fails(folder, f"{protocol}: the peer dies in the middle of a read",
              console(server, "read_until: {expected: answer}"), "the stream ended", "half an ans",
              within=5)
        server.close()
        server = Server(binary)
        passes(folder, f"{protocol}: binary",
               console(server, "read_until: {expected: END, timeout: 5}", "close:"))
        server.close()
        server = Server(floods)
        passes(folder, f"{protocol}: 10 MB at once",
               console(server, "read_until: {expected: END, timeout: 20, mute: true}", "close:"))
        server.close()
        server = Server(hangs)
        fails(folder, f"{protocol}: the peer hangs",
              console(server, "writeln: hello", "read_until: {expected: x, timeout: 0.5}"),
              "did not come within 500 ms", "nothing was received", within=5)
        server.close()
        server.port = free_port()
        fails(folder, f"{protocol}: refused", console(server),
              f"127.0.0.1:{server.port}", "refused")


# ---- sshd ----

def ssh(folder):
    sshd = shutil.which("sshd") or "/usr/sbin/sshd"
    if not os.path.exists(sshd) or not shutil.which("ssh-keygen"):
        skip("ssh", "no sshd")
        return
    here = pathlib.Path(folder) / "ssh"
    here.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    for name in ("host", "key", "locked"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N",
                        "open sesame" if name == "locked" else "", "-f", str(here / name)],
                       check=True)
    (here / "authorized").write_text((here / "key.pub").read_text() +
                                     (here / "locked.pub").read_text())
    port = free_port()
    (here / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {here}/host\n"
        f"AuthorizedKeysFile {here}/authorized\nStrictModes no\nUsePAM no\n"
        f"PidFile {here}/pid\nPasswordAuthentication yes\nKbdInteractiveAuthentication no\n"
        "UseDNS no\nPrintMotd no\n")
    server = subprocess.Popen([sshd, "-D", "-f", str(here / "sshd_config"), "-E",
                               str(here / "log")])
    user = subprocess.run(["id", "-un"], capture_output=True, text=True).stdout.strip()
    # The system's client, with nothing of this user's configuration but the key.
    tools = pathlib.Path(folder) / "bin"
    tools.mkdir()
    wrapper = tools / "ssh"
    real = shutil.which("ssh")

    def client(*options):
        wrapper.write_text(f"#!/bin/sh\nexec {real} -F none -o "
                           f"UserKnownHostsFile={here}/known {' '.join(options)} \"$@\"\n")
        wrapper.chmod(0o755)

    old = os.environ["PATH"]
    os.environ["PATH"] = f"{tools}:{old}"
    os.environ.pop("SSH_AUTH_SOCK", None)

    def steps(more, pwd=""):
        return (f"- console:\n    name: s\n    console_name: s\n    steps:\n"
                f"        - open: {{protocol: ssh, ssh_host: 127.0.0.1, ssh_port: {port}, "
                f"ssh_user: {user}{pwd}}}\n{more}")

    talk = ("        - read_until: {expected: never, timeout: 0, no_fail: true, name: clean}\n"
            "        - writeln: echo the answer is $((6*7))\n"
            "        - read_until: {expected: the answer is 42, timeout: 5}\n"
            "        - close:\n")
    try:
        if not await_port(port):
            skip("ssh", "sshd does not start here: " + (here / "log").read_text()[-200:])
            return
        client("-i", f"{here}/key", "-o", "IdentitiesOnly=yes")
        run = passes(folder, "ssh: a key", steps(talk))
        data = [r for r in run.rows() if r[0] == "read_until - clean"]
        result(data and json.loads(data[0][3])["data"] == "", "ssh: nothing is left of the login",
               data)
        client("-i", f"{here}/locked", "-o", "IdentitiesOnly=yes")
        passes(folder, "ssh: a passphrase", steps(talk, ", ssh_pwd: open sesame"))
        fails(folder, "ssh: a wrong passphrase", steps("", ", ssh_pwd: wrong"),
              f"{user}@127.0.0.1", "refused")
        fails(folder, "ssh: no passphrase given", steps(""), "ssh_pwd")
        client("-o", "PubkeyAuthentication=no")
        fails(folder, "ssh: a wrong password", steps("", ", ssh_pwd: not-the-password"),
              f"{user}@127.0.0.1", "refused", within=20)
        client("-i", f"{here}/key", "-o", "IdentitiesOnly=yes")
        fails(folder, "ssh: the session is killed while it is read",
              steps("        - writeln: kill -9 $PPID $$\n"
                    "        - read_until: {expected: never}\n"), "the stream ended")
    finally:
        os.environ["PATH"] = old
        end(server)
    fails(folder, "ssh: nobody listens", steps(""), "could not connect", within=8)


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
    try:
        await_port(port)
        passes(folder, "telnetd: log in and talk", f"""
- console:
    name: t
    console_name: t
    steps:
        - open: {{protocol: telnet, telnet_host: localhost, telnet_port: {port}}}
        - read_until: {{expected: "login: ", timeout: 5}}
        - writeln: operator
        - read_until: {{expected: "Password: ", timeout: 5}}
        - writeln: secret
        - read_until: {{expected: welcome operator, timeout: 5}}
        - writeln: echo $((6*7))
        - read_until: {{expected: "42", timeout: 5}}
        - close:
""")
    finally:
        end(server)


def socat_echo(folder):
    if not shutil.which("socat"):
        skip("socat", "not installed")
        return
    port = free_port()
    server = subprocess.Popen(["socat", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork",
                               "EXEC:cat"])
    try:
        await_port(port)
        passes(folder, "socat: raw TCP echo", f"""
- console:
    name: e
    console_name: e
    steps:
        - open: {{protocol: rawtcp, tcp_host: 127.0.0.1, tcp_port: {port}}}
        - writeln: "grüße"
        - read_until: {{expected: "grüße\\n", timeout: 5}}
        - close:
""")
    finally:
        end(server)


class Line:
    """A pair of terminals by socat: two serial devices, connected."""

    def __init__(self, folder):
        self.a, self.b = (os.path.join(folder, n) for n in ("ttyA", "ttyB"))
        self.process = subprocess.Popen(["socat", f"PTY,link={self.a},raw,echo=0",
                                         f"PTY,link={self.b},raw,echo=0"])
        end = time.monotonic() + 5
        while not (os.path.exists(self.a) and os.path.exists(self.b)):
            if time.monotonic() > end:
                raise RuntimeError("socat makes no terminals")
            time.sleep(0.02)

    def close(self):
        end(self.process)


def serial(folder):
    if not shutil.which("socat"):
        skip("serial", "socat is not installed")
        return
    for baud in (115200, 74880):
        line = Line(folder)
        try:
            passes(folder, f"serial: a line at {baud}", f"""
- console:
    name: a
    console_name: a
    steps:
        - open: {{protocol: serial, serial_port: {line.a}, serial_baudrate: {baud}}}
- console:
    name: b
    console_name: b
    steps:
        - open: {{protocol: serial, serial_port: {line.b}, serial_baudrate: "{baud}"}}
        - writeln: ping
- console:
    name: a again
    console_name: a
    steps:
        - read_until: {{expected: "ping\\n", timeout: 5}}
        - write: "\\x00\\x04\\x11pong"
- console:
    name: b again
    console_name: b
    steps:
        - read_until: {{expected: "\\0\\x04\\x11pong", timeout: 5}}
""")
        finally:
            line.close()
    line = Line(folder)
    timer = threading.Timer(1.0, line.close)
    timer.start()
    fails(folder, "serial: the device goes away", f"""
- console:
    name: a
    console_name: a
    steps:
        - open: {{protocol: serial, serial_port: {line.a}, serial_baudrate: 9600}}
        - read_until: {{expected: never}}
""", "the stream ended")
    timer.join()


def ser2net(folder):
    if not shutil.which("ser2net") or not shutil.which("socat"):
        skip("ser2net", "ser2net or socat is not installed")
        return
    port = free_port()
    line = Line(folder)
    config = os.path.join(folder, "ser2net.yaml")
    pathlib.Path(config).write_text(
        f"connection: &c\n    accepter: telnet,tcp,127.0.0.1,{port}\n    enable: on\n"
        f"    connector: serialdev,{line.a},115200n81,local\n")
    server = subprocess.Popen(["ser2net", "-n", "-d", "-c", config],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if not await_port(port):
            skip("ser2net", "it does not start here")
            return
        time.sleep(0.3)
        passes(folder, "ser2net: a serial line behind telnet", f"""
- console:
    name: net
    console_name: net
    steps:
        - open: {{protocol: telnet, telnet_host: 127.0.0.1, telnet_port: {port}}}
- console:
    name: board
    console_name: board
    steps:
        - open: {{protocol: serial, serial_port: {line.b}, serial_baudrate: 115200}}
        - writeln: hello from the board
- console:
    name: net again
    console_name: net
    steps:
        - read_until: {{expected: from the board, timeout: 5}}
        - writeln: hello board
- console:
    name: board again
    console_name: board
    steps:
        - read_until: {{expected: hello board, timeout: 5}}
""")
    finally:
        end(server)
        line.close()


# ---- recordings ----

def udp_echo(port, answer_to):
    """Answers requests on `port`, to the sender's host at port `answer_to`."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", port))

    def run():
        while True:
            try:
                text, peer = s.recvfrom(65536)
            except OSError:
                return
            request = json.loads(text)
            answer = {"result": request["params"], "error": None, "id": request["id"]}
            s.sendto(json.dumps(answer).encode(), (peer[0], answer_to))

    threading.Thread(target=run, daemon=True).start()
    return s


def shown(rows):
    """Of rows, what a replay must repeat: random ids make no difference, nor do times."""
    return [row for row in rows if row[1] != "default"]


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

    server = Server(serve)
    line = Line(str(here))
    to, back = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    device = udp_echo(to, back)
    steps = f"""
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
        - open: {{protocol: rawtcp, tcp_host: 127.0.0.1, tcp_port: {server.port}}}
        - read_until: {{expected: "ready\\r\\n", timeout: 5}}
        - writeln: one
        - read_until: {{expected: never, timeout: 0.3, no_fail: true}}
        - writeln: two
        - read_until: {{expected: "two\\n", timeout: 5}}
- console:
    name: tel
    console_name: tel
    steps:
        - open: {{protocol: telnet, telnet_host: 127.0.0.1, telnet_port: {server.port}}}
        - read_until: {{expected: "ready\\r\\n", timeout: 5}}
        - writeln: three
        - read_until: {{expected: ["three", "four"], timeout: 5}}
        - close:
- console:
    name: ser
    console_name: ser
    steps:
        - open: {{protocol: serial, serial_port: {line.a}, serial_baudrate: 9600}}
- console:
    name: other
    console_name: other
    steps:
        - open: {{protocol: serial, serial_port: {line.b}, serial_baudrate: 9600}}
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
"""
    try:
        first = Campaign(str(here), steps, "--record", str(here / "tape"))
    finally:
        server.close()
        line.close()
        device.close()
    result(first.status == 0, "a campaign is recorded", first.out[-2000:])
    rows = shown(first.rows())
    again = Campaign(str(here), steps, "--replay", str(here / "tape"))
    result(again.status == 0, "and replayed when the peers are gone", again.out[-3000:])
    result(shown(again.rows()) == rows, "with the same rows",
           *[f"{a}\n{b}" for a, b in zip(rows, shown(again.rows())) if a != b])
    other = Campaign(str(here), steps.replace("writeln: two", "writeln: 2"), "--replay",
                     str(here / "tape"))
    result(other.status == 1 and "differs from the recording" in other.out and
           "a write of 2" in other.out, "another campaign differs, and where", other.out[-2000:])


def main():
    with tempfile.TemporaryDirectory(prefix="tum-peers-") as folder:
        for part in (misbehaving, socat_echo, telnetd, serial, ser2net, record, ssh):
            if len(sys.argv) < 3 or part.__name__ in sys.argv[2:]:
                part(folder)
    print(f"1..{count}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
