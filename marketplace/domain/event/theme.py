"""Themes that were decided on."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from marketplace.domain.event.audience import Audience, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemesAdopted(Event):
    """Another version says what the credits of [start, end) are meant for."""

    kind: ClassVar[str] = "themes.adopted"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    themes: int
    start: datetime
    end: datetime
    by: str
