"""The journal, as its readers see it."""

from typing import Self

from api.wire.shape import Instant, Shape
from marketplace.services import journal


class JournalLine(Shape):
    """What was done, by whom and when."""

    seq: int
    at: Instant
    actor: str
    command: str
    team: str
    accepted: bool
    refused: str
    hash: str

    @classmethod
    def of(cls, line: journal.Told) -> Self:
        """A line as data."""
        return cls(
            seq=line.seq,
            at=line.at,
            actor=line.actor,
            command=line.kind,
            team=line.team,
            accepted=line.accepted,
            refused=line.refused,
            hash=line.hash,
        )
