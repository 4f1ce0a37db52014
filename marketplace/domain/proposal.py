"""A proposal of other rules: announced, then adopted or withdrawn, by its name."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from marketplace.domain.cycle import id_of
from marketplace.domain.team import checked_id
from marketplace.errors import BadField, NotAllowedNow
from marketplace.rules import Change

REASON_MAX: Final = 2_000
CYCLES_AHEAD: Final = 10_000
"""So many cycles ahead rules may be adopted."""


class ProposalState(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    ADOPTED = "adopted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRequest:
    """Other rules that somebody puts forward: which, why, and from which cycle on at the earliest
    (0: from the next). ``seen``: the version that they were made for; 0 for the newest."""

    id: str
    changes: tuple[Change, ...]
    reason: str
    from_cycle: int = 0
    seen: int = 0

    def __post_init__(self) -> None:
        checked_id("proposal", self.id)
        if not 1 <= len(self.reason.strip()) <= REASON_MAX:
            facts = {"least": 1, "most": REASON_MAX}
            raise BadField("reason", self.reason[:80], "letters-out-of-range", facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposal as the market keeps it; ``request.seen`` is the version that it would change.
    ``version``: as which it was adopted."""

    request: ProposalRequest
    proposed_at: datetime
    proposed_by: str
    state: ProposalState = ProposalState.OPEN
    ended_at: datetime | None = None
    version: int = 0

    @property
    def id(self) -> str:
        """The name that it was given."""
        return self.request.id

    def ended(self, at: datetime, state: ProposalState, version: int = 0) -> Self:
        """It, adopted as a version or withdrawn. Raises ``NotAllowedNow`` where it has ended."""
        if self.state is not ProposalState.OPEN:
            raise NotAllowedNow("proposal", self.id, self.state.value, "ended")
        return replace(self, state=state, ended_at=at, version=version)


def checked_cycle(asked: int, least: int) -> int:
    """From which cycle on rules hold: ``least``, or a later one that was asked for. Raises
    ``BadField``."""
    if asked and not least <= asked <= least + CYCLES_AHEAD:
        facts = {"first": id_of(least), "last": id_of(least + CYCLES_AHEAD)}
        raise BadField("from_cycle", asked, "no-cycle-to-come", facts)
    return asked or least
