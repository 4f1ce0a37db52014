"""A history as plain data: all that whoever draws or prints it needs, and no type of the market's.

Numbers, text, times, and tuples and mappings of them. Amounts are whole micro-credits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sim.demand.job import SLOT
from sim.results import tables
from sim.results.findings import (
    Tile,
    books_answer,
    capacity_answer,
    cycles_answer,
    endings_by_team,
    endings_seen,
    losers,
    price_answer,
    spend_answer,
    spent_ucr,
    tiles,
    welfare_answer,
    winners_answer,
)
from sim.results.history import (
    Comparison,
    CycleRecord,
    History,
    PoolSeries,
    SpotSeries,
    SpotStory,
    TeamLine,
)
from sim.results.spot_findings import interruptions_answer, spot_answer
from sim.results.tables import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainPool:
    """One pool, slot by slot; no price where nothing was sold."""

    id: str
    name: str
    unit: str
    units: int
    reserve_ucr: int
    capacity: tuple[int, ...]
    sold: tuple[int, ...]
    away: tuple[int, ...]
    price_ucr: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainEndings:
    """How many of one team's jobs ended in which way."""

    id: str
    name: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainTeam:
    """One team's account, and what its work is worth."""

    id: str
    name: str
    granted_ucr: int
    paid_ucr: int
    left_ucr: int
    expired_ucr: int
    refunded_ucr: int
    spent_ucr: int  # for time-boxes, and not refunded
    delivered_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainSpotPool:
    """One pool's spot side, tick by tick."""

    name: str
    unit: str
    reserve_ucr: int
    price_ucr: tuple[int, ...]
    supply: tuple[int, ...]
    wanted: tuple[int, ...]
    used: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainSpot:
    """What spot was, over the days on which it was open."""

    start: datetime  # of the first tick
    tick: timedelta
    jobs: int
    finished: int
    interruptions: str  # how many and what for, in a sentence
    pools: tuple[PlainSpotPool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainBooks:
    """What the check of the books counted and found."""

    transfers: int
    accounts: int
    holds: int
    orders: int
    spot_requests: int
    cycles: int
    minted_ucr: int
    head: str
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainRun:
    """One run: its extent, its answers in sentences, its tables, and its series."""

    start: datetime
    slot: timedelta
    slots: int
    days: int
    seed: int
    source: str
    notes: tuple[str, ...]
    team_count: int
    pool_count: int
    job_count: int
    loser_count: int
    answers: Mapping[str, str]  # by what is asked about: capacity, prices, winners ...
    tiles: tuple[Tile, ...]
    tables: Mapping[str, Table]  # by id
    pools: tuple[PlainPool, ...]
    endings: tuple[str, ...]  # those that occurred, in stacking order
    ended: tuple[PlainEndings, ...]
    teams: tuple[PlainTeam, ...]
    spot: PlainSpot | None
    comparisons: tuple[Comparison, ...]
    cycles: tuple[CycleRecord, ...]
    books: PlainBooks


def plain_run(history: History) -> PlainRun:
    """Everything about the run, as plain data."""
    there = history.organisation
    return PlainRun(
        start=there.start,
        slot=SLOT,
        slots=history.slots,
        days=there.days,
        seed=history.seed,
        source=history.source,
        notes=history.notes,
        team_count=len(there.teams),
        pool_count=len(there.pools),
        job_count=len(history.jobs),
        loser_count=len(losers(history)),
        answers=_answers(history),
        tiles=tuple(tiles(history)),
        tables={one.id: one for one in tables.tables(history)},
        pools=tuple(_pool(one) for one in history.pools),
        endings=tuple(endings_seen(history.jobs)),
        ended=_ended(history),
        teams=tuple(_team(line) for line in history.teams),
        spot=_spot(history.spot) if history.spot else None,
        comparisons=history.comparisons,
        cycles=history.cycles,
        books=_books(history),
    )


def _answers(history: History) -> dict[str, str]:
    return {
        "capacity": capacity_answer(history),
        "prices": price_answer(history),
        "winners": winners_answer(history),
        "spend": spend_answer(history),
        "spot": spot_answer(history.spot),
        "welfare": welfare_answer(history),
        "cycles": cycles_answer(history),
        "books": books_answer(history),
    }


def _pool(one: PoolSeries) -> PlainPool:
    return PlainPool(
        id=one.pool.id,
        name=one.pool.name,
        unit=one.pool.unit,
        units=one.pool.units,
        reserve_ucr=one.pool.reserve_ucr,
        capacity=tuple(one.capacity.tolist()),
        sold=tuple(one.sold.tolist()),
        away=tuple(one.maintenance.tolist()),
        price_ucr=tuple(price if price >= 0 else None for price in one.price_ucr.tolist()),
    )


def _ended(history: History) -> tuple[PlainEndings, ...]:
    names = {team.id: team.name for team in history.organisation.teams}
    return tuple(
        PlainEndings(id=team, name=names.get(team, team), counts=counts)
        for team, counts in endings_by_team(history).items()
    )


def _team(line: TeamLine) -> PlainTeam:
    return PlainTeam(
        id=line.team.id,
        name=line.team.name,
        granted_ucr=line.granted_ucr,
        paid_ucr=line.paid_ucr,
        left_ucr=line.left_ucr,
        expired_ucr=line.expired_ucr,
        refunded_ucr=line.refunded_ucr,
        spent_ucr=spent_ucr(line),
        delivered_ucr=line.delivered_ucr,
    )


def _spot(story: SpotStory) -> PlainSpot:
    return PlainSpot(
        start=story.start,
        tick=story.tick,
        jobs=story.jobs,
        finished=story.finished,
        interruptions=interruptions_answer(story),
        pools=tuple(_spot_pool(one) for one in story.series),
    )


def _spot_pool(one: SpotSeries) -> PlainSpotPool:
    return PlainSpotPool(
        name=one.pool.name,
        unit=one.pool.unit,
        reserve_ucr=one.pool.reserve_ucr,
        price_ucr=tuple(one.price_ucr.tolist()),
        supply=tuple(one.supply.tolist()),
        wanted=tuple(one.wanted.tolist()),
        used=tuple(one.used.tolist()),
    )


def _books(history: History) -> PlainBooks:
    check = history.check
    return PlainBooks(
        transfers=check.transfers,
        accounts=check.accounts,
        holds=check.holds,
        orders=check.orders,
        spot_requests=check.spot_requests,
        cycles=check.cycles,
        minted_ucr=check.minted_ucr,
        head=check.head,
        faults=check.faults,
    )
