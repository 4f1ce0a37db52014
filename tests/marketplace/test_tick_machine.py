"""The money machine with spot beside the auctions: one capacity, one ledger."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from marketplace.domain.page import every
from marketplace.domain.spot import SpotRequest, SpotTerms, check_changeable
from marketplace.errors import InsufficientCredits, MarketError, NotAllowedNow
from marketplace.services import capacity, credit_transfer, ledger, spot, statement, team, tick
from tests.marketplace import grounds, hands
from tests.marketplace.bazaar import CREDIT, DAY, NOW, a_market
from tests.marketplace.test_check_money_machine import SMALL, TEAMS, MoneyMachine, run_machine

MINUTE = timedelta(minutes=1)
MINIMA = st.sampled_from((0, 0, 0, 20, 90, 400))


class SpotMachine(MoneyMachine):
    """As the money machine; and teams ask for spot, ticks come, some of them late."""

    @initialize()
    def open(self) -> None:
        super().open()
        grounds.give_back(self.store)
        self.store = a_market(rules=replace(SMALL, spot_longest_hours=8), credit=60)
        self.begin()
        self.limits: dict[str, int] = {}

    def spots(self) -> list[SpotRequest]:
        return [
            one
            for each in every(team.listed, self.store)
            for one in every(spot.listed, self.store, team=each.id)
        ]

    @rule(
        team_id=TEAMS,
        blocks=st.integers(1, 2),
        quarters=st.integers(1, 20),
        minutes=MINIMA,
        persistent=st.booleans(),
        until=st.none() | st.integers(5, 300),
    )
    def ask(
        self,
        team_id: str,
        blocks: int,
        quarters: int,
        minutes: int,
        *,
        persistent: bool,
        until: int | None,
    ) -> None:
        pool = "h100" if blocks % 2 else "a100"
        terms = SpotTerms(
            team=team_id,
            key=f"s{next(self.names)}",
            pool=pool,
            quantity=8 if pool == "h100" else blocks,
            limit_ucr=quarters * CREDIT // 4 + 1,
            minimum=minutes * MINUTE,
            end=self.now + until * MINUTE if until else None,
            persistent=persistent,
        )
        before = self.free_ucr()[team_id]
        [answer] = hands.ask(self.store, [terms], self.now)
        if isinstance(answer, InsufficientCredits):
            assert answer.needed_ucr > answer.free_ucr + answer.line_ucr
        elif isinstance(answer, SpotRequest):
            assert self.free_ucr()[team_id] == before - spot.held(self.store, [answer])[answer.id]

    @rule(late=st.sampled_from((0, 0, 0, 0, 1, 3, 90)))
    def tick(self, late: int) -> None:
        due = tick.next_due(self.store) or self.now
        self.now = max(self.now, due) + late * MINUTE
        before = {one.id: one for one in self.spots()}
        found = hands.tick(self.store, self.now)
        assert found is not None
        assert hands.tick(self.store, self.now) is None
        self.nothing_is_oversold()
        for one in self.spots():
            was = before[one.id]
            if was.on_notice and was.run and was.run.deadline and was.run.deadline <= self.now:
                assert one.run is None or one.run.started_at == self.now
            elif was.on_notice and one.run is not None:
                assert one.run == was.run  # a deadline that was told never moves
            if one.on_notice and not was.on_notice and one.run and one.run.deadline:
                assert one.run.deadline > self.now

    def nothing_is_oversold(self) -> None:
        """§7.1, reserved and spot together, while a tick is fresh."""
        used: dict[str, int] = defaultdict(int)
        for one in self.spots():
            used[one.terms.pool] += one.terms.quantity if one.run else 0
        _, there = capacity.calendar(self.store, self.now, 1)
        for each in there:
            assert used[each.pool.id] + each.sold[0] <= each.capacity[0]

    @rule(pick=st.integers(0, 99))
    def stop(self, pick: int) -> None:
        if spots := self.spots():
            one = spots[pick % len(spots)]
            try:
                [after] = hands.stop(self.store, [one.id], self.now, team=one.team)
            except NotAllowedNow:
                assert not one.live
            else:
                assert not after.live

    @rule(pick=st.integers(0, 99), quarters=st.integers(1, 40))
    def change_limit(self, pick: int, quarters: int) -> None:
        if spots := self.spots():
            one = spots[pick % len(spots)]
            limit_ucr = quarters * CREDIT // 4
            try:
                after = hands.raise_limit(self.store, one.id, limit_ucr, self.now, team=one.team)
            except MarketError:
                assert spot.get(self.store, one.id, team=one.team) == one
            else:
                check_changeable(one)
                assert after.run is None or limit_ucr >= one.terms.limit_ucr

    @precondition(lambda self: hasattr(self, "store"))
    @invariant()
    def what_is_held_is_what_open_orders_may_cost(self) -> None:
        held = {one.id: 0 for one in every(team.listed, self.store)}
        expected = dict(held)
        for left in every(ledger.balances, self.store):
            held[left.grant.team] += left.held_ucr
        for waits in every(credit_transfer.listed, self.store):
            expected[waits.team] += waits.request.amount_ucr if waits.open else 0
        for order in self.all_orders():
            expected[order.team] += order.held_ucr if order.open else 0
        for one in self.spots():
            expected[one.team] += spot.held(self.store, [one])[one.id]
            assert one.code
        assert held == expected

    @precondition(lambda self: hasattr(self, "store"))
    @invariant()
    def nobody_pays_above_a_limit(self) -> None:
        """§7.2: all that a request was billed is at most its highest limit for the time it ran."""
        billed: dict[str, int] = defaultdict(int)
        for each in every(team.listed, self.store):
            for line in statement.of_team(self.store, each.id, NOW - DAY, self.now + DAY).lines:
                if line.transfer.payer.spot_id:
                    billed[line.transfer.payer.spot_id] -= line.amount_ucr
        for one in self.spots():
            self.limits[one.id] = max(self.limits.get(one.id, 0), one.terms.limit_ucr)
            seconds = int((self.now - one.placed_at).total_seconds())
            most = -(-self.limits[one.id] * one.terms.quantity * seconds // 3600)
            assert billed[one.id] <= most


@pytest.mark.slow
@pytest.mark.parametrize("lives", [2, pytest.param(100, marks=pytest.mark.drill)])
def test_spot_and_reserved_share_one_capacity_and_one_ledger(lives: int) -> None:
    run_machine(SpotMachine, max(1, lives // grounds.here.slower), 40)
