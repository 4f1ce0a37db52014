"""Tokens, by their hashes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from marketplace.domain.page import Cursor, Page
from marketplace.domain.token import Token, TokenKind, TokenRequest, TokenSeen, read_role
from marketplace.store.page import paged
from marketplace.store.service_tables import TokenRow, TokenUseRow
from marketplace.store.transaction import Tx
from marketplace.store.writes import Verb

TABLE: Final = TokenRow.__table__  # type: ignore[attr-defined]
USE: Final = TokenUseRow.__table__  # type: ignore[attr-defined]
BY_ID: Final = sa.select(TABLE).where(TABLE.c.id == sa.bindparam("token"))


def add(tx: Tx, token: Token) -> None:
    """Keep a new token."""
    tx.add_rows(TokenRow, [_row(token)])
    tx.forget(("token", token.id))


def change(tx: Tx, token: Token) -> None:
    """Keep what became of a token."""
    tx.change_rows(TokenRow, [_row(token)])
    tx.forget(("token", token.id))


def get(tx: Tx, id_: str) -> Token | None:
    """A token by its id."""

    def look() -> Token | None:
        tx.write_out()
        return look_up(tx.connection(), id_)

    found: Token | None = tx.known(("token", id_), look)
    return found


def look_up(connection: sa.Connection, id_: str) -> Token | None:
    """A token by its id, as the database has it."""
    row = connection.execute(BY_ID, {"token": id_}).first()
    return _token(row) if row else None


def of_person(tx: Tx, person: str) -> list[Token]:
    """A person's tokens that have not been ended, by id."""
    query = sa.select(TABLE).where(TABLE.c.person == person, TABLE.c.ended_at.is_(None))
    return [_token(row) for row in tx.execute(query.order_by(TABLE.c.id))]


def listed(tx: Tx, person: str = "", *, after: Cursor | None, limit: int) -> Page[TokenSeen]:
    """Tokens by person, with their last use; of one person or of all."""
    query = sa.select(TABLE, USE.c.used_at).outerjoin(USE, USE.c.token == TABLE.c.id)
    if person:
        query = query.where(TABLE.c.person == person)
    return paged(tx, query, [TABLE.c.person, TABLE.c.id], _seen, after=after, limit=limit)


def note_used(tx: Tx, uses: Mapping[str, datetime]) -> None:
    """Keep when tokens were last used; no command tells of it: see ``TokenUseRow``."""
    query = sa.select(USE.c.token).where(USE.c.token.in_(sorted(uses)))
    there = set(tx.execute(query).scalars())
    for token, at in sorted(uses.items()):
        verb = Verb.CHANGE if token in there else Verb.ADD
        tx.append_row(TokenUseRow, {"token": token, "used_at": at}, verb)


def _row(token: Token) -> dict[str, Any]:
    request = token.request
    return {
        "id": token.id,
        "person": request.person,
        "roles": list(token.roles),
        "secret_sha256": request.secret_sha256,
        "kind": request.kind.value,
        "pool": request.pool,
        "note": request.note,
        "created_at": token.created_at,
        "created_by": token.created_by,
        "made_with": token.made_with,
        "expires_at": request.expires_at,
        "ended_at": token.ended_at,
        "reason": token.reason,
    }


def _seen(row: Any) -> TokenSeen:
    return TokenSeen(token=_token(row), used_at=row.used_at)


def _token(row: Any) -> Token:
    request = TokenRequest(
        person=row.person,
        standings=tuple(read_role(one) for one in row.roles),
        secret_sha256=row.secret_sha256,
        expires_at=row.expires_at,
        kind=TokenKind(row.kind),
        pool=row.pool,
        note=row.note,
    )
    return Token(
        request=request,
        created_at=row.created_at,
        created_by=row.created_by,
        made_with=row.made_with,
        ended_at=row.ended_at,
        reason=row.reason,
    )
