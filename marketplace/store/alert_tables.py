"""The rows of alerts."""

from datetime import datetime

from sqlalchemy import Column, Index
from sqlmodel import Field

from marketplace.store.columns import Declared, Instant, Number
from marketplace.store.tables import big, instant


class AlertRow(Declared, table=True):
    """A threshold that was passed: once for each rule, whomever it is about, and period."""

    __tablename__ = "alert"
    __table_args__ = (
        Index("ix_alert", "number"),
        Index("ix_alert_until", "until"),
        Index("ix_alert_team", "team", "number"),
    )
    number: int = Field(sa_column=Column(Number, nullable=False))
    rule: str = Field(primary_key=True)
    on: str
    team: str = Field(primary_key=True)
    project: str = Field(primary_key=True)
    theme: str = Field(primary_key=True)
    since: datetime = Field(sa_column=Column(Instant, primary_key=True, autoincrement=False))
    until: datetime = Field(sa_column=Column(Instant, primary_key=True, autoincrement=False))
    share_ppm: int
    amount_ucr: int = big()
    of_ucr: int = big()
    out_on: datetime | None = instant(nullable=True)
    policy: int
    raised_at: datetime = instant()
