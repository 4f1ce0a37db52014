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
from sqlmodel import Field

from marketplace.store.columns import Declared, Deflated, Instant, Number


def instant(*, nullable: bool = False, index: bool = False) -> Any:
    """A column of moments."""
    return Field(sa_column=Column(Instant, nullable=nullable, index=index))


def big() -> Any:
    """A column of numbers that money or long times fill."""
    return Field(sa_type=BigInteger)


def only(condition: str) -> dict[str, Any]:
    """That an index has such rows alone, on either database."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def tagged(table: str, tag: str) -> Index:
    """What statements of a tag add up and list: of rows that name one, and all that is added up."""
    columns = (tag, "at", "seq", "movement", "team", "amount_ucr")
    return Index(f"ix_{table}_{tag}", *columns, **only(f"{tag} <> ''"))


class JournalRow(Declared, table=True):
    __tablename__ = "journal"
    __table_args__ = (
        Index(
            "ux_journal_scope_key",
            *("scope", "key"),
            unique=True,
            **only("accepted AND key <> ''"),
        ),
    )
    seq: int = Field(sa_column=Column(Number, primary_key=True, autoincrement=False))
    at: datetime = instant()
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


class RulesRow(Declared, table=True):
    __tablename__ = "market_rules"
    version: int = Field(primary_key=True)
    document: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    adopted_at: datetime = instant()
    from_cycle: int
    proposal: str


class ProposalRow(Declared, table=True):
    __tablename__ = "rules_proposal"
    __table_args__ = (Index("ix_rules_proposal", "proposed_at", "id"),)
    id: str = Field(primary_key=True)
    changes: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    reason: str
    from_cycle: int
    seen: int
    proposed_at: datetime = instant()
    proposed_by: str
    state: str
    ended_at: datetime | None = instant(nullable=True)
    version: int


class TeamRow(Declared, table=True):
    __tablename__ = "team"
    id: str = Field(primary_key=True)
    name: str
    created_at: datetime = instant()


class MemberRow(Declared, table=True):
    __tablename__ = "member"
    team: str = Field(primary_key=True, foreign_key="team.id")
    person: str = Field(primary_key=True)
    role: str


class PoolRow(Declared, table=True):
    __tablename__ = "pool"
    __table_args__ = (CheckConstraint("block_size >= 1"), CheckConstraint("reserve_price_ucr >= 0"))
    id: str = Field(primary_key=True)
    name: str
    unit: str
    block_size: int
    reserve_price_ucr: int = big()
    created_at: datetime = instant()
    retired: bool
    coming: list[Any] = Field(sa_column=Column(JSON, nullable=False))


class WindowRow(Declared, table=True):
    __tablename__ = "capacity_window"
    __table_args__ = (CheckConstraint("quantity >= 1"), Index("ix_window_pool", "pool", "id"))
    id: int = Field(sa_column=Column(Number, primary_key=True, autoincrement=False))
    pool: str = Field(foreign_key="pool.id")
    start: datetime = instant()
    end: datetime = instant()
    quantity: int
    ended_at: datetime | None = instant(nullable=True)


class MaintenanceRow(Declared, table=True):
    __tablename__ = "maintenance"
    __table_args__ = (
        CheckConstraint("quantity >= 1"),
        Index("ix_maintenance_start", "start", "id"),
    )
    id: str = Field(primary_key=True)
    pool: str = Field(foreign_key="pool.id", index=True)
    start: datetime = instant()
    end: datetime = instant()
    quantity: int
    reason: str
    created_at: datetime = instant()
    cancelled_at: datetime | None = instant(nullable=True)


class OverrideRow(Declared, table=True):
    __tablename__ = "capacity_override"
    __table_args__ = (CheckConstraint("quantity >= 0"), Index("ix_override_pool", "pool", "number"))
    number: int = Field(sa_column=Column(Number, primary_key=True, autoincrement=False))
    pool: str = Field(foreign_key="pool.id")
    start: datetime = instant()
    end: datetime = instant()
    quantity: int
    reason: str
    created_at: datetime = instant()
    cancelled_at: datetime | None = instant(nullable=True)


class GrantRow(Declared, table=True):
    __tablename__ = "credit_grant"
    __table_args__ = (
        CheckConstraint("amount_ucr >= 0 AND received_ucr >= 0 AND passed_ucr >= 0"),
        Index("ix_grant_team_end", "team", "end", "id"),
    )
    id: str = Field(primary_key=True)
    team: str = Field(foreign_key="team.id")
    amount_ucr: int = big()
    start: datetime = instant()
    end: datetime = instant(index=True)
    purpose: str
    created_at: datetime = instant()
    received_ucr: int = big()
    passed_ucr: int = big()
    expiry: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    carried_ucr: int = big()
    carried_to: str
    revoked_at: datetime | None = instant(nullable=True)
    version: int
    repaid_ucr: int = big()
    credit_line: bool


class AccountRow(Declared, table=True):
    __tablename__ = "account"
    __table_args__ = (CheckConstraint("balance_ucr >= 0 OR address = 'mint'"),)
    address: str = Field(primary_key=True)
    team: str = Field(index=True)
    balance_ucr: int = big()


class TransferRow(Declared, table=True):
    __tablename__ = "transfer"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("amount_ucr > 0"),
        CheckConstraint("source <> target"),
        Index("ix_transfer_at", "at", "seq"),
        Index("ix_transfer_team_at", "team", "at", "seq"),
        Index("ix_transfer_reservation", "reservation_id", **only("reservation_id <> ''")),
        Index("ix_transfer_expired", "source", **only("movement = 'expire'")),
        Index(
            "ix_transfer_spot_paid",
            # with what its condition names, or SQLite would not answer from it alone
            *("team", "at", "pool", "unit_seconds", "spot_id", "movement"),
            **only("spot_id <> '' AND movement = 'pay'"),
        ),
        *(tagged("transfer", tag) for tag in ("project", "theme", "cost_centre")),
    )
    seq: int = Field(primary_key=True)
    at: datetime = instant()
    key: str
    movement: str
    source: str
    target: str
    amount_ucr: int = big()
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
    start: datetime | None = instant(nullable=True)
    end: datetime | None = instant(nullable=True)
    unit_seconds: int = big()
    prices: list[list[int]] | None = Field(sa_column=Column(JSON))
    paid_ahead: int
    whole_ucr: int = big()
    other_team: str
    note: str
    hash: str


class TeamMonthRow(Declared, table=True):
    """What a month changed in a team's credits: so that a statement reads its period alone."""

    __tablename__ = "team_month"
    team: str = Field(primary_key=True)
    month: datetime = Field(sa_column=Column(Instant, primary_key=True))
    owned_ucr: int = big()
    held_ucr: int = big()


