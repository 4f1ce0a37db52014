"""An adjustment: a correction of teams' credits that one person proposes and another one posts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Self

from marketplace.domain.grant import NAMES_MAX, Grant, check_reason, spending_order
from marketplace.domain.month import month_named
from marketplace.domain.transfer import MINT, NOBODY, Movement, Payer, Transfer
from marketplace.errors import BadField, NotAllowedNow
from marketplace.rules import checked_instant
from marketplace.words import Credits
from pricing.units import MAX_UCR

LINES_MOST: Final = 10_000
LASTS: Final = timedelta(days=14)
"""So long at least what is given can be spent, where no end was said."""

_ID: Final = re.compile(r"adj_(\d{6,10})", re.ASCII)


class Corrected(StrEnum):
    """What kind of thing a line corrects."""

    TRANSFER = "transfer"
    ORDER = "order"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentLine:
    """So many credits more for a team, or fewer where it lies below zero. ``corrects``: what is put
    right by it, like ``transfer:17``, ``order:ord_1`` or ``month:2026-10``; or nothing."""

    team: str
    amount_ucr: int
    corrects: str = ""

    def __post_init__(self) -> None:
        if not 1 <= abs(self.amount_ucr) <= MAX_UCR:
            raise BadField("credits", Credits(self.amount_ucr), "nothing-moves")
        if self.corrects:
            self.corrected()

    def corrected(self) -> tuple[Corrected, str]:
        """What it corrects, and which. Raises ``BadField``."""
        word, _, id_ = self.corrects.partition(":")
        if word not in list(Corrected) or not id_:
            facts = {"choices": tuple(one.value for one in Corrected)}
            raise BadField("corrects", self.corrects, "not-one-of", facts)
        kind = Corrected(word)
        if kind is Corrected.TRANSFER and not re.fullmatch(r"[1-9]\d{0,17}", id_, re.ASCII):
            raise BadField("corrects", self.corrects, "not-a-number")
        if kind is Corrected.MONTH:
            month_named(id_)
        return kind, id_


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentRequest:
    """What somebody would have put right, and why. ``end``: until when what is given can be spent;
    without it as long as the team's other credits, and 14 days at least."""

    lines: tuple[AdjustmentLine, ...]
    reason: str
    end: datetime | None = None
    said: str = ""  # what its lines were worked out from, by which a repeat is known

    def __post_init__(self) -> None:
        check_reason(self.reason)
        if not 1 <= len(self.lines) <= LINES_MOST:
            facts = {"least": 1, "most": LINES_MOST}
            raise BadField("lines", len(self.lines), "count-out-of-range", facts)
        if self.end is not None:
            checked_instant("end", self.end)


class AdjustmentState(StrEnum):
    """What became of an adjustment."""

    PROPOSED = "proposed"
    POSTED = "posted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """An adjustment as the market keeps it: who proposed it, who ended it, and why."""

    number: int
    request: AdjustmentRequest
    proposed_at: datetime
    proposed_by: str
    state: AdjustmentState = AdjustmentState.PROPOSED
    ended_at: datetime | None = None
    ended_by: str = ""
    ended_for: str = ""

    @property
    def id(self) -> str:
        """Its id: ``adj_000001``."""
        return f"adj_{self.number:06d}"

    @property
    def sum_ucr(self) -> int:
        """By how much all teams together have more."""
        return sum(line.amount_ucr for line in self.request.lines)

    def ended(self, state: AdjustmentState, by: str, at: datetime, reason: str) -> Self:
        """It, posted, refused or withdrawn.

        Raises ``NotAllowedNow`` where it has ended, where who proposed it would decide about it, or
        somebody else take it back; ``BadField`` for a refusal without a reason.
        """
        if self.state is not AdjustmentState.PROPOSED:
            raise NotAllowedNow("adjustment", self.id, self.state.value, "ended")
        withdrawn = state is AdjustmentState.WITHDRAWN
        if withdrawn != (by == self.proposed_by):
            reason = "not-its-proposer" if withdrawn else "own-proposal"
            facts = {"by": self.proposed_by}
            raise NotAllowedNow("adjustment", self.id, self.state.value, reason, facts)
        if state is AdjustmentState.REFUSED or reason:
            check_reason(reason)
        return replace(self, state=state, ended_at=at, ended_by=by, ended_for=reason)


def number_of(id_: str) -> int:
    """The number in an adjustment's id. Raises ``BadField``."""
    found = _ID.fullmatch(id_)
    if not found:
        raise BadField("adjustment", id_, "not-an-id", {"like": "adj_000001"})
    return int(found[1])


