"""A statement as CSV: a row for each line, in which no spreadsheet finds a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Final

from api.lines import HOUR_S, mean_price_ucr, what_for
from api.spreadsheet import harmless
from marketplace.domain.hours import PoolHours
from marketplace.domain.statement import Account, Line, TagAccount
from marketplace.domain.usage import MICRO
from marketplace.words import stamp
from pricing.units import digits_from_ucr

MEDIA_TYPE: Final = "text/csv"
FACTS: Final = (
    *("seq", "at", "type", "credits"),
    *("team", "order", "spot_request", "reservation", "cycle", "rule", "reason"),
    *("project", "theme", "cost_centre", "pool", "quantity", "start", "end", "unit_hours"),
    *("mean_price_credits", "of_credits", "what_for", "note"),
    *("reserved_hours", "allocated_hours", "used_hours", "held_credits"),
)
TOTAL_AT: Final = FACTS.index("credits") + 1
TYPE_AT: Final = FACTS.index("type")
POOL_AT: Final = FACTS.index("pool") + 1
HOURS_AT: Final = FACTS.index("reserved_hours") + 1
"""Where these stand in a row, with the running total after the credits."""


def sheet(
    account: Account | TagAccount, pages: Iterable[Iterable[Line]], hours: Iterable[PoolHours]
) -> Iterator[str]:
    """A statement's rows, so many at a time: what was before, each line with the total after it,
    what is then, and the hours of each pool. It adds up by itself, also where lines came while it
    was read. A team's total is its balance, a tag's what was spent."""
    if isinstance(account, Account):
        total, names, sign = "balance_credits", ("opening", "closing"), 1
        total_ucr = account.opening_ucr
    else:
        total, names, sign = "spent_credits", ("before", "in-all"), -1
        total_ucr = account.before_ucr
    head = [*FACTS[:TOTAL_AT], total, *FACTS[TOTAL_AT:]]
    yield _text([head, _summed(names[0], total_ucr, "")])
    for page in pages:
        rows = list[Sequence[object]]()
        for line in page:
            total_ucr += sign * line.amount_ucr
            rows.append(_row(line, total_ucr))
        yield _text(rows)
    held = _number(account.held_ucr)
    yield _text([_summed(names[1], total_ucr, held), *map(_time, hours)])


def _row(line: Line, total_ucr: int) -> Sequence[object]:
    moved, payer, sold = line.transfer, line.transfer.payer, line.transfer.sold
    return (
        line.seq,
        stamp(line.at),
        line.type.value,
        _number(line.amount_ucr),
        _number(total_ucr),
        harmless(moved.team),
        payer.order_id,  # ids that the market makes begin with a letter
        payer.spot_id,
        moved.reservation_id,
        moved.cycle_id,
        harmless(moved.rule),
        harmless(moved.reason),
        harmless(payer.tags.project),
        harmless(payer.tags.theme),
        harmless(payer.tags.cost_centre),
        harmless(sold.pool) if sold else "",
        sold.quantity if sold else "",
        stamp(sold.start) if sold else "",
        stamp(sold.end) if sold else "",
        moved.unit_seconds / HOUR_S if sold else "",
        _number(mean_price_ucr(sold)) if sold else "",
        _number(moved.whole_ucr) if sold else "",
        harmless(what_for(moved)),
        harmless(moved.note),
        *("", "", "", ""),
    )


def _summed(name: str, total_ucr: int, held: str) -> Sequence[object]:
    row: list[object] = [""] * (len(FACTS) + 1)
    row[TYPE_AT], row[TOTAL_AT], row[-1] = name, _number(total_ucr), held
    return row


def _time(one: PoolHours) -> Sequence[object]:
    row: list[object] = [""] * (len(FACTS) + 1)
    row[TYPE_AT], row[POOL_AT] = "hours", harmless(one.pool)
    used = "" if one.used_micro is None else one.used_micro / MICRO / HOUR_S
    row[HOURS_AT : HOURS_AT + 3] = [one.reserved / HOUR_S, one.allocated / HOUR_S, used]
    return row


def _number(amount_ucr: int) -> str:
    return digits_from_ucr(amount_ucr)


def _text(rows: Iterable[Sequence[object]]) -> str:
    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
