"""Teams and members."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import select

from marketplace.domain.page import Cursor, Page
from marketplace.domain.team import Member, Role, Team
from marketplace.store.page import paged
from marketplace.store.tables import MemberRow, TeamRow
from marketplace.store.transaction import Tx

TEAMS = TeamRow.__table__.c  # type: ignore[attr-defined]
EVERY: Final = sa.select(TeamRow.__table__).order_by(TEAMS.id)  # type: ignore[attr-defined]
"""Read past the mapper: each request asks for it."""

MEMBERS = MemberRow.__table__.c  # type: ignore[attr-defined]


def add(tx: Tx, teams: Sequence[Team]) -> None:
    """Keep new teams."""
    rows = [{"id": team.id, "name": team.name, "created_at": team.created_at} for team in teams]
    tx.add_rows(TeamRow, rows)
    tx.forget("teams")


def all_of(tx: Tx) -> dict[str, Team]:
    """Every team by id, in the order of ids."""
    found: dict[str, Team] = tx.known("teams", lambda: _teams(tx))
    return found


def _teams(tx: Tx) -> dict[str, Team]:
    return {row.id: _team(row) for row in tx.execute(EVERY)}


def put_member(tx: Tx, member: Member) -> None:
    """Keep a member, or their new role."""
    row = {"team": member.team, "person": member.person, "role": member.role.value}
    there = tx.get(MemberRow, (member.team, member.person)) is not None
    (tx.change_rows if there else tx.add_rows)(MemberRow, [row])


def remove_member(tx: Tx, team: str, person: str) -> bool:
    """Forget a member; whether they were one."""
    there = tx.get(MemberRow, (team, person)) is not None
    tx.remove_rows(MemberRow, [{"team": team, "person": person}] if there else [])
    return there


def listed(tx: Tx, *, after: Cursor | None, limit: int) -> Page[Team]:
    """Teams by id."""
    return paged(tx, select(TeamRow), [TEAMS.id], _team, after=after, limit=limit)


def members(tx: Tx, team: str, *, after: Cursor | None, limit: int) -> Page[Member]:
    """A team's members by name."""
    query = select(MemberRow).where(MemberRow.team == team)
    return paged(tx, query, [MEMBERS.team, MEMBERS.person], _member, after=after, limit=limit)


def _team(row: Any) -> Team:
    return Team(id=row.id, name=row.name, created_at=row.created_at)


def _member(row: Any) -> Member:
    return Member(team=row.team, person=row.person, role=Role(row.role))
