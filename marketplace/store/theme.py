"""Versions of the themes, and what moved in a period: credits given, and spent by theme."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlmodel import col, select

from marketplace.domain.page import Cursor, Page
from marketplace.domain.theme import AdoptedThemes, Themes
from marketplace.domain.transfer import Movement
from marketplace.store.page import paged
from marketplace.store.tables import TransferRow
from marketplace.store.theme_tables import ThemesRow
from marketplace.store.transaction import Tx

VERSION: Final = ThemesRow.__table__.c.version  # type: ignore[attr-defined]
ROWS: Final = TransferRow.__table__.c  # type: ignore[attr-defined]
GIVES: Final = {Movement.GRANT.value: 1, Movement.REVOKE.value: -1}
SPENDS: Final = {Movement.PAY.value: 1, Movement.REFUND.value: -1}


@cache  # made at its first use, for it takes its time
def _adapter() -> TypeAdapter[Themes]:
    return TypeAdapter(Themes)


def add(tx: Tx, adopted: AdoptedThemes) -> None:
    """Keep a new version."""
    row = {
        "version": adopted.version,
        "document": _adapter().dump_python(adopted.themes, mode="json"),
        "adopted_at": adopted.adopted_at,
        "adopted_by": adopted.adopted_by,
    }
    tx.add_rows(ThemesRow, [row])


def every(tx: Tx) -> Sequence[AdoptedThemes]:
    """All versions: there are a few each quarter."""
    return [_adopted(row) for row in tx.exec(select(ThemesRow).order_by(col(ThemesRow.version)))]


def get(tx: Tx, version: int) -> AdoptedThemes | None:
    """One version."""
    row = tx.get(ThemesRow, version)
    return _adopted(row) if row else None


def listed(tx: Tx, *, after: Cursor | None, limit: int) -> Page[AdoptedThemes]:
    """All versions, the newest first."""
    query = select(ThemesRow)
    return paged(tx, query, [VERSION], _adopted, after=after, limit=limit, newest_first=True)


def granted(tx: Tx, start: datetime, end: datetime) -> int:
    """Credits that were given in [start, end), less those that were revoked, in ucr."""
    query = sa.select(ROWS.movement, sa.func.sum(ROWS.amount_ucr)).where(*_moved(GIVES, start, end))
    found = tx.execute(query.group_by(ROWS.movement))
    return sum(GIVES[movement] * int(amount_ucr) for movement, amount_ucr in found)


def spent(tx: Tx, start: datetime, end: datetime) -> dict[str, int]:
    """What was charged in [start, end), less what came back, by theme, in ucr; an empty name is
    none."""
    sums = sa.select(ROWS.theme, ROWS.movement, sa.func.sum(ROWS.amount_ucr))
    query = sums.where(*_moved(SPENDS, start, end)).group_by(ROWS.theme, ROWS.movement)
    found: dict[str, int] = {}
    for theme, movement, amount_ucr in tx.execute(query):
        found[theme] = found.get(theme, 0) + SPENDS[movement] * int(amount_ucr)
    return found


def _moved(why: dict[str, int], start: datetime, end: datetime) -> list[Any]:
    return [ROWS.at >= start, ROWS.at < end, ROWS.movement.in_(list(why))]


def _adopted(row: Any) -> AdoptedThemes:
    return AdoptedThemes(
        version=row.version,
        themes=_adapter().validate_python(row.document),
        adopted_at=row.adopted_at,
        adopted_by=row.adopted_by,
    )
