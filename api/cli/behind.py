"""Which flags a bid needs, and which not: those of a file of bids, and those of a reservation of
which it asks for more."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.wire.reservation import Reservation

Extends = Annotated[
    str,
    typer.Option(
        "--extends",
        metavar="RESERVATION",
        help="Ask for more of this reservation, right behind it: pool, units and start are its "
        "own. When it wins, that lasts longer; at an equal total it beats others.",
    ),
]


Flags = Mapping[str, object]


def check_flags(instead: Flags, place: Flags, window: Flags, flags: Flags, rest: Flags) -> None:
    """Refuse a bid by flags that says what is said elsewhere already, or leaves out what is not:
    ``instead`` are the file, and the reservation that it extends."""
    if instead["--file"]:
        extends = {"--extends": instead["--extends"]}
        _left_out({**place, **window, **flags, **rest, **extends}, "it stands in the file")
        return
    if instead["--extends"]:
        _left_out({**place, **window}, f"it is that of {instead['--extends']}")
    all_there(flags if instead["--extends"] else {**place, **flags})


def _left_out(flags: Flags, because: str) -> None:
    for flag, given in flags.items():
        if given not in (None, "", False):
            raise typer.BadParameter(f"{because}; leave it out", param_hint=flag)


def all_there(flags: Flags) -> None:
    """Refuse a bid by flags that leaves one of these out."""
    for flag, given in flags.items():
        if given in (None, ""):
            raise typer.BadParameter("say it, or give --file", param_hint=flag)


def place_behind(box: "Reservation") -> tuple[str, int, tuple[datetime, datetime]]:
    """The pool, the units and the one start of what would extend a reservation."""
    return box.pool, box.units[-1] or box.quantity, (box.end, box.end)
