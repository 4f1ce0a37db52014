"""Every row, with the constraints that money relies on. Rows live and die in this package."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from marketplace.store.columns import Deflated, Instant, Number


def _instant(*, nullable: bool = False, index: bool = False) -> Any:
    return Field(sa_column=Column(Instant, nullable=nullable, index=index))


def _big() -> Any:
    return Field(sa_type=BigInteger)


class JournalRow(SQLModel, table=True):
    __tablename__ = "journal"
    __table_args__ = (
        Index(
            "ux_journal_scope_key",
            *("scope", "key"),
            unique=True,
            sqlite_where=text("accepted AND key <> ''"),
            postgresql_where=text("accepted AND key <> ''"),
        ),
    )
    seq: int = Field(sa_column=Column(Number, primary_key=True, autoincrement=False))
    at: datetime = _instant()
    actor: str  # JSON
    kind: str
    command: str  # JSON
    scope: str
    key: str
    secret: bytes | None = Field(sa_column=Column(LargeBinary))
    attachment: bytes | None = Field(sa_column=Column(Deflated))
    rules_version: int
    accepted: bool
    answer: str  # JSON: the ids of what it made or changed, or the refusal
    wrote: str
    hash: str


class RulesRow(SQLModel, table=True):
    __tablename__ = "market_rules"
    version: int = Field(primary_key=True)
    document: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    adopted_at: datetime = _instant()


class TeamRow(SQLModel, table=True):
    __tablename__ = "team"
    id: str = Field(primary_key=True)
    name: str
    created_at: datetime = _instant()


class MemberRow(SQLModel, table=True):
    __tablename__ = "member"
    team: str = Field(primary_key=True, foreign_key="team.id")
    person: str = Field(primary_key=True)
    role: str


class PoolRow(SQLModel, table=True):
    __tablename__ = "pool"
    __table_args__ = (CheckConstraint("block_size >= 1"), CheckConstraint("reserve_price_ucr >= 0"))
    id: str = Field(primary_key=True)
    name: str
    unit: str
    block_size: int
    reserve_price_ucr: int = _big()
    created_at: datetime = _instant()


class WindowRow(SQLModel, table=True):
    __tablename__ = "capacity_window"
    __table_args__ = (CheckConstraint("quantity >= 1"),)
    id: int = Field(sa_column=Column(Number, primary_key=True, autoincrement=False))
    pool: str = Field(foreign_key="pool.id", index=True)
    start: datetime = _instant()
    end: datetime = _instant()
    quantity: int


class MaintenanceRow(SQLModel, table=True):
    __tablename__ = "maintenance"
    __table_args__ = (CheckConstraint("quantity >= 1"),)
    id: str = Field(primary_key=True)
    pool: str = Field(foreign_key="pool.id", index=True)
    start: datetime = _instant()
    end: datetime = _instant()
    quantity: int
    reason: str
    created_at: datetime = _instant()
    cancelled_at: datetime | None = _instant(nullable=True)


class GrantRow(SQLModel, table=True):
    __tablename__ = "credit_grant"
    __table_args__ = (CheckConstraint("amount_ucr > 0"),)
    id: str = Field(primary_key=True)
    team: str = Field(foreign_key="team.id", index=True)
    amount_ucr: int = _big()
    start: datetime = _instant()
    end: datetime = _instant(index=True)
    purpose: str
    created_at: datetime = _instant()


class AccountRow(SQLModel, table=True):
    __tablename__ = "account"
    __table_args__ = (CheckConstraint("balance_ucr >= 0 OR address = 'mint'"),)
    address: str = Field(primary_key=True)
    team: str = Field(index=True)
    balance_ucr: int = _big()


class TransferRow(SQLModel, table=True):
    __tablename__ = "transfer"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("amount_ucr > 0"),
        CheckConstraint("source <> target"),
        Index("ix_transfer_team_at", "team", "at"),
    )
    seq: int = Field(primary_key=True)
    at: datetime = _instant()
    key: str
    movement: str
    source: str
    target: str
    amount_ucr: int = _big()
    team: str  # the team that it concerns: each movement concerns one team at most
    order_id: str = Field(index=True)
    spot_id: str
    hold_id: str
    reservation_id: str
    cycle_id: str
    rule: str
    reason: str
    project: str
    theme: str
    cost_centre: str
    pool: str  # from here on: the time that was sold or paid back; empty where none was
    quantity: int
    start: datetime | None = _instant(nullable=True)
    end: datetime | None = _instant(nullable=True)
    unit_seconds: int = _big()
    prices: list[list[int]] | None = Field(sa_column=Column(JSON))
    paid_ahead: int
    whole_ucr: int = _big()
    note: str
    hash: str


class TeamMonthRow(SQLModel, table=True):
    """What a month changed in a team's credits: so that a statement reads its period alone."""

    __tablename__ = "team_month"
    team: str = Field(primary_key=True)
    month: datetime = Field(sa_column=Column(Instant, primary_key=True))
    owned_ucr: int = _big()
    held_ucr: int = _big()


class HoldRow(SQLModel, table=True):
    __tablename__ = "hold"
    __table_args__ = (CheckConstraint("amount_ucr > 0"),)
    id: str = Field(primary_key=True)
    place: int = Field(primary_key=True)  # the order of spending
    grant_id: str = Field(foreign_key="credit_grant.id")
    order_id: str = Field(index=True)
    spot_id: str
    team: str
    amount_ucr: int = _big()
    state: str


