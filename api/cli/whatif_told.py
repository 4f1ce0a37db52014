"""What ``clearing whatif`` found, as sentences and tables, and as a document."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.cli import show
from api.cli.explanation import MOST_ROWS
from api.cli.outcomes import how_near
from api.cli.values import Document, counted, credits_text, money, zulu

if TYPE_CHECKING:
    from allocator.answers.whatif import Difference
    from allocator.outcome import Outcome
    from allocator.problem import Bid, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A changed problem, its clearing beside the earlier one, and what that differs in.

    ``ours``: the bids that were changed or added. ``asked``: those that had room nowhere (None:
    no file tells of them), and ``roomless``, who of them still has none.
    """

    problem: "Problem"
    before: "Outcome"
    after: "Outcome"
    found: "Difference"
    ours: "Sequence[str]"
    asked: "Sequence[Bid] | None"
    roomless: "Sequence[Bid]"
    resized: bool  # whether capacity is other

    def at(self, slot: int) -> str:
        """When a slot begins."""
        return zulu(self.problem.at(slot))


def tell(seen: Seen) -> None:
    """What changed, for people: the surplus, who wins, who is displaced, and prices."""
    found = seen.found
    gained_ucr = found.surplus_after_ucr - found.surplus_before_ucr
    show.say(
        f"Surplus {credits_text(found.surplus_before_ucr)} before,"
        f" {credits_text(found.surplus_after_ucr)} after ({_signed(gained_ucr)} credits)."
    )
    show.say(f"Gap before: {how_near(seen.before)}.")
    show.say(f"Gap after: {how_near(seen.after)}.")
    if "optimal" not in (seen.before.status, seen.after.status):
        show.say("Neither is proven optimal: some of what differs may be the search's doing.")
    elif seen.before.status != "optimal":
        show.say("The earlier outcome was not proven optimal: some changes may be better search.")
    elif seen.after.status != "optimal":
        show.say("The new outcome is not proven optimal: some changes may be worse search.")
    for name in seen.ours:
        show.say(_fate(seen.after, name))
    _tell_entered(seen)
    _tell_displaced(seen)
    moved = f"{counted(len(found.moved), 'bid')} won before and wins now"
    if found.moved:
        show.say(f"{moved}, at another start, in another option or for another payment.")
    else:
        show.say("Whoever won before and wins now has the same start and pays the same.")
    _tell_prices(seen)
    _tell_roomless(seen)


def _tell_entered(seen: Seen) -> None:
    entered = [
        (one.bid, str(one.option), seen.at(one.start), credits_text(one.payment_ucr))
        for one in seen.found.entered[:MOST_ROWS]
    ]
    heads = ("bid", "option", "start", ">pays")
    show.table("Wins now, and did not", heads, entered, empty="Nobody wins who did not.")
    _more(len(seen.found.entered))


def _tell_displaced(seen: Seen) -> None:
    displaced = [
        (
            one.before.bid,
            "taken out" if one.reason is None else seen.after.told(one.reason),
            short(one.shortfall_ucr),
            seen.at(one.before.start),
            credits_text(one.before.payment_ucr),
        )
        for one in seen.found.displaced[:MOST_ROWS]
    ]
    heads = ("bid", "why", ">short by", "had from", ">paid")
    show.table("Displaced", heads, displaced, empty="Nobody is displaced.")
    _more(len(seen.found.displaced))


def _tell_prices(seen: Seen) -> None:
    rows = [
        (
            one.pool,
            credits_text(one.mean_before_ucr),
            credits_text(one.mean_after_ucr),
            _signed(one.greatest_change_ucr),
            seen.at(one.slot),
        )
        for one in seen.found.repriced
    ]
    heads = ("pool", ">mean before", ">after", ">greatest change", "in slot")
    show.table("Prices a unit-hour", heads, rows)


