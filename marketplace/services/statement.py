"""A team's account for a period."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.domain.hours import PoolHours, hours_of
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.statement import (
    Account,
    Day,
    Line,
    LineType,
    Standing,
    Statement,
    TagAccount,
    Tagged,
    days_of,
    held_of,
    line_of,
    month_of,
    spent_of,
    statement_of,
)
from marketplace.domain.transfer import Tag
from marketplace.rules import check_spell
from marketplace.services.team import check_team
from marketplace.services.view import as_of
from marketplace.store import ledger as ledger_store
from marketplace.store import statement as statement_store
from marketplace.store import transfer as transfer_store
from marketplace.store import usage as usage_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


def of_team(
    store: Store, team: str, start: datetime, end: datetime, *, now: datetime | None = None
) -> Statement:
    """The team's statement for [start, end). Raises ``NotFound``, or ``BadField`` for the times.

    ``now``: when it is read; then all that fell due by it is there, also where no clock has done
    it yet, so that a month that is over does not change."""
    check_spell("a period", start, end)
    with as_of(store, now) as tx:
        check_team(tx, team)
        opening = _standing(tx, team, start)
        posted = transfer_store.posted_in(tx, team, start, end)
        return statement_of(team, (start, end), opening, posted)


def account(
    store: Store, team: str, start: datetime, end: datetime, *, now: datetime | None = None
) -> Account:
    """What the team had when [start, end) began, and what it has at its end; ``now`` and what is
    raised as in ``of_team``."""
    check_spell("a period", start, end)
    with as_of(store, now) as tx:
        check_team(tx, team)
        return Account(
            team=team,
            start=start,
            end=end,
            opening_ucr=_standing(tx, team, start).owned_ucr,
            closing_ucr=(closing := _standing(tx, team, end)).owned_ucr,
            held_ucr=closing.held_ucr,
        )


def lines(
    store: Store,
    team: str,
    start: datetime,
    end: datetime,
    *,
    after: Cursor | None = None,
    limit: int = LIMIT,
    now: datetime | None = None,
) -> Page[Line]:
    """The team's lines in [start, end), by time; ``now`` and what is raised as in ``of_team``."""
    check_spell("a period", start, end)
    with as_of(store, now) as tx:
        check_team(tx, team)
        found = statement_store.lines(tx, team, (start, end), after=after, limit=limit)
    made = (line_of(one, team) for one in found)
    return Page(tuple(line for line in made if line), found.next)


def tag_account(
    store: Store, tagged: Tagged, start: datetime, end: datetime, *, now: datetime | None = None
) -> TagAccount:
    """What a tag's work cost before [start, end) and in it; ``now`` as in ``of_team``. A name that
    nothing was ever tagged with has cost nothing. Raises ``BadField`` for the times."""
    check_spell("a period", start, end)
    with as_of(store, now) as tx:
        before = statement_store.moved(tx, tagged, None, start)
        within = statement_store.moved(tx, tagged, start, end)
    return TagAccount(
        tagged=tagged,
        start=start,
        end=end,
        before_ucr=spent_of(before),
        spent_ucr=spent_of(within),
        held_ucr=held_of(before) + held_of(within),
    )


def tag_lines(
    store: Store,
    tagged: Tagged,
    start: datetime,
    end: datetime,
    *,
    after: Cursor | None = None,
    limit: int = LIMIT,
    now: datetime | None = None,
) -> Page[Line]:
    """A tag's lines in [start, end), by time, each as its team has it; ``now`` and what is raised
    as in ``tag_account``."""
    check_spell("a period", start, end)
    with as_of(store, now) as tx:
        found = statement_store.lines(tx, tagged, (start, end), after=after, limit=limit)
    made = (line_of(one, one.transfer.team) for one in found)
    return Page(tuple(line for line in made if line), found.next)


def hours(
    store: Store,
    of: str | Tagged,
    start: datetime,
    end: datetime,
    *,
    now: datetime | None = None,
) -> tuple[PoolHours, ...]:
    """The time that a team, or a tag's work, had in [start, end), by pool: time-boxes by when they
    lie, spot runs by when they were billed, use by when it was. ``now`` and what is raised as in
    ``of_team``."""
    check_spell("a period", start, end)
    with as_of(store, now) as tx:
        if isinstance(of, str):
            check_team(tx, of)
        whole = statement_store.whole_seconds(tx, of, start, end)
        boxes = statement_store.other_boxes(tx, of, start, end)
        spot = statement_store.spot_seconds(tx, of, start, end)
        used = usage_store.used_seconds(tx, of, start, end)
    return hours_of(whole, boxes, spot, (start, end), used)


def by_day(
    store: Store, team: str, first: datetime, days: int, *, now: datetime | None = None
) -> list[Day]:
    """What became of a team's credits in each of so many UTC days from ``first`` on, which is a
    midnight; ``now`` as in ``of_team``. Raises ``NotFound``."""
    with as_of(store, now) as tx:
        check_team(tx, team)
        sums = transfer_store.by_day(tx, team, first, first + timedelta(days=days))
    return days_of(sums, first, days)


def _standing(tx: Tx, team: str, at: datetime) -> Standing:
    first = month_of(at)
    opening = ledger_store.standing(tx, team, first)
    since = statement_store.changed(tx, team, first, at)
    return Standing(
        owned_ucr=opening.owned_ucr + since.owned_ucr, held_ucr=opening.held_ucr + since.held_ucr
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TagSum:
    """What the orders and spot requests of one project, theme or cost centre cost in a period."""

    name: str
    orders: int
    charged_ucr: int
    refunded_ucr: int
    adjusted_ucr: int  # what adjustments of its charges gave back, less what they took

    @property
    def spent_ucr(self) -> int:
        """What it cost."""
        return self.charged_ucr - self.refunded_ucr - self.adjusted_ucr


def sums_by(statement: Statement, tag: Tag) -> list[TagSum]:
    """A statement's charges, refunds and adjustments of them added up by what the work was for, the
    dearest first."""
    charged, refunded, adjusted = Counter[str](), Counter[str](), Counter[str]()
    payers: dict[str, set[str]] = defaultdict(set)
    for line in statement.lines:
        payer = line.transfer.payer
        if not payer.id or line.type is LineType.DRAW:
            continue
        name = tag.of(payer.tags)
        payers[name].add(payer.id)
        charged[name] -= line.amount_ucr if line.type is LineType.CHARGE else 0
        refunded[name] += line.amount_ucr if line.type is LineType.REFUND else 0
        adjusted[name] += line.amount_ucr if line.type is LineType.ADJUSTMENT else 0
    found = [
        TagSum(
            name=name,
            orders=len(payers[name]),
            charged_ucr=charged[name],
            refunded_ucr=refunded[name],
            adjusted_ucr=adjusted[name],
        )
        for name in payers
    ]
    return sorted(found, key=lambda one: (-one.spent_ucr, one.name))
