"""A constant supply of credits, recirculated each night: what is spent comes back to all teams.

The other economy, grants for a period, is ``sim.engine.economy.Sprints``. Here the credits of all
teams and of a pool beside them are always as many, M. A team's baseline is its budget for a period;
M is the sum of the baselines. Each night

- demurrage: of what a team has above its baseline a part goes into the pool (10 % a week);
- bank cap: what it has above ``beta`` baselines goes into the pool;
- recirculation: the pool, with all that was spent, goes to the teams in proportion to their
  baselines, to each up to its cap. What nobody has room for stays in the pool.

On the first day all is in the pool, so each team opens with its baseline; one that comes later
opens with nothing and is filled by recirculation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.domain.grant import GrantRequest
from sim.demand.capacity import AFTER_DAYS
from sim.demand.job import DAY
from sim.demand.organisation import Organisation
from sim.engine.economy import Account, Economy, grant
from sim.policies.booking import deal_out

MILLION: Final = 1_000_000
PERIOD_DAYS: Final = 7
BETA: Final = 3
DEMURRAGE_PPM_A_DAY: Final = 14_939
"""A tenth a week: seven times in a row leaves 0.9."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What one night does to the teams' credits, by team, in micro-credits; none is negative."""

    grants_ucr: Mapping[str, int]
    expiries_ucr: Mapping[str, int]  # demurrage, and what is above the cap
    pool_ucr: int  # what is left for other nights


def night(
    baselines_ucr: Mapping[str, int],
    accounts: Mapping[str, Account],
    *,
    beta: int = BETA,
    demurrage_ppm: int = DEMURRAGE_PPM_A_DAY,
) -> Night:
    """One night of a constant supply. Pure; the order of the mappings changes nothing.

    Credits that are held for orders count as the team's, but none of them is taken. After the
    night, the balances and the pool are M again. Raises ``ValueError`` for settings that make no
    sense.
    """
    if beta < 1 or not 0 <= demurrage_ppm <= MILLION:
        raise ValueError(f"beta is {beta}, from 1 on; demurrage {demurrage_ppm} ppm, up to a whole")
    expiries, room, balances = {}, {}, 0
    for team, base in sorted(baselines_ucr.items()):
        account = accounts.get(team, Account())
        balance = account.free_ucr + account.held_ucr
        idle = max(balance - base, 0) * demurrage_ppm // MILLION
        above = max(balance - idle - beta * base, 0)
        expiries[team] = min(idle + above, account.free_ucr)
        room[team] = max(beta * base - balance + expiries[team], 0)
        balances += balance
    supply = sum(baselines_ucr.values())
    pool = max(supply - balances + sum(expiries.values()), 0)
    grants = _fill(pool, baselines_ucr, room)
    return Night(grants_ucr=grants, expiries_ucr=expiries, pool_ucr=pool - sum(grants.values()))


def _fill(pool_ucr: int, shares: Mapping[str, int], room: Mapping[str, int]) -> dict[str, int]:
    """The pool in proportion to ``shares``, to none more than its room: what one has no room for
    goes to the others."""
    given = dict.fromkeys(sorted(shares), 0)
    while pool_ucr:
        open_ = {team: shares[team] for team in given if given[team] < room[team] and shares[team]}
        if not open_:
            break
        for team, part in deal_out(pool_ucr, open_).items():
            part_ucr = min(part, room[team] - given[team])
            given[team] += part_ucr
            pool_ucr -= part_ucr
    return given


@dataclass(frozen=True, slots=True)
class ConstantSupply(Economy):
    """A constant supply for the market, which knows no command that takes credits from a team.

    So what a night takes from a team is kept back from what it gives to it. A team that would lose
    more than it gets is given nothing and keeps what it has; the others get so much less, so that
    there are never more credits than M. Grants end with the run.
    """

    period_days: int = PERIOD_DAYS
    beta: int = BETA
    demurrage_ppm: int = DEMURRAGE_PPM_A_DAY  # a day

    def grants(
        self, organisation: Organisation, day: int, accounts: Mapping[str, Account]
    ) -> Sequence[GrantRequest]:
        """A grant a night for each team that is to get more than it loses."""
        baselines = {
            team.id: team.budget_ucr * self.period_days // organisation.days
            for team in organisation.teams
        }
        done = night(baselines, accounts, beta=self.beta, demurrage_ppm=self.demurrage_ppm)
        start = organisation.start + day * DAY
        end = organisation.start + (organisation.days + AFTER_DAYS) * DAY
        return [
            grant(team, f"night {day}", amount_ucr, start, end)
            for team, amount_ucr in net(done).items()
            if amount_ucr
        ]


def net(done: Night) -> dict[str, int]:
    """What a night gives if nothing can be taken, by team; in all not more than it gives in net."""
    more = {
        team: max(given - done.expiries_ucr[team], 0) for team, given in done.grants_ucr.items()
    }
    in_all = sum(done.grants_ucr.values()) - sum(done.expiries_ucr.values())
    if in_all <= 0 or not any(more.values()):
        return dict.fromkeys(more, 0)
    return deal_out(in_all, more) if sum(more.values()) > in_all else more
