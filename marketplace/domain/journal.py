"""A line of the journal: who wanted what, when, and what became of it, chained by hash."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from marketplace.canonical import sha256_of
from marketplace.domain.actor import Actor
from marketplace.errors import BadField

GENESIS: Final = "0" * 64
"""What the first line's hash builds on."""

HASHES: Final = "j1"
"""How lines are hashed now; a line names its way, so that it can be read after the next change."""

NO_FILE: Final = hashlib.sha256().hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What goes with a command: who, when, under which key, with which secret and which file."""

    actor: Actor
    at: datetime
    key: str = ""
    secret: bytes = b""
    attachment: bytes = b""
    fence: int = 0  # what it leads by, where it is a clock's that must lead


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which lines are looked for; what is empty may be anything. ``actor`` is a whole name."""

    kind: str = ""
    scope: str = ""
    actor: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One command in the journal. Texts are JSON, as they were written."""

    seq: int
    at: datetime
    actor: str
    kind: str
    command: str
    scope: str
    key: str
    secret: bytes
    attachment: bytes
    rules_version: int
    accepted: bool
    answer: str  # ids of what it made or changed, or the refusal
    wrote: str  # the digest of the rows that it wrote
    hash: str = ""

    @classmethod
    def chained(cls, previous: str, **said: Any) -> Self:
        """The line that says all that, with its hash; ``previous``: of the line before."""
        return cls(**said, hash=_hash(previous, said))

    def hashed(self, previous: str) -> str:
        """Its hash, with its way of hashing before it: of all it says, and of the line before."""
        return _hash(previous, {name: getattr(self, name) for name in self.__slots__})


def _hash(previous: str, said: Mapping[str, Any]) -> str:
    attachment = said["attachment"]
    body = [
        previous,
        said["seq"],
        int(said["at"].timestamp()),
        said["actor"],
        said["kind"],
        said["command"],
        said["scope"],
        said["key"],
        said["secret"].hex(),
        hashlib.sha256(attachment).hexdigest() if attachment else NO_FILE,
        said["rules_version"],
        said["accepted"],
        said["answer"],
        said["wrote"],
    ]
    return f"{HASHES}:{sha256_of(body)}"


@dataclass(frozen=True, slots=True)
class Head:
    """The newest line's place and hash, which stand for the whole past; and ``at``, when something
    was done last: what was refused moves no time on."""

    seq: int = 0
    at: datetime | None = None
    hash: str = GENESIS

    @property
    def told(self) -> str:
        """Its place and hash as people keep them: ``12:j1:…``."""
        return f"{self.seq}:{self.hash}"

    @classmethod
    def read(cls, text: str) -> Self:
        """What ``told`` said. Raises ``BadField``."""
        seq, _, line = text.partition(":")
        if not (seq.isascii() and seq.isdigit() and line):
            raise BadField("since", text, "not-a-head")
        return cls(int(seq), None, line)
