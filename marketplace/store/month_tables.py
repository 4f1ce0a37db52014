"""The rows of closed months."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Column
from sqlmodel import Field

from marketplace.store.columns import Declared, Instant
from marketplace.store.tables import big, instant


class MonthCloseRow(Declared, table=True):
    """What a month came to; amounts by name are in ucr."""

    __tablename__ = "month_close"
    __table_args__ = (CheckConstraint("total_ucr = 0"),)
    month: datetime = Field(sa_column=Column(Instant, primary_key=True))
    closed_at: datetime = instant()
    closed_by: str
    head_seq: int = big()
    head_hash: str
    transfers: int = big()
    last_seq: int = big()
    last_hash: str
    movements: dict[str, int] = Field(sa_column=Column(JSON, nullable=False))
    opening: dict[str, int] = Field(sa_column=Column(JSON, nullable=False))
    accounts: dict[str, int] = Field(sa_column=Column(JSON, nullable=False))
    total_ucr: int = big()


class MonthTeamRow(Declared, table=True):
    """A team's statement of a closed month, added up: a column for each type of line."""

    __tablename__ = "month_team"
    month: datetime = Field(
        sa_column=Column(Instant, primary_key=True),
    )
    team: str = Field(primary_key=True, foreign_key="team.id")
    opening_ucr: int = big()
    grant_ucr: int = big()
    charge_ucr: int = big()
    refund_ucr: int = big()
    buy_out_ucr: int = big()
    transfer_ucr: int = big()
    adjustment_ucr: int = big()
    expiry_ucr: int = big()
    draw_ucr: int = big()
    repayment_ucr: int = big()
    closing_ucr: int = big()
    held_ucr: int = big()
