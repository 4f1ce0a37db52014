"""A quarter of a company of twelve teams, from its first grant to its third month's close.

Nothing in it is drawn: each team asks for what its place in the list says, so that it comes to the
same micro-credit each time. `python -m tests.marketplace.quarter` tells what happened.
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from marketplace.domain.actor import Actor, Role, Standing
from marketplace.domain.adjustment import Adjustment, AdjustmentLine, AdjustmentRequest
from marketplace.domain.adjustment_command import ProposeAdjustment, RefuseAdjustment
from marketplace.domain.approval_command import AdoptPolicy, ApproveOrder, RefuseOrder
from marketplace.domain.capacity import Maintenance, Pool, Window
from marketplace.domain.expiry import Expiry, ExpiryRule
from marketplace.domain.grant import Grant
from marketplace.domain.grant_schedule import ScheduleRequest, ScheduleTerms
from marketplace.domain.grant_schedule_command import ScheduleGrants
from marketplace.domain.guarantee import FIRM, Guarantee, Kind
from marketplace.domain.limit import Limit
from marketplace.domain.month import MonthClose
from marketplace.domain.order import Leg, Option, Order, OrderRequest, OrderState
from marketplace.domain.page import every
from marketplace.domain.period import Period
from marketplace.domain.policy import Cap, Label, Need, Policy, Then, Tier
from marketplace.domain.rerating import Rerating
from marketplace.domain.reservation import Reservation
from marketplace.domain.spot import SpotRequest, SpotTerms
from marketplace.domain.team import Team
from marketplace.domain.transfer import Tags
from marketplace.rules import MarketRules
from marketplace.services import ledger, rerate, reservation
from marketplace.services.runner import Runner
from marketplace.store.engine import Store, connect
from tests.marketplace import grounds, hands

CREDIT: Final = 1_000_000
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
MONTHS: Final = [datetime(2027, number, 1, tzinfo=UTC) for number in (1, 2, 3)]
OPENED, FEBRUARY, MARCH = MONTHS
OVER: Final = datetime(2027, 4, 1, tzinfo=UTC)
SALT: Final = b"salt of a whole quarter"
RULES: Final = MarketRules(horizon_hours=96, longest_hours=24, work=300, indicative_hours="")
TEAMS: Final = (
    *("audio", "climate", "drive", "evals", "genomes", "infra"),
    *("nlp", "rl", "robots", "safety", "search", "vision"),
)
THEMES: Final = ("frontier", "products", "=SUM(A1:A9)", "safety")
"""Somebody called a theme as a spreadsheet's formula begins."""

PROJECTS: Final = ("base-model", "assistant", "weather-model", "red-team", "")
CENTRES: Final = ("cc-10", "cc-20", "")
POOLS: Final = {"a100": (1, 6), "h100": (8, 16)}
RESERVE_UCR: Final = 250_007
"""No price of the quarter is round."""

WEEKS_BID: Final = 12
"""Weeks in which teams bid: then the quarter runs out."""


@dataclass(slots=True)
class Quarter:
    """The market as it goes on, and what has happened in it: counts by what it was."""

    store: Store
    happened: Counter[str] = field(default_factory=Counter)
    closes: list[MonthClose] = field(default_factory=list)

    def did(self, what: str, count: int = 1) -> None:
        """Count what happened; it must have."""
        if not count:
            raise ValueError(f"nothing happened: {what}")
        self.happened[what] += count

    def on(self, at: datetime) -> None:
        """Let all time pass until then: each day's cycle is cleared, none is left."""
        hands.run(self.store, at, SALT)
        self.did("cycles")


_lived = list[Quarter]()


def lived() -> Quarter:
    """The quarter, lived once: a copy of where it stands, until the test ends."""
    store = grounds.like("a quarter", lambda store: _lived.append(a_quarter(store)))
    return Quarter(store, _lived[-1].happened, _lived[-1].closes)


def a_quarter(store: Store) -> Quarter:
    """Let an empty market live through it."""
    one = Quarter(store)
    _open(one)
    _decide(one)
    _give(one)
    for day in range(1, (OVER - OPENED).days + 1):
        now = OPENED + day * DAY
        week, weekday = divmod(day, 7)
        if week < WEEKS_BID:
            _week(one, now - 12 * HOUR, week, weekday)
        one.on(now)
        for at, event in EVENTS:
            if at == day:
                event(one, now + HOUR)
    return one


