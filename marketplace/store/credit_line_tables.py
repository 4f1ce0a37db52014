"""The rows of credit lines."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from marketplace.store.columns import Declared
from marketplace.store.tables import big, instant


class CreditLineRow(Declared, table=True):
    __tablename__ = "credit_line"
    __table_args__ = (
        CheckConstraint("limit_ucr > 0"),
        CheckConstraint("drawn_ucr >= 0 AND drawn_ucr <= limit_ucr"),
        Index("ix_credit_line_team", "team", "id"),
    )
    id: str = Field(primary_key=True, foreign_key="credit_grant.id")
    team: str = Field(foreign_key="team.id")
    limit_ucr: int = big()
    start: datetime = instant()
    end: datetime | None = instant(nullable=True)
    reason: str
    set_at: datetime = instant()
    set_by: str
    closed_at: datetime | None = instant(nullable=True)
    drawn_ucr: int = big()
    repayments: int
    version: int
