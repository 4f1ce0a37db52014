"""Reservations that lose units where a pool has fewer: asked for first, and told with what went
back."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from api.cli import show
from api.cli.reservations import left_text
from api.cli.values import credits_text, zulu

if TYPE_CHECKING:
    from api.cli.desk import Desk
    from marketplace.domain.command import Command
    from marketplace.domain.reservation import Reservation
    from marketplace.store.engine import Store

    Failed = Sequence[Reservation]

Answer = TypeVar("Answer")
NAMED: Final = 8
"""So many that would lose units are named, before they do."""


def taken_away(
    at: "Desk",
    store: "Store",
    command: "Command[Answer]",
    failed_of: "Callable[[Answer], Failed]",
    *,
    yes: bool,
) -> "tuple[Answer, Counter[str]]":
    """Do what leaves a pool fewer units; where anybody loses any by it, say so and ask first,
    unless ``yes``. What it answers, and what went back for each reservation that lost units, ucr.

    Raises the command's refusal as ``MarketError``.
    """
    from marketplace.services import ledger
    from marketplace.services import reservation as reservations

    if not yes and (lose := failed_of(at.rehearse(store, command))):
        _tell_before(lose, reservations.comes_back(store, lose))
        show.confirm("They will lose what is missing, and be refunded. Go on?", yes=yes)
    before = ledger.newest(store)
    answer = at.do(store, command)
    return answer, reservations.came_back(store, failed_of(answer), after_seq=before)


def _tell_before(lose: "Failed", back_ucr: Counter[str]) -> None:
    """Who would lose units, on stderr: what is done has a table of its own."""
    for one in lose[:NAMED]:
        show.note(
            f"{one.team} would lose units of {one.id}, {zulu(one.start)} to {zulu(one.end)}: "
            f"{left_text(one.units, one.quantity)} would be left, and "
            f"{credits_text(back_ucr[one.id])} credits would go back."
        )
    if len(lose) > NAMED:
        rest = sum(back_ucr[one.id] for one in lose[NAMED:])
        show.note(
            f"So would {len(lose) - NAMED:,} more reservations: {credits_text(rest)} credits "
            "would go back for them."
        )


def tell_failed(failed: "Failed", back_ucr: Counter[str]) -> None:
    """Show the reservations that lost units, and what went back for each."""
    rows = [
        (
            *(one.id, one.team, one.order_id, zulu(one.start), zulu(one.end)),
            left_text(one.units, one.quantity),
            credits_text(back_ucr[one.id]),
        )
        for one in failed
    ]
    columns = ("reservation", "team", "order", "start", "end", ">units left", ">credits back")
    title = f"Lost units, or moved: {credits_text(back_ucr.total())} credits went back"
    show.table(title, columns, rows, empty="No reservation loses anything.")