def _open(one: Quarter) -> None:
    hands.initialise(one.store, RULES, OPENED)
    hands.enrol(one.store, [Team(id=id_, name=id_, created_at=OPENED) for id_ in TEAMS])
    pools = [
        Pool(
            id=id_,
            name=id_.upper(),
            unit="gpu",
            block_size=block,
            reserve_price_ucr=RESERVE_UCR,
            created_at=OPENED,
        )
        for id_, (block, _) in POOLS.items()
    ]
    end = OVER + 10 * DAY
    windows = [Window(pool=id_, start=OPENED, end=end, quantity=n) for id_, (_, n) in POOLS.items()]
    hands.open_pools(one.store, pools, windows)


def _decide(one: Quarter) -> None:
    """Who is asked for what, and what nobody may spend."""
    large = Tier(name="large", needs=(Need.LEAD,), from_ucr=150 * CREDIT, then=Then.GO_ON)
    both = (Need.LEAD, Need.FINANCE)
    policy = Policy(
        tiers=(large, Tier(name="export", needs=both, labels=("export-controlled",))),
        labels=(Label(name="export-controlled", projects=("weather-model",)),),
        caps=(Cap(pool="h100", units=16),),
        limits=(
            Limit(theme="safety", credits_ucr=1_200 * CREDIT, period=Period.QUARTER),
            Limit(team="search", credits_ucr=20 * CREDIT),
        ),
        note="as decided in December",
    )
    Runner(one.store).run(AdoptPolicy(policy), by=hands.FINANCE, at=OPENED)
    one.did("policies")


def _give(one: Quarter) -> None:
    """A base budget each month, three rules of expiry among them; and one for the quarter."""
    rules = (
        Expiry(),
        Expiry(rule=ExpiryRule.LINEAR),
        Expiry(rule=ExpiryRule.CARRY_OVER, carry_ucr=50 * CREDIT, carry_days=20),
    )
    for place, team in enumerate(TEAMS):
        terms = ScheduleTerms(
            amount_ucr=(500 + 37 * place) * CREDIT + place * 7 + 1,
            purpose=f"base budget of {team}",
            expiry=rules[place % 3],
            until=OVER,
        )
        asked = ScheduleRequest(team=team, every=Period.MONTH, terms=terms, start=OPENED)
        Runner(one.store).run(ScheduleGrants(asked), by=hands.FINANCE, at=OPENED)
        one.did("grant schedules")
    made = [
        Grant(
            id=f"initiative-{team}",
            team=team,
            amount_ucr=300 * CREDIT + 333_333,
            start=OPENED,
            end=OVER,
            purpose="=initiative of the quarter",
            created_at=OPENED,
        )
        for team in TEAMS[::2]
    ]
    one.did("grants", len(hands.grant(one.store, made, OPENED)))


def _tags(place: int) -> Tags:
    return Tags(
        project=PROJECTS[place % len(PROJECTS)],
        theme=THEMES[place % len(THEMES)],
        cost_centre=CENTRES[place % len(CENTRES)],
    )


def _week(one: Quarter, now: datetime, week: int, weekday: int) -> None:
    """Twelve teams bid once a week, three on each of four days; and one runs spot."""
    if weekday == 6:
        _spot(one, now, week)
    if weekday >= 4:
        return
    asked = [_request(week, place, now) for place in range(3 * weekday, 3 * weekday + 3)]
    for answer in hands.place(one.store, asked, now):
        if not isinstance(answer, Order):
            one.did("orders refused by a limit")
            continue
        one.did("orders")
        if answer.state is OrderState.PENDING_APPROVAL:
            one.did("orders that waited for a word")
            _word(one, answer, week, now + HOUR)


