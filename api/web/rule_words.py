"""The rules of the market in words, and how a page shows a value of each."""

from dataclasses import dataclass
from typing import Final

from marketplace.rules import CHOICES, LIMITS, MOST, PPM, STAYS, TEXTS, MarketRules

WORDS: Final = {
    "slot_minutes": "The market's time step.",
    "cycle_minutes": "How often a cycle closes: at whole multiples of it, counted from 00:00 UTC.",
    "lead_minutes": "From a cycle's closing to the first slot that it sells.",
    "horizon_hours": "How far ahead a time-box may start.",
    "longest_hours": "The longest time-box.",
    "reserved_share_ppm": "The share of each pool that is sold as reserved time.",
    "payment_rule": "What winners pay: one price for all (uniform), their bid, or by vcg or core.",
    "work": "How much work a clearing may do: more finds better outcomes.",
    "clearing_seconds": "A guard alone: a clearing that takes longer gives the best so far.",
    "forward_floor_ppm": "The least price ahead, of what a repeat of last week makes; 0: none.",
    "gate_hours": "So long before its start no time-box is moved or bought back any more.",
    "least_gain_ppm": "What a move or a buy-out must gain at least, of what the bid was worth.",
    "buy_out_gain_ppm": "The most that a buy-out brings beyond what was paid, as a part of that.",
    "buy_out_share_ppm": "The most that buy-outs bring a team, of what it kept; 0: without limit.",
    "moves_most": "How often a movable time-box may be moved.",
    "indicative_hours": "So many hours before closing indicative prices are told; empty for never.",
    "tick_minutes": "How often spot is decided.",
    "notice_minutes": "From an interruption notice to its deadline.",
    "at_risk_minutes": "How far ahead a spot run is warned of what will interrupt it.",
    "spot_longest_hours": "The longest minimum runtime of a spot request, fitting before a sale.",
    "spot_buffer_ppm": "The share of each pool that is kept free of spot.",
    "spot_controller": "What moves the spot prices.",
    "spot_target_ppm": "Demand over supply at which a spot price rests.",
    "spot_step_ppm": "The most that a spot price moves in a tick.",
    "spot_cap_multiple": "A spot price is at most so many times its floor.",
    "history_days": "Spot prices are kept tick by tick for so long; older ones hour by hour.",
    "event_days": "Events are kept for so long, and until every consumer has read them.",
}
"""What each rule says."""

UNITS: Final = {
    "_minutes": "minutes",
    "_hours": "hours",
    "_days": "days",
    "_seconds": "seconds",
    "_ppm": "millionths",
}
"""In what a rule is counted, by the end of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as a page shows it. ``stays``: no later version changes it; ``choices``: where it is
    one of several; ``least`` and ``most``: of a number."""

    name: str
    words: str
    value: int | str
    unit: str
    stays: bool
    choices: tuple[str, ...]
    least: int
    most: int

    @property
    def number(self) -> bool:
        """Whether it is a number."""
        return not self.choices and self.name not in TEXTS

    @property
    def bounded(self) -> bool:
        """Whether it is a number that may not be just anything."""
        return self.number and self.most < MOST

    @property
    def shown(self) -> str:
        """Its value for people."""
        return shown(self.name, self.value)


def rules_of(rules: MarketRules) -> tuple[Rule, ...]:
    """All rules of a version, in their order."""
    document = rules.document()
    document.pop("version")
    return tuple(_rule(name, value) for name, value in document.items())


def _rule(name: str, value: int | str) -> Rule:
    least, most = LIMITS.get(name, (1, MOST))
    return Rule(
        name=name,
        words=WORDS[name],
        value=value,
        unit="" if name in TEXTS else unit(name),
        stays=name in STAYS,
        choices=tuple(one.value for one in CHOICES[name]) if name in CHOICES else (),
        least=least,
        most=most,
    )


def unit(name: str) -> str:
    """In what a rule is counted, where it is in anything."""
    return next((words for end, words in UNITS.items() if name.endswith(end)), "")


def shown(name: str, value: int | str) -> str:
    """A value with its unit, shares as per cent.

    >>> shown("spot_step_ppm", 125_000), shown("slot_minutes", 60), shown("indicative_hours", "")
    ('12.5 %', '60 minutes', 'never')
    """
    if isinstance(value, str):
        return value or "never"
    if name.endswith("_ppm"):
        return f"{100 * value / PPM:.6g} %"
    return f"{value:,} {unit(name)}".rstrip()
