"""The rows of awards that may be changed, and of cycles' books that they stood in."""

from datetime import datetime

from sqlmodel import Field

from marketplace.store.columns import Declared
from marketplace.store.tables import instant


class ChangeableRow(Declared, table=True):
    """An award that is not firm, and when it starts."""

    __tablename__ = "changeable_award"
    order_id: str = Field(primary_key=True, foreign_key="market_order.id")
    start: datetime = instant(index=True)


class CycleStandingRow(Declared, table=True):
    """An award that stood in a cycle's book, and its name there."""

    __tablename__ = "cycle_standing"
    cycle: int = Field(primary_key=True, foreign_key="cycle.number")
    order_id: str = Field(primary_key=True, foreign_key="market_order.id", index=True)
    alias: str
