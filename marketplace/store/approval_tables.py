"""The rows of the decision policy, of approvals, and of says that are lent."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index
from sqlmodel import Field

from marketplace.store.columns import Declared, Number
from marketplace.store.tables import instant


class PolicyRow(Declared, table=True):
    """A version of the decision policy: the document as it was adopted."""

    __tablename__ = "policy"
    version: int = Field(sa_column=Column(Number, primary_key=True, autoincrement=False))
    document: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    adopted_at: datetime = instant()
    adopted_by: str
    valid_from: datetime = instant()


class ApprovalRow(Declared, table=True):
    """What a version of an order waits for, or waited for."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("held_ucr > 0"),
        Index("ix_approval_state", "state", "due_at", "order_id", "order_version"),
        Index("ix_approval_team", "team", "state", "due_at", "order_id", "order_version"),
    )
    order_id: str = Field(primary_key=True, foreign_key="market_order.id")
    order_version: int = Field(primary_key=True)
    team: str
    held_ucr: int = Field(sa_type=BigInteger)
    policy: int
    tiers: list[str] = Field(sa_column=Column(JSON, nullable=False))
    needs: list[str] = Field(sa_column=Column(JSON, nullable=False))
    then: str
    asked_by: str
    asked_at: datetime = instant()
    due_at: datetime = instant()
    words: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    state: str
    reason: str
    ended_at: datetime | None = instant(nullable=True)
    ended_by: str


class DelegationRow(Declared, table=True):
    """A say that is lent."""

    __tablename__ = "delegation"
    __table_args__ = (
        Index("ix_delegation_to", "to", "id"),
        Index("ix_delegation_of", "person", "id"),
    )
    id: str = Field(primary_key=True)
    person: str
    role: str
    to: str
    team: str
    start: datetime = instant()
    end: datetime = instant()
    made_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)
