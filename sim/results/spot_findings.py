"""What spot did with the hours that reservations left idle, in numbers and sentences."""

from dataclasses import dataclass
from typing import Final

from marketplace.domain.spot_price import UNSERVED
from pricing.shown import credits_shown, percent_shown
from sim.results.history import SpotSeries, SpotStory

CAUSES: Final = {
    "reclaimed": "a reserved start took the units",
    "price-too-low": "the price rose above the limit",
    "outbid": "a higher limit came, or an equal one had been first",
    "unfit": "a smaller gang fitted where it did not",
    "maintenance": "units went away for maintenance",
    "budget": "the team's credits could not hold another hour",
    "capacity-not-available": "units were gone without notice: a node failed",
}
"""What interrupts a run, in words."""


@dataclass(frozen=True, slots=True)
class SpotFacts:
    """One pool's spot side over all days on which it was open; prices in ucr a unit-hour."""

    series: SpotSeries
    mean_price_ucr: int | None  # over ticks, weighted by the units that ran; None: none ran
    top_price_ucr: int
    by_limit: float  # the share of ticks whose price was the highest limit not served

    @property
    def share(self) -> float:
        """Sold unit-hours over those that reservations left idle."""
        return self.series.sold_hours / self.series.idle_hours if self.series.idle_hours else 0.0


def spot_facts(series: SpotSeries) -> SpotFacts:
    """The sums of one pool's ticks."""
    units = int(series.used.sum())
    ticks = sum(series.why.values())
    return SpotFacts(
        series=series,
        mean_price_ucr=int((series.price_ucr * series.used).sum()) // units if units else None,
        top_price_ucr=int(series.price_ucr.max(initial=0)),
        by_limit=series.why.get(UNSERVED, 0) / ticks if ticks else 0.0,
    )


def spot_answer(story: SpotStory | None) -> str:
    """How much of what was idle spot sold, and for how much."""
    if story is None:
        return "What did spot sell? It was not open"
    idle = sum(one.idle_hours for one in story.series)
    if not idle:
        return "What did spot sell? Reservations left no hour idle"
    sold = sum(one.sold_hours for one in story.series)
    return (
        f"Spot sold {percent_shown(sold / idle)} of the hours that reservations left idle, for "
        f"{credits_shown(story.paid_ucr, 0)} credits"
    )


def interruptions_answer(story: SpotStory) -> str:
    """How often runs were interrupted, and what for, the commonest first."""
    total = sum(story.interruptions.values())
    if not total:
        return "No run was interrupted."
    why = "; ".join(
        f"{CAUSES.get(code, code)} ({code}, {count:,})" for code, count in by_count(story)
    )
    return f"{total:,} {'run was' if total == 1 else 'runs were'} interrupted: {why}."


def by_count(story: SpotStory) -> list[tuple[str, int]]:
    """Interruptions by what caused them, the commonest first."""
    return sorted(story.interruptions.items(), key=lambda one: (-one[1], one[0]))
