"""Reservations that lose units where a pool has fewer: asked for first, and told with what went
back."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from api.cli import show
from api.cli.reservations import left_text
from api.cli.values import credits_text, zulu

if TYPE_CHECKING:
    from marketplace.domain.reservation import Reservation
    from marketplace.store.engine import Store

    Failed = Sequence[Reservation]

T = TypeVar("T")


def taken_away(
    store: "Store",
    act: "Callable[[], tuple[T, Failed]]",
    question: str,
    *,
    yes: bool,
) -> "tuple[T, Failed, Counter[str]]":
    """Ask, unless ``yes``, and do what leaves a pool fewer units: what that made, the reservations
    that lost units for it, and what went back for each, ucr."""
    from marketplace.services import ledger
    from marketplace.services import reservation as reservations

    show.confirm(f"{question} will lose what is missing, and be refunded. Go on?", yes=yes)
    before = ledger.newest(store)
    made, failed = act()
    return made, failed, reservations.came_back(store, failed, after_seq=before)


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
