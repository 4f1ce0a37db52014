"""The rows of orders that books had no room for."""

from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field

from marketplace.store.columns import Declared


class RoomlessRow(Declared, table=True):
    """From which cycle to which an order had no start with room, and what it asked for."""

    __tablename__ = "cycle_roomless"
    __table_args__ = (
        Index("ix_roomless_since", "since", "until"),
        Index("ix_roomless_until", "until"),
    )
    order_id: str = Field(primary_key=True, foreign_key="market_order.id")
    since: int = Field(primary_key=True, foreign_key="cycle.number")
    until: int | None = Field(default=None)
    options: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
