"""A virtual environment for each peer, made once, with one version of it and what that needs."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench import children

PATIENCE_S: Final = 900.0
MARK: Final = "installed.txt"
"""Says in an environment what is in it, once all of it is."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A simulator of others: the distribution and its version, and the program that drives it."""

    name: str
    version: str
    driver: Path

    @property
    def requirement(self) -> str:
        return f"{self.name}=={self.version}"


HERE: Final = Path(__file__).parent
ACCASIM: Final = Peer("accasim", "1.1.3", HERE / "run_accasim.py")
ASSUME: Final = Peer("assume-framework", "0.6.0", HERE / "run_assume.py")


class NotThere(Exception):
    """A peer that could not be installed: why."""


def python_of(peer: Peer, folder: Path) -> Path:
    """The Python of the peer's environment under ``folder``, made where it is not there yet.

    Raises ``NotThere`` with what the installer said last.
    """
    home = folder / peer.name
    found = home / "bin" / "python"
    mark = home / MARK
    there = found.exists() and mark.is_file()  # the Python that it was made from may be gone
    if there and mark.read_text(encoding="utf-8") == peer.requirement:
        return found
    shutil.rmtree(home, ignore_errors=True)
    home.parent.mkdir(parents=True, exist_ok=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", peer.requirement]
    for words in ([sys.executable, "-m", "venv", str(home)], [str(found), *install]):
        ran = children.run(words, PATIENCE_S)
        if ran.code:
            raise NotThere(ran.complaint)
    mark.write_text(peer.requirement, encoding="utf-8")
    return found
