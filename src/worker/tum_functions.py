# SPDX-License-Identifier: Apache-2.0
"""The worker that calls functions; follows tum_common.py.

The process that gets this text is a parent of workers: it imports what every worker
needs, has no threads, runs no user code, and forks a child for each request. So a call
finds what a new interpreter would give it, at the price of a fork. The child either
serves one call, without any thread of ours, and ends (no context), or it serves calls until its
link is closed (a context), with a thread that reads the link when calls may overlap.
"""

import _signal
import _socket
import gc
import importlib
import importlib.machinery
import importlib.util
import select
import stat
import threading
import types

try:
    import faulthandler
except ImportError:
    faulthandler = None

# Asks a worker to say where it is, before it is asked to end.
DUMP_SIGNAL = 63
PORT, PORTS = 5678, 20
DEBUG_PATIENCE = 3600

_fork, _waitpid = os.fork, os.waitpid


class Refused(Exception):
    """The call could not be made; str() is for the user."""


class NoDebugger(Refused):
    """There is nothing to debug with, which is also worth a warning."""


class Untold(Exception):
    """The call was made, what came of it cannot be told; str() is for the user."""


# ---- the link of a worker ------------------------------------------------------------


class FuncLink(Link):
    """Without threads, whoever asks reads; else a thread of ours reads for all."""

    def __init__(self, fd, keep, threads):
        super().__init__(fd)
        self.keep = keep
        # A handler of a signal may print while the thread it interrupts does.
        self.sending = _thread.RLock()
        self.asking = _new_lock()
        self.threads = threads
        self.main_free = True
        self.job = None
        self.job_given = _new_lock()
        self.unread = bytearray()

    def receive(self):
        # What was read is kept when a handler of a signal raises in between.
        unread = self.unread
        try:
            while True:
                size = int.from_bytes(unread[:4], "big") + 4
                if len(unread) >= size > 4:
                    text = unread[4:size].decode("utf-8", "surrogatepass")
                    del unread[:size]
                    return value_of(text)
                part = _read(self.fd, 1 << 16)
                if not part:
                    self.leave()
                unread += part
        except OSError:
            self.leave()

    def await_answer(self, waiting):
        if self.threads:
            waiting[0].acquire()
            return
        with self.asking:
            while waiting[1] is None:
                message = self.receive()
                if "op" in message:
                    self.begin_thread(message)
                else:
                    self.note(message)

    def begin_thread(self, message):
        threading.Thread(target=self.run, args=(message,), daemon=True).start()

    def read_for_all(self):
        while True:
            message = self.receive()
            if "op" not in message:
                self.note(message)
            elif self.main_free:
                self.main_free = False
                self.job = message
                self.job_given.release()
            else:
                self.begin_thread(message)

    def serve(self):
        while not self.threads:
            try:
                with self.asking:
                    message = self.receive()
            except BaseException:
                continue  # a handler of user code raised between two calls
            if "op" not in message:
                self.note(message)
                continue
            self.run(message)
            if not self.keep:
                _exit(0)
        self.job_given.acquire()
        _thread.start_new_thread(self.read_for_all, ())
        while True:
            try:
                self.job_given.acquire()
            except BaseException:
                continue
            self.run(self.job)
            self.main_free = True

    def run(self, message):
        call = Call(self, message["call"])
        call.lock = _thread.RLock()
        self.calls.begin(call)
        try:
            try:
                inside = operations[message["op"]](message)
            except Refused as e:
                inside = '"refused": ' + _dumps(without_surrogates(str(e)))
                if isinstance(e, NoDebugger):
                    inside += ', "warn": true'
            except Untold as e:
                inside = '"untold": ' + _dumps(without_surrogates(str(e)))
            except BaseException as e:
                inside = told_exception(e)
        finally:
            flush_replaced()
            self.calls.end(call)
        try:
            call.flush()
            flush_originals()
            try:
                self.reply(call, inside)
            except NotPlain as e:
                self.reply(call, '"untold": ' + _dumps(e.told("result")))
        except OSError:
            _exit(0)


