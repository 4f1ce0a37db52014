"""The decision policy: which orders pass at once, which wait for whom, and what nobody may do."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations
from typing import Final

import numpy as np

from marketplace.domain.alert import AlertRule, check_alerts
from marketplace.domain.capacity import Grid, PoolCapacity
from marketplace.domain.limit import Limit
from marketplace.domain.order import OrderRequest, pools_of
from marketplace.domain.team import checked_id
from marketplace.domain.transfer import TEXT_MAX
from marketplace.errors import BadField
from marketplace.missing import among
from marketplace.rules import PPM
from marketplace.words import Credits
from pricing.units import MAX_UCR

PARTS_MAX: Final = 200
"""So many tiers, labels, caps and restrictions at most: people read them."""

WITHIN_MAX: Final = timedelta(days=90)
DAY: Final = timedelta(days=1)


class Need(StrEnum):
    """Whose word an order waits for."""

    LEAD = "lead"  # of its own team
    FINANCE = "finance"


class Then(StrEnum):
    """What becomes of an order that nobody decided on in time."""

    REFUSE = "refuse"
    GO_ON = "pass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Orders that hold [from, below) credits, and are about any of those pools, themes, projects or
    labels where some are named, wait for those that it ``needs``."""

    name: str
    needs: tuple[Need, ...]
    from_ucr: int = 0
    below_ucr: int | None = None
    pools: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    within: timedelta = DAY
    then: Then = Then.REFUSE

    def __post_init__(self) -> None:
        checked_id("name", self.name)
        if not self.needs or len(set(self.needs)) != len(self.needs):
            raise BadField("needs", "", "no-approver", {"choices": [*Need]})
        if not 0 <= self.from_ucr <= MAX_UCR:
            raise BadField("at_least", Credits(self.from_ucr), "uncountable")
        if self.below_ucr is not None and self.below_ucr <= self.from_ucr:
            facts = {"least": Credits(self.from_ucr)}
            raise BadField("below", Credits(self.below_ucr), "not-above", facts)
        if not timedelta(minutes=1) <= self.within <= WITHIN_MAX:
            times = {"least": timedelta(minutes=1), "most": WITHIN_MAX}
            raise BadField("within", self.within, "not-within", times)

    @property
    def scope(self) -> dict[str, frozenset[str]]:
        """What it is about, by kind; nothing where it is about all orders."""
        kinds = {
            "pools": self.pools,
            "themes": self.themes,
            "projects": self.projects,
            "labels": self.labels,
        }
        return {kind: frozenset(names) for kind, names in kinds.items() if names}

    def overlaps(self, other: "Tier") -> bool:
        """Whether both say, of one kind of scope and for one amount, who is to be asked."""
        mine, its = self.scope, other.scope
        if mine.keys() != its.keys() or any(mine[kind].isdisjoint(its[kind]) for kind in mine):
            return False
        ends = [MAX_UCR + 1 if one is None else one for one in (self.below_ucr, other.below_ucr)]
        return self.from_ucr < ends[1] and other.from_ucr < ends[0]

    def asks_of(self, held_ucr: int, about: Mapping[str, Collection[str]]) -> bool:
        """Whether an order that holds so much, and is about that, waits for it."""
        if held_ucr < self.from_ucr or (self.below_ucr is not None and held_ucr >= self.below_ucr):
            return False
        return all(not names.isdisjoint(about[kind]) for kind, names in self.scope.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A risk that whoever makes the policy sees in some projects, such as ``export-controlled``."""

    name: str
    projects: tuple[str, ...]

    def __post_init__(self) -> None:
        checked_id("name", self.name)
        if not self.projects:
            raise BadField("projects", "", "none-named")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """A team, or each where none is named, has at most so many units of a pool ahead at a time, or
    such a share of what there is of it."""

    pool: str
    team: str = ""
    units: int | None = None
    share_ppm: int | None = None

    def __post_init__(self) -> None:
        if (self.units is None) == (self.share_ppm is None):
            raise BadField("units", "", "units-or-share")
        if self.units is not None and not 0 <= self.units <= 10**9:
            raise BadField("units", self.units, "out-of-range", {"least": 0, "most": 10**9})
        if self.share_ppm is not None and not 0 <= self.share_ppm <= PPM:
            facts = {"least": 0, "most": PPM}
            raise BadField("share_ppm", self.share_ppm, "out-of-range", facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """A pool that those teams alone may bid for."""

    pool: str
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All that is decided about deciding. Tiers of one kind of scope do not overlap; where those of
    several kinds ask about an order, all of them are heard."""

    tiers: tuple[Tier, ...] = ()
    labels: tuple[Label, ...] = ()
    caps: tuple[Cap, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    limits: tuple[Limit, ...] = ()
    alerts: tuple[AlertRule, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        parts = (self.tiers, self.labels, self.caps, self.restrictions, self.limits, self.alerts)
        if (many := sum(map(len, parts))) > PARTS_MAX:
            raise BadField("tiers", many, "count-out-of-range", {"least": 0, "most": PARTS_MAX})
        if len(self.note) > TEXT_MAX:
            raise BadField("note", self.note, "too-long", {"most": TEXT_MAX})
        _once("tiers", (tier.name for tier in self.tiers))
        _once("labels", (label.name for label in self.labels))
        _once("caps", (f"{cap.pool} {cap.team}".rstrip() for cap in self.caps))
        _once("restrictions", (one.pool for one in self.restrictions))
        _once("limits", (f"{one.name} a {one.period.value}" for one in self.limits))
        _once("alerts", (one.name for one in self.alerts))
        check_alerts(self.alerts, self.limits)
        for one, other in combinations(self.tiers, 2):
            if one.overlaps(other):
                raise BadField("tiers", other.name, "overlaps", {"other": one.name})
        known = {label.name for label in self.labels}
        for tier in self.tiers:
            for name in tier.labels:
                if name not in known:
                    raise among("label", name, sorted(known))

    def asking(self, request: OrderRequest, held_ucr: int) -> tuple[Tier, ...]:
        """The tiers that an order waits for, by name; none where it passes at once."""
        tags = request.tags
        about = {
            "pools": pools_of([request]),
            "themes": {tags.theme} - {""},
            "projects": {tags.project} - {""},
            "labels": {label.name for label in self.labels if tags.project in label.projects},
        }
        asking = (tier for tier in self.tiers if tier.asks_of(held_ucr, about))
        return tuple(sorted(asking, key=lambda tier: tier.name))

    def check_allowed(self, request: OrderRequest) -> None:
        """Refuse what no one's word would allow: a restricted pool, more units than the team's cap.

        Raises ``BadField``.
        """
        team = request.team
        for number, option in enumerate(request.options):
            for place, leg in enumerate(option.legs):
                path = f"options[{number}].legs[{place}]"
                self.check_pool(team, leg.pool, f"{path}.pool")
                cap = self.cap_of(team, leg.pool)
                if cap is not None and cap.units is not None and leg.quantity > cap.units:
                    facts = {"team": team, "pool": leg.pool, "most": cap.units}
                    raise BadField(f"{path}.quantity", leg.quantity, "above-cap", facts)

    def check_pool(self, team: str, pool: str, field: str = "pool") -> None:
        """Refuse a pool that is kept for other teams. Raises ``BadField``."""
        for one in self.restrictions:
            if one.pool == pool and team not in one.teams:
                raise BadField(field, pool, "restricted", {"team": team})

    def room(self, team: str, there: PoolCapacity, has: Grid | None) -> Grid | None:
        """So many units of a pool a team may still get in each slot, of which it ``has`` some;
        None where nothing says how many."""
        cap = self.cap_of(team, there.pool.id)
        if cap is None:
            return None
        whole = there.capacity * (cap.share_ppm or 0) // PPM
        most: Grid = whole if cap.units is None else np.full_like(there.capacity, cap.units)
        left: Grid = np.clip(most if has is None else most - has, 0, None)
        return left

    def cap_of(self, team: str, pool: str) -> Cap | None:
        """The cap that holds for a team: its own, or the one for each."""
        both = [cap for cap in self.caps if cap.pool == pool and cap.team in ("", team)]
        return max(both, key=lambda cap: cap.team, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedPolicy:
    """A version of the policy, and from when on it says who is to be asked."""

    version: int
    policy: Policy = field(default_factory=Policy)
    adopted_at: datetime
    adopted_by: str
    valid_from: datetime


def in_force(versions: Iterable[AdoptedPolicy], at: datetime) -> AdoptedPolicy | None:
    """The version that holds then: of those that have begun, the one that began last; the newest of
    several that began at once."""
    begun = [one for one in versions if one.valid_from <= at]
    return max(begun, key=lambda one: (one.valid_from, one.version), default=None)


def needs_of(tiers: Sequence[Tier]) -> tuple[Need, ...]:
    """Whom all of them ask, the team's lead first."""
    return tuple(need for need in Need if any(need in tier.needs for tier in tiers))


def within_of(tiers: Sequence[Tier]) -> timedelta:
    """By when it is to be decided: the shortest of theirs."""
    return min(tier.within for tier in tiers)


def then_of(tiers: Sequence[Tier]) -> Then:
    """What happens then: it passes only where none of them refuses."""
    return Then.GO_ON if all(tier.then is Then.GO_ON for tier in tiers) else Then.REFUSE


def _once(what: str, names: Iterable[str]) -> None:
    seen = set[str]()
    for name in names:
        if name in seen:
            raise BadField(what, name, "named-twice")
        seen.add(name)
