"""Budgets: what each team was granted for now, what became of it, and how long the rest will do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from marketplace.domain.burn import DAY, LATELY, Ahead, Stock, ahead, daily_ucr
from marketplace.domain.statement import days_of
from marketplace.domain.team import Team
from marketplace.services.ledger import GrantBalance, left_of
from marketplace.services.view import as_of
from marketplace.store import grant as grant_store
from marketplace.store import team as team_store
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store

AHEAD: Final = 28
"""So many days, of which today is the first, are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A team's credits. ``granted_ucr``: of the grants that can be spent now, which is what is
    spent (by way of a credit line too), held, free and expired of them; ``later_ucr``: of those
    that start later; ``end``: when the last of all these ends, none where there is no grant;
    ``rate_ucr``: what is spent in a day of late."""

    team: Team
    granted_ucr: int
    spent_ucr: int
    held_ucr: int
    free_ucr: int
    expired_ucr: int
    later_ucr: int
    end: datetime | None
    rate_ucr: int
    ahead: Ahead

    @property
    def out_on(self) -> datetime | None:
        """The day on which nothing is left, spent as fast as of late; none where that is further
        away than is looked, nothing was spent of late, or the last grant ends before."""
        if self.end is None or not self.rate_ucr or self.ahead.lapses:
            return None
        return self.ahead.out_on


def listed(store: Store, now: datetime) -> list[Budget]:
    """Every team's budget by the team's id, with what fell due by ``now``, also where no clock has
    done it yet."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight - LATELY * DAY
    with as_of(store, now) as tx:
        teams = team_store.all_of(tx)
        known = grant_store.of_teams(tx).values()
        left = left_of(tx, [one for one in known if not (one.over(now) or one.credit_line)])
        sums = transfer_store.by_day_of_all(tx, first, midnight)
    grants: dict[str, list[GrantBalance]] = {team: [] for team in teams}
    for one in left:
        grants[one.grant.team].append(one)
    rates: Mapping[str, int] = {
        team: daily_ucr(days_of(found, first, LATELY)) for team, found in sums.items()
    }
    return [_budget(one, grants[one.id], rates.get(one.id, 0), now) for one in teams.values()]


def stocks_of(grants: Iterable[GrantBalance]) -> list[Stock]:
    """What is left of grants, to be spent; lines, which are none to spend, not among them."""
    return [
        Stock(start=one.grant.start, end=one.grant.end, left_ucr=one.free_ucr + one.held_ucr)
        for one in grants
    ]


def _budget(team: Team, grants: Sequence[GrantBalance], rate_ucr: int, now: datetime) -> Budget:
    valid = [one for one in grants if one.grant.valid_at(now)]
    return Budget(
        team=team,
        granted_ucr=sum(one.grant.whole_ucr for one in valid),
        spent_ucr=sum(one.spent_ucr + one.grant.repaid_ucr for one in valid),
        held_ucr=sum(one.held_ucr for one in valid),
        free_ucr=sum(one.free_ucr for one in valid),
        expired_ucr=sum(one.expired_ucr for one in valid),
        later_ucr=sum(one.free_ucr + one.held_ucr for one in grants if now < one.grant.start),
        end=max((one.grant.end for one in grants), default=None),
        rate_ucr=rate_ucr,
        ahead=ahead(stocks_of(grants), rate_ucr, now, AHEAD),
    )
