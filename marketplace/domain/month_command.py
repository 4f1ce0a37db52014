"""What finance does with months, as data."""

from dataclasses import dataclass

from marketplace.domain.command import Command
from marketplace.domain.month import MonthClose, month_named


@dataclass(frozen=True, slots=True)
class CloseMonth(Command[MonthClose]):
    """Close a month, like ``2026-11``: nothing is dated in it any more."""

    month: str

    def __post_init__(self) -> None:
        month_named(self.month)
