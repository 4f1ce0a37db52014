"""Grants: what teams were given, from when, until when."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from sqlmodel import col, select

from marketplace.domain.agenda import of_grant
from marketplace.domain.expiry import Expiry
from marketplace.domain.grant import Grant
from marketplace.domain.page import Cursor, Page
from marketplace.store import agenda
from marketplace.store.chunks import chunks
from marketplace.store.page import paged
from marketplace.store.tables import GrantRow
from marketplace.store.transaction import Tx
from marketplace.store.writes import Row

GRANTS = GrantRow.__table__.c  # type: ignore[attr-defined]


def add(tx: Tx, grants: Sequence[Grant]) -> None:
    """Keep new grants (their credits move by a transfer)."""
    tx.add_rows(GrantRow, [_row(grant) for grant in grants])
    agenda.add(tx, [due for grant in grants for due in of_grant(grant)], new=True)
    tx.forget(*(("grants", grant.team) for grant in grants))


def put(tx: Tx, grants: Sequence[Grant]) -> None:
    """Write grants as they are now."""
    tx.change_rows(GrantRow, [_row(grant) for grant in grants])
    tx.forget(*(("grants", grant.team) for grant in grants))


def _row(grant: Grant) -> Row:
    return {
        "id": grant.id,
        "team": grant.team,
        "amount_ucr": grant.amount_ucr,
        "start": grant.start,
        "end": grant.end,
        "purpose": grant.purpose,
        "created_at": grant.created_at,
        "received_ucr": grant.received_ucr,
        "passed_ucr": grant.passed_ucr,
        "expiry": expiry_row(grant.expiry),
        "carried_ucr": grant.carried_ucr,
        "carried_to": grant.carried_to,
        "revoked_at": grant.revoked_at,
        "version": grant.version,
        "repaid_ucr": grant.repaid_ucr,
        "credit_line": grant.credit_line,
    }


def expiry_row(expiry: Expiry) -> dict[str, Any]:
    """A rule of expiry as a column."""
    return {
        "rule": expiry.rule.value,
        "carry_ucr": expiry.carry_ucr,
        "carry_days": expiry.carry_days,
    }


def expiry_of(column: dict[str, Any]) -> Expiry:
    """The rule that a column is of."""
    return Expiry.read(**column)


def of_teams(tx: Tx, teams: Iterable[str] | None = None) -> dict[str, Grant]:
    """Grants by id: of some teams, or of all."""
    if teams is None:
        return _grants(tx, select(GrantRow))
    found: dict[str, Grant] = {}
    for team in sorted(teams):
        found |= tx.known(("grants", team), partial(_grants_of, tx, team))
    return found


def _grants_of(tx: Tx, team: str) -> dict[str, Grant]:
    return _grants(tx, select(GrantRow).where(GrantRow.team == team))


def named_like(tx: Tx, stem: str) -> set[str]:
    """The ids that begin so."""
    return set(
        tx.exec(select(GrantRow.id).where(col(GrantRow.id).startswith(stem, autoescape=True)))
    )


def by_id(tx: Tx, ids: Sequence[str]) -> dict[str, Grant]:
    """Some grants by id."""
    found: dict[str, Grant] = {}
    for chunk in chunks(ids):
        found |= _grants(tx, select(GrantRow).where(col(GrantRow.id).in_(chunk)))
    return found


def _grants(tx: Tx, query: Any) -> dict[str, Grant]:
    return {row.id: _grant(row) for row in tx.exec(query.order_by(col(GrantRow.id)))}


def _grant(row: Any) -> Grant:
    return Grant(
        id=row.id,
        team=row.team,
        amount_ucr=row.amount_ucr,
        start=row.start,
        end=row.end,
        purpose=row.purpose,
        created_at=row.created_at,
        received_ucr=row.received_ucr,
        passed_ucr=row.passed_ucr,
        expiry=expiry_of(row.expiry),
        carried_ucr=row.carried_ucr,
        carried_to=row.carried_to,
        revoked_at=row.revoked_at,
        version=row.version,
        repaid_ucr=row.repaid_ucr,
        credit_line=row.credit_line,
    )


def listed(tx: Tx, team: str, *, after: Cursor | None, limit: int) -> Page[Grant]:
    """Grants by team and end: of a team, or of all."""
    query = select(GrantRow)
    if team:
        query = query.where(GrantRow.team == team)
    keys = [GRANTS.team, GRANTS.end, GRANTS.id]
    return paged(tx, query, keys, _grant, after=after, limit=limit)
