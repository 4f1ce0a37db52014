"""What was changed of an award that could be, and for whom, in words that all doors share."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.wire.changes import Change, MadeRoom, Taker

When = Callable[[datetime], str]
Amount = Callable[[Decimal], str]


def told(one: "Change", when: When, amount: Amount) -> list[str]:
    """What was changed, who has the place now, and what that counted for: each in a sentence."""
    where = f"In {one.cycle} the market" if one.cycle else "The market"
    if one.to_time is not None:
        what = f"{where} moved it from {when(one.start_time)} to {when(one.to_time)}."
        counted = "Staying would have counted for {} credits more than moving: the least gain."
    else:
        what = f"{where} bought it back{_for(one, amount)}."
        counted = "Where it was it counted for {} credits: its buy-out, and the least gain."
    return [what, _who(one, amount), counted.format(amount(one.kept_credits))]


def _for(one: "Change", amount: Amount) -> str:
    if one.buy_out_credits is None or one.gained_credits is None:
        return ""
    paid = one.buy_out_credits - one.gained_credits
    return (
        f" for {amount(one.buy_out_credits)} credits: the {amount(paid)} that it had paid, and "
        f"{amount(one.gained_credits)} more"
    )


def _who(one: "Change", amount: Amount) -> str:
    """Who has its place: other teams by number alone."""
    takers = {each.bid: each for each in one.takers}.values()
    new = [each for each in takers if not each.standing]
    moved = len(takers) - len(new)
    own = sum(1 for each in new if each.team == one.team)
    parts = [_counted(own, "bid of its own team", "bids of its own team")] if own else []
    if others := len(new) - own:
        parts.append(_counted(others, "bid of another team", "bids of other teams"))
    if moved:
        parts.append(_counted(moved, "time-box that was moved there", "time-boxes moved there"))
    if not parts:
        return "Nobody has the place that it gave up."
    return f"Its place has gone to {' and '.join(parts)}{_worth(new, amount)}."


def _worth(new: "Iterable[Taker]", amount: Amount) -> str:
    bids = list(new)
    if not bids:
        return ""
    values = sum((each.value_credits for each in bids), Decimal(0))
    pays = sum((each.paid_credits for each in bids), Decimal(0))
    together = " together" if len(bids) > 1 else ""
    return f", worth {amount(values)} credits{together} and paying {amount(pays)}"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def made_room(one: "MadeRoom", pool: str, team: str, when: When) -> str:
    """What a winner has of somebody who gave it up; ``team``: the winner's own, in the files."""
    whose = "of its own team" if one.team == team else "of another team"
    gone = "was bought back" if one.to_time is None else f"was moved to {when(one.to_time)}"
    return (
        f"It won {one.units:,} × {pool} from {when(one.start_time)} to {when(one.end_time)} that "
        f"the {one.guarantee.value} time-box {one.bid} {whose} gave up, which {gone}."
    )