def _tell_roomless(seen: Seen) -> None:
    """Who could not even ask: bids that the problem leaves out, as no start has all their units."""
    if seen.asked is None:
        if seen.resized:
            show.say(
                "Bids that had room nowhere are not in a problem's file, and may win with more:"
                " give them by --refused (`gpumarket cycle files` writes them)."
            )
        return
    came = len(seen.asked) - len(seen.roomless)
    show.say(
        f"{counted(len(seen.asked), 'bid')} had room nowhere and could not even ask; with the"
        f" change {came:,} of them could, and {len(seen.roomless):,} still could not"
        f" (worth {credits_text(worth_ucr(seen.roomless))} credits)."
    )


def worth_ucr(bids: "Sequence[Bid]") -> int:
    """What bids are worth together, each by its dearest option."""
    return sum(max(option.value_ucr for option in bid.options) for bid in bids)


def short(amount_ucr: int) -> str:
    """By how much a bid missed; nothing where price was not the cause, and never 0.00."""
    return credits_text(amount_ucr) if amount_ucr else ""


def _more(number: int) -> None:
    if number > MOST_ROWS:
        show.say(f"… and {number - MOST_ROWS:,} more; --json has all.")


def _signed(amount_ucr: int) -> str:
    return f"{'+' if amount_ucr >= 0 else '-'}{credits_text(abs(amount_ucr))}"


def _fate(after: "Outcome", name: str) -> str:
    """What became of a bid that was changed or added."""
    for award in after.awards:
        if award.bid == name:
            return f"{name} wins option {award.option}, and pays {credits_text(award.payment_ucr)}."
    for lost in after.rejections:
        if lost.bid == name:
            missed = f", short by {short(lost.shortfall_ucr)}" if lost.shortfall_ucr else ""
            return f"{name} loses: {after.told(lost.reason)}{missed}."
    return f"{name} takes no part."


def document(seen: Seen) -> Document:
    """All that changed, for programs."""
    from api.wire.cycle import Outcome as Figures

    found, before, after, ours = seen.found, seen.before, seen.after, seen.ours
    return {
        "before": Figures.of(before).document(),
        "after": Figures.of(after).document(),
        "surplus_change_credits": money(found.surplus_after_ucr - found.surplus_before_ucr),
        "paid_change_credits": money(found.paid_after_ucr - found.paid_before_ucr),
        "changed": _changed(after, ours),
        "without_room": None
        if seen.asked is None
        else {
            "before": len(seen.asked),
            "after": len(seen.roomless),
            "bids": [bid.id for bid in seen.roomless],
            "value_credits": money(worth_ucr(seen.roomless)),
        },
        "entered": [
            {
                "bid": one.bid,
                "option": one.option,
                "start": one.start,
                "pays_credits": money(one.payment_ucr),
            }
            for one in found.entered
        ],
        "displaced": [
            {
                "bid": one.before.bid,
                "reason": None if one.reason is None else after.told(one.reason),
                "shortfall_credits": money(one.shortfall_ucr),
                "paid_credits": money(one.before.payment_ucr),
            }
            for one in found.displaced
        ],
        "moved": [
            {
                "bid": one.after.bid,
                "option": [one.before.option, one.after.option],
                "start": [one.before.start, one.after.start],
                "pays_credits": [money(one.before.payment_ucr), money(one.after.payment_ucr)],
            }
            for one in found.moved
        ],
        "prices": [
            {
                "pool": one.pool,
                "mean_before_credits": money(one.mean_before_ucr),
                "mean_after_credits": money(one.mean_after_ucr),
                "greatest_change_credits": money(one.greatest_change_ucr),
                "slot": one.slot,
            }
            for one in found.repriced
        ],
    }


def _changed(after: "Outcome", ours: "Sequence[str]") -> list[Document]:
    won = {award.bid: award for award in after.awards}
    lost = {one.bid: one for one in after.rejections}
    return [
        {
            "bid": name,
            "wins": name in won,
            "pays_credits": money(won[name].payment_ucr) if name in won else None,
            "reason": after.told(lost[name].reason) if name in lost else None,
            "shortfall_credits": money(lost[name].shortfall_ucr) if name in lost else None,
        }
        for name in ours
    ]