class Host:
    """What py_func.tm asks."""

    def __init__(self, link, main_dir):
        self.link = link
        self.main_dir = main_dir

    def get(self, name, default):
        return member_value(self.link.ask("gd", name), default)

    def set(self, name, value):
        """False: the value cannot be told."""
        try:
            plain_text(value)
        except NotPlain:
            return False
        self.link.ask("setgd", name, value, given=True)
        return True

    def delete(self, name):
        self.link.ask("delgd", name)

    def timestamp(self):
        return self.link.ask("timestamp")["value"]

    def init_timestamp(self):
        self.link.ask("init_timestamp")

    def add_plot(self, plot, values):
        self.link.ask("add_plot_values", plot, values, given=True)

    def last_plot(self, plot):
        return member_value(self.link.ask("last_plot_value", plot))


# ---- what went wrong -----------------------------------------------------------------

# Folders and files of ours, whose frames are not shown.
own_files = ["<tum>"]


def is_own(name):
    return any(name.startswith(own) for own in own_files)


def drop_own_frames(error, seen):
    """Takes our frames out of a traceback.TracebackException and all it holds."""
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    frames = [frame for frame in error.stack if not is_own(frame.filename)]
    error.stack[:] = frames
    for inner in [error.__cause__, error.__context__] + (
        getattr(error, "exceptions", None) or []
    ):
        drop_own_frames(inner, seen)


def traceback_text(e):
    import traceback

    error = traceback.TracebackException(type(e), e, e.__traceback__)
    drop_own_frames(error, set())
    text = "".join(error.format())
    head = "Traceback (most recent call last):\n"
    if not error.stack and text.startswith(head):
        text = text[len(head) :]
    return text.rstrip("\n")


def told_exception(e):
    """The reply that an exception of user code makes."""
    try:
        text = str(e)[:TEXT_LIMIT]
    except BaseException:
        text = ""
    try:
        trace = traceback_text(e)
    except BaseException:
        trace = "%s: %s" % (type(e).__name__, text)
    if len(trace) > TEXT_LIMIT:
        trace = trace[: TEXT_LIMIT // 2] + "\n...\n" + trace[-TEXT_LIMIT // 2 :]
    told = {
        "type": type(e).__name__,
        "text": without_surrogates(text),
        "traceback": without_surrogates(trace),
    }
    return '"raised": ' + _dumps(told)


# ---- functions -----------------------------------------------------------------------

# Code of function files by path, with the facts of the file it was compiled of.
compiled = {}


def code_of(path, facts):
    facts = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
    known = compiled.get(path)
    if known is None or known[0] != facts:
        with open(path, "rb") as file:
            source = file.read()
        known = (facts, compile(source, path, "exec", dont_inherit=True))
        compiled[path] = known
    return known[1]


def load_file(path, name=None):
    """Executes a Python file, of which tum has resolved the links, as a module that
    nobody else has."""
    try:
        facts = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise Refused("the file '%s' does not exist" % path)
    except OSError as e:
        raise Refused("the file '%s' cannot be read: %s" % (path, e.strerror))
    if not stat.S_ISREG(facts.st_mode):
        raise Refused("the file '%s' is no file" % path)
    folder = os.path.dirname(path)
    if folder not in sys.path:
        sys.path.append(folder)
    importlib.invalidate_caches()
    try:
        code = code_of(path, facts)
    except OSError as e:
        raise Refused("the file '%s' cannot be read: %s" % (path, e.strerror))
    if name is None:
        name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None:
        loader = importlib.machinery.SourceFileLoader(name, path)
        spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    module = types.ModuleType(name)
    module.__spec__ = spec
    module.__loader__ = spec.loader
    module.__file__ = path
    module.__package__ = ""
    exec(code, module.__dict__)
    return module


def find_class(module, name):
    base = tm.FunctionItem

    def fits(member):
        return isinstance(member, type) and issubclass(member, base)

    member = vars(module).get(name)
    if fits(member) and member is not base:
        return member
    for member in vars(module).values():
        if fits(member) and member is not base and member.__name__ == name:
            return member
    return None


def callables_of(module, path):
    names = [
        name
        for name, member in vars(module).items()
        if callable(member)
        and not name.startswith("_")
        and getattr(member, "__module__", None) == module.__name__
    ]
    return ", ".join(sorted(names)) or "nothing that can be called"


def mismatch(function, params):
    """Why params do not fit a function; None: they do, or nobody knows."""
    import inspect

    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*params)
    except TypeError as e:
        return signature, e
    return None


def line_of(function):
    """Where it is defined, as it stands behind a path; "" when nobody knows."""
    import inspect

    function = inspect.unwrap(function)
    if isinstance(function, type):
        function = function.__init__
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return " (line %d)" % code.co_firstlineno if code is not None else ""


