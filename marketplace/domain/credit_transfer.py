"""A transfer of credits between teams: proposed, then accepted, refused, withdrawn, or lapsed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from marketplace.domain.expiry import ALL, Expiry, ExpiryRule
from marketplace.domain.grant import NAMES_MAX, Grant, check_credits, check_reason, made_id
from marketplace.domain.ledger import Hold
from marketplace.domain.transfer import BETWEEN, NOBODY, Movement, Payer, Transfer, held_of
from marketplace.errors import BadField, NotAllowedNow

ANSWER_WITHIN: Final = timedelta(days=14)
"""A transfer that nobody answers lapses then."""

NOT_ANSWERED: Final = "not-answered"
"""Why a transfer lapsed: its time was over."""

_Life = tuple[datetime, datetime, Expiry]
"""A grant's end, start and rule."""

_ID: Final = re.compile(r"ctr_(\d{1,9})", re.ASCII)


class CreditTransferState(StrEnum):
    """What became of a transfer."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"

    @classmethod
    def named(cls, text: str) -> "CreditTransferState | None":
        """The state that a text names; none where it is empty. Raises ``BadField``."""
        if text and text not in {*cls}:
            raise BadField("state", text, "not-one-of", {"choices": [*cls]})
        return cls(text) if text else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditTransferRequest:
    """Credits that a team would give to another, and why."""

    team: str
    receiver: str
    amount_ucr: int
    reason: str

    def __post_init__(self) -> None:
        check_credits(self.amount_ucr)
        if self.team == self.receiver:
            raise BadField("receiver", self.receiver, "gives-itself")
        check_reason(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditTransfer:
    """A transfer as the market keeps it. While it is proposed a hold locks its credits. ``code``:
    why it ended; ``answer``: in people's words; ``grants``: what its receiver got. ``version``
    grows when other credits of its giver hold for it."""

    number: int  # they count up in the order in which they were proposed
    request: CreditTransferRequest
    proposed_at: datetime
    proposed_by: str
    lapses_at: datetime
    state: CreditTransferState = CreditTransferState.PROPOSED
    ended_at: datetime | None = None
    code: str = ""
    answer: str = ""
    grants: tuple[str, ...] = ()
    version: int = 1

    @classmethod
    def of(cls, request: CreditTransferRequest, number: int, by: str, now: datetime) -> Self:
        """What is proposed now."""
        return cls(
            number=number,
            request=request,
            proposed_at=now,
            proposed_by=by,
            lapses_at=now + ANSWER_WITHIN,
        )

    @property
    def id(self) -> str:
        """Its id: ``ctr_000001``."""
        return f"ctr_{self.number:06d}"

    @property
    def team(self) -> str:
        """The team that gives."""
        return self.request.team

    @property
    def receiver(self) -> str:
        """The team that is given."""
        return self.request.receiver

    @property
    def hold_id(self) -> str:
        """The hold that locks its credits."""
        return f"{self.id}.{self.version}"

    @property
    def payer(self) -> Payer:
        """No order and no spot request: its hold names it."""
        return NOBODY

    @property
    def open(self) -> bool:
        """Whether it can be answered still."""
        return self.state is CreditTransferState.PROPOSED

    @property
    def placed_at(self) -> datetime:
        """When its credits were locked first."""
        return self.proposed_at

    def ended(
        self, state: CreditTransferState, at: datetime, *, code: str = "", answer: str = ""
    ) -> Self:
        """It, once it ended so; one that has not the answer's own state is over by a code. Raises
        ``NotAllowedNow`` where it has ended already."""
        if not self.open:
            raise NotAllowedNow("credit transfer", self.id, self.state.value, "ended")
        return replace(self, state=state, ended_at=at, code=code or state.value, answer=answer)


def number_of(id_: str) -> int:
    """The number in a transfer's id. Raises ``BadField``."""
    found = _ID.fullmatch(id_)
    if not found:
        raise BadField("transfer", id_, "not-an-id", {"like": "ctr_000001"})
    return int(found[1])


def number_of_hold(hold_id: str) -> int:
    """The number of the transfer that a hold locks credits for; 0 where it is for other work."""
    found = _ID.fullmatch(hold_id.partition(".")[0])
    return int(found[1]) if found else 0


def passed_on(
    one: CreditTransfer, hold: Hold, sources: Mapping[str, Grant], now: datetime, taken: set[str]
) -> tuple[list[Grant], list[Grant]]:
    """What an accepted transfer makes of grants: the giver's, with what they passed on, and the
    receiver's: one for each end that the credits had, so that none of them lasts longer. What is
    to be used linearly goes on down the same line. ``taken``: ids that are used."""
    before: list[Grant] = []
    lives: dict[_Life, int] = {}
    for id_, amount_ucr in hold.parts:
        source = sources[id_]
        before.append(replace(source, passed_ucr=source.passed_ucr + amount_ucr))
        linear = source.expiry.rule is ExpiryRule.LINEAR
        life = (source.end, source.start, source.expiry) if linear else (source.end, now, ALL)
        lives[life] = lives.get(life, 0) + amount_ucr
    made = list[Grant]()
    for (end, start, expiry), amount_ucr in sorted(lives.items(), key=lambda one: one[0][:2]):
        id_ = made_id(f"{one.receiver[:NAMES_MAX]}-{now:%Y-%m}", taken)
        taken.add(id_)
        made.append(
            Grant(
                id=id_,
                team=one.receiver,
                amount_ucr=amount_ucr,
                start=start,
                end=end,
                purpose=one.request.reason,
                created_at=now,
                expiry=expiry,
            )
        )
    return before, made


def passing_transfers(one: CreditTransfer, hold: Hold, made: Iterable[Grant]) -> list[Transfer]:
    """Move what a transfer's hold locked to its receiver's new grants, by way of an account that is
    empty before and after: each movement concerns one team."""
    out = [
        Transfer(
            key=f"give:{hold.id}:{grant}",
            movement=Movement.GIVE,
            source=held_of(hold.team, grant),
            target=BETWEEN,
            amount_ucr=amount_ucr,
            hold_id=hold.id,
            other_team=one.receiver,
            note=one.request.reason,
        )
        for grant, amount_ucr in hold.parts
    ]
    return out + [
        Transfer(
            key=f"receive:{hold.id}:{grant.id}",
            movement=Movement.RECEIVE,
            source=BETWEEN,
            target=grant.free,
            amount_ucr=grant.amount_ucr,
            hold_id=hold.id,
            other_team=one.team,
            note=one.request.reason,
        )
        for grant in made
    ]
