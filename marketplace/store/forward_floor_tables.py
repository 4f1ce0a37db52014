"""The rows of forward floors."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field

from marketplace.store.columns import Declared
from marketplace.store.tables import instant


class ForwardFloorRow(Declared, table=True):
    """What a repeat of the last week would make the slots of a cycle's sale cost."""

    __tablename__ = "forward_floor"
    cycle: int = Field(primary_key=True, foreign_key="cycle.number")
    as_of: datetime = instant()
    start: datetime = instant()
    slot_minutes: int
    orders: int
    pools: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