def stem_of(team: str, adjustment: Adjustment) -> str:
    """How the id of the grant begins that an adjustment makes for a team."""
    return f"{team[:NAMES_MAX]}-{adjustment.id.replace('_', '-')}"


def end_of(adjustment: Adjustment, grants: Sequence[Grant], now: datetime) -> datetime:
    """Until when what an adjustment gives a team can be spent; ``grants``: those that it has.

    Raises ``NotAllowedNow`` where the end that was said has come.
    """
    said = adjustment.request.end
    if said is not None:
        if said <= now:
            state = adjustment.state.value
            raise NotAllowedNow("adjustment", adjustment.id, state, "end-has-come", {"end": said})
        return said
    day = datetime.combine((now + LASTS).astimezone(UTC).date(), time(0), UTC) + timedelta(days=1)
    return max([day, *(one.end for one in grants if not (one.over(now) or one.credit_line))])


def taken(
    adjustment: Adjustment, team: str, grants: Sequence[Grant], free_ucr: Mapping[str, int]
) -> dict[str, int]:
    """How much of each grant an adjustment takes from a team, the earliest-ending one first.

    ``grants``: those that can be spent; ``free_ucr``: what of them is free, by id. Raises
    ``NotAllowedNow`` where that is too little.
    """
    lines = adjustment.request.lines
    left = -sum(one.amount_ucr for one in lines if one.team == team and one.amount_ucr < 0)
    needed, parts = left, dict[str, int]()
    for grant in spending_order(grants):
        part = min(left, free_ucr.get(grant.id, 0))
        if part > 0:
            parts[grant.id] = part
            left -= part
    if left:
        facts = {"team": team, "needed": Credits(needed), "free": Credits(needed - left)}
        state = adjustment.state.value
        raise NotAllowedNow("adjustment", adjustment.id, state, "not-so-much-free", facts)
    return parts


def less(grant: Grant, amount_ucr: int) -> Grant:
    """A grant of which so much was taken."""
    given = min(grant.amount_ucr, amount_ucr)
    return replace(
        grant,
        amount_ucr=grant.amount_ucr - given,
        received_ucr=grant.received_ucr - (amount_ucr - given),
        version=grant.version + 1,
    )


def adjustment_transfers(
    adjustment: Adjustment,
    made: Mapping[str, Grant],
    parts: Mapping[str, Mapping[str, int]],
    grants: Mapping[str, Grant],
    payers: Mapping[str, Payer],
) -> list[Transfer]:
    """What moves, line by line: from the mint to the grant that was ``made`` for a team, or from
    ``parts`` of its grants back to the mint. ``payers``: whose payment a line corrects, by what it
    says that it corrects."""
    left = {team: list(its.items()) for team, its in parts.items()}
    found = list[Transfer]()
    for place, line in enumerate(adjustment.request.lines):
        payer = payers.get(line.corrects, NOBODY)
        if line.amount_ucr > 0:
            there = made[line.team].free
            found.append(_move(adjustment, place, line, payer, (MINT, there), line.amount_ucr))
            continue
        due = -line.amount_ucr
        while due:
            grant, has = left[line.team].pop(0)
            part = min(due, has)
            due -= part
            if has > part:
                left[line.team].insert(0, (grant, has - part))
            places = (grants[grant].free, MINT)
            found.append(_move(adjustment, place, line, payer, places, part))
    return found


def _move(
    adjustment: Adjustment,
    place: int,
    line: AdjustmentLine,
    payer: Payer,
    places: tuple[str, str],
    amount_ucr: int,
) -> Transfer:
    account = places[0] if places[1] == MINT else places[1]
    return Transfer(
        key=f"adjust:{adjustment.id}:{place}:{account}",
        movement=Movement.ADJUSTMENT,
        source=places[0],
        target=places[1],
        amount_ucr=amount_ucr,
        payer=payer,
        rule=adjustment.id,
        reason=line.corrects,
        note=adjustment.request.reason,
    )
