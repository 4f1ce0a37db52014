"""A bid that was explained: why it won or lost, what was in its way, and what would have won.

Slots are numbers of the problem file, each with its time.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Self

from pydantic import ConfigDict, Field

from allocator.answers import explain, raising
from allocator.answers.asking import Answer
from allocator.answers.changes import Changes
from allocator.outcome import Outcome
from allocator.problem import Problem, Standing
from api.wire.changes import Change, MadeRoom
from api.wire.shape import Credits, Instant, Shape, SignedCredits, credits_of

Clock = Callable[[int], datetime]
NO_ROOM: Final = "capacity-not-available"


class Choice(Shape):
    """One option at one start: what it is worth, what it would have cost, what it lacks."""

    option: int
    start: int
    start_time: Instant
    value_credits: Credits
    price_credits: Credits
    lacks_credits: Credits
    never: str | None = Field(description="What keeps it out, however high its value.")

    @classmethod
    def of(cls, one: explain.Choice, at: Clock) -> Self:
        """A choice as data."""
        return cls(
            option=one.option,
            start=one.start,
            start_time=at(one.start),
            value_credits=credits_of(one.value_ucr),
            price_credits=credits_of(one.price_ucr),
            lacks_credits=credits_of(max(one.lack_ucr, 0)),
            never=one.never,
        )


class Slots(Shape):
    """Slots of a pool; all null for a budget, which has no pool."""

    pool: str | None
    start: int | None
    end: int | None
    start_time: Instant | None
    end_time: Instant | None


def _slots(pool: str, start: int, end: int, at: Clock) -> dict[str, Any]:
    if not pool:
        return dict.fromkeys(Slots.model_fields)
    return {
        "pool": pool,
        "start": start,
        "end": end,
        "start_time": at(start),
        "end_time": at(end),
    }


class Stretch(Slots):
    """Slots in which the price and the units stay the same."""

    price_credits: Credits
    units: int
    credits: Credits

    @classmethod
    def of(cls, one: explain.Stretch, at: Clock) -> Self:
        """A stretch as data."""
        return cls(
            **_slots(one.pool, one.start, one.end, at),
            price_credits=credits_of(one.price_ucr),
            units=one.units,
            credits=credits_of(one.cost_ucr),
        )


class Missing(Slots):
    """What is missing to give the bid its place: units of a pool, or credits of a budget."""

    limit: str
    units: int | None
    credits: Credits | None

    @classmethod
    def of(cls, one: explain.Obstacle, at: Clock) -> Self:
        """What is missing as data."""
        budget = one.limit == "budget"
        return cls(
            limit=one.limit,
            **_slots(one.pool, one.start, one.end, at),
            units=None if budget else one.lack,
            credits=credits_of(one.lack) if budget else None,
        )


class Holder(Slots):
    """A winner that holds what the bid would need."""

    bid: str
    team: str
    units: int
    paid_credits: Credits

    @classmethod
    def of(cls, one: explain.Holder, at: Clock) -> Self:
        """A holder as data."""
        return cls(
            bid=one.award.bid,
            team=one.team,
            units=one.units,
            **_slots(one.pool, one.start, one.end, at),
            paid_credits=credits_of(one.award.payment_ucr),
        )


class Elsewhere(Shape):
    """A cheaper place for one option; ``wins``: what clearing again said, null where it was not
    asked."""

    kind: str
    option: int
    start: int
    start_time: Instant
    pool: str | None
    instead_of: str | None
    price_credits: Credits
    cheaper_by_credits: SignedCredits
    within_value: bool
    unsold: bool
    wins: bool | None

    @classmethod
    def of(cls, one: explain.Elsewhere, at: Clock, *, wins: bool | None) -> Self:
        """A cheaper place as data."""
        return cls(
            kind=one.kind,
            option=one.option,
            start=one.start,
            start_time=at(one.start),
            pool=one.pool or None,
            instead_of=one.instead_of or None,
            price_credits=credits_of(one.price_ucr),
            cheaper_by_credits=credits_of(one.saving_ucr),
            within_value=one.enough,
            unsold=one.free,
            wins=wins,
        )


class Win(Shape):
    """How the bid wins with other values, by number of the option, and whose award goes for it."""

    values_credits: dict[str, Credits]
    option: int
    start: int
    start_time: Instant
    pays_credits: Credits
    capped: bool = Field(description="Whether that is its own value: the price is above it.")
    displaced: list[str]

    @classmethod
    def of(cls, win: raising.Win, at: Clock) -> Self:
        """A win as data."""
        values = {str(n): credits_of(value) for n, value in sorted(win.values_ucr.items())}
        return cls(
            values_credits=values,
            option=win.award.option,
            start=win.award.start,
            start_time=at(win.award.start),
            pays_credits=credits_of(win.award.payment_ucr),
            capped=win.award.capped,
            displaced=list(win.displaced),
        )


class Raising(Shape):
    """The raise that wins, confirmed by clearing again; null where none wins alone."""

    by_credits: Credits | None
    win: Win | None
    lost_at_credits: Credits | None
    never: str | None
    clearings: int
    finished: bool

    @classmethod
    def of(cls, found: raising.Raising, at: Clock) -> Self:
        """A raise as data."""
        return cls(
            by_credits=None if found.raise_ucr is None else credits_of(found.raise_ucr),
            win=None if found.win is None else Win.of(found.win, at),
            lost_at_credits=None if found.lost_at_ucr is None else credits_of(found.lost_at_ucr),
            never=found.never,
            clearings=found.clearings,
            finished=found.finished,
        )


class Critical(Shape):
    """The least that a winner could have bid and still won."""

    value_credits: Credits
    less_by_credits: Credits
    loses_at_less_by_credits: Credits
    clearings: int
    finished: bool

    @classmethod
    def of(cls, seen: explain.Explanation, found: raising.Critical) -> Self:
        """A critical value as data."""
        return cls(
            value_credits=credits_of(seen.best.value_ucr - found.drop_ucr),
            less_by_credits=credits_of(found.drop_ucr),
            loses_at_less_by_credits=credits_of(found.loses_ucr),
            clearings=found.clearings,
            finished=found.finished,
        )


class Remedy(Shape):
    """What would have to be lifted, where no raise alone wins."""

    option: int
    value_credits: Credits
    lifted: list[Missing]
    win: Win | None
    clearings: int

    @classmethod
    def of(cls, found: raising.Remedy, at: Clock) -> Self:
        """A remedy as data."""
        return cls(
            option=found.option,
            value_credits=credits_of(found.value_ucr),
            lifted=[Missing.of(one, at) for one in found.lifted],
            win=None if found.win is None else Win.of(found.win, at),
            clearings=found.clearings,
        )


class Explanation(Shape):
    """Why a bid won or lost, under its name in the files."""

    model_config = ConfigDict(serialize_by_alias=True)

    bid: str
    team: str
    won: bool
    reason: str | None
    shortfall_credits: Credits
    payment_rule: str
    gap: float = Field(description="By what share a better outcome may be worth more; 0: none is.")
    budget_credits: Credits | None = Field(description="The most that its team may bid in all.")
    paid_credits: Credits | None
    capped: bool
    best: Choice = Field(description="What it won, or where it came nearest to winning.")
    options: list[Choice] = Field(description="Each option at its cheapest start.")
    price: list[Stretch] = Field(description="What the best one costs, slot by slot.")
    missing: list[Missing] = Field(
        description="What the best one lacked. Of a bid with the reason `capacity-not-available`: "
        "the units that were missing before anything was awarded, hour by hour."
    )
    holders: list[Holder]
    elsewhere: list[Elsewhere]
    raise_: Raising | None = Field(alias="raise")
    critical: Critical | None
    remedy: Remedy | None
    refused: str | None = Field(description="Why clearing again was refused.")
    standing: Standing | None = Field(
        description="Where it was won in an earlier cycle, and could be changed in this one: how."
    )
    changes: list[Change] = Field(
        description="What was changed of what it won: of an order that won in this cycle, by all "
        "later ones; of one that stood in this cycle, by this one."
    )
    made_room: list[MadeRoom] = Field(description="What it won of what others gave up.")
    finished: bool = Field(description="Whether all that was asked was found in the time.")

    @property
    def never_wins(self) -> bool:
        """Whether it was found that no raise alone wins it."""
        raising = self.raise_
        searched = raising is not None and raising.win is None and raising.finished
        return searched or self.roomless

    @property
    def roomless(self) -> bool:
        """Whether no start had room for it, so that its value was not asked."""
        return self.reason == NO_ROOM


def explained(
    problem: Problem, outcome: Outcome, seen: explain.Explanation, answer: Answer
) -> Explanation:
    """An explanation as data, with what clearing again told."""
    award = seen.award

    at = problem.at
    known, stood = dict(answer.places), Changes(problem, outcome)
    change = stood.of(seen.bid.id)
    told: dict[str, Any] = {
        "raise": None if answer.raising is None else Raising.of(answer.raising, at),
        "critical": None if answer.critical is None else Critical.of(seen, answer.critical),
        "remedy": None if answer.remedy is None else Remedy.of(answer.remedy, at),
    }
    return Explanation(
        bid=seen.bid.id,
        team=seen.bid.team,
        won=award is not None,
        reason=outcome.told(seen.reason) if seen.reason else None if award else NO_ROOM,
        shortfall_credits=credits_of(seen.shortfall_ucr),
        payment_rule=outcome.payment_rule.value,
        gap=outcome.proven_gap,
        budget_credits=next(
            (credits_of(one.limit_ucr) for one in problem.budgets if one.team == seen.bid.team),
            None,
        ),
        paid_credits=None if award is None else credits_of(award.payment_ucr),
        capped=award is not None and award.capped,
        best=Choice.of(seen.best, at),
        options=[Choice.of(one, at) for one in seen.choices],
        price=[Stretch.of(one, at) for one in seen.stretches],
        missing=[Missing.of(one, at) for one in seen.obstacles],
        holders=[Holder.of(one, at) for one in seen.holders],
        elsewhere=[
            Elsewhere.of(one, at, wins=known[one] is not None if one in known else None)
            for one in seen.elsewhere
        ],
        standing=seen.bid.standing,
        changes=[Change.of(change, stood.view.bids, at)] if change else [],
        made_room=[MadeRoom.of(one, at) for one in stood.taken_by(seen.bid.id)],
        refused=answer.refused or None,
        finished=answer.finished,
        **told,
    )
