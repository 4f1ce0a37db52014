"""The market's rules: one versioned, validated document, the same for everybody."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, Self

from allocator.outcome import PaymentRule
from marketplace.errors import BadField

PPM = 1_000_000
MOST = 10**9
YEAR_HOURS = 366 * 24
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LIMITS = {
    "lead_minutes": (0, 24 * 60),
    "horizon_hours": (1, YEAR_HOURS),
    "longest_hours": (1, YEAR_HOURS),
    "reserved_share_ppm": (0, PPM),
    "forward_floor_ppm": (0, PPM),
    "gate_hours": (0, 14 * 24),
    "least_gain_ppm": (0, PPM),
    "buy_out_gain_ppm": (0, MOST),
    "buy_out_share_ppm": (0, MOST),
    "moves_most": (0, 100),
    "tick_minutes": (1, 60),
    "notice_minutes": (1, 24 * 60),
    "at_risk_minutes": (0, 24 * 60),
    "spot_longest_hours": (0, 14 * 24),
    "spot_buffer_ppm": (0, PPM),
    "spot_target_ppm": (1, PPM),
    "spot_step_ppm": (1, PPM),
    "history_days": (90, 10 * 366),
    "event_days": (1, 10 * 366),
}
"""The least and the most of each number; where nothing is said, 1 and ``MOST``."""


class SpotController(StrEnum):
    """How spot prices move: see ``pricing``."""

    LOG_PRICE = "log-price"
    EIP1559 = "eip1559"
    AIMD = "aimd"
    FIXED = "fixed"


CHOICES: Final[dict[str, type[StrEnum]]] = {
    "payment_rule": PaymentRule,
    "spot_controller": SpotController,
}
"""The rules that are one of several."""

TEXTS: Final = frozenset({"indicative_hours"})
"""The rules that are texts."""

HOURS: Final = re.compile(r"([1-9]\d{0,3}(,[1-9]\d{0,3})*)?", re.ASCII)
INDICATIVE_MOST: Final = 8
"""So many indicative clearings at most in a cycle."""

STAYS: Final = frozenset(
    {
        *("version", "slot_minutes", "tick_minutes", "notice_minutes", "longest_hours"),
        "spot_controller",
    }
)
"""What no later version changes: open orders, reservations and runs stand on these steps, and a
controller remembers what another cannot read."""

Change = tuple[str, int | str]
"""A rule's name, and its new value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRules:
    """How the market runs. Times in minutes and hours as named; shares in parts per million."""

    version: int = 1
    slot_minutes: int = 60
    cycle_minutes: int = 24 * 60  # cycles close at whole multiples of this, counted from 00:00 UTC
    lead_minutes: int = 60  # from closing to the first slot on sale
    horizon_hours: int = 14 * 24  # starts on sale, from the first slot
    longest_hours: int = 72  # the longest time-box; capacity on sale reaches this much further
    reserved_share_ppm: int = PPM  # of each pool's capacity, sold as reserved time
    payment_rule: PaymentRule = PaymentRule.UNIFORM
    work: int = 200_000  # units of work for each clearing
    clearing_seconds: int = 900  # a guard alone: a clearing that takes longer gives the best so far
    forward_floor_ppm: int = 0  # of what a repeat of last week would cost, the least that is paid
    gate_hours: int = 24  # so long before its start no time-box is moved or bought back any more
    least_gain_ppm: int = 50_000  # of a bid's value: what a move or buy-out must gain
    buy_out_gain_ppm: int = 9 * PPM  # of what was paid: the most that a buy-out brings beyond it
    buy_out_share_ppm: int = PPM  # of what a team kept: the most that buy-outs gain it; 0: no limit
    moves_most: int = 5  # a time-box is moved so often at most
    indicative_hours: str = "12,6,1"  # prices are told so long before a cycle closes; "" for never
    tick_minutes: int = 5  # spot is decided at whole multiples of this
    notice_minutes: int = 5  # from an interruption notice to its deadline
    at_risk_minutes: int = 30  # how far ahead a run is warned of what will interrupt it
    spot_longest_hours: int = 24  # the longest minimum runtime
    spot_buffer_ppm: int = 0  # of each pool's capacity, kept free of spot
    spot_controller: SpotController = SpotController.LOG_PRICE
    spot_target_ppm: int = PPM  # demand over supply at which its price rests: what blocks can fill
    spot_step_ppm: int = 125_000  # the most that its price moves in a tick
    spot_cap_multiple: int = 1000  # its price is at most so many times the floor
    history_days: int = 90  # spot prices are kept tick by tick; older ones hour by hour
    event_days: int = 30  # events are kept so long, and until every consumer has read them

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if name not in CHOICES and name not in TEXTS:
                self._check_number(name)
        self._check_hours("indicative_hours")
        for name in ("slot_minutes", "cycle_minutes"):
            if (24 * 60) % getattr(self, name):
                raise BadField(name, getattr(self, name), "not-a-divisor", {"whole": "a day"})
        for name in ("horizon_hours", "longest_hours"):
            if getattr(self, name) * 60 % self.slot_minutes:
                raise BadField(name, getattr(self, name), "not-whole", {"steps": "slots"})
        if self.slot_minutes % self.tick_minutes:
            facts = {"whole": "a slot"}
            raise BadField("tick_minutes", self.tick_minutes, "not-a-divisor", facts)
        if self.notice_minutes % self.tick_minutes:
            facts = {"steps": "ticks"}
            raise BadField("notice_minutes", self.notice_minutes, "not-whole", facts)

    def _check_number(self, name: str) -> None:
        value = getattr(self, name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise BadField(name, value, "not-a-number")
        least, most = LIMITS.get(name, (1, MOST))
        if not least <= value <= most:
            raise BadField(name, value, "out-of-range", {"least": least, "most": most})

    def _check_hours(self, name: str) -> None:
        value = getattr(self, name)
        fits = isinstance(value, str) and HOURS.fullmatch(value) is not None
        hours = hours_in(value) if fits else []
        if not fits or len(hours) > INDICATIVE_MOST or sorted(set(hours), reverse=True) != hours:
            raise BadField(name, value, "not-hours", {"most": INDICATIVE_MOST})

    @property
    def indicative_before(self) -> tuple[timedelta, ...]:
        """How long before a cycle closes its indicative clearings fall due, the longest first."""
        return tuple(timedelta(hours=each) for each in hours_in(self.indicative_hours))

    @property
    def slot(self) -> timedelta:
        """The market's time step."""
        return _minutes(self.slot_minutes)

    @property
    def gate(self) -> timedelta:
        """How long before its start a time-box is left as it is, whatever its order allows."""
        return timedelta(hours=self.gate_hours)

    @property
    def cycle(self) -> timedelta:
        """From one regular closing time to the next."""
        return _minutes(self.cycle_minutes)

    @property
    def longest(self) -> timedelta:
        """How long a time-box may be."""
        return _minutes(60 * self.longest_hours)

    @property
    def tick(self) -> timedelta:
        """The spot market's time step."""
        return _minutes(self.tick_minutes)

    @property
    def notice(self) -> timedelta:
        """How long an interrupted run may stay."""
        return timedelta(minutes=self.notice_minutes)

    @property
    def spot_longest(self) -> timedelta:
        """The longest minimum runtime: what the rules allow, and what fits, with a tick and a
        notice, from one closing to what the next one sells."""
        between = self.slot_ceil(EPOCH + self.cycle + _minutes(self.lead_minutes)) - EPOCH
        fits = max(between - self.tick - self.notice, timedelta(0))
        return min(timedelta(hours=self.spot_longest_hours), fits)

    @property
    def start_slots(self) -> int:
        """How many slots ahead a time-box may start."""
        return self.horizon_hours * 60 // self.slot_minutes

    @property
    def sale_slots(self) -> int:
        """Slots on sale: all starts, plus the longest time-box, so that long and short bids meet
        the same cycles."""
        return self.start_slots + self.longest_hours * 60 // self.slot_minutes

    def sale_start(self, closed_at: datetime) -> datetime:
        """The first slot that a cycle closed at ``closed_at`` sells."""
        return self.slot_ceil(closed_at + _minutes(self.lead_minutes))

    def slot_floor(self, at: datetime) -> datetime:
        """The start of the slot that ``at`` lies in."""
        return floor_to(at, self.slot)

    def slot_ceil(self, at: datetime) -> datetime:
        """The first slot start not before ``at``."""
        return ceil_to(at, self.slot)

    def next_close(self, after: datetime) -> datetime:
        """The first regular closing time later than ``after``."""
        return floor_to(after, self.cycle) + self.cycle

    def document(self) -> dict[str, Any]:
        """The rules as plain data, for storing and showing."""
        return asdict(self) | {name: getattr(self, name).value for name in CHOICES}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Read back what ``document`` wrote. Raises ``BadField`` for unknown or bad fields."""
        known = {name for name in cls.__slots__ if not name.startswith("_")}
        for name in document:
            if name not in known:
                raise BadField(name, document[name], "no-such-rule")
        chosen = {}
        for name, choices in CHOICES.items():
            if name in document:
                if document[name] not in list(choices):
                    facts = {"choices": [one.value for one in choices]}
                    raise BadField(name, document[name], "not-one-of", facts)
                chosen[name] = choices(document[name])
        return cls(**document | chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A version of the rules, and when it was adopted. ``from_cycle``: the number of the first
    cycle that runs by it, where no newer version does. ``proposal``: whose it was, if any's."""

    rules: MarketRules
    adopted_at: datetime
    from_cycle: int
    proposal: str = ""


def amended(rules: MarketRules, changes: Iterable[Change]) -> MarketRules:
    """The next version of the rules. Raises ``BadField`` for a rule that stays, that is not there
    or that cannot be so, and where nothing would change."""
    document = rules.document()
    wanted = dict(changes)
    for name, value in wanted.items():
        if name in STAYS and value != document[name]:
            raise BadField(name, value, "stays", {"value": document[name]})
    changed = MarketRules.from_document(document | wanted)
    if changed == rules:
        raise BadField("changes", ", ".join(wanted), "changes-nothing", {"version": rules.version})
    return replace(changed, version=rules.version + 1)


def differences(before: MarketRules, after: MarketRules) -> list[tuple[str, object, object]]:
    """The rules that differ: name, value before, value after; versions aside."""
    old, new = before.document(), after.document()
    return [
        (name, old[name], new[name]) for name in old if name != "version" and old[name] != new[name]
    ]


def checked_instant(field: str, at: datetime) -> datetime:
    """``at``, if it has an offset to UTC and whole seconds. Raises ``BadField``."""
    if at.tzinfo is None:
        raise BadField(field, at, "no-offset")
    if at.microsecond:
        raise BadField(field, at, "split-seconds")
    return at


def check_spell(what: str, start: datetime, end: datetime) -> None:
    """Raises ``BadField`` where a time has no offset, or ends before it begins."""
    if checked_instant("end", end) <= checked_instant("start", start):
        raise BadField("end", end, "not-after-start", {"what": what, "start": start})


def in_utc(at: datetime) -> datetime:
    """``at``, told by UTC itself where its offset is none: a reader's own kind of offset makes each
    comparison take many times as long."""
    offset = at.utcoffset()
    return at if offset is None or offset else at.replace(tzinfo=UTC)


@lru_cache(maxsize=256)
def _minutes(number: int) -> timedelta:
    """So long; made once, for every order asks for the same few."""
    return timedelta(minutes=number)


def hours_in(text: str) -> list[int]:
    """The whole hours in a text like ``12,6,1``; none in an empty one."""
    return [int(each) for each in text.split(",") if each]


def floor_to(at: datetime, step: timedelta) -> datetime:
    """``at`` cut down to a whole multiple of ``step`` since 1970-01-01 UTC."""
    if at.tzinfo is UTC and not (at - EPOCH) % step:
        return at
    seconds, step_s = int(at.timestamp()), int(step.total_seconds())
    return datetime.fromtimestamp(seconds - seconds % step_s, UTC)


def ceil_to(at: datetime, step: timedelta) -> datetime:
    """``at``, or the first whole multiple of ``step`` since 1970-01-01 UTC after it."""
    floor = floor_to(at, step)
    return floor if floor == at else floor + step
