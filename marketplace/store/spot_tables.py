"""The rows of the spot market."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint
from sqlmodel import Field

from marketplace.store.columns import Declared, Instant
from marketplace.store.tables import big, instant


class SpotRow(Declared, table=True):
    __tablename__ = "spot_request"
    __table_args__ = (
        UniqueConstraint("team", "key"),
        CheckConstraint("quantity >= 1"),
        CheckConstraint("(state = 'active') = (started_at IS NOT NULL)"),
        Index("ix_spot_team", "team", "placed_at", "id"),
        Index("ix_spot_team_state", "team", "state", "placed_at", "id"),
        Index("ix_spot_state_pool", "state", "pool"),
        Index("ix_spot_state_id", "state", "id"),
    )
    id: str = Field(primary_key=True)
    team: str = Field(foreign_key="team.id")
    key: str
    pool: str = Field(foreign_key="pool.id")
    quantity: int
    limit_ucr: int = big()
    minimum_s: int
    end: datetime | None = instant(nullable=True)
    persistent: bool
    project: str
    theme: str
    cost_centre: str
    placed_at: datetime = instant()
    state: str
    code: str
    updated_at: datetime = instant()
    version: int
    at_risk: str
    started_at: datetime | None = instant(nullable=True)  # the run, from here on
    billed_until: datetime | None = instant(nullable=True)
    covered_until: datetime | None = instant(nullable=True)
    paid_ahead: int
    deadline: datetime | None = instant(nullable=True)
    why: str


class SpotPoolRow(Declared, table=True):
    __tablename__ = "spot_pool"
    pool: str = Field(primary_key=True, foreign_key="pool.id")
    kind: str
    state: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    ticked_at: datetime = instant()
    likely_ucr: int = big()


class SpotForecastRow(Declared, table=True):
    __tablename__ = "spot_forecast"
    pool: str = Field(primary_key=True, foreign_key="pool.id")
    price: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    use: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class SpotPriceRow(Declared, table=True):
    __tablename__ = "spot_price"
    __table_args__ = (CheckConstraint("ticks >= 1"),)
    pool: str = Field(primary_key=True, foreign_key="pool.id")
    at: datetime = Field(sa_column=Column(Instant, primary_key=True))
    price_ucr: int = big()
    controller_ucr: int = big()
    reason: str
    unserved_ucr: int = big()
    supply: int
    wanted: int
    used: int
    ticks: int


class SpotResaleRow(Declared, table=True):
    __tablename__ = "spot_resale"
    __table_args__ = (Index("ix_spot_resale_until", "pool", "until"),)
    pool: str = Field(primary_key=True, foreign_key="pool.id")
    at: datetime = Field(sa_column=Column(Instant, primary_key=True))
    until: datetime = instant()
    uses: list[list[Any]] = Field(sa_column=Column(JSON, nullable=False))
