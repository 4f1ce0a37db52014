"""What a grant's expiry rule takes from it, and what goes on in its next grant. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from marketplace.domain.expiry import ExpiryRule, line_ucr
from marketplace.domain.grant import NAMES_MAX, Grant, made_id
from marketplace.domain.transfer import EXPIRED, Movement, Transfer

ABOVE_LINE: Final = "above-linear-use"
"""Why credits expire before their grant ends."""


def next_checkpoint(grant: Grant, now: datetime) -> datetime | None:
    """When a linear grant is looked at next, before its end."""
    times = grant.expiry.checkpoints(grant.start, grant.end)
    return next((at for at in times if at > now), None)


def above_line_ucr(grant: Grant, unspent_ucr: int, at: datetime) -> int:
    """What of a linear grant, free and held, lies above its line at ``at``. What repaid a credit
    line was spent ahead of it."""
    if grant.expiry.rule is not ExpiryRule.LINEAR:
        return 0
    return max(unspent_ucr - line_ucr(grant.whole_ucr, grant.start, grant.end, at), 0)


def shrink_transfer(grant: Grant, amount_ucr: int, before: int) -> Transfer:
    """Take what lies above the line; ``before``: how often credits of it have expired already."""
    return Transfer(
        key=f"expire:{grant.id}:{before}",
        movement=Movement.EXPIRE,
        source=grant.free,
        target=EXPIRED,
        amount_ucr=amount_ucr,
        rule=grant.expiry.rule.value,
        reason=ABOVE_LINE,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Credits of a grant that go on: it, and the grant they go to, as both are after it."""

    grant: Grant
    onward: Grant
    amount_ucr: int
    made: bool  # whether the next grant is new

    def transfer(self) -> Transfer:
        """Move them: the team has as much as before."""
        return Transfer(
            key=f"carry:{self.grant.id}:{self.grant.carried_ucr}",
            movement=Movement.CARRY,
            source=self.grant.free,
            target=self.onward.free,
            amount_ucr=self.amount_ucr,
            rule=self.grant.expiry.rule.value,
        )


def carried(
    grant: Grant, free_ucr: int, known: Mapping[str, Grant], now: datetime
) -> Carried | None:
    """What of an ended grant goes on, up to its cap: into the grant that was made for it before, or
    a new one from its end on; None for nothing. ``known``: all grants that there are."""
    rule = grant.expiry
    amount_ucr = min(free_ucr, rule.carry_ucr - grant.carried_ucr)
    end = grant.end + timedelta(days=rule.carry_days)
    if rule.rule is not ExpiryRule.CARRY_OVER or grant.revoked_at is not None or amount_ucr <= 0:
        return None
    before = known.get(grant.carried_to)
    if end <= now or (before is not None and before.over(now)):
        return None
    if before is None:
        onward = Grant(
            id=made_id(f"{grant.id[:NAMES_MAX]}-next", known),
            team=grant.team,
            amount_ucr=amount_ucr,
            start=grant.end,
            end=end,
            purpose=grant.purpose,
            created_at=now,
        )
    else:
        onward = replace(before, received_ucr=before.received_ucr + amount_ucr)
    after = replace(grant, carried_ucr=grant.carried_ucr + amount_ucr, carried_to=onward.id)
    return Carried(grant=after, onward=onward, amount_ucr=amount_ucr, made=before is None)
