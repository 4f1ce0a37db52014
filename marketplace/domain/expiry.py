"""By which rule a grant's unspent credits go: all at its end, down a line, or carried over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from marketplace.errors import BadField
from marketplace.words import Credits
from pricing.units import MAX_UCR

CARRY_DAYS_MAX: Final = 731
QUARTERS: Final = 4
"""In so many parts of its life a linear grant is looked at: its last part ends with it."""

SECOND: Final = timedelta(seconds=1)


class ExpiryRule(StrEnum):
    """What becomes of what is not spent."""

    ALL = "all"  # at the grant's end
    LINEAR = "linear"  # at each quarter of its life what lies above a linear use of it
    CARRY_OVER = "carry-over"  # at its end, but for what its next grant takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """A rule; ``carry_ucr``: so much at most is carried over, for ``carry_days``."""

    rule: ExpiryRule = ExpiryRule.ALL
    carry_ucr: int = 0
    carry_days: int = 0

    def __post_init__(self) -> None:
        carries = self.rule is ExpiryRule.CARRY_OVER
        if not carries and self.carry_ucr:
            raise BadField("carry_credits", Credits(self.carry_ucr), "carries-nothing")
        if not carries and self.carry_days:
            raise BadField("carry_days", self.carry_days, "carries-nothing")
        if carries and not 1 <= self.carry_ucr <= MAX_UCR:
            limits = {"least": Credits(1), "most": Credits(MAX_UCR)}
            raise BadField("carry_credits", Credits(self.carry_ucr), "credits-out-of-range", limits)
        if carries and not 1 <= self.carry_days <= CARRY_DAYS_MAX:
            facts = {"least": 1, "most": CARRY_DAYS_MAX}
            raise BadField("carry_days", self.carry_days, "out-of-range", facts)

    @classmethod
    def read(cls, rule: str, carry_ucr: int = 0, carry_days: int = 0) -> "Expiry":
        """A rule by its name. Raises ``BadField``."""
        if rule not in list(ExpiryRule):
            choices = tuple(one.value for one in ExpiryRule)
            raise BadField("expiry", rule, "not-one-of", {"choices": choices})
        return cls(rule=ExpiryRule(rule), carry_ucr=carry_ucr, carry_days=carry_days)

    def checkpoints(self, start: datetime, end: datetime) -> list[datetime]:
        """When a grant of that life is looked at before its end."""
        if self.rule is not ExpiryRule.LINEAR:
            return []
        whole = (end - start) // SECOND
        times = (start + whole * part // QUARTERS * SECOND for part in range(1, QUARTERS))
        return sorted({at for at in times if start < at < end})


ALL: Final = Expiry()


def line_ucr(whole_ucr: int, start: datetime, end: datetime, at: datetime) -> int:
    """What a linear use of it would have left at ``at``, rounded up."""
    left, whole = max(end - max(at, start), timedelta(0)) // SECOND, (end - start) // SECOND
    return -(-whole_ucr * left // whole)
