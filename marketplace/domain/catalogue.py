"""What an order is held against before it is taken: the rules, the pools, the room there is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from marketplace.domain.asked import check_duration, check_key, selling
from marketplace.domain.capacity import Grid, Pool, Span, check_aligned, levels, starts_with_room
from marketplace.domain.guarantee import check_guarantee
from marketplace.domain.order import LEGS_MAX, OPTIONS_MAX, Leg, Option, OrderRequest
from marketplace.errors import BadField, zulu
from marketplace.rules import MarketRules, checked_instant
from marketplace.words import Credits
from pricing.units import MAX_UCR

AHEAD_MAX = timedelta(days=366)
"""How far ahead of the next sale an option may still start."""

SPELLS_TOLD = 3
"""How many spells without room a refusal names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What an order is checked against: the rules, the pools and their units, the next sale.

    ``units`` are those that windows give and maintenance leaves, of each pool that requests name,
    over ``span``, which begins with the first slot that the next cycle sells and reaches as far as
    any option of the requests may; ``least``: the fewest of them at any time.
    """

    rules: MarketRules
    pools: Mapping[str, Pool]
    closes_at: datetime  # when the next cycle closes
    span: Span
    units: Mapping[str, Grid]
    least: Mapping[str, int]
    overdue: Mapping[str, object] = field(default_factory=dict)  # a cycle that has not run yet


def check_request(request: OrderRequest, catalogue: Catalogue) -> None:
    """Refuse what the market could never serve. Raises ``BadField`` or ``NotFound``."""
    check_key(request.key)
    if not 1 <= len(request.options) <= OPTIONS_MAX:
        facts = {"least": 1, "most": OPTIONS_MAX}
        raise BadField("options", len(request.options), "count-out-of-range", facts)
    for number, option in enumerate(request.options):
        _check_option(f"options[{number}]", option, catalogue)
    values_ucr = tuple(option.value_ucr for option in request.options)
    check_guarantee(request.guarantee, values_ucr, catalogue.rules)
    if request.valid_until is not None:
        _check_validity(request, checked_instant("valid_until", request.valid_until), catalogue)


def _check_validity(request: OrderRequest, until: datetime, catalogue: Catalogue) -> None:
    if not request.standing:
        raise BadField("valid_until", until, "not-standing")
    if until <= catalogue.closes_at:
        raise BadField("valid_until", until, "before-closing", {"closes_at": catalogue.closes_at})
    rules = catalogue.rules
    starts = min(option.earliest_start for option in request.options)
    ahead = timedelta(hours=rules.horizon_hours, minutes=rules.lead_minutes)
    on_sale = rules.next_close(starts - ahead)
    if until <= on_sale:
        raise BadField("valid_until", until, "before-its-sale", {"closes_at": on_sale})


def _check_option(name: str, option: Option, catalogue: Catalogue) -> None:
    if not 0 < option.value_ucr <= MAX_UCR:
        raise BadField(f"{name}.value", Credits(option.value_ucr), "uncountable")
    if not 1 <= len(option.legs) <= LEGS_MAX:
        facts = {"least": 1, "most": LEGS_MAX}
        raise BadField(f"{name}.legs", len(option.legs), "count-out-of-range", facts)
    for number, leg in enumerate(option.legs):
        _check_leg(f"{name}.legs[{number}]", leg, catalogue)
    rules = catalogue.rules
    check_aligned(f"{name}.earliest_start", option.earliest_start, rules)
    check_aligned(f"{name}.latest_start", option.latest_start, rules)
    _check_window(name, option, catalogue)
    if option.extent > (longest := rules.longest):
        place = f"{name}.legs[{option.last}].duration"
        raise BadField(place, option.extent, "longer-than-longest", {"most": longest})
    _check_room(name, option, catalogue)


def _check_window(name: str, option: Option, catalogue: Catalogue) -> None:
    first, latest = catalogue.span.start, option.latest_start
    reason, facts = "", dict(catalogue.overdue) | {"sale_start": first}
    if latest < option.earliest_start:
        reason, facts = "before-earliest", {"earliest_start": option.earliest_start}
    elif latest < first:
        reason = "before-overdue-sale" if catalogue.overdue else "before-sale"
    elif latest > first + AHEAD_MAX:
        reason, facts = "too-far-ahead", {"days": AHEAD_MAX.days, "sale_start": first}
    if reason:
        raise BadField(f"{name}.latest_start", latest, reason, facts)


def _check_leg(name: str, leg: Leg, catalogue: Catalogue) -> None:
    rules = catalogue.rules
    selling(catalogue.pools, leg.pool, leg.quantity, f"{name}.")
    check_duration(leg.duration, rules, f"{name}.")
    if not timedelta(0) <= leg.offset <= rules.longest or leg.offset % rules.slot:
        facts = {"slot": rules.slot, "most": rules.longest}
        raise BadField(f"{name}.offset", leg.offset, "not-slots", facts)


def _check_room(name: str, option: Option, catalogue: Catalogue) -> None:
    """Refuse an option that no start in its window can hold, by windows and maintenance."""
    pools, least = {leg.pool for leg in option.legs}, catalogue.least
    apart = len(pools) == len(option.legs)
    if apart and all(least[leg.pool] >= leg.quantity for leg in option.legs):
        return  # whenever it is
    span = catalogue.span
    first, last = max(span.index(option.earliest_start), 0), span.index(option.latest_start)
    short: list[Lack] = []
    for number, leg in enumerate(option.legs):
        start = first + leg.offset // span.slot
        end = last + (leg.offset + leg.duration) // span.slot
        units = catalogue.units[leg.pool][start:end]
        if units.min(initial=leg.quantity) >= leg.quantity:
            continue
        there = _lack(leg, units, span, start)
        if leg.quantity > (most := int(units.max(initial=0))):
            facts = {"pool": leg.pool, "most": most, "there": there}
            raise BadField(f"{name}.legs[{number}].quantity", leg.quantity, "never-so-many", facts)
        if there not in short:
            short.append(there)
    if not short and apart:
        return  # whichever start it takes
    uses = [
        (leg.pool, leg.quantity, leg.offset // span.slot, leg.duration // span.slot)
        for leg in option.legs
    ]
    if not starts_with_room(catalogue.units, uses, first, last).any():
        reason = "no-room" if short else "overlapping"
        place = f"{name}.legs[{option.last}].duration"
        raise BadField(place, option.extent, reason, {"there": short})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """So many units are there in [start, end)."""

    units: int
    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{self.units} from {zulu(self.start)} until {zulu(self.end)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """When a pool has fewer units than a leg asks for: the first spells, and how many in all."""

    pool: str
    spells: tuple[Spell, ...]
    times: int

    def __str__(self) -> str:
        rest = f" and so on, {self.times} times in all" if self.times > len(self.spells) else ""
        return f"{self.pool} has {', '.join(map(str, self.spells))}{rest}"


def _lack(leg: Leg, units: Grid, span: Span, first: int) -> Lack:
    spells = [
        Spell(units=there, start=span.at(first + at), end=span.at(first + at + slots))
        for there, at, slots in levels(units)
        if there < leg.quantity
    ]
    return Lack(pool=leg.pool, spells=tuple(spells[:SPELLS_TOLD]), times=len(spells))
