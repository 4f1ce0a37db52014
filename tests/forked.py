"""Python programs without the seconds of their start: forked from one that has imported it all.

Each is a process of its own, killed, stopped and waited for as any other; only what it would
import first is there already. Whatever is about the start itself needs a real one.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any, Final, NoReturn

ROOT: Final = Path(__file__).parents[1]
IMPORTED: Final = (
    *("api.app", "api.cli", "api.service.server", "sim.door", "uvicorn"),
    *("sqlalchemy.dialects.sqlite", "tests.marketplace.hands"),
)
"""What programs would import first."""


WAY: Final = "GPUMARKET_TESTS_FORK"
"""Where a stand-in finds the number of the open way to the process that forks."""


class Forked:
    """A running program; what ``subprocess.Popen`` tells of one."""

    def __init__(self, line: Sequence[str], cwd: Path, streams: tuple[int, int, int]) -> None:
        """``line`` is what would start it: an interpreter, ``-c``, its text, and its arguments."""
        _, dash_c, text, *arguments = line
        assert dash_c == "-c"
        asked = {"text": text, "arguments": arguments, "environment": dict(os.environ)}
        self._told, theirs = os.pipe()
        with tempfile.TemporaryFile() as said:
            said.write(json.dumps(asked | {"folder": str(cwd)}).encode())
            said.flush()
            socket.send_fds(_way(), [b"fork"], [said.fileno(), *streams, theirs])
        os.close(theirs)
        self.returncode: int | None = None
        self.pid = int(self._line())

    def poll(self) -> int | None:
        """How it has ended; None while it runs."""
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self._ended()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ends: how it has."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self._ended()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, where it still runs."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.send_signal(signal.SIGKILL)

    def _ended(self) -> None:
        self.returncode = int(self._line())
        os.close(self._told)

    def _line(self) -> bytes:
        found = b""
        while not found.endswith(b"\n"):
            more = os.read(self._told, 1)
            assert more, "the process that forks is gone"
            found += more
        return found


def start(line: Sequence[str], cwd: Path, log: IO[Any]) -> Forked:
    """Start a program in a folder that says all to one file."""
    with Path(os.devnull).open() as nothing:
        return Forked(line, cwd, (nothing.fileno(), log.fileno(), log.fileno()))


class Told:
    """A running program whose words are kept."""

    def __init__(self, line: Sequence[str], out: int | None = None) -> None:
        """``out``: where its output goes, instead of being kept."""
        self._line = list(line)
        self._out = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed when it has ended
        self._err = tempfile.TemporaryFile("w+")  # noqa: SIM115
        with Path(os.devnull).open() as nothing:
            streams = nothing.fileno(), out or self._out.fileno(), self._err.fileno()
            self.program = Forked(line, Path.cwd(), streams)

    def said(self) -> str:
        """What it has said so far."""
        return os.pread(self._out.fileno(), 1_000_000, 0).decode()

    def ended(self, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Wait until it ends: how it has, and what it said."""
        code = self.program.wait(timeout)
        with self._out as out, self._err as err:
            for one in (out, err):
                one.seek(0)
            return subprocess.CompletedProcess(self._line, code, out.read(), err.read())


def run(line: Sequence[str], out: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, as ``subprocess.run`` does."""
    return Told(line, out).ended()


def stand_in(folder: Path, name: str, text: str) -> dict[str, str]:
    """Write a program that a shell may call, which has ``text`` run by one that is forked: the
    environment that it needs."""
    called = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import tests.forked as one"
    (folder / name).write_text(f"#!{sys.executable} -S\n{called}; one.handed_on({text!r})\n")
    (folder / name).chmod(0o755)
    os.set_inheritable(_way().fileno(), True)  # noqa: FBT003
    path = f"{folder}:{os.environ['PATH']}"
    return dict(os.environ) | {WAY: str(_way().fileno()), "PATH": path}


def handed_on(text: str) -> NoReturn:
    """In a stand-in: end as the forked program ends."""
    program = Forked(("", "-c", text, *sys.argv[1:]), Path.cwd(), (0, 1, 2))
    sys.exit(program.wait())


@cache
def _way() -> socket.socket:
    """The way to the process that forks, which ends when it is closed."""
    if WAY in os.environ:
        return socket.socket(fileno=int(os.environ.pop(WAY)))
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    text = f"import sys; sys.path[0] = {str(ROOT)!r}; import tests.forked as one; one.serve()"
    with theirs:
        child = subprocess.Popen(
            [sys.executable, "-c", text], stdin=theirs.fileno(), stdout=subprocess.DEVNULL, cwd=ROOT
        )

    def end() -> None:
        ours.close()
        child.wait()

    atexit.register(end)
    return ours


def serve() -> None:
    """The process that forks: it returns in each program that it forks, to run it."""
    from api.compiled import place_cache

    place_cache()
    for name in IMPORTED:
        importlib.import_module(name)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    way = socket.socket(fileno=0)
    while True:
        asked, handed, *_ = socket.recv_fds(way, 16, 5)
        if not asked:
            os._exit(0)
        if os.fork() == 0:
            way.close()
            _keep(*handed)
            return
        for one in handed:
            os.close(one)


def _keep(said: int, into: int, out: int, err: int, tells: int) -> None:
    """Fork the program, and return there; tell of its end here."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if pid := os.fork():
        for one in (said, into, out, err):
            os.close(one)
        _tell(pid, tells)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.close(tells)
    with os.fdopen(said, "rb") as more:
        more.seek(0)
        asked = json.load(more)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["-c", *asked["arguments"]]
    for number, one in enumerate((into, out, err)):
        os.dup2(one, number)
    for one in {into, out, err} - {0, 1, 2}:
        os.close(one)
    exec(asked["text"], {"__name__": "__main__"})  # noqa: S102 - as the interpreter would


def _tell(pid: int, tells: int) -> NoReturn:
    os.write(tells, b"%d\n" % pid)
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(BrokenPipeError):
        os.write(tells, b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)
