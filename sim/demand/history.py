"""The market's own past as a demand: what was asked for in a period, to be replayed under others.

It reads what the services show, and writes nothing. Orders carry what teams offered, which is
sealed from every other team: whoever calls this must be of the platform, since no door shows it
(§7.11). What is taken for what:

- A job is an order, by its id: its options as last amended, its window, its tags, when it was
  placed, and when its team cancelled it or let it end. What a team offered is what it was worth.
- A spot job is a spot request at its last limit. Its work is what it ran until its team ended it.
  Of one that was interrupted, or still waits, nobody knows more than that it needed at least what
  it ran: it gets the middle one of its team's known needs in that pool where that is more; an hour
  where none is known.
- A team's budget is what it had when the period began and was granted within it. Projects and
  themes are those of its orders; the cost centre is that of most.
- Pools: see ``history_pools``.

Orders that were refused when they were placed are in no table, and so not in the demand: the notes
say how many there were.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median_low
from typing import Final, Protocol, TypeVar

from marketplace.domain.command import PlaceOrder
from marketplace.domain.commands import kind_of
from marketplace.domain.journal import Sought
from marketplace.domain.order import Order, OrderState
from marketplace.domain.page import LIMIT_MAX, Page, every
from marketplace.domain.spot import Code, SpotRequest, SpotState
from marketplace.domain.statement import LineType
from marketplace.domain.team import Team
from marketplace.services import journal, order, spot, statement, team
from marketplace.services.market import now_showing
from marketplace.store.engine import Store
from sim.demand.demand import Demand
from sim.demand.history_pools import pools_and_maintenance
from sim.demand.job import DAY, LONGEST_SLOTS, SLOT, Job, JobLeg, JobOption
from sim.demand.organisation import Organisation, TeamSpec
from sim.demand.spot import SpotJob
from sim.problem import SimulationProblem

RUNS_ON: Final = timedelta(days=14)
"""How long after the period the bills of its spot runs are looked for."""

SECOND: Final = timedelta(seconds=1)
OWN_END: Final = (Code.STOPPED.value, Code.ENDED.value)


class HistoryProblem(SimulationProblem):
    """The period cannot be taken back: one sentence."""


class _Placed(Protocol):
    @property
    def placed_at(self) -> datetime: ...


T = TypeVar("T", bound=_Placed)


@dataclass(slots=True)
class _Found:
    """What is taken out of the market so far. Mutable while it is read."""

    pools: frozenset[str]
    start: datetime
    jobs: list[Job] = field(default_factory=list)
    spot_jobs: list[SpotJob] = field(default_factory=list)
    teams: list[TeamSpec] = field(default_factory=list)
    widened: int = 0  # orders whose options had windows of their own
    left_out: Counter[str] = field(default_factory=Counter)
    guessed: int = 0  # spot jobs whose need is not known


def demand_from_market(store: Store, start: datetime, end: datetime) -> Demand:
    """What was asked for on the days [start, end), which are midnights in UTC, and by whom.

    Raises ``HistoryProblem`` where the period is none, nothing was asked for in it, or the market's
    slots are no hours; ``NoMarket`` where there is no market.
    """
    start, end = _midnight(start), _midnight(end)
    if end <= start:
        raise HistoryProblem(f"the period ends on {end:%Y-%m-%d}, not after {start:%Y-%m-%d}")
    rules, _ = now_showing(store)
    if rules.slot != SLOT:
        raise HistoryProblem(
            f"the market's slots are {rules.slot_minutes} minutes; the simulator knows hours alone"
        )
    days = (end - start) // DAY
    pools, maintenance = pools_and_maintenance(store, start, days)
    found = _Found(pools=frozenset(pool.id for pool in pools), start=start)
    for each in every(team.listed, store):
        _take_team(found, store, each, (start, end))
    if not found.jobs and not found.spot_jobs:
        raise HistoryProblem(f"nothing was asked for from {start:%Y-%m-%d} to {end:%Y-%m-%d}")
    organisation = Organisation(
        pools=pools, teams=tuple(found.teams), start=start, days=days, maintenance=maintenance
    )
    return Demand(
        name=f"history-{start:%Y-%m-%d}-{end:%Y-%m-%d}",
        organisation=organisation,
        jobs=tuple(sorted(found.jobs, key=lambda job: (job.submitted, job.id))),
        spot_jobs=tuple(sorted(found.spot_jobs, key=lambda job: (job.submitted, job.id))),
        source=f"the market's own orders, {days} days from {start:%Y-%m-%d}",
        notes=_notes(found, _refused(store, start, end)),
    )


def _midnight(at: datetime) -> datetime:
    if at.tzinfo is None or at.astimezone(UTC).time() != datetime.min.time():
        raise HistoryProblem(f"{at.isoformat()} is no midnight in UTC")
    return at.astimezone(UTC)


def _take_team(found: _Found, store: Store, one: Team, period: tuple[datetime, datetime]) -> None:
    orders = _in_period(order.listed, store, one.id, period)
    asked = _in_period(spot.listed, store, one.id, period)
    for each in orders:
        _take_order(found, each)
    if asked:
        _take_spot(found, asked, _ran(store, one.id, period))
    found.teams.append(_team(one, orders, asked, _budget_ucr(store, one.id, period)))


def _in_period(
    listing: Callable[..., Page[T]], store: Store, owner: str, period: tuple[datetime, datetime]
) -> list[T]:
    """What was placed in the period of a team's list, which has the newest first; oldest first."""
    found: list[T] = []
    after = None
    while True:
        page = listing(store, team=owner, after=after, limit=LIMIT_MAX)
        found += (one for one in page if period[0] <= one.placed_at < period[1])
        after = page.next
        if after is None or (page.items and page.items[-1].placed_at < period[0]):
            return found[::-1]


