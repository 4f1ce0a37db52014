"""The rows of events and of those who read them."""

from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, ForeignKey, Index, String
from sqlmodel import Field

from marketplace.store import tables  # noqa: F401 - declares all other rows
from marketplace.store.columns import Declared, Instant, Number

REPLAYED: Final = "replayed"
"""What a table's ``info`` says ``False`` of, where the journal does not make its rows."""


class OutboxRow(Declared, table=True):
    """An event; ``line``: the journal's line that made it happen. A reader's next events are the
    first of one of the two indexes after its cursor."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("(audience LIKE 'team%') = (team IS NOT NULL)"),
        CheckConstraint("audience <> '' AND team <> ''"),
        Index("ix_outbox_audience_id", "audience", "id"),
        Index("ix_outbox_team_id", "team", "id"),
    )
    id: int = Field(sa_column=Column(Number, primary_key=True, autoincrement=False))
    line: int = Field(sa_type=BigInteger)
    kind: str
    version: int
    audience: str
    team: str | None
    at: datetime = Field(sa_column=Column(Instant, nullable=False))
    data: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class ConsumerRow(Declared, table=True):
    """Somebody who reads events by a name: from the one after ``starts_after`` on."""

    __tablename__ = "consumer"
    name: str = Field(primary_key=True)
    reader: str
    registered_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    starts_after: int = Field(sa_type=BigInteger)


class CursorRow(Declared, table=True):
    """How far a consumer has read. It moves all the time and is no fact of the market: no command
    writes it, and the check does not compare it."""

    __tablename__ = "consumer_cursor"
    __table_args__: ClassVar[Any] = {"info": {REPLAYED: False}}
    consumer: str = Field(
        sa_column=Column(String, ForeignKey("consumer.name", ondelete="CASCADE"), primary_key=True)
    )
    position: int = Field(sa_type=BigInteger)
    moved_at: datetime = Field(sa_column=Column(Instant, nullable=False))
