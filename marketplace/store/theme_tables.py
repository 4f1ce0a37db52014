"""The rows of the themes' document."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field

from marketplace.store.columns import Declared, Instant, Number


class ThemesRow(Declared, table=True):
    """A version of the themes: the document as it was adopted."""

    __tablename__ = "themes"
    version: int = Field(sa_column=Column(Number, primary_key=True, autoincrement=False))
    document: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    adopted_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    adopted_by: str