def refuse_mismatch(wrong, params, function, name, path):
    raise Refused(
        "'%s%s' of '%s'%s cannot be called with %r: %s"
        % (name, wrong[0], path, line_of(function), list(params), wrong[1])
    )


def call_checked(function, params, name, path):
    # Most functions check their arguments themselves, before any of their code runs.
    # Those that tell a signature which is not that of their own code do not.
    if hasattr(function, "__wrapped__") or hasattr(function, "__signature__"):
        wrong = mismatch(function, params)
        if wrong is not None:
            refuse_mismatch(wrong, params, function, name, path)
    try:
        return function(*params)
    except TypeError as e:
        # Raised by a frame below ours, it is about something else.
        wrong = None
        if e.__traceback__.tb_next is None:
            wrong = mismatch(function, params)
        if wrong is None:
            raise
    refuse_mismatch(wrong, params, function, name, path)


def reported_text(values):
    """JSON of the reported values."""
    parts = []
    for key, value in dict(values).items():
        try:
            if isinstance(key, str):
                key = without_surrogates(key)
            parts.append(key_text(key) + ": " + clean_text(value))
        except NotPlain as e:
            raise Untold(e.told("reported value %r" % (key,))) from None
    return "{" + ", ".join(parts) + "}"


def debugger_of(wanted):
    """The module debugpy, which listens; Refused: why it does not."""
    port = wanted["port"]
    try:
        import debugpy
    except ImportError:
        raise NoDebugger(
            "'debug': the module 'debugpy' is not installed for %s" % sys.executable
        )
    except Exception as e:
        raise NoDebugger(
            "'debug': the module 'debugpy' of %s cannot be imported: %s: %s"
            % (sys.executable, type(e).__name__, e)
        )
    if getattr(tm, "_debugged", None):
        return debugpy
    for number in range(port, min(port + PORTS, 65536)):
        try:
            debugpy.listen(("localhost", number))
        except (OSError, RuntimeError):
            continue
        tm._debugged = number
        break
    else:
        raise NoDebugger(
            "'debug': no free port on localhost from %d to %d"
            % (port, min(port + PORTS, 65536) - 1)
        )
    if tm._debugged != port:
        print("Port %d is busy." % port)
    return debugpy


def wait_for_debugger(wanted):
    debugpy = debugger_of(wanted)
    connected = getattr(debugpy, "is_client_connected", lambda: False)
    if connected():
        return
    print(
        "Waiting for a debugger on localhost:%d; stop the run to cancel." % tm._debugged
    )
    sys.stdout.flush()
    late = []

    def give_up():
        late.append(True)
        debugpy.wait_for_client.cancel()

    # What waits for the client is a thread of debugpy; it is told to give up by us.
    timer = threading.Timer(DEBUG_PATIENCE, give_up)
    timer.daemon = True
    timer.start()
    debugpy.wait_for_client()
    timer.cancel()
    if late and not connected():
        raise NoDebugger("'debug': no debugger came within an hour")


def call_function(message):
    name, params = message["name"], message["params"]
    results = message.get("results", "all")
    if message.get("debug"):
        wait_for_debugger(message["debug"])
    module = load_file(message["file"])
    path = module.__file__
    cls = find_class(module, name)
    reported = ""
    if cls is not None:
        item = cls()
        value = call_checked(item.exec, params, name + ".exec", path)
        values = item.reportedValues()
        if results == "all":
            reported = ', "reported": ' + reported_text(values)
    else:
        function = vars(module).get(name)
        if not callable(function):
            raise Refused(
                "there is no function '%s' in '%s'; it has: %s"
                % (name, path, callables_of(module, path))
            )
        value = call_checked(function, params, name, path)
    if results == "none":
        return '"value": null'
    try:
        return value_member(value, clean=True) + reported
    except NotPlain as e:
        if isinstance(value, types.CoroutineType):
            value.close()  # else it complains that nobody awaited it
        raise Untold(e.told("result")) from None


operations = {"func": call_function}

# ---- a worker ------------------------------------------------------------------------

tm = None  # the module py_func.tm


