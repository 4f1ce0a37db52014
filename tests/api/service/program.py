"""``gpumarket serve`` as a process of its own: started, waited for, stopped or killed."""

import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2
import pytest

from tests import forked
from tests.forked import Forked

PROGRAM: Final = (sys.executable, "-c", "from api.cli import main; main()")
PATIENCE_S: Final = 60
Line = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A running server: its process, where it listens, and the file of all that it says."""

    child: Forked
    where: str
    log: Path

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            assert self.child.poll() is None, self.log.read_text()
            try:
                httpx2.get(f"{self.where}/v1/me")
            except httpx2.TransportError:
                time.sleep(0.05)
            else:
                return
        pytest.fail(f"nobody answers: {self.log.read_text()}")

    def kill(self) -> None:
        """End it as a power cut does."""
        self.child.kill()
        self.child.wait(PATIENCE_S)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self.child.send_signal(signal.SIGINT)
        self.child.wait(PATIENCE_S)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def start(
    folder: Path,
    *more: str,
    database: str = "",
    port: int = 0,
    log: str = "log",
    program: Line = PROGRAM,
) -> Program:
    """Start the program in a folder, saying all to the file ``log`` there."""
    port = port or free_port()
    root = ("--database", database) if database else ()
    line = [*program, *root, "serve", "--port", str(port), *more]
    with (folder / log).open("a") as told:
        child = forked.start(line, folder, told)
    return Program(child, f"http://127.0.0.1:{port}", folder / log)


@contextmanager
def serving(folder: Path, *more: str, program: Line = PROGRAM) -> Iterator[tuple[Forked, str]]:
    """The program, serving: it, and where."""
    (folder / "log").unlink(missing_ok=True)
    running = start(folder, *more, program=program)
    try:
        running.wait()
        yield running.child, running.where
    finally:
        running.stop()
