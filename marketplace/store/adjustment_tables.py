"""The rows of adjustments."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index
from sqlmodel import Field

from marketplace.store.columns import Declared, Number
from marketplace.store.tables import big, instant


class AdjustmentRow(Declared, table=True):
    __tablename__ = "adjustment"
    __table_args__ = (
        Index("ix_adjustment_state", "state", "number"),
        CheckConstraint("(state = 'proposed') = (ended_at IS NULL)"),
    )
    number: int = Field(sa_column=Column(Number, primary_key=True, autoincrement=False))
    reason: str
    end: datetime | None = instant(nullable=True)
    proposed_at: datetime = instant()
    proposed_by: str
    state: str
    ended_at: datetime | None = instant(nullable=True)
    ended_by: str
    ended_for: str


class AdjustmentLineRow(Declared, table=True):
    __tablename__ = "adjustment_line"
    __table_args__ = (CheckConstraint("amount_ucr <> 0"),)
    adjustment: int = Field(
        sa_column=Column(Number, primary_key=True, autoincrement=False),
    )
    place: int = Field(primary_key=True)
    team: str = Field(foreign_key="team.id")
    amount_ucr: int = big()
    corrects: str
