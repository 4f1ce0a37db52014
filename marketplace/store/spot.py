"""Spot requests and their runs."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Final

import sqlalchemy as sa

from marketplace.domain.agenda import of_spot
from marketplace.domain.page import Cursor, Page
from marketplace.domain.spot import LIVE, SpotRequest, SpotRun, SpotState, SpotTerms
from marketplace.domain.transfer import SECOND, Tags
from marketplace.store import agenda
from marketplace.store.chunks import chunks
from marketplace.store.columns import Instant, instant_of
from marketplace.store.page import paged
from marketplace.store.spot_tables import SpotRow
from marketplace.store.transaction import Tx

TABLE = SpotRow.__table__  # type: ignore[attr-defined]
LIVE_STATES = [state.value for state in LIVE]
RAW: Final = [
    sa.type_coerce(each, sa.BigInteger).label(each.name) if isinstance(each.type, Instant) else each
    for each in TABLE.c
]
"""The columns with instants as the whole seconds that they are kept as."""
NAMES: Final = [each.name for each in TABLE.c]


def add(tx: Tx, requests: Sequence[SpotRequest]) -> None:
    """Keep new requests."""
    tx.add_rows(SpotRow, [_terms(one) | _life(one) for one in requests])
    agenda.add(tx, [due for one in requests for due in of_spot(one)])


def put(tx: Tx, requests: Sequence[SpotRequest]) -> None:
    """Write how requests changed."""
    rows = [{"id": one.id, "limit_ucr": one.terms.limit_ucr} | _life(one) for one in requests]
    tx.change_rows(SpotRow, rows)
    agenda.add(tx, [due for one in requests for due in of_spot(one)])


def get(tx: Tx, ids: Iterable[str]) -> dict[str, SpotRequest]:
    """Requests by id; those that are not there are left out."""
    found: dict[str, SpotRequest] = {}
    for chunk in chunks(sorted(set(ids))):
        query = sa.select(*RAW).where(TABLE.c.id.in_(chunk)).order_by(TABLE.c.id)
        found.update({one.id: one for one in _read(tx, query)})
    return found


def live(tx: Tx) -> dict[str, list[SpotRequest]]:
    """Every request that runs or may yet run, by pool, in each by id."""
    by_pool: dict[str, list[SpotRequest]] = {}
    query = sa.select(*RAW).where(TABLE.c.state.in_(LIVE_STATES))
    for one in _read(tx, query.order_by(TABLE.c.id)):
        by_pool.setdefault(one.terms.pool, []).append(one)
    return by_pool


def running(tx: Tx, pool: str = "") -> list[SpotRequest]:
    """Requests that run, by id: in a pool, or in all."""
    query = sa.select(*RAW).where(TABLE.c.state == SpotState.ACTIVE.value).order_by(TABLE.c.id)
    return list(_read(tx, query.where(TABLE.c.pool == pool) if pool else query))


def to_bill(tx: Tx, hour: datetime, short: datetime, after: str, most: int) -> list[SpotRequest]:
    """Runs without a notice that are not billed up to ``hour``, or whose holds pay less far than
    ``short``: up to ``most``, by id, of those after ``after``."""
    query = sa.select(*RAW).where(
        TABLE.c.state == SpotState.ACTIVE.value,
        TABLE.c.id > after,
        (TABLE.c.billed_until < hour) | (TABLE.c.covered_until < short),
        TABLE.c.deadline.is_(None),
    )
    return list(_read(tx, query.order_by(TABLE.c.id).limit(most)))


def not_billed(tx: Tx, until: datetime, most: int) -> list[SpotRequest]:
    """Runs that are not billed up to then, by id, so many at most: also those under notice."""
    query = sa.select(*RAW).where(
        TABLE.c.state == SpotState.ACTIVE.value, TABLE.c.billed_until < until
    )
    return list(_read(tx, query.order_by(TABLE.c.id).limit(most)))


def listed(
    tx: Tx, *, team: str, state: SpotState | None, after: Cursor | None, limit: int
) -> Page[SpotRequest]:
    """A team's requests, the newest first, in one state or in any."""
    query = sa.select(*RAW).where(TABLE.c.team == team)
    if state is not None:
        query = query.where(TABLE.c.state == state.value)
    keys = [TABLE.c.placed_at, TABLE.c.id]
    found = paged(tx, query, keys, tuple, after=after, limit=limit, newest_first=True)
    return found.each(_request)


def every(tx: Tx) -> Iterator[SpotRequest]:
    """Every request that ever was."""
    yield from _read(tx, sa.select(*RAW).order_by(TABLE.c.id))


def _read(tx: Tx, query: sa.Select[Any]) -> Iterator[SpotRequest]:
    for row in tx.execute(query):
        yield _request(tuple(row))


def _terms(one: SpotRequest) -> dict[str, object]:
    terms = one.terms
    return {
        "id": one.id,
        "team": terms.team,
        "key": terms.key,
        "pool": terms.pool,
        "quantity": terms.quantity,
        "limit_ucr": terms.limit_ucr,
        "minimum_s": terms.minimum // SECOND,
        "end": terms.end,
        "persistent": terms.persistent,
        "project": terms.tags.project,
        "theme": terms.tags.theme,
        "cost_centre": terms.tags.cost_centre,
        "placed_at": one.placed_at,
    }


def _life(one: SpotRequest) -> dict[str, object]:
    run = one.run
    return {
        "state": one.state.value,
        "code": one.code,
        "updated_at": one.updated_at,
        "version": one.version,
        "at_risk": one.at_risk,
        "started_at": run.started_at if run else None,
        "billed_until": run.billed_until if run else None,
        "covered_until": run.covered_until if run else None,
        "paid_ahead": run.paid_ahead if run else 0,
        "deadline": run.deadline if run else None,
        "why": run.why if run else "",
    }


@lru_cache(maxsize=32_768)
def _request(values: tuple[Any, ...]) -> SpotRequest:
    """A request from its row. A tick reads every live request, and most are as they were at the
    tick before: making those again would be half of its time."""
    row = SimpleNamespace(**dict(zip(NAMES, values, strict=True)))
    run = None
    if row.started_at is not None:
        run = SpotRun(
            started_at=instant_of(row.started_at),
            billed_until=instant_of(row.billed_until),
            covered_until=instant_of(row.covered_until),
            paid_ahead=row.paid_ahead,
            deadline=None if row.deadline is None else instant_of(row.deadline),
            why=row.why,
        )
    terms = SpotTerms(
        team=row.team,
        key=row.key,
        pool=row.pool,
        quantity=row.quantity,
        limit_ucr=row.limit_ucr,
        minimum=timedelta(seconds=row.minimum_s),
        end=None if row.end is None else instant_of(row.end),
        persistent=row.persistent,
        tags=Tags(project=row.project, theme=row.theme, cost_centre=row.cost_centre),
    )
    return SpotRequest(
        id=row.id,
        terms=terms,
        placed_at=instant_of(row.placed_at),
        state=SpotState(row.state),
        code=row.code,
        updated_at=instant_of(row.updated_at),
        version=row.version,
        at_risk=row.at_risk,
        run=run,
    )
