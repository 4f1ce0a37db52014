"""The rows of tokens, of their use, and of leases."""

from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, ForeignKey, Index, String
from sqlmodel import Field

from marketplace.store.columns import Declared, Instant
from marketplace.store.event_tables import REPLAYED


class TokenRow(Declared, table=True):
    """A token: of its secret the hash alone."""

    __tablename__ = "token"
    __table_args__ = (
        CheckConstraint("length(secret_sha256) = 64"),
        Index("ix_token_person", "person", "id"),
    )
    id: str = Field(primary_key=True)
    person: str
    roles: list[str] = Field(sa_column=Column(JSON, nullable=False))
    secret_sha256: str
    kind: str
    pool: str
    note: str
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    created_by: str
    made_with: str
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    ended_at: datetime | None = Field(sa_column=Column(Instant, nullable=True))
    reason: str


class TokenUseRow(Declared, table=True):
    """When a token was last used, about. Like a consumer's cursor it is no fact of the market: no
    command writes it, and the check does not compare it."""

    __tablename__ = "token_use"
    __table_args__: ClassVar[Any] = {"info": {REPLAYED: False}}
    token: str = Field(
        sa_column=Column(String, ForeignKey("token.id", ondelete="CASCADE"), primary_key=True)
    )
    used_at: datetime = Field(sa_column=Column(Instant, nullable=False))


class LeaseRow(Declared, table=True):
    """Who leads, until when. It moves all the time and is no fact of the market: no command writes
    it, and the check does not compare it."""

    __tablename__ = "lease"
    __table_args__: ClassVar[Any] = {"info": {REPLAYED: False}}
    name: str = Field(primary_key=True)
    holder: str
    fence: int = Field(sa_type=BigInteger)
    until: datetime = Field(sa_column=Column(Instant, nullable=False))


METADATA: Final = Declared.metadata
"""Every table, those of the rooms before and these."""