def _request(week: int, place: int, now: datetime) -> OrderRequest:
    pool = "a100" if (week + place) % 3 == 0 else "h100"
    units = 1 + (week * place) % 5 if pool == "a100" else 8 * (1 + (week + place // 3) % 2)
    first = now.replace(hour=0) + 2 * DAY + (3 + place % 2) * HOUR
    legs = [Leg(pool=pool, quantity=units, duration=(2 + place % 4) * HOUR)]
    if place % 6 == 5:
        legs.append(Leg(pool="a100", quantity=1, duration=HOUR, offset=6 * HOUR))
    value_ucr = (40 + 11 * ((week * 5 + place * 3) % 13)) * CREDIT + 1_234 * place
    latest = first + place % 3 * HOUR
    option = Option(
        value_ucr=value_ucr, earliest_start=first, latest_start=latest, legs=tuple(legs)
    )
    return OrderRequest(
        team=TEAMS[place], key=f"week-{week}", options=(option,), tags=_tags(place + week)
    )


def _word(one: Quarter, order: Order, week: int, now: datetime) -> None:
    """The team's lead says yes, finance to what it is asked about; or no; or nobody says a word."""
    run = Runner(one.store).run
    if week % 5 == 3:
        run(RefuseOrder(order.id, "the new cluster comes in May"), by=_lead(order.team), at=now)
        one.did("refused by a word")
    elif week % 5 != 4:
        said = run(ApproveOrder(order.id), by=_lead(order.team), at=now)
        if said.state is OrderState.PENDING_APPROVAL:
            run(ApproveOrder(order.id), by=hands.FINANCE, at=now)
        one.did("approved")


def _lead(team: str) -> Actor:
    return Actor.person(f"lead-{team}", Standing(Role.LEAD, team))


def _spot(one: Quarter, now: datetime, week: int) -> None:
    """A run of an hour and odd seconds, with the ticks that it needs."""
    place = week % len(TEAMS)
    terms = SpotTerms(
        team=TEAMS[place],
        key=f"spot-{week}",
        pool="a100",
        quantity=1 + week % 2,
        limit_ucr=3 * CREDIT,
        end=now + HOUR + timedelta(minutes=7, seconds=7 + week),
        tags=_tags(place),
    )
    [answer] = hands.ask(one.store, [terms], now)
    if not isinstance(answer, SpotRequest):
        one.did("spot refused by a limit")
        return
    for minutes in (0, 5, 60, 65, 70):
        hands.tick(one.store, now + timedelta(minutes=minutes))
    one.did("spot runs")


def _boxes(one: Quarter, now: datetime, pool: str) -> list[Reservation]:
    """Time-boxes of a pool that lie ahead, the next one first."""
    found = [
        box
        for box in every(reservation.listed, one.store)
        if box.pool == pool and box.start > now + HOUR and not any(box.given_back)
    ]
    return sorted(found, key=lambda box: (box.start, box.id))


def _release(one: Quarter, now: datetime) -> None:
    """A team gives time back, and two others want more of it than there is beside."""
    box = next(box for box in _boxes(one, now, "h100") if box.start > now + DAY)
    hands.release(one.store, box.id, now, team=box.team)
    one.did("releases")
    others = [team for team in TEAMS[::2] if team not in (box.team, "search")][:4]
    legs = (Leg(pool="h100", quantity=box.quantity, duration=2 * HOUR),)
    for place, team in enumerate(others):
        option = Option(
            value_ucr=(60 + 7 * place) * CREDIT,
            earliest_start=box.start,
            latest_start=box.start,
            legs=legs,
        )
        asked = OrderRequest(team=team, key=f"again-{box.id}", options=(option,))
        [answer] = hands.place(one.store, [asked], now)
        if not isinstance(answer, Order):
            raise answer
        one.did("orders")


def _lend(one: Quarter, now: datetime) -> None:
    """A team buys all of a pool for two hours that may be bought back until a day before."""
    kept = Guarantee(kind=Kind.RECALLABLE, buy_out_ucr=30 * CREDIT + 1)
    _order_whole(one, now, "nlp", 90, (now.replace(hour=0) + 4 * DAY, kept))


def _call_back(one: Quarter, now: datetime) -> None:
    """Another needs just those hours."""
    _order_whole(one, now, "rl", 120, (now.replace(hour=0) + 3 * DAY, FIRM))


def _order_whole(
    one: Quarter, now: datetime, team: str, worth: int, wanted: tuple[datetime, Guarantee]
) -> None:
    day, guarantee = wanted
    start = day + 14 * HOUR
    option = Option(
        value_ucr=worth * CREDIT,
        earliest_start=start,
        latest_start=start,
        legs=(Leg(pool="h100", quantity=POOLS["h100"][1], duration=2 * HOUR),),
    )
    asked = OrderRequest(
        team=team, key=f"whole-{now:%j}", options=(option,), tags=_tags(0), guarantee=guarantee
    )
    [answer] = hands.place(one.store, [asked], now)
    one.did("orders of a whole pool", isinstance(answer, Order))


def _fail(one: Quarter, now: datetime) -> None:
    """Most of a pool is away for an hour that was sold."""
    box = _boxes(one, now, "h100")[0]
    entry = Maintenance(
        id=f"firmware-{box.id}",
        pool="h100",
        start=box.start + HOUR,
        end=box.start + 2 * HOUR,
        quantity=POOLS["h100"][1],
        reason="firmware",
        created_at=now,
    )
    one.did("time-boxes that failed", len(hands.schedule_maintenance(one.store, entry, now)))


def _pass_on(one: Quarter, now: datetime) -> None:
    asked = hands.transfer(one.store, "nlp", "vision", 60 * CREDIT + 1, now)
    hands.accept(one.store, asked, "vision", now + HOUR)
    one.did("transfers between teams")


def _borrow(one: Quarter, now: datetime) -> None:
    """A team that has given nearly all away draws on a line, until the next month's credits."""
    has = every(ledger.balances, one.store, "robots")
    free_ucr = sum(each.free_ucr for each in has if each.grant.valid_at(now))
    asked = hands.transfer(one.store, "robots", "vision", free_ucr - 10 * CREDIT, now)
    hands.accept(one.store, asked, "vision", now)
    hands.credit_line(one.store, "robots", 100 * CREDIT, now, now + 40 * DAY)
    first = now.replace(hour=0) + 2 * DAY
    option = Option(
        value_ucr=70 * CREDIT + 3,
        earliest_start=first,
        latest_start=first + 12 * HOUR,
        legs=(Leg(pool="h100", quantity=8, duration=20 * HOUR),),
    )
    request = OrderRequest(team="robots", key="drawn", options=(option,), tags=_tags(1))
    [placed] = hands.place(one.store, [request], now)
    one.did("orders that draw", isinstance(placed, Order))


def _adjust(one: Quarter, now: datetime) -> None:
    """Finance proposes, somebody else decides: three are posted, one is refused."""
    order = next(box.order_id for box in every(reservation.listed, one.store) if box.team == "rl")
    asked = (
        ("the node was down", AdjustmentLine(team="rl", amount_ucr=7_000_007, corrects=_of(order))),
        ("too much came back", AdjustmentLine(team="rl", amount_ucr=-13, corrects=_of(order))),
        (
            "granted twice",
            AdjustmentLine(team="drive", amount_ucr=-2_500_001, corrects="month:2027-01"),
        ),
    )
    made = [_proposed(one, reason, line, now).id for reason, line in asked]
    gone = _proposed(one, "a present", AdjustmentLine(team="evals", amount_ucr=CREDIT), now).id
    for id_ in made:
        hands.approve_adjustment(one.store, id_, now + HOUR)
        one.did("adjustments")
    no = RefuseAdjustment(gone, "nobody may say why")
    Runner(one.store).run(no, by=hands.SECOND, at=now + HOUR)
    one.did("adjustments refused")


def _of(order: str) -> str:
    return f"order:{order}"


def _proposed(one: Quarter, reason: str, line: AdjustmentLine, now: datetime) -> Adjustment:
    request = AdjustmentRequest(lines=(line,), reason=reason)
    return Runner(one.store).run(ProposeAdjustment(request), by=hands.FINANCE, at=now)


def _rerate(one: Quarter, now: datetime) -> None:
    """Both pools ran at less than their speed for a fortnight: time-boxes, and spot."""
    made = list[Adjustment]()
    for pool, factor_ppm in (("h100", 333_333), ("a100", 750_000)):
        asked = Rerating(
            pool=pool,
            start=OPENED,
            end=OPENED + 14 * DAY,
            reason=f"{pool} was slow",
            factor_ppm=factor_ppm,
        )
        command = rerate.adding(one.store, asked, now)
        made.append(Runner(one.store).run(command, by=hands.FINANCE, at=now))
    for adjustment in made:
        hands.approve_adjustment(one.store, adjustment.id, now + HOUR)
        one.did("lines of re-ratings", len(adjustment.request.lines))


def _close(one: Quarter, now: datetime) -> None:
    name = f"{now - 2 * DAY:%Y-%m}"
    one.closes.append(hands.close_month(one.store, name, now))
    one.did("months closed")


EVENTS: Final[Sequence[tuple[int, Callable[[Quarter, datetime], None]]]] = (
    (9, _release),
    (16, _release),
    (18, _fail),
    (20, _pass_on),
    (22, _borrow),
    (30, _release),
    (31, _close),
    (36, _adjust),
    (40, _rerate),
    (45, _fail),
    (50, _release),
    (52, _lend),
    (53, _call_back),
    (59, _close),
    (65, _pass_on),
    (90, _close),
)
"""What happens beside the bidding, by the day."""


def told(one: Quarter) -> str:
    """What happened, and what each month came to."""
    lines = [f"{count:6}  {what}" for what, count in sorted(one.happened.items())]
    named = ("tills have", "teams have", "expired")
    lines += ["", f"{'month':8}{'transfers':>10}{''.join(f'{name:>16}' for name in named)}  sum"]
    for close in one.closes:
        sums, accounts = close.sums, close.sums.accounts
        teams_ucr = sum(team.closing_ucr for team in sums.teams)
        figures = (accounts.get("pool", 0), teams_ucr, accounts.get("expired", 0))
        row = "".join(f"{ucr / CREDIT:>16,.6f}" for ucr in figures)
        lines.append(f"{close.id:8}{sums.transfers:>10}{row}  {sums.total_ucr}")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(told(a_quarter(connect("sqlite://"))))
