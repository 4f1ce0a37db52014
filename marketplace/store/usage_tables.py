"""The rows of use that was measured."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index
from sqlmodel import Field

from marketplace.store.columns import Declared, Instant
from marketplace.store.tables import big, instant, only


def _tagged(tag: str) -> Index:
    columns = (tag, "end", "start", "pool", "used_micro", "team")
    return Index(f"ix_usage_{tag}", *columns, **only(f"{tag} <> ''"))


class UsageRow(Declared, table=True):
    """How many units of a time-box or spot request were busy in a spell, and how many it had, both
    on average and in millionths."""

    __tablename__ = "usage_spell"
    __table_args__ = (
        CheckConstraint('start < "end"'),
        CheckConstraint("used_micro BETWEEN 0 AND held_micro"),
        Index("ix_usage_end", "end"),
        Index("ix_usage_team", "team", "end", "start", "pool", "used_micro"),
        *map(_tagged, ("project", "theme", "cost_centre")),
    )
    reservation: str = Field(primary_key=True)  # or a spot request
    start: datetime = Field(sa_column=Column(Instant, primary_key=True))
    end: datetime = instant()
    used_micro: int = big()
    held_micro: int = big()
    spot: bool
    team: str = Field(foreign_key="team.id")
    pool: str = Field(foreign_key="pool.id")
    project: str
    theme: str
    cost_centre: str
    imported_at: datetime = instant()
    imported_by: str