class HoldRow(Declared, table=True):
    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("amount_ucr > 0"),
        Index(
            "ix_hold_pending",
            *("team", "id", "place"),
            **only("state = 'pending'"),
        ),
    )
    id: str = Field(primary_key=True)
    place: int = Field(primary_key=True)  # the order of spending
    grant_id: str = Field(foreign_key="credit_grant.id")
    order_id: str = Field(index=True)
    spot_id: str
    team: str
    amount_ucr: int = big()
    state: str


class OrderRow(Declared, table=True):
    __tablename__ = "market_order"
    __table_args__ = (
        UniqueConstraint("team", "key"),
        Index("ix_order_placed_at", "placed_at", "id"),
        Index("ix_order_reason", "reason", "ended_at", "id"),
        Index("ix_order_state", "state", "placed_at", "id"),
        Index("ix_order_team", "team", "placed_at", "id"),
        Index("ix_order_team_state", "team", "state", "placed_at", "id"),
    )
    id: str = Field(primary_key=True)
    team: str = Field(foreign_key="team.id")
    key: str
    state: str
    request: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    placed_at: datetime = instant()
    version: int
    cycle_id: str = Field(index=True)
    fill: dict[str, Any] | None = Field(sa_column=Column(JSON))
    loss: dict[str, Any] | None = Field(sa_column=Column(JSON))
    reason: str
    ended_at: datetime | None = instant(nullable=True)


