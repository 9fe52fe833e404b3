# SPDX-License-Identifier: Apache-2.0
"""A terminal of our own: a pseudo terminal, and a model of the screen that knows the few
codes tum uses. A code it does not know fails the test."""
import codecs
import fcntl
import os
import pty
import re
import select
import struct
import termios
import time
import unicodedata

PATIENCE = 60  # for what must come; nothing waits this long when all is well
CODES = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]|[^\x1b]|\x1b", re.S)


def wide(char):
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class Screen:
    """Lines on a terminal: text, line ends, colours, moving, clearing below."""

    def __init__(self, columns):
        self.columns, self.rows, self.row, self.column = columns, [[]], 0, 0
        self.deepest = 0  # rows that were ever begun

    def put(self, char):
        width = wide(char)
        if width == 0:
            return
        if self.column + width > self.columns:
            self.new_row()
            self.column = 0
        row = self.rows[self.row]
        row.extend(" " * (self.column + width - len(row)))
        row[self.column] = char
        if width == 2:
            row[self.column + 1] = ""
        self.column += width

    def new_row(self):
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append([])
        self.deepest = max(self.deepest, self.row)

    def code(self, part):
        argument = int(part[2:-1]) if part[2:-1].isdigit() else 0
        if part[-1] == "m" or re.fullmatch(r"\x1b\[\?(2004|25|47)[hl]", part):
            pass
        elif part == "\x1b[J":
            self.rows[self.row] = self.rows[self.row][:self.column]
            del self.rows[self.row + 1:]
        elif part[-1] == "A" and argument > 0:
            self.row -= argument
            if self.row < 0:
                raise ValueError("the cursor left the screen")
        elif part[-1] == "C" and argument > 0:
            self.column += argument
            if self.column >= self.columns:
                raise ValueError("the cursor left the line")
        else:
            raise ValueError(f"unknown code {part!r}")

    def feed(self, text):
        for part in CODES.findall(text):
            if part == "\r":
                self.column = 0
            elif part == "\n":
                self.new_row()
            elif part.startswith("\x1b"):
                self.code(part)
            else:
                self.put(part)
        return self

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.rows).rstrip("\n")

    def before_cursor(self):
        """The row with the cursor, up to it."""
        return "".join(self.rows[self.row][:self.column])


class Terminal:
    """A program on a pseudo terminal, its controlling one."""

    def __init__(self, argv, folder, columns=100, rows=24, env=()):
        self.out, self.status, self.columns = "", None, columns
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            for name in ("NO_COLOR", "FORCE_COLOR", "COLORFGBG", "VISUAL", "EDITOR",
                         "TMUX", "TERM_PROGRAM", "COLORTERM", "KITTY_WINDOW_ID"):
                os.environ.pop(name, None)
            os.environ["TERM"] = "xterm"
            os.environ.update(env)
            os.read(0, 1)  # the size is set first
            os.execv(argv[0], argv)
        attributes = termios.tcgetattr(self.fd)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(self.fd, termios.TCSANOW, attributes)
        self.resize(columns, rows)
        os.write(self.fd, b"\n")

    def resize(self, columns, rows=24):
        self.columns = columns
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def modes(self):
        """Whether lines are waited for, keys are shown, and control-C is a signal."""
        return [bool(termios.tcgetattr(self.fd)[3] & bit)
                for bit in (termios.ICANON, termios.ECHO, termios.ISIG)]

    def read_more(self, patience=PATIENCE):
        """False at the end of the program."""
        ready, _, _ = select.select([self.fd], [], [], patience)
        if not ready:
            raise TimeoutError(f"nothing more came after {self.out[-2000:]!r}")
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.out += self.decoder.decode(data)
        return data != b""

    def until(self, pattern, start=0):
        """Reads until the pattern is found past `start`; its end."""
        while True:
            match = re.search(pattern, self.out[start:])
            if match:
                return start + match.end()
            if not self.read_more():
                raise EOFError(f"{pattern!r} never came in {self.out[-2000:]!r}")

    def settle(self, quiet):
        """Reads until nothing comes for so long."""
        while select.select([self.fd], [], [], quiet)[0] and self.read_more():
            pass

    def type(self, keys):
        os.write(self.fd, keys.encode() if isinstance(keys, str) else keys)

    def screen(self):
        return Screen(self.columns).feed(self.out)

    def until_screen(self, test, what=""):
        """Reads until the screen passes the test (a function, or a text it shows)."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                screen = self.screen()
                good = test(screen) if callable(test) else test in screen.text()
            except (ValueError, IndexError):
                good = False  # in the middle of a code
                if time.monotonic() > end:
                    raise
            if good:
                return screen
            if not self.read_more(max(0.1, end - time.monotonic())):
                raise EOFError(f"{what or test!r} never came: {screen.text()[-2000:]}")

    def end(self):
        while self.read_more():
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        self.status = os.waitstatus_to_exitcode(status)
        return self.status
