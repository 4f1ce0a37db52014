"""What a team has booked and what it runs, from two days ago on: facts of its calendar."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from api.charts.gantt import Bar, Kind
from api.charts.time_axis import Steps
from api.guarantees import terms_may_be
from api.rest import spot
from api.rest.caller import Caller
from api.web.span import DAY, HOUR
from api.wire.spot import Spot
from marketplace.domain.actor import IN_TEAM, Role
from marketplace.domain.guarantee import FIXED, Terms
from marketplace.domain.page import LIMIT_MAX, Cursor
from marketplace.domain.reservation import LIVE, Reservation, ReservationState, advanced
from marketplace.domain.spot import SpotState
from marketplace.domain.statement import LineType
from marketplace.domain.usage import Used
from marketplace.errors import NotFound
from marketplace.services import calendar, capacity, reservation, standing, statement, usage
from marketplace.words import credits_text

BACK: Final = timedelta(days=2)
LEAST: Final = timedelta(days=1)
"""So far ahead the calendar reaches at least."""

PAGES_MOST: Final = 5
"""So many thousands of lines of the last days are read at most to find what ran."""

LANES_MOST: Final = 400
"""So many time-boxes are drawn at most: those that start last. The table has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a spot request ran without a break."""

    request: str
    pool: str
    units: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A team's calendar. ``boxes``: time-boxes by start, as they are now; ``ran``: spot runs of the
    last days that are over; ``runs``: those that go on; ``waiting``: spot requests that do not run
    yet; ``names``: of pools, by id; ``used``: what was measured of time-boxes, by id;
    ``terms``: what those still are that are not firm, by id."""

    now: datetime
    boxes: tuple[Reservation, ...]
    ran: tuple[Ran, ...]
    runs: tuple[Spot, ...]
    waiting: tuple[Spot, ...]
    names: dict[str, str]
    used: Mapping[str, Used]
    terms: Mapping[str, Terms]

    @property
    def running(self) -> tuple[Reservation, ...]:
        """Time-boxes that have units now."""
        return tuple(one for one in self.boxes if units_at(one, self.now))

    @property
    def coming(self) -> tuple[Reservation, ...]:
        """Time-boxes that have not begun."""
        return tuple(one for one in self.boxes if one.state is ReservationState.SCHEDULED)

    @property
    def changeable(self) -> tuple[Reservation, ...]:
        """Time-boxes that the market may still move or buy back."""
        return tuple(one for one in self.boxes if self.still(one).until)

    def still(self, one: Reservation) -> Terms:
        """What a time-box still is."""
        return self.terms.get(one.id, FIXED)

    def name(self, pool: str) -> str:
        """What people call a pool."""
        return self.names.get(pool, pool)


def units_at(one: Reservation, now: datetime) -> int:
    """How many units of a time-box are the team's at ``now``."""
    slot = (now - one.start) // one.slot
    live = one.state in LIVE and 0 <= slot < len(one.units)
    return one.units[slot] if live else 0


def releasable(one: Reservation, now: datetime) -> bool:
    """Whether a time-box has a whole slot ahead that can be given back."""
    return one.state in LIVE and any(one.units[one.split(now) :])


def own_box(who: Caller, id_: str) -> Reservation:
    """A time-box of one of the caller's teams, as it is now. Raises ``NotFound``."""
    found = reservation.seen(who.market.store, id_, who.now, by=who.actor)
    if not who.actor.in_team(found.team, IN_TEAM):
        raise NotFound("reservation", id_)
    return found


def extendable(one: Reservation) -> bool:
    """Whether a time-box has an end behind which it may go on."""
    return one.state in LIVE and one.units[-1] > 0


def booked(who: Caller, team: str) -> Booked:
    """The calendar of a team: for its members, and for platform its time-boxes alone."""
    who.check_sees(team, frozenset({Role.PLATFORM}))
    store, now = who.market.store, who.now
    found = calendar.of_team(store, team, now).boxes
    boxes = tuple(advanced(one, now) for one in found if one.end > now - BACK)
    ran: tuple[Ran, ...] = ()
    runs: list[Spot] = []
    waiting: list[Spot] = []
    if who.actor.in_team(team, IN_TEAM):
        runs = spot.listed(who, team=team, state=SpotState.ACTIVE, limit=LIMIT_MAX).items
        waiting = spot.listed(who, team=team, state=SpotState.OPEN).items
        ran = tuple(_ran(who, team, frozenset((one.id, one.started_at) for one in runs)))
    pools = {one.pool for one in boxes} | {one.pool for one in ran}
    pools |= {one.pool for one in [*runs, *waiting]}
    names = {id_: pool.name for id_, pool in capacity.named(store, pools).items()}
    return Booked(
        now=now,
        boxes=boxes,
        ran=ran,
        runs=tuple(runs),
        waiting=tuple(waiting),
        names=names,
        used=usage.used(store, (one.id for one in boxes)),
        terms=standing.terms(store, boxes, now),
    )


