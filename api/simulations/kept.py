"""The folder that simulations are kept in: begun, watched, stopped, gone on with.

Each has a folder of its own with all that there is of it, so that nothing is lost when the server
stops. One runs at a time: its process holds a lock on a file, whose text says which it is; what
neither runs nor has ended was interrupted, and can be gone on with.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

from api.files import write_bytes
from api.simulations.asked import OUT, RULES, Asked
from api.simulations.child import ASKED, ENDED, SAID, TROUBLE
from api.simulations.outcome import Outcome, outcome_of, trouble_of
from api.simulations.scenarios import PROGRAM
from marketplace.store.engine import Store, file_of

KEPT: Final = 30
"""So many are kept; of those that have ended the oldest go first."""

SETTING: Final = "GPUMARKET_SIMULATIONS"
DATABASE: Final = "GPUMARKET_DATABASE"
LOCK, PID = "lock", "pid"
OWNER_ALONE: Final = 0o700
TRIES, PAUSE_S = 50, 0.02
"""Whoever looks holds the lock for a moment too."""


class State(StrEnum):
    """How it goes with a simulation."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


class Busy(Exception):
    """Another simulation is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """One, as it is now. ``done``: runs that are finished; ``trouble``: why it failed."""

    id: str
    asked: Asked
    state: State
    done: int
    outcome: Outcome | None = None
    trouble: str = ""

    @property
    def runs(self) -> bool:
        """Whether it is under way."""
        return self.state is State.RUNNING


def folder_of(store: Store, environment: Mapping[str, str]) -> Path | None:
    """Where a market's simulations are kept: in the folder that the environment names, else beside
    the database's file, else (it is on a server) in the user's state; None for one in memory."""
    named, file = environment.get(SETTING), file_of(store)
    if not store.address:
        return None
    if file is not None and not named and not str(file).startswith("file:"):  # SQLite's own way
        return Path(f"{file.absolute()}.simulations")
    home = environment.get("XDG_STATE_HOME") or "~/.local/state"
    folder = Path(named).absolute() if named else Path(home).expanduser() / "gpumarket"
    return folder / sha256(store.where.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Kept:
    """All simulations of a market, in ``folder``. ``program``: what runs its commands."""

    folder: Path
    address: str = field(repr=False)
    program: Sequence[str] = PROGRAM

    def begin(self, asked: Asked) -> str:
        """Begin one; its id. The same again is begun once. Raises ``Busy`` and ``OSError``."""
        id_ = sha256(asked.key.encode()).hexdigest()[:12]
        if self.found(id_) is not None:
            return id_
        self.folder.mkdir(mode=OWNER_ALONE, parents=True, exist_ok=True)
        lock = self._taken(id_)
        try:
            self._forget_old()
            place = self.folder / id_
            place.mkdir(mode=OWNER_ALONE, exist_ok=True)
            (place / RULES).mkdir(exist_ok=True)
            for name, content in {**asked.files, ASKED: asked.content}.items():
                write_bytes(place / name, content)
            self._start(id_, lock)
        finally:
            os.close(lock)
        return id_

    def go_on(self, id_: str) -> None:
        """Go on with one that has not come to its end: runs that are done are kept. Raises ``Busy``
        and ``OSError``."""
        found = self.found(id_)
        if found is None or found.state in {State.RUNNING, State.DONE}:
            return
        lock = self._taken(id_)
        try:
            (self.folder / id_ / ENDED).unlink(missing_ok=True)
            self._start(id_, lock)
        finally:
            os.close(lock)

    def stop(self, id_: str) -> None:
        """End one at once: no run is half done, each is there whole or not at all."""
        if self._running() != id_:
            return
        place = self.folder / id_
        try:
            os.killpg(int((place / PID).read_text()), signal.SIGKILL)
        except (OSError, ValueError):  # it ends, or begins, at this moment
            return
        for _ in range(TRIES):
            if self._running() != id_:
                break
            time.sleep(PAUSE_S)
        if not (place / ENDED).exists():
            write_bytes(place / ENDED, json.dumps({"code": 0, "stopped": True}).encode())

    def listed(self) -> list[Simulation]:
        """All, the newest first."""
        running = self._running()
        places = [one for one in self.folder.glob("*/") if (one / ASKED).is_file()]
        found = [self._read(one.name, running) for one in places]
        known = [one for one in found if one is not None]
        return sorted(known, key=lambda one: (one.asked.at, one.id), reverse=True)

    def found(self, id_: str) -> Simulation | None:
        """One by its id; None where there is none."""
        return self._read(id_, self._running()) if id_.isalnum() else None

    def report(self, id_: str) -> bytes | None:
        """The report of one that is done."""
        found = self.found(id_)
        if found is None or found.state is not State.DONE:
            return None
        with suppress(OSError):
            return (self.folder / id_ / OUT / "report.html").read_bytes()
        return None

    def _read(self, id_: str, running: str) -> Simulation | None:
        place = self.folder / id_
        try:
            asked = Asked.read((place / ASKED).read_bytes())
        except (OSError, ValueError, TypeError):
            return None
        runs = (place / OUT / "runs").glob("[!.]*/")
        done, ended = sum(1 for _ in runs), _ended(place)
        if id_ == running:
            return Simulation(id=id_, asked=asked, state=State.RUNNING, done=done)
        if ended is None or ended.get("stopped"):
            state = State.INTERRUPTED if ended is None else State.STOPPED
            return Simulation(id=id_, asked=asked, state=state, done=done)
        outcome = outcome_of(_content(place / SAID))
        trouble = "" if outcome else trouble_of(_content(place / TROUBLE))
        state = State.DONE if outcome else State.FAILED
        return Simulation(
            id=id_, asked=asked, state=state, done=done, outcome=outcome, trouble=trouble
        )

    def _running(self) -> str:
        """Which is under way; empty where none is."""
        try:
            file = (self.folder / LOCK).open("rb")
        except OSError:
            return ""
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read().decode(errors="replace").strip()
        return ""

    def _taken(self, id_: str) -> int:
        """The lock, taken for that one: an open file. Raises ``Busy``."""
        lock = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        for _ in range(TRIES):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(PAUSE_S)
                continue
            os.ftruncate(lock, 0)
            os.pwrite(lock, id_.encode(), 0)
            return lock
        os.close(lock)
        raise Busy

    def _start(self, id_: str, lock: int) -> None:
        """Start its process, which has the lock from us, and leaves it when it ends."""
        place = self.folder / id_
        words = [sys.executable, "-P", "-m", "api.simulations.child", str(place), str(lock)]
        child = subprocess.Popen(  # noqa: S603 - this very program
            [*words, *self.program],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, DATABASE: self.address},
            pass_fds=[lock],
            start_new_session=True,
        )
        write_bytes(place / PID, str(child.pid).encode())
        threading.Thread(target=child.wait, daemon=True).start()

    def _forget_old(self) -> None:
        for one in self.listed()[KEPT - 1 :]:
            if not one.runs:
                shutil.rmtree(self.folder / one.id, ignore_errors=True)


def _ended(place: Path) -> dict[str, object] | None:
    try:
        said = json.loads((place / ENDED).read_bytes())
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
