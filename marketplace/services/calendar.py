"""What stands in the calendars of a team and of a pool: from a month ago to a year from now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from marketplace.domain.capacity import Maintenance, Pool, Window
from marketplace.domain.guarantee import Terms
from marketplace.domain.override import Override
from marketplace.domain.reservation import Reservation
from marketplace.domain.team import Team
from marketplace.errors import NotFound
from marketplace.rules import Adopted, floor_to
from marketplace.services import standing
from marketplace.services.market import rules_and_cycle
from marketplace.store import capacity as capacity_store
from marketplace.store import cycle as cycle_store
from marketplace.store import override as override_store
from marketplace.store import reservation as reservation_store
from marketplace.store import rules as rules_store
from marketplace.store import team as team_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx

DAY: Final = timedelta(days=1)
BACK: Final = 30 * DAY
AHEAD: Final = 365 * DAY
BOXES_MOST: Final = 1_000
GATES_MOST: Final = 400
"""So many closings ahead at most: a year of a cycle a day, hours of a cycle a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """When a cycle closes or closed, where its sale begins, and since when that is known."""

    at: datetime
    sale_start: datetime
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCalendar:
    """A team's won time-boxes, by start; never what it bids for. ``terms``: what those that are
    not firm still are, by their ids."""

    team: Team
    boxes: tuple[Reservation, ...]
    terms: Mapping[str, Terms]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCalendar:
    """When a pool has units, when they are away, and when the market's cycles close."""

    pool: Pool
    windows: tuple[Window, ...]
    overrides: tuple[Override, ...]  # also what was called off
    maintenance: tuple[Maintenance, ...]  # also what was called off
    gates: tuple[Gate, ...]


def of_team(store: Store, team: str, now: datetime) -> TeamCalendar:
    """A team's calendar, the same all day while nothing is written and no time-box comes to its
    gate. Raises ``NotFound``."""
    start, end = _window(now)
    with store.read() as tx:
        teams = team_store.all_of(tx)
        if team not in teams:
            raise NotFound("team", team)
        longest = timedelta(hours=rules_and_cycle(tx)[0].longest_hours)
        boxes = reservation_store.newest_of_team(tx, team, start, end, longest, BOXES_MOST)
    terms = standing.terms(store, boxes, now)
    return TeamCalendar(team=teams[team], boxes=tuple(boxes), terms=terms)


def of_pool(store: Store, pool: str, now: datetime) -> PoolCalendar:
    """A pool's calendar, the same all day while nothing is written. Raises ``NotFound``."""
    start, end = _window(now)
    with store.read() as tx:
        pools = capacity_store.pools(tx)
        if pool not in pools:
            raise NotFound("pool", pool)
        away = capacity_store.maintenance(tx, start, end, [pool], cancelled=True)
        return PoolCalendar(
            pool=pools[pool],
            windows=tuple(capacity_store.windows(tx, start, end, [pool]).get(pool, ())),
            overrides=tuple(override_store.overlapping(tx, start, end, [pool]).get(pool, ())),
            maintenance=tuple(away.get(pool, ())),
            gates=(*_past(tx, start), *_coming(tx, end)),
        )


def _window(now: datetime) -> tuple[datetime, datetime]:
    today = floor_to(now, DAY)
    return today - BACK, today + AHEAD


def _past(tx: Tx, start: datetime) -> list[Gate]:
    """The closings since then, by time."""
    newest = cycle_store.listed(tx, after=None, limit=GATES_MOST)
    return [
        Gate(at=one.closes_at, sale_start=one.sale_start, known_at=one.closes_at)
        for one in reversed(newest.items)
        if one.sale_start is not None and one.closes_at >= start
    ]


def _coming(tx: Tx, end: datetime) -> list[Gate]:
    """The closings ahead, by time: the open cycle's, and then as the rules say that were adopted
    for each."""
    _, cycle = rules_and_cycle(tx)
    by, *later = rules_store.from_now_on(tx, cycle)
    found = [_gate(cycle.closes_at, by)]
    while len(found) < GATES_MOST:
        while later and later[0].from_cycle <= cycle.number + len(found):
            by = later.pop(0)
        at = by.rules.next_close(found[-1].at)
        if at >= end:
            break
        found.append(_gate(at, by))
    return found


def _gate(at: datetime, by: Adopted) -> Gate:
    return Gate(at=at, sale_start=by.rules.sale_start(at), known_at=by.adopted_at)
