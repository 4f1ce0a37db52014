"""Use that was measured, and imported."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.domain.event.audience import Audience, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageImported(Event):
    """So many spells were taken in, and took the place of others. Whose, it does not tell."""

    kind: ClassVar[str] = "usage.imported"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    added: int
    replaced: int
    unchanged: int
    skipped: int
    by: str