def _take_order(found: _Found, placed: Order) -> None:
    request = placed.request
    windows = {(one.earliest_start, one.latest_start) for one in request.options}
    options = []
    for one in request.options:
        if not all(leg.pool in found.pools for leg in one.legs):
            found.left_out["of pools that had no units"] += 1
        elif one.extent > LONGEST_SLOTS * SLOT:
            found.left_out[f"of more than {LONGEST_SLOTS} hours"] += 1
        else:
            legs = tuple(
                JobLeg(
                    pool=leg.pool,
                    quantity=leg.quantity,
                    offset_slots=leg.offset // SLOT,
                    duration_slots=leg.duration // SLOT,
                )
                for leg in one.legs
            )
            options.append(JobOption(value_ucr=one.value_ucr, legs=legs))
    if not options:
        return
    found.widened += len(windows) > 1
    next_slot = found.start - (found.start - placed.placed_at) // SLOT * SLOT
    earliest = max(min(first for first, _ in windows), next_slot)
    found.jobs.append(
        Job(
            id=placed.id,
            team=placed.team,
            project=request.tags.project,
            theme=request.tags.theme,
            submitted=placed.placed_at,
            earliest=earliest,
            latest_start=max(earliest, *(last for _, last in windows)),
            options=tuple(options),
            standing=request.standing,
            cancels_at=placed.ended_at
            if placed.state is OrderState.CANCELLED
            else request.valid_until,
        )
    )


def _take_spot(found: _Found, asked: Sequence[SpotRequest], ran: Mapping[str, timedelta]) -> None:
    known: defaultdict[str, list[timedelta]] = defaultdict(list)
    for one in asked:
        if _ended_itself(one) and ran.get(one.id):
            known[one.terms.pool].append(ran[one.id])
    for one in asked:
        if one.terms.pool not in found.pools:
            found.left_out["of pools that had no units"] += 1
            continue
        needs = ran.get(one.id, timedelta(0))
        if not _ended_itself(one) or not needs:
            found.guessed += 1
            usual = known[one.terms.pool]
            needs = max(needs, median_low(usual) if usual else SLOT)
        found.spot_jobs.append(
            SpotJob(
                id=one.id,
                team=one.team,
                project=one.terms.tags.project,
                theme=one.terms.tags.theme,
                pool=one.terms.pool,
                quantity=one.terms.quantity,
                limit_ucr=one.terms.limit_ucr,
                minimum=one.terms.minimum,
                needs=needs,
                submitted=one.placed_at,
            )
        )


def _ended_itself(one: SpotRequest) -> bool:
    return one.state is SpotState.CLOSED and one.code in OWN_END


def _ran(store: Store, owner: str, period: tuple[datetime, datetime]) -> dict[str, timedelta]:
    """How long each spot request ran, by what it was billed for."""
    seconds: Counter[str] = Counter()
    units: dict[str, int] = {}
    for line in every(statement.lines, store, owner, period[0], period[1] + RUNS_ON):
        paid = line.transfer
        if line.type is LineType.CHARGE and paid.payer.spot_id and paid.sold is not None:
            seconds[paid.payer.spot_id] += paid.unit_seconds
            units[paid.payer.spot_id] = paid.sold.quantity
    return {id_: total // units[id_] * SECOND for id_, total in seconds.items()}


def _budget_ucr(store: Store, owner: str, period: tuple[datetime, datetime]) -> int:
    account = statement.of_team(store, owner, *period)
    given = (LineType.GRANT, LineType.DRAW, LineType.REPAYMENT)
    granted = sum(line.amount_ucr for line in account.lines if line.type in given)
    return max(account.opening_ucr + granted, 0)


def _team(
    one: Team, orders: Sequence[Order], asked: Sequence[SpotRequest], budget_ucr: int
) -> TeamSpec:
    tags = [each.request.tags for each in orders] + [each.terms.tags for each in asked]
    centres = Counter(each.cost_centre for each in tags if each.cost_centre)
    usual = min(centres, key=lambda name: (-centres[name], name), default="")
    return TeamSpec(
        id=one.id,
        name=one.name,
        themes=_named(each.theme for each in tags),
        cost_centre=usual,
        budget_ucr=budget_ucr,
        projects=_named(each.project for each in tags),
    )


def _named(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}))


def _refused(store: Store, start: datetime, end: datetime) -> int:
    """How many orders were refused when they were placed."""
    what, count, after = Sought(kind=kind_of(PlaceOrder), refused=True), 0, None
    while True:
        page = journal.sought(store, what, after=after, limit=LIMIT_MAX)
        count += sum(start <= line.at < end for line in page)
        after = page.next
        if after is None or (page.items and page.items[-1].at < start):
            return count


def _notes(found: _Found, refused: int) -> tuple[str, ...]:
    counted = (
        (refused, "orders were refused when they were placed, and are not in it."),
        (
            found.widened,
            "orders had options with windows of their own, which share the widest.",
        ),
        (found.guessed, "spot requests did not end by their team: what they needed is a guess."),
    )
    out = (
        f"{count:,} options or requests left out: {why}" for why, count in found.left_out.items()
    )
    asked = f"{len(found.jobs):,} orders and {len(found.spot_jobs):,} spot requests"
    return (
        f"{asked} of {len(found.teams):,} teams, as last amended.",
        "What a team offered is taken for what the work was worth to it.",
        "A budget is what a team had at the start and was granted in the period.",
        *(f"{count:,} {what}" for count, what in counted if count),
        *(f"{what}." for what in out),
    )