class CycleRow(Declared, table=True):
    __tablename__ = "cycle"
    number: int = Field(primary_key=True)
    state: str = Field(index=True)
    closes_at: datetime = instant()
    rules_version: int = Field(foreign_key="market_rules.version")
    sale_start: datetime | None = instant(nullable=True)
    problem_sha256: str
    seed: int = big()
    settled_at: datetime | None = instant(nullable=True)
    reason: str
    salt: bytes | None = Field(sa_column=Column(LargeBinary))
    problem: bytes | None = Field(sa_column=Column(Deflated))
    outcome: bytes | None = Field(sa_column=Column(Deflated))


class CyclePriceRow(Declared, table=True):
    __tablename__ = "cycle_price"
    cycle: int = Field(primary_key=True, foreign_key="cycle.number")
    pool: str = Field(primary_key=True, foreign_key="pool.id")
    prices_ucr: list[int] = Field(sa_column=Column(JSON, nullable=False))
    on_sale: list[int] = Field(sa_column=Column(JSON, nullable=False))


class IndicativeRow(Declared, table=True):
    __tablename__ = "indicative_price"
    cycle: int = Field(primary_key=True, foreign_key="cycle.number")
    due_at: datetime = Field(sa_column=Column(Instant, primary_key=True))
    as_of: datetime = instant()
    start: datetime = instant()
    slot_minutes: int
    pools: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))


class EntryRow(Declared, table=True):
    __tablename__ = "cycle_entry"
    cycle: int = Field(primary_key=True, foreign_key="cycle.number")
    order_id: str = Field(primary_key=True, foreign_key="market_order.id")
    alias: str
    team_alias: str
    options: list[int] = Field(sa_column=Column(JSON, nullable=False))


class ReservationRow(Declared, table=True):
    __tablename__ = "reservation"
    __table_args__ = (
        Index("ix_reservation_start", "start", "id"),
        Index("ix_reservation_team", "team", "start", "id"),
        Index("ix_reservation_state", "state", "start", "id"),
        Index("ix_reservation_team_state", "team", "state", "start", "id"),
    )
    id: str = Field(primary_key=True)
    award_id: str = Field(index=True)
    order_id: str = Field(foreign_key="market_order.id", index=True)
    cycle_id: str
    team: str
    pool: str = Field(foreign_key="pool.id")
    start: datetime = instant()
    end: datetime = instant(index=True)
    slot_s: int
    quantity: int
    units: list[int] = Field(sa_column=Column(JSON, nullable=False))
    lost: list[int] = Field(sa_column=Column(JSON, nullable=False))
    given_back: list[int] = Field(sa_column=Column(JSON, nullable=False))
    prices_ucr: list[int] = Field(sa_column=Column(JSON, nullable=False))
    paid_ucr: int = big()
    awarded_at: datetime = instant()
    state: str
    reason: str
    ended_at: datetime | None = instant(nullable=True)
    changed_at: datetime | None = instant(nullable=True)
    moves: int
    extended: int
    extended_ucr: int = big()


class ReleaseRow(Declared, table=True):
    __tablename__ = "release"
    __table_args__ = (
        Index("ix_release_released_at", "released_at", "id"),
        Index("ix_release_team", "team", "released_at", "id"),
    )
    id: str = Field(primary_key=True)
    reservation_id: str = Field(foreign_key="reservation.id")
    order_id: str
    team: str
    pool: str = Field(foreign_key="pool.id")
    start: datetime = instant()
    end: datetime = instant(index=True)
    slot_s: int
    left: list[int] = Field(sa_column=Column(JSON, nullable=False))
    paid_per_unit_ucr: list[int] = Field(sa_column=Column(JSON, nullable=False))
    released_at: datetime = instant()
    on_sale_from: int
    by_spot_ucr: list[int] = Field(sa_column=Column(JSON, nullable=False))


class AgendaRow(Declared, table=True):
    __tablename__ = "agenda"
    at: datetime = Field(sa_column=Column(Instant, primary_key=True))
    kind: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
