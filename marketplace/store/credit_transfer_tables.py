"""The rows of transfers of credits between teams."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index
from sqlmodel import Field

from marketplace.store.columns import Declared, Number
from marketplace.store.tables import big, instant


class CreditTransferRow(Declared, table=True):
    __tablename__ = "credit_transfer"
    __table_args__ = (
        CheckConstraint("amount_ucr > 0"),
        CheckConstraint("team <> receiver"),
        CheckConstraint("(state = 'proposed') = (ended_at IS NULL)"),
        Index("ix_credit_transfer", "proposed_at", "number"),
        Index("ix_credit_transfer_team", "team", "proposed_at", "number"),
        Index("ix_credit_transfer_receiver", "receiver", "proposed_at", "number"),
    )
    number: int = Field(sa_column=Column(Number, primary_key=True, autoincrement=False))
    team: str = Field(foreign_key="team.id")
    receiver: str = Field(foreign_key="team.id")
    amount_ucr: int = big()
    reason: str
    proposed_at: datetime = instant()
    proposed_by: str
    lapses_at: datetime = instant()
    state: str
    ended_at: datetime | None = instant(nullable=True)
    code: str
    answer: str
    grants: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    version: int
