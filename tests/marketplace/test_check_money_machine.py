"""A money machine: whatever people do, in whatever order, the books stay right."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from marketplace.domain.capacity import Maintenance
from marketplace.domain.credit_line import CreditLineChange
from marketplace.domain.credit_line_command import ChangeCreditLine, CloseCreditLine
from marketplace.domain.credit_transfer_command import (
    AcceptTransfer,
    RefuseTransfer,
    WithdrawTransfer,
)
from marketplace.domain.cycle import CycleState
from marketplace.domain.expiry import ALL, Expiry, ExpiryRule
from marketplace.domain.failure import OnFailure
from marketplace.domain.grant import Grant
from marketplace.domain.grant_schedule import ScheduleRequest, ScheduleTerms
from marketplace.domain.grant_schedule_command import EndSchedule, ScheduleGrants
from marketplace.domain.order import Leg, Option, Order, OrderRequest
from marketplace.domain.override import OverrideRequest
from marketplace.domain.page import every
from marketplace.domain.period import Period
from marketplace.domain.reservation import LIVE, Part
from marketplace.domain.taking import Longer, TakingRequest
from marketplace.domain.team import Team
from marketplace.errors import BadField, InsufficientCredits, MarketError, NotAllowedNow
from marketplace.rules import MarketRules
from marketplace.services import (
    check,
    credit_line_seen,
    credit_transfer,
    ledger,
    maintenance,
    market,
    order,
    override,
    reservation,
    statement,
    team,
)
from marketplace.services.runner import Runner
from marketplace.store import ledger as ledger_store
from tests.marketplace import grounds, hands
from tests.marketplace.bazaar import CREDIT, DAY, HOUR, NOW, POOLS, SALT, a_market

SMALL = MarketRules(horizon_hours=30, longest_hours=6, work=300)
TEAMS = st.sampled_from(["nlp", "rl", "vision"])
LEGS = st.builds(
    lambda pool, blocks, hours, after: Leg(
        pool=pool,
        quantity=blocks * (8 if pool == "h100" else 1),
        duration=hours * HOUR,
        offset=after * HOUR,
    ),
    st.sampled_from(["h100", "h100", "a100"]),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 3),
)
SHAPES = st.lists(
    st.tuples(
        st.integers(1, 120),
        st.integers(0, 8),
        st.integers(0, 6),
        st.lists(LEGS, min_size=1, max_size=2),
    ),
    min_size=1,
    max_size=2,
)
CARRIES = Expiry(rule=ExpiryRule.CARRY_OVER, carry_ucr=9 * CREDIT, carry_days=3)
RULES = st.sampled_from([ALL, CARRIES, Expiry(rule=ExpiryRule.LINEAR)])
AT_ONCE = st.integers(-1, 12)
SECOND = timedelta(seconds=1)


class MoneyMachine(RuleBasedStateMachine):
    """Teams, finance and the platform act at random on one small market."""

    @initialize()
    def open(self) -> None:
        self.now: datetime = NOW
        self.store = a_market(rules=SMALL, credit=200)
        self.begin()
        self.names: Iterator[int] = count()
        self.frozen = False

    def begin(self) -> None:
        """Two teams have a line from the first moment on, one of them until the second day."""
        hands.credit_line(self.store, "nlp", 150 * CREDIT, NOW)
        hands.credit_line(self.store, "rl", 90 * CREDIT, NOW, NOW + DAY)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            assert check.check(self.store).faults == (), "from the first line on"
            grounds.give_back(self.store)
        if hasattr(self, "replica"):
            grounds.give_back(self.replica)

    def options(self, shapes: list[tuple[int, int, int, list[Leg]]]) -> tuple[Option, ...]:
        rules, open_cycle = market.now_showing(self.store)
        first = rules.sale_start(max(open_cycle.closes_at, self.now))
        return tuple(
            Option(
                value_ucr=value * CREDIT + 1,
                earliest_start=first + at * HOUR,
                latest_start=first + (at + wait) * HOUR,
                legs=tuple(legs),
            )
            for value, at, wait, legs in shapes
        )

    @rule(asks=st.lists(st.tuples(TEAMS, SHAPES, st.booleans()), min_size=1, max_size=8))
    def bid(self, asks: list[tuple[str, list[tuple[int, int, int, list[Leg]]], bool]]) -> None:
        requests = [
            OrderRequest(
                team=team_id,
                key=f"k{number}",
                options=self.options(shapes),
                standing=standing,
                on_failure=list(OnFailure)[number % len(OnFailure)],
            )
            for (team_id, shapes, standing), number in zip(asks, self.names, strict=False)
        ]
        before = self.free_ucr()
        for answer in hands.place(self.store, requests, self.now):
            if isinstance(answer, InsufficientCredits):
                assert answer.needed_ucr > answer.free_ucr + answer.line_ucr
            elif isinstance(answer, Order):
                before[answer.team] -= answer.held_ucr
        assert self.free_ucr() == before
        again = hands.place(self.store, requests, self.now)
        assert self.free_ucr() == before or any(isinstance(one, MarketError) for one in again)

    def free_ucr(self) -> dict[str, int]:
        """What is free, less what is drawn: what is drawn and repaid changes nothing of it."""
        free = {"nlp": 0, "rl": 0, "vision": 0}
        for line in every(credit_line_seen.listed, self.store):
            free[line.team] -= line.drawn_ucr
        for one in every(ledger.balances, self.store):
            free[one.grant.team] = free.get(one.grant.team, 0) + one.free_ucr
        return free

    def all_orders(self) -> list[Order]:
        return [
            one
            for each in every(team.listed, self.store)
            for one in every(order.listed, self.store, team=each.id)
        ]

    @rule(pick=st.integers(0, 99), shapes=SHAPES)
    def amend(self, pick: int, shapes: list[tuple[int, int, int, list[Leg]]]) -> None:
        if orders := self.all_orders():
            one = orders[pick % len(orders)]
            try:
                hands.amend(self.store, one.id, self.options(shapes), self.now, team=one.team)
            except MarketError:
                assert order.get(self.store, one.id, team=one.team) == one
            else:
                assert one.open
                assert not one.cycle_id

    @rule(pick=st.integers(0, 99))
    def cancel(self, pick: int) -> None:
        if orders := self.all_orders():
            one = orders[pick % len(orders)]
            before = self.free_ucr()[one.team]
            try:
                hands.cancel(self.store, [one.id], self.now, team=one.team)
            except NotAllowedNow:
                assert not one.open or one.cycle_id
            else:
                assert self.free_ucr()[one.team] == before + one.held_ucr

    @rule(team_id=TEAMS, credit=st.integers(1, 90), days=st.integers(1, 4), expiry=RULES)
    def give(self, team_id: str, credit: int, days: int, expiry: Expiry) -> None:
        grant = Grant(
            id=f"more-{next(self.names)}",
            expiry=expiry,
            team=team_id,
            amount_ucr=credit * CREDIT,
            start=self.now,
            end=self.now + days * DAY,
            created_at=self.now,
        )
        hands.grant(self.store, [grant], self.now)

    @rule(team_id=TEAMS, credit=st.integers(1, 40), ends=st.none() | st.integers(0, 9))
    def give_each_week(self, team_id: str, credit: int, ends: int | None) -> None:
        terms = ScheduleTerms(amount_ucr=credit * CREDIT, expiry=CARRIES)
        asked = ScheduleRequest(
            id=f"weekly-{next(self.names)}", team=team_id, every=Period.WEEK, terms=terms
        )
        run = Runner(self.store).run
        made = run(ScheduleGrants(asked), by=hands.FINANCE, at=self.now)
        if ends:
            run(EndSchedule(made.id, "over"), by=hands.FINANCE, at=self.now)

    @rule(team_id=TEAMS, credit=st.integers(1, 120), days=st.none() | st.integers(1, 4))
    def set_line(self, team_id: str, credit: int, days: int | None) -> None:
        end = self.now + days * DAY if days else None
        try:
            hands.credit_line(self.store, team_id, credit * CREDIT, self.now, end)
        except NotAllowedNow:
            lines = every(credit_line_seen.listed, self.store, team_id)
            assert any(not one.over(self.now) for one in lines)

    @rule(pick=st.integers(0, 99), credit=st.integers(1, 120), closes=st.booleans())
    def change_line(self, pick: int, credit: int, *, closes: bool) -> None:
        if not (known := every(credit_line_seen.listed, self.store)):
            return
        one = known[pick % len(known)]
        change = CreditLineChange(reason="why", limit_ucr=credit * CREDIT)
        command = CloseCreditLine(one.id, "over") if closes else ChangeCreditLine(one.id, change)
        try:
            Runner(self.store).run(command, by=hands.FINANCE, at=self.now)
        except NotAllowedNow:
            assert one.over(self.now)
        except BadField:
            assert credit * CREDIT < one.drawn_ucr

    @rule(giver=TEAMS, receiver=TEAMS, credit=st.integers(1, 150))
    def offer(self, giver: str, receiver: str, credit: int) -> None:
        before = self.free_ucr()
        try:
            hands.transfer(self.store, giver, receiver, credit * CREDIT, self.now)
        except BadField:
            assert giver == receiver
        except InsufficientCredits:
            assert before[giver] == self.free_ucr()[giver]
        else:
            assert self.free_ucr()[giver] in (before[giver], before[giver] - credit * CREDIT)

    @rule(pick=st.integers(0, 99), end=st.sampled_from(["accept", "refuse", "withdraw"]))
    def answer(self, pick: int, end: str) -> None:
        if not (known := every(credit_transfer.listed, self.store)):
            return
        one = known[pick % len(known)]
        before, amount_ucr = self.free_ucr(), one.request.amount_ucr
        command = {
            "accept": AcceptTransfer(one.id),
            "refuse": RefuseTransfer(one.id, "no need"),
            "withdraw": WithdrawTransfer(one.id),
        }[end]
        try:
            Runner(self.store).run(command, by=hands.ROOT, at=self.now)
        except NotAllowedNow:
            assert not one.open
        gets = one.receiver if end == "accept" else one.team
        before[gets] += amount_ucr if one.open else 0
        assert self.free_ucr() == before

    @rule()
    def join(self) -> None:
        newcomer = Team(id=f"team-{next(self.names)}", name="New", created_at=self.now)
        hands.enrol(self.store, [newcomer])

    @rule(early=st.booleans())
    def run(self, *, early: bool) -> None:
        if not early and not self.frozen:
            self.now = max(self.now, market.now_showing(self.store)[1].closes_at)
        done = hands.run(self.store, self.now, SALT, early=True)
        assert done.cycle.state in (CycleState.SETTLED, CycleState.FAILED)
        self.frozen = False

    @rule()
    def freeze_alone(self) -> None:
        hands.freeze(self.store, self.now, SALT, early=True)
        self.frozen = True

    @rule(at=st.integers(0, 30), hours=st.integers(1, 6), units=st.integers(1, 16))
    def maintain(self, at: int, hours: int, units: int) -> None:
        start, pool = self.now + at * HOUR, "h100" if units % 3 else "a100"
        entry = Maintenance(
            id=f"m{next(self.names)}",
            pool=pool,
            start=start,
            end=start + hours * HOUR,
            quantity=min(units, POOLS[pool][1]),
            reason="firmware",
            created_at=self.now,
        )
        try:
            hands.schedule_maintenance(self.store, entry, self.now)
        except BadField as refusal:
            assert refusal.reason == "fewer-there"  # noqa: PT017 - an override left fewer

    @rule(at=st.integers(-2, 30), hours=st.integers(1, 9), units=st.sampled_from([0, 3, 8, 24]))
    def override(self, at: int, hours: int, units: int) -> None:
        start = SMALL.slot_floor(self.now) + at * HOUR
        asked = OverrideRequest(
            pool="a100" if units == 3 else "h100",
            start=start,
            end=max(start + hours * HOUR, SMALL.slot_ceil(self.now + SECOND)),
            quantity=units,
            reason="a holiday",
        )
        hands.override(self.store, asked, self.now)

    @rule(pick=st.integers(0, 99))
    def call_override_off(self, pick: int) -> None:
        if made := every(override.listed, self.store, "h100"):
            one = made[pick % len(made)]
            try:
                hands.cancel_override(self.store, one.id, self.now)
            except NotAllowedNow:
                assert one.cancelled_at or one.end <= self.now

    @rule(pick=st.integers(0, 99))
    def call_off(self, pick: int) -> None:
        if announced := every(maintenance.listed, self.store):
            one = announced[pick % len(announced)]
            try:
                hands.cancel_maintenance(self.store, one.id, self.now)
            except NotAllowedNow:
                assert one.start <= self.now

    @rule(pick=st.integers(0, 99), units=st.none() | st.integers(1, 8), after=st.integers(0, 3))
    def give_back(self, pick: int, units: int | None, after: int) -> None:
        live = [one for one in every(reservation.listed, self.store) if one.state in LIVE]
        if live:
            one = live[pick % len(live)]
            part = Part(quantity=units, start=one.start + after * HOUR)
            try:
                hands.release(self.store, one.id, self.now, team=one.team, part=part)
            except MarketError:
                assert one in every(reservation.listed, self.store)

    @rule(team_id=TEAMS, pool=st.sampled_from([*POOLS]), hours=st.integers(1, 4), at=AT_ONCE)
    def take(self, team_id: str, pool: str, hours: int, at: int) -> None:
        block, _ = POOLS[pool]
        asked = TakingRequest(
            team=team_id,
            key=f"now{next(self.names)}",
            pool=pool,
            quantity=block,
            duration=hours * HOUR,
            start=SMALL.slot_ceil(self.now) + at * HOUR,
        )
        before = self.free_ucr()
        try:
            found = hands.take(self.store, asked, self.now)
        except (BadField, InsufficientCredits):
            assert self.free_ucr() == before
        else:
            before[team_id] -= found.reservation.paid_ucr
            assert self.free_ucr()[team_id] >= before[team_id]  # more where it had given that back

    @rule(pick=st.integers(0, 99), hours=st.integers(1, 4))
    def extend(self, pick: int, hours: int) -> None:
        live = [one for one in every(reservation.listed, self.store) if one.state in LIVE]
        if not live:
            return
        one = live[pick % len(live)]
        before = self.free_ucr()
        try:
            longer = Longer(duration=hours * HOUR)
            found = hands.extend(self.store, one.id, longer, self.now, team=one.team)
        except (BadField, InsufficientCredits, NotAllowedNow):
            assert self.free_ucr() == before
        else:
            assert found.reservation.units[-hours:] == (one.units[-1],) * hours
            assert self.free_ucr()[one.team] >= before[one.team] - found.cost_ucr

    @rule(pick=st.integers(0, 99), hours=st.integers(1, 4), value=st.integers(1, 60))
    def bid_behind(self, pick: int, hours: int, value: int) -> None:
        live = [one for one in every(reservation.listed, self.store) if one.state in LIVE]
        if not live:
            return
        one = live[pick % len(live)]
        leg = Leg(pool=one.pool, quantity=one.units[-1] or 1, duration=hours * HOUR)
        asked = OrderRequest(
            team=one.team,
            key=f"more{next(self.names)}",
            options=(
                Option(
                    value_ucr=value * CREDIT + 1,
                    earliest_start=one.end,
                    latest_start=one.end,
                    legs=(leg,),
                ),
            ),
            standing=value % 2 == 0,
            extends=one.id,
        )
        before = self.free_ucr()
        [answer] = hands.place(self.store, [asked], self.now)
        if isinstance(answer, Order):
            before[one.team] -= answer.held_ucr
        assert self.free_ucr() == before

    @rule(hours=st.integers(1, 20))
    def wait(self, hours: int) -> None:
        self.now += hours * HOUR
        hands.advance(self.store, self.now)
        hands.expire(self.store, self.now)

    @precondition(lambda self: hasattr(self, "store"))
    @invariant()
    def the_books_are_right(self) -> None:
        """§7.1, §7.2, §7.4, §7.5, §7.10"""
        if not hasattr(self, "replica"):
            self.replica = grounds.lend(ground=grounds.MEMORY)
        assert check.check(self.store, replica=self.replica).faults == ()
        with self.store.read() as tx:
            accounts = ledger_store.all_balances(tx)
        assert sum(accounts.values()) == 0
        assert all(amount >= 0 for account, amount in accounts.items() if account != "mint")

    @precondition(lambda self: hasattr(self, "store"))
    @invariant()
    def what_is_drawn_is_within_its_limit_and_repaid_first(self) -> None:
        """§7.4: whoever owes has nothing free."""
        held, free = dict[str, int](), dict[str, int]()
        for left in every(ledger.balances, self.store):
            held[left.grant.id] = left.held_ucr
            if left.grant.valid_at(self.now) or left.grant.credit_line:
                free[left.grant.team] = free.get(left.grant.team, 0) + left.free_ucr
        for one in every(credit_line_seen.listed, self.store):
            assert held[one.id] <= one.drawn_ucr <= one.limit_ucr
            assert one.drawn_ucr == held[one.id] or not free[one.team]

    @precondition(lambda self: hasattr(self, "store"))
    @invariant()
    def what_is_held_is_what_open_orders_may_cost(self) -> None:
        held = {one.id: 0 for one in every(team.listed, self.store)}
        expected = dict(held)
        for left in every(ledger.balances, self.store):
            held[left.grant.team] += left.held_ucr
        for waits in every(credit_transfer.listed, self.store):
            expected[waits.team] += waits.request.amount_ucr if waits.open else 0
        for one in self.all_orders():
            expected[one.team] += one.held_ucr if one.open else 0
            assert one.open or (one.reason and one.ended_at)
            assert one.fill is None or one.fill.payment_ucr <= (
                one.request.options[one.fill.option].value_ucr
            )
        assert held == expected

    @precondition(lambda self: hasattr(self, "store"))
    @invariant()
    def statements_close_with_the_balance(self) -> None:
        for each in every(team.listed, self.store):
            left = every(ledger.balances, self.store, each.id)
            found = statement.of_team(self.store, each.id, NOW - DAY, self.now + SECOND)
            assert found.closing_ucr == sum(one.free_ucr + one.held_ucr for one in left)
            assert found.held_ucr == sum(one.held_ucr for one in left)

    @precondition(lambda self: hasattr(self, "store"))
    @invariant()
    def every_ended_time_box_says_why(self) -> None:
        for one in every(reservation.listed, self.store):
            assert one.state in LIVE or (one.reason and one.ended_at)


def run_machine(machine: type[MoneyMachine], lives: int, steps: int) -> None:
    """Let a machine live so many times, each life of so many steps."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
@pytest.mark.parametrize("lives", [3, pytest.param(100, marks=pytest.mark.drill)])
def test_whatever_people_do_the_books_stay_right(lives: int) -> None:
    run_machine(MoneyMachine, lives // grounds.here.slower, 20)
