"""What a report is made of. Each fact is read from an attribute of the same name, whoever has it,
and must be of its type: a report is not made of less. Amounts are whole micro-credits.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict


class Facts(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True, strict=True)


class Tile(Facts):
    """One headline number."""

    label: str
    value: str
    hint: str
    exact: str  # the whole number, where ``value`` is rounded
    alarming: bool


class Cell(Facts):
    """What a reader sees, and the plain value by which a machine reads and sorts it."""

    shown: str
    plain: str
    kind: str  # words, name, number, time


class Table(Facts):
    """A table with its caption; the first cell of a row names the row."""

    id: str
    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Pool(Facts):
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


class Endings(Facts):
    """How many of one team's jobs ended in which way."""

    id: str
    name: str
    counts: Mapping[str, int]


class Team(Facts):
    """One team's account, and what its work is worth."""

    id: str
    name: str
    granted_ucr: int
    paid_ucr: int
    left_ucr: int
    expired_ucr: int
    refunded_ucr: int
    spent_ucr: int
    delivered_ucr: int


class SpotPool(Facts):
    """One pool's spot side, tick by tick."""

    name: str
    unit: str
    reserve_ucr: int
    price_ucr: tuple[int, ...]
    supply: tuple[int, ...]
    wanted: tuple[int, ...]
    used: tuple[int, ...]


class Spot(Facts):
    """What spot was, over the days on which it was open."""

    start: datetime
    tick: timedelta
    jobs: int
    finished: int
    interruptions: str
    pools: tuple[SpotPool, ...]


class Comparison(Facts):
    """One way to share the same pools among the same jobs."""

    name: str
    delivered_ucr: int
    served: int
    utilisation: float


class Cycle(Facts):
    """One cycle as everybody could read it."""

    closed_at: datetime
    bids: int
    awards: int
    surplus_ucr: int
    bound_ucr: int
    gap: float


class Books(Facts):
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


class Run(Facts):
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
    answers: Mapping[str, str]
    tiles: tuple[Tile, ...]
    tables: Mapping[str, Table]
    pools: tuple[Pool, ...]
    endings: tuple[str, ...]
    ended: tuple[Endings, ...]
    teams: tuple[Team, ...]
    spot: Spot | None
    comparisons: tuple[Comparison, ...]
    cycles: tuple[Cycle, ...]
    books: Books
