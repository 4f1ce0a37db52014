"""A spending limit: so many credits a period, of a team, a project or a theme."""

from dataclasses import dataclass
from datetime import datetime

from marketplace.domain.period import Period
from marketplace.domain.transfer import Tag, Tags
from marketplace.errors import BadField
from marketplace.words import Credits
from pricing.units import MAX_UCR


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A team, or work of a project or a theme, spends so much a period and no more."""

    credits_ucr: int
    period: Period = Period.MONTH
    team: str = ""
    project: str = ""
    theme: str = ""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.team, self.project, self.theme))) != 1:
            raise BadField("team", self.team, "one-of-three")
        if not 0 <= self.credits_ucr <= MAX_UCR:
            raise BadField("credits", Credits(self.credits_ucr), "uncountable")

    @property
    def tag(self) -> tuple[Tag, str] | None:
        """What work it is about; None where it is about a team."""
        if self.project:
            return Tag.PROJECT, self.project
        return (Tag.THEME, self.theme) if self.theme else None

    @property
    def name(self) -> str:
        """Whose it is, in words."""
        if self.tag is None:
            return f"team {self.team}"
        return f"{self.tag[0].value} {self.tag[1]}"

    def about(self, tags: Tags) -> bool:
        """Whether it is about work that is tagged so."""
        return self.tag is not None and self.tag[0].of(tags) == self.tag[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUse:
    """How full a limit is in its period [start, end): what was spent in it, as adjustments
    corrected that, and what is held now."""

    limit: Limit
    start: datetime
    end: datetime
    spent_ucr: int
    held_ucr: int

    @property
    def left_ucr(self) -> int:
        """What is left where all that is held is spent."""
        return max(self.limit.credits_ucr - self.spent_ucr - self.held_ucr, 0)