class OrderRow(SQLModel, table=True):
    __tablename__ = "market_order"
    __table_args__ = (
        UniqueConstraint("team", "key"),
        Index("ix_order_team_state", "team", "state"),
    )
    id: str = Field(primary_key=True)
    team: str = Field(foreign_key="team.id")
    key: str
    state: str = Field(index=True)
    request: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    placed_at: datetime = _instant()
    version: int
    cycle_id: str = Field(index=True)
    fill: dict[str, Any] | None = Field(sa_column=Column(JSON))
    loss: dict[str, Any] | None = Field(sa_column=Column(JSON))
    reason: str
    ended_at: datetime | None = _instant(nullable=True)


class CycleRow(SQLModel, table=True):
    __tablename__ = "cycle"
    number: int = Field(primary_key=True)
    state: str = Field(index=True)
    closes_at: datetime = _instant()
    rules_version: int = Field(foreign_key="market_rules.version")
    sale_start: datetime | None = _instant(nullable=True)
    problem_sha256: str
    seed: int = _big()
    settled_at: datetime | None = _instant(nullable=True)
    reason: str
    salt: bytes | None = Field(sa_column=Column(LargeBinary))
    problem: bytes | None = Field(sa_column=Column(Deflated))
    outcome: bytes | None = Field(sa_column=Column(Deflated))


class EntryRow(SQLModel, table=True):
    __tablename__ = "cycle_entry"
    cycle: int = Field(primary_key=True, foreign_key="cycle.number")
    order_id: str = Field(primary_key=True, foreign_key="market_order.id")
    alias: str
    team_alias: str
    options: list[int] = Field(sa_column=Column(JSON, nullable=False))


class ReservationRow(SQLModel, table=True):
    __tablename__ = "reservation"
    id: str = Field(primary_key=True)
    award_id: str = Field(index=True)
    order_id: str = Field(foreign_key="market_order.id", index=True)
    cycle_id: str
    team: str = Field(index=True)
    pool: str = Field(foreign_key="pool.id")
    start: datetime = _instant()
    end: datetime = _instant(index=True)
    slot_s: int
    quantity: int
    units: list[int] = Field(sa_column=Column(JSON, nullable=False))
    prices_ucr: list[int] = Field(sa_column=Column(JSON, nullable=False))
    paid_ucr: int = _big()
    awarded_at: datetime = _instant()
    state: str = Field(index=True)
    reason: str
    ended_at: datetime | None = _instant(nullable=True)


class ReleaseRow(SQLModel, table=True):
    __tablename__ = "release"
    id: str = Field(primary_key=True)
    reservation_id: str = Field(foreign_key="reservation.id")
    order_id: str
    team: str
    pool: str = Field(foreign_key="pool.id")
    start: datetime = _instant()
    end: datetime = _instant(index=True)
    slot_s: int
    left: list[int] = Field(sa_column=Column(JSON, nullable=False))
    paid_per_unit_ucr: list[int] = Field(sa_column=Column(JSON, nullable=False))
    released_at: datetime = _instant()
    on_sale_from: int


class SpotRow(SQLModel, table=True):
    __tablename__ = "spot_request"
    __table_args__ = (
        UniqueConstraint("team", "key"),
        CheckConstraint("quantity >= 1"),
        CheckConstraint("(state = 'active') = (started_at IS NOT NULL)"),
        Index("ix_spot_state_pool", "state", "pool"),
        Index("ix_spot_state_id", "state", "id"),
    )
    id: str = Field(primary_key=True)
    team: str = Field(foreign_key="team.id")
    key: str
    pool: str = Field(foreign_key="pool.id")
    quantity: int
    limit_ucr: int = _big()
    minimum_s: int
    end: datetime | None = _instant(nullable=True)
    persistent: bool
    project: str
    theme: str
    cost_centre: str
    placed_at: datetime = _instant()
    state: str
    code: str
    updated_at: datetime = _instant()
    version: int
    funds_until: datetime = _instant()
    at_risk: str
    started_at: datetime | None = _instant(nullable=True)  # the run, from here on
    billed_until: datetime | None = _instant(nullable=True)
    covered_until: datetime | None = _instant(nullable=True)
    paid_ahead: int
    deadline: datetime | None = _instant(nullable=True)
    why: str


class SpotPoolRow(SQLModel, table=True):
    __tablename__ = "spot_pool"
    pool: str = Field(primary_key=True, foreign_key="pool.id")
    kind: str
    state: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    ticked_at: datetime = _instant()
    likely_ucr: int = _big()


class SpotForecastRow(SQLModel, table=True):
    __tablename__ = "spot_forecast"
    pool: str = Field(primary_key=True, foreign_key="pool.id")
    price: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    use: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class SpotPriceRow(SQLModel, table=True):
    __tablename__ = "spot_price"
    __table_args__ = (CheckConstraint("ticks >= 1"),)
    pool: str = Field(primary_key=True, foreign_key="pool.id")
    at: datetime = Field(sa_column=Column(Instant, primary_key=True))
    price_ucr: int = _big()
    controller_ucr: int = _big()
    reason: str
    unserved_ucr: int = _big()
    supply: int
    wanted: int
    used: int
    ticks: int


class AgendaRow(SQLModel, table=True):
    __tablename__ = "agenda"
    at: datetime = Field(sa_column=Column(Instant, primary_key=True))
    kind: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
