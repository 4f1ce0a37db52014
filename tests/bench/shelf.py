"""Where problem files are: our own, made when asked for, and those of a folder beside us."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from tests.bench.columns import content, digest
from tests.bench.families import FAMILIES
from tests.bench.families.wire import Document, every, to_bytes

OWN: Final = "own-"
EVERY: Final = "-every-"


class NoSuchProblem(ValueError):
    """A name that is neither a family's nor a file's; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """``made``: the folder of files that the bench writes. ``shared``: another bench, or none."""

    made: Path
    shared: Path | None

    @property
    def verifier(self) -> Path | None:
        """The other bench's own check of outcomes, where it has one."""
        return self._beside("verify.py")

    @property
    def peers(self) -> Path | None:
        """The other bench's own peers, where it has them."""
        return self._beside("peers.py")

    def _beside(self, name: str) -> Path | None:
        return self.shared / name if self.shared and (self.shared / name).is_file() else None

    def given(self, family: str, bids: int) -> list[str]:
        """The names of the other bench's files of one family and size."""
        if self.shared is None:
            return []
        found = (self.shared / "problems").glob(f"{family}-{bids}-*.json.gz")
        return sorted(path.name.removesuffix(".json.gz") for path in found)

    def path(self, name: str) -> Path:
        """The file called ``name``; made first where it is ours and not there.

        ``own-FAMILY-BIDS-SEED`` is ours; ``NAME-every-K`` is every K-th bid of NAME, with each
        capacity divided by K; all else is the other bench's. Raises ``NoSuchProblem``.
        """
        mine = self.made / families_version() / f"{name}.json.gz"
        if not name.startswith(OWN) and EVERY not in name:
            there = self.shared / "problems" / f"{name}.json.gz" if self.shared else None
            if there is None or not there.is_file():
                raise NoSuchProblem(f"{name}: no such file; ours are called own-FAMILY-BIDS-SEED")
            return there.resolve()
        fresh = to_bytes(self._document(name)) if not mine.exists() else None
        if fresh is not None:
            mine.parent.mkdir(parents=True, exist_ok=True)
            beside = mine.with_suffix(".part")
            beside.write_bytes(fresh)
            beside.replace(mine)
        return mine

    def _document(self, name: str) -> Document:
        whole, _, step = name.rpartition(EVERY)
        if whole:
            problem: Document = json.loads(content(self.path(whole)))
            return every(problem, int(step))
        try:
            family, bids, seed = name.removeprefix(OWN).split("-")
            return FAMILIES[family](int(bids), int(seed))
        except (KeyError, ValueError) as bad:
            known = ", ".join(FAMILIES)
            raise NoSuchProblem(
                f"{name}: ours are called own-FAMILY-BIDS-SEED, of the families {known}"
            ) from bad


@lru_cache
def families_version() -> str:
    """One word for the makers' code: a file of an older maker is not taken for a newer one's."""
    rooms = sorted((Path(__file__).parent / "families").glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in rooms)).hexdigest()[:8]


@lru_cache
def digest_of(path: Path) -> str:
    """The problem's digest, computed once a run."""
    return digest(path)
