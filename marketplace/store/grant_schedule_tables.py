"""The rows of schedules of grants."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index
from sqlmodel import Field

from marketplace.store.columns import Declared
from marketplace.store.tables import big, instant


class GrantScheduleRow(Declared, table=True):
    __tablename__ = "grant_schedule"
    __table_args__ = (
        CheckConstraint("amount_ucr > 0"),
        CheckConstraint("(next_at IS NULL) = (ended_at IS NOT NULL)"),
        Index("ix_grant_schedule_team", "team", "id"),
    )
    id: str = Field(primary_key=True)
    team: str = Field(foreign_key="team.id")
    every: str
    amount_ucr: int = big()
    lasts_days: int
    purpose: str
    expiry: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    until: datetime | None = instant(nullable=True)
    start: datetime = instant()
    created_at: datetime = instant()
    next_at: datetime | None = instant(nullable=True)
    ended_at: datetime | None = instant(nullable=True)
    code: str
    reason: str
    version: int
