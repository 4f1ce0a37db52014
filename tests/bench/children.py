"""A program run in a process of its own: its output, its time, its memory, and an end."""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a child: ``code`` is its exit status, negative for a signal; ``cpu_s`` is the
    processor time of it, and of those children of its own for which it waited."""

    code: int
    out: str
    err: str
    wall_s: float
    peak_mb: float
    killed: bool
    cpu_s: float

    @property
    def complaint(self) -> str:
        """The last line that it wrote to stderr, or its exit status."""
        lines = self.err.strip().splitlines()
        return lines[-1].strip() if lines else f"exit status {self.code}"


def run(words: Sequence[str], limit_s: float, env: Mapping[str, str] | None = None) -> Ran:
    """Run a program from the repository's root, and kill it and its children after ``limit_s``.

    ``env`` is what its environment has beside ours. Ctrl-C kills it too, and goes on to the caller.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began_s = time.perf_counter()
        child = subprocess.Popen(
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
        late = threading.Event()

        def kill() -> None:
            late.set()
            _kill(child.pid)

        watch = threading.Timer(limit_s, kill)
        watch.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            _kill(child.pid)
            child.wait()
            raise
        finally:
            watch.cancel()
        wall_s = time.perf_counter() - began_s
        child.returncode = os.waitstatus_to_exitcode(status)
        return Ran(
            child.returncode,
            _said(out),
            _said(err),
            wall_s,
            peak_mb=usage.ru_maxrss / 1024,
            killed=late.is_set(),
            cpu_s=usage.ru_utime + usage.ru_stime,
        )


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _said(stream: IO[str]) -> str:
    stream.seek(0)
    return stream.read()