def be_worker(link_number, raw, request):
    """Never returns."""
    os.dup2(raw, 1)
    os.dup2(raw, 2)
    os.close(raw)
    try:
        os.setpgid(0, 0)
    except OSError:
        pass
    if adopt is not None:
        adopt()
    if faulthandler is not None:
        faulthandler.register(DUMP_SIGNAL, file=2, all_threads=True, chain=False)
    keep = bool(request.get("keep"))
    link = FuncLink(link_number, keep, keep and bool(request.get("threads")))
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=link.after_fork)
    sys.stdout = Stream(link, 1, "<stdout>")
    sys.stderr = Stream(link, 2, "<stderr>")
    tm._host = Host(link, setup["main_dir"])
    begin = kinds.get(request.get("kind"))
    if begin is not None:
        begin(request)
    hello = {
        "protocol": PROTOCOL,
        "name": "python",
        "version": "%d.%d.%d" % sys.version_info[:3],
        "program": sys.executable,
        "can": sorted(operations),
    }
    link.send('{"hello": %s}' % _dumps(hello))
    link.serve()


# What a kind of worker does before it greets.
kinds = {}

# ---- the parent of workers -----------------------------------------------------------

setup = None
# Makes what a worker starts stay below it, so that all of it can be found; or None.
adopt = None


def find_adopt():
    try:
        import ctypes

        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except Exception:
        return None
    return lambda: prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


class Parent:
    def __init__(self, fd):
        self.socket = _socket.socket(fileno=fd)
        self.children = {}  # pid: the pipe its end is told through
        self.wakeup = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        _signal.signal(_signal.SIGCHLD, lambda *_: None)
        _signal.set_wakeup_fd(self.wakeup[1], warn_on_full_buffer=False)

    def receive(self):
        """A request and its descriptors; None at the end."""
        data, extra, _, _ = self.socket.recvmsg(
            1 << 16, _socket.CMSG_SPACE(3 * 4), _socket.MSG_CMSG_CLOEXEC
        )
        if not data:
            return None
        fds = []
        for level, kind, content in extra:
            if level == _socket.SOL_SOCKET and kind == _socket.SCM_RIGHTS:
                for at in range(0, len(content) - 3, 4):
                    fds.append(int.from_bytes(content[at : at + 4], sys.byteorder))
        return value_of(data[4:].decode()), fds

    def fork(self, request, fds):
        link, raw, status = fds
        try:
            pid = _fork()
        except OSError as e:
            _write(status, b"E" + str(e).encode() + b"\n")
            for fd in fds:
                os.close(fd)
            return
        if pid != 0:
            os.close(link)
            os.close(raw)
            self.children[pid] = status
            self.tell(status, b"P%d\n" % pid)
            return
        try:
            _signal.set_wakeup_fd(-1)
            _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
            self.socket.close()
            for fd in list(self.children.values()) + [status, *self.wakeup]:
                os.close(fd)
            self.children.clear()
            be_worker(link, raw, request)
        except BaseException:
            os.write(2, traceback_text(sys.exc_info()[1]).encode() + b"\n")
        finally:
            _exit(1)

    def tell(self, fd, text):
        try:
            _write(fd, text)
        except OSError:
            pass  # nobody is interested any more

    def reap(self):
        while self.children:
            try:
                pid, status = _waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            fd = self.children.pop(pid, None)
            if fd is not None:
                self.tell(fd, b"S%d\n" % status)
                os.close(fd)

    def serve(self):
        poll = select.poll()
        poll.register(self.socket.fileno(), select.POLLIN)
        poll.register(self.wakeup[0], select.POLLIN)
        open_ = True
        while open_ or self.children:
            for fd, _ in poll.poll():
                if fd == self.wakeup[0]:
                    _read(fd, 4096)
                    continue
                request = self.receive()
                if request is None:
                    open_ = False
                    poll.unregister(self.socket.fileno())
                else:
                    self.fork(*request)
            self.reap()
        _exit(0)


def prepare():
    """What workers have in common, of the set-up message."""
    global tm, ETUMRuntimeError, adopt
    sys.argv[:] = [""]
    for name in ("read", "os", "sys"):
        vars(sys.modules["__main__"]).pop(name, None)
    sys.path.insert(0, setup["runtime"])
    sys.path.extend(folder for folder in setup["include"] if folder not in sys.path)
    os.environ["PYTHONPATH"] = setup["pythonpath"]
    own_files.append(setup["runtime"])
    writes = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    import py_func.tm

    sys.dont_write_bytecode = writes
    tm = py_func.tm
    ETUMRuntimeError = tm.ETUMRuntimeError
    adopt = find_adopt()


def main():
    global setup
    os.set_inheritable(link_fd, False)  # put here by the few lines that received this
    setup = Link(link_fd).receive()
    prepare()
    parent = Parent(link_fd)
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()
    parent.serve()
