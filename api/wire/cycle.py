"""Cycles, what their clearings came to, and under which names bids stand in their files."""

from collections import Counter
from typing import Self

from pydantic import Field

from allocator import outcome as clearing
from api.wire.shape import Credits, Duration, Instant, Shape, SignedCredits, credits_of
from marketplace.domain import cycle as domain
from marketplace.domain import terms
from marketplace.services import cycle as cycles
from marketplace.services import publication
from marketplace.services.clock import Run


class Cycle(Shape):
    """One auction."""

    id: str
    state: str
    closes_at: Instant
    sale_start: Instant | None
    rules_version: int
    problem_sha256: str
    settled_at: Instant | None
    reason: str

    @classmethod
    def of(cls, cycle: domain.Cycle) -> Self:
        """A cycle as data."""
        return cls(
            id=cycle.id,
            state=cycle.state.value,
            closes_at=cycle.closes_at,
            sale_start=cycle.sale_start,
            rules_version=cycle.rules_version,
            problem_sha256=cycle.problem_sha256,
            settled_at=cycle.settled_at,
            reason=cycle.reason,
        )


class Outcome(Shape):
    """What a clearing came to, without its awards and prices."""

    awards: int
    lost: dict[str, int] = Field(description="How many bids got nothing, by reason.")
    surplus_credits: SignedCredits
    welfare_credits: SignedCredits
    bound_credits: SignedCredits
    gap: float
    paid_credits: Credits
    payment_rule: str
    status: str
    engine: str
    seed: int
    work: int
    seconds: float

    @classmethod
    def of(cls, outcome: clearing.Outcome) -> Self:
        """A clearing's figures as data."""
        lost = Counter(outcome.told(rejection.reason) for rejection in outcome.rejections)
        return cls(
            awards=len(outcome.awards),
            lost=dict(sorted(lost.items())),
            surplus_credits=credits_of(outcome.surplus_ucr),
            welfare_credits=credits_of(outcome.welfare_ucr),
            bound_credits=credits_of(outcome.bound_ucr),
            gap=outcome.gap,
            paid_credits=credits_of(sum(award.payment_ucr for award in outcome.awards)),
            payment_rule=outcome.payment_rule.value,
            status=outcome.status,
            engine=outcome.engine,
            seed=outcome.seed,
            work=outcome.work,
            seconds=outcome.seconds,
        )


class ClearedCycle(Cycle):
    """A cycle, and what its clearing came to: null where there is none yet."""

    outcome: Outcome | None
    without_room: int = Field(description="Orders that no start had room for: not in the files.")

    @classmethod
    def cleared(cls, cycle: domain.Cycle, came_to: cycles.Result) -> Self:
        """A cycle and its clearing as data."""
        return cls(
            **dict(Cycle.of(cycle)),
            outcome=Outcome.of(came_to.outcome) if came_to.outcome else None,
            without_room=came_to.without_room,
        )


class RanCycle(Cycle):
    """A cycle that was run; ``settled_here``: by this very run, and not by one before."""

    settled_here: bool
    outcome: Outcome | None
    without_room: int

    @classmethod
    def ran(cls, run: Run, without_room: int) -> Self:
        """What running a cycle answers."""
        return cls(
            **dict(Cycle.of(run.cycle)),
            settled_here=run.settled_here,
            outcome=Outcome.of(run.outcome) if run.outcome else None,
            without_room=without_room,
        )


class Sale(Shape):
    """What is on sale next, and until when the cycle that sells it takes orders."""

    cycle: str
    closes_at: Instant
    overdue: bool = Field(description="It should have closed already, and sells if it runs now.")
    sale_start: Instant = Field(description="The first slot that it sells.")
    starts_before: Instant = Field(description="Later starts are for later cycles.")
    slot: Duration = Field(description="The market's time step.")
    now: Instant

    @classmethod
    def of(cls, sale: terms.Sale) -> Self:
        """What is on sale next, as data."""
        return cls(
            cycle=sale.cycle_id,
            closes_at=sale.closes_at,
            overdue=sale.overdue,
            sale_start=sale.start,
            starts_before=sale.starts_before,
            slot=sale.slot,
            now=sale.now,
        )

    def to_sale(self) -> terms.Sale:
        """The sale that was told."""
        return terms.Sale(
            cycle_id=self.cycle,
            closes_at=self.closes_at,
            overdue=self.overdue,
            start=self.sale_start,
            starts_before=self.starts_before,
            slot=self.slot,
            now=self.now,
        )


class BidName(Shape):
    """Under which names an order stands in a cycle's files."""

    order: str
    whose: str
    bid: str
    team: str = Field(description="The team's name in the files.")

    @classmethod
    def of(cls, name: publication.BidName) -> Self:
        """An order's names as data."""
        return cls(order=name.order_id, whose=name.team, bid=name.bid, team=name.team_name)
