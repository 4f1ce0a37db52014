"""A line of the journal: who wanted what, when, and what became of it, chained by hash."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

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

    def chained_to(self, previous: str) -> Self:
        """The line with its hash."""
        return replace(self, hash=self.hashed(previous))

    def hashed(self, previous: str) -> str:
        """Its hash, with its way of hashing before it: of all it says, and of the line before."""
        body = [
            previous,
            self.seq,
            int(self.at.timestamp()),
            self.actor,
            self.kind,
            self.command,
            self.scope,
            self.key,
            self.secret.hex(),
            hashlib.sha256(self.attachment).hexdigest() if self.attachment else NO_FILE,
            self.rules_version,
            self.accepted,
            self.answer,
            self.wrote,
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
