"""Use that was measured, and what it is measured against."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from marketplace.domain.statement import Tagged
from marketplace.domain.transfer import Movement, Tag
from marketplace.domain.usage import Had, Idle, Known, Measured, Spell, Used
from marketplace.store.chunks import chunks
from marketplace.store.columns import instant_of, seconds_of
from marketplace.store.tables import TransferRow
from marketplace.store.transaction import Tx
from marketplace.store.usage_tables import UsageRow

TABLE: Final = UsageRow.__table__  # type: ignore[attr-defined]
ROWS: Final = TABLE.c
PAID: Final = TransferRow.__table__.c  # type: ignore[attr-defined]
NONE: Final[Any] = sa.literal_column("''")
PAY: Final[Any] = sa.literal_column(f"'{Movement.PAY.value}'")
"""As the index of what spot was paid has it."""

TAGS: Final = {
    Tag.PROJECT: ROWS.project,
    Tag.THEME: ROWS.theme,
    Tag.COST_CENTRE: ROWS.cost_centre,
}


def add(tx: Tx, measured: Sequence[Measured], at: datetime, by: str) -> None:
    """Keep new spells."""
    tx.add_rows(UsageRow, [_row(one, at, by) for one in measured])


def put(tx: Tx, measured: Sequence[Measured], at: datetime, by: str) -> None:
    """Write other numbers of known spells."""
    tx.change_rows(UsageRow, [_row(one, at, by) for one in measured])


def known(tx: Tx, ids: Iterable[str]) -> dict[str, Known]:
    """What is known of time-boxes and spot requests, by id."""
    found = defaultdict[str, list[Spell]](list)
    columns = (ROWS.reservation, ROWS.start, ROWS.end, ROWS.used_micro)
    for chunk in chunks(sorted(ids)):
        query = sa.select(*columns).where(ROWS.reservation.in_(chunk))
        for row in tx.execute(query.order_by(ROWS.reservation, ROWS.start)):
            found[row.reservation].append(Spell(*row))
    return {id_: Known(spells) for id_, spells in found.items()}


def billed(tx: Tx, team: str, ids: Iterable[str], since: datetime) -> dict[str, list[Had]]:
    """What a team's spot requests were billed for since then, by request, in order. What several
    grants paid for stands there once."""
    found = defaultdict[str, dict[tuple[int, int], Had]](dict)
    for chunk in chunks(sorted(ids)):
        query = sa.select(PAID.spot_id, PAID.prices).where(
            PAID.team == team,
            PAID.at >= since,
            PAID.movement == PAY,
            PAID.spot_id != NONE,
            PAID.spot_id.in_(chunk),
        )
        for row in tx.execute(query.order_by(PAID.seq)):
            for first, last, units, _ in row.prices or ():
                found[row.spot_id][first, last] = Had(instant_of(first), instant_of(last), units)
    return {id_: [had for _, had in sorted(each.items())] for id_, each in found.items()}


def used_seconds(tx: Tx, of: str | Tagged, start: datetime, end: datetime) -> Counter[str]:
    """What was used in [start, end) by pool, in millionths of units × seconds: of a team, or of
    what is tagged; a pool of which nothing is known is left out."""
    query = sa.select(ROWS.pool, sa.func.sum(ROWS.used_micro * _seconds(start, end)))
    within = query.where(*_of(of), *_overlaps(start, end)).group_by(ROWS.pool)
    return Counter({pool: int(used) for pool, used in tx.execute(within)})


def idle(tx: Tx, start: datetime, end: datetime) -> list[Idle]:
    """Reserved time in [start, end) that was measured, by team and pool."""
    seconds = _seconds(start, end)
    sums = (sa.func.sum(ROWS.held_micro * seconds), sa.func.sum(ROWS.used_micro * seconds))
    query = sa.select(ROWS.team, ROWS.pool, *sums).where(
        ROWS.spot.is_(False), *_overlaps(start, end)
    )
    groups = (ROWS.team, ROWS.pool)
    return [
        Idle(team=team, pool=pool, measured=int(held), used=int(used))
        for team, pool, held, used in tx.execute(query.group_by(*groups).order_by(*groups))
    ]


def used(tx: Tx, ids: Iterable[str]) -> dict[str, Used]:
    """How much of what was measured was used, of time-boxes and spot requests by id; those of which
    nothing is known are left out."""
    length = _number(ROWS.end) - _number(ROWS.start)
    sums = (sa.func.sum(ROWS.held_micro * length), sa.func.sum(ROWS.used_micro * length))
    found = {}
    for chunk in chunks(sorted(ids)):
        query = sa.select(ROWS.reservation, *sums).where(ROWS.reservation.in_(chunk))
        for id_, held, was_used in tx.execute(query.group_by(ROWS.reservation)):
            found[id_] = Used(held=int(held), used=int(was_used))
    return found


def _of(of: str | Tagged) -> list[Any]:
    if isinstance(of, str):
        return [ROWS.team == of]
    column = TAGS[of.tag]
    met = [column == of.name, column != NONE]
    return met if of.teams is None else [*met, ROWS.team.in_(of.teams)]


def _overlaps(start: datetime, end: datetime) -> list[Any]:
    return [ROWS.end > start, _number(ROWS.start) + sa.literal_column("0") < seconds_of(end)]


def _seconds(start: datetime, end: datetime) -> Any:
    """So many seconds of a spell lie in [start, end)."""
    first, last = _number(ROWS.start), _number(ROWS.end)
    since, until = seconds_of(start), seconds_of(end)
    return sa.case((last > until, until), else_=last) - sa.case((first < since, since), else_=first)


def _number(column: Any) -> Any:
    return sa.type_coerce(column, sa.BigInteger)


def _row(one: Measured, at: datetime, by: str) -> dict[str, object]:
    spell, of = one.spell, one.of
    return {
        "reservation": spell.reservation,
        "start": spell.start,
        "end": spell.end,
        "used_micro": spell.used_micro,
        "held_micro": one.held_micro,
        "spot": of.spot,
        "team": of.team,
        "pool": of.pool,
        "project": of.tags.project,
        "theme": of.tags.theme,
        "cost_centre": of.tags.cost_centre,
        "imported_at": at,
        "imported_by": by,
    }