def _ran(who: Caller, team: str, going: frozenset[tuple[str, datetime | None]]) -> Iterable[Ran]:
    """What ran in the last days, by what it paid; but for the runs that go on."""
    since = who.now - BACK
    paid = []
    place: Cursor | None = None
    for _ in range(PAGES_MOST):
        page = statement.lines(
            *(who.market.store, team, since, who.now + DAY),
            after=place,
            limit=LIMIT_MAX,
            now=who.now,
        )
        for line in page:
            sold, request = line.transfer.sold, line.transfer.payer.spot_id
            if request and sold is not None and line.type is LineType.CHARGE:
                paid.append((request, sold.start, sold.end, sold.pool, sold.quantity))
        place = page.next
        if place is None:
            break
    started = dict(going)
    for request, lines in groupby(sorted(set(paid)), key=lambda one: one[0]):
        for one in _joined(list(lines)):
            since_then = started.get(request)
            if since_then is None or one.start < since_then:
                yield one


def _joined(lines: Sequence[tuple[str, datetime, datetime, str, int]]) -> list[Ran]:
    """The stretches without a break of one request's charges, which come by their start."""
    found: list[Ran] = []
    for request, start, end, pool, units in lines:
        if found and start <= found[-1].end:
            start, end = found[-1].start, max(found.pop().end, end)
        found.append(Ran(request=request, pool=pool, units=units, start=start, end=end))
    return found


def bars(found: Booked) -> list[Bar]:
    """The calendar as bars, by pool."""
    drawn = [bar for one in found.boxes[-LANES_MOST:] for bar in _box_bars(found, one)]
    drawn += [
        _bar(found, one.pool, Kind.SPOT, (one.start, one.end), one.units, "paid and over")
        for one in found.ran
    ]
    for run in found.runs:
        start, until = run.started_at or found.now, run.interruption_deadline or run.end
        said = f"must be gone by {until:%H:%M} UTC" if run.interruption_deadline else "runs"
        ends = (max(start, found.now - BACK), max(until or found.now, found.now))
        drawn.append(_bar(found, run.pool, Kind.SPOT, ends, run.quantity, said))
    return sorted(drawn, key=lambda one: (one.name, one.pool, one.start, one.end))


def _box_bars(found: Booked, one: Reservation) -> Iterable[Bar]:
    """A time-box, stretch by stretch of equal units, and what of it is the team's no more."""
    number = 0
    kind, said = _kind(found.still(one), one)
    slots_ = zip(one.units, one.lost, one.given_back, strict=True)
    for (units, lost, given), alike in groupby(slots_):
        slots = len(list(alike))
        ends = one.start + number * one.slot, one.start + (number + slots) * one.slot
        number += slots
        if units:
            yield _bar(found, one.pool, kind, ends, units, said)
        if lost and one.state is ReservationState.RECALLED:
            yield _bar(found, one.pool, Kind.RECALLED, ends, lost, said)
        elif lost:
            yield _bar(found, one.pool, Kind.GONE, ends, lost, "lost, and paid back")
        if given:
            yield _bar(found, one.pool, Kind.GONE, ends, given, "given back")


def _kind(still: Terms, one: Reservation) -> tuple[Kind, str]:
    """What a time-box is drawn as, and what is told of it."""
    state = one.state.value
    if one.state is ReservationState.RECALLED:
        return Kind.RECALLED, f"bought back for {credits_text(still.buy_out_ucr or 0)} credits"
    if still.until is None:
        return Kind.RESERVED, state
    until = f"until {still.until:%a %d %b %H:%M} UTC"
    kind = Kind.MOVABLE if still.buy_out_ucr is None else Kind.RECALLABLE
    return kind, f"{state}; it may be {terms_may_be(still)} {until}"


def _bar(
    found: Booked,
    pool: str,
    kind: Kind,
    ends: tuple[datetime, datetime],
    units: int,
    told: str,
) -> Bar:
    return Bar(
        pool=pool,
        name=found.name(pool),
        kind=kind,
        start=ends[0],
        end=ends[1],
        units=units,
        told=told,
    )


def axis(found: Booked, drawn: Sequence[Bar]) -> Steps:
    """The time of the calendar: from two days ago to as far ahead as anything is booked."""
    now = found.now
    start = (now - BACK).replace(minute=0, second=0, microsecond=0)
    end = max([now + LEAST, *(one.end for one in drawn)])
    return Steps(start, HOUR, -(-(end - start) // HOUR))
