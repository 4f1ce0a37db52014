"""What is told of a bid that was explained: sentences and tables."""

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from allocator.outcome import NOT_FOUND, PaymentRule
from api import changes as words
from api.cli import show
from api.cli.values import amount_text, counted, zulu

if TYPE_CHECKING:
    from api.wire.explanation import Choice, Explanation, Missing, Raising, Slots

MOST_ROWS: Final = 8
NEVER: Final = {
    "budget": "over its budget",
    "cap": "over its cap",
    "capacity": "pool too small",
}


def tell(told: "Explanation") -> None:
    """The explanation as sentences and tables."""
    if told.roomless:
        _tell_roomless(told)
        return
    show.say(_headline(told))
    for change in told.changes:
        show.say(" ".join(words.told(change, zulu, amount_text)))
    for each in told.made_room[:MOST_ROWS]:
        show.say(words.made_room(each, each.pool, told.team, zulu))
    _tell_more(len(told.made_room), "such part")
    _tell_choices(told)
    _tell_price(told)
    _tell_holders(told)
    _tell_elsewhere(told)
    _tell_answer(told)


def _tell_roomless(told: "Explanation") -> None:
    show.say(
        f"{told.bid} of {told.team} lost: {told.reason}. Price was not the cause: at no start in "
        f"its window were all its units free. It came nearest at {zulu(told.best.start_time)}."
    )
    for one in told.missing[:MOST_ROWS]:
        show.say(f"Missing there: {_missing(one)}.")
    _tell_more(len(told.missing), "stretch")
    _tell_elsewhere(told)


def _headline(told: "Explanation") -> str:
    who, best = f"{told.bid} of {told.team}", told.best
    if told.standing is not None:
        stays = "" if told.changes else ", and nothing was changed of it"
        return f"{who} stood there as what was won in an earlier cycle, {told.standing}{stays}."
    if told.paid_credits is not None:
        paid = f"pays {amount_text(told.paid_credits)} of the {amount_text(best.value_credits)}"
        capped = " (its bid: the price is above it)" if told.capped else ""
        return (
            f"{who} won option {best.option} from {zulu(best.start_time)}: it {paid} credits that"
            f" it bid{capped}, by rule {told.payment_rule}."
        )
    short = told.shortfall_credits
    missed = f", short by {amount_text(short)} credits" if short else ""
    if told.reason == NOT_FOUND:
        missed = (
            "; it was worth more than its price, no place was found for it, and the clearing is "
            f"proven only to within {told.gap:.2%}"
        )
    return f"{who} lost: {told.reason or 'lost'}{missed}."


def _lack(one: "Choice") -> Decimal:
    """How far its value lies below its price; negative where it is above."""
    return one.price_credits - one.value_credits


def _tell_choices(told: "Explanation") -> None:
    ranked = sorted(told.options, key=lambda one: (_lack(one), one.option))
    rows = [
        (
            str(one.option),
            amount_text(one.value_credits),
            zulu(one.start_time),
            amount_text(one.price_credits),
            amount_text(one.lacks_credits),
            NEVER.get(one.never or "", ""),
        )
        for one in ranked[:MOST_ROWS]
    ]
    columns = ("option", ">value", "cheapest start", ">price", ">lacks", "")
    show.table("Each option's cheapest start in its window", columns, rows)
    _tell_more(len(ranked), "option")


def _tell_more(number: int, noun: str) -> None:
    if number > MOST_ROWS:
        show.say(f"… and {counted(number - MOST_ROWS, noun)} more; --json has all.")


def _span(one: "Slots") -> tuple[str, str]:
    """From when until when; nothing for a budget."""
    if one.start_time is None or one.end_time is None:
        return "", ""
    return zulu(one.start_time), zulu(one.end_time)


def _tell_price(told: "Explanation") -> None:
    rows = [
        (
            one.pool or "",
            *_span(one),
            amount_text(one.price_credits),
            f"{one.units:,}",
            amount_text(one.credits),
        )
        for one in told.price
    ]
    title = f"The price of option {told.best.option} from {zulu(told.best.start_time)}"
    columns = ("pool", "from", "until", ">a unit-hour", ">units", ">credits")
    show.table(f"{title}: {amount_text(told.best.price_credits)} credits", columns, rows)


def _tell_holders(told: "Explanation") -> None:
    for one in told.missing:
        show.say(f"Missing there: {_missing(one)}.")
    rows = [
        (
            one.bid,
            one.team,
            one.pool or "budget",
            f"{one.units:,}" if one.pool else "",
            *_span(one),
            amount_text(one.paid_credits),
        )
        for one in told.holders[:MOST_ROWS]
    ]
    if rows:
        columns = ("bid", "team", "holds", ">units", "from", "until", ">pays")
        show.table("Who holds it", columns, rows)
        _tell_more(len(told.holders), "holder")


def _missing(one: "Missing") -> str:
    """What is missing, in words."""
    if one.credits is not None:
        return f"{amount_text(one.credits)} credits of its team's budget"
    under = " under its team's cap" if one.limit == "cap" else ""
    return f"{counted(one.units or 0, 'unit')} of {one.pool}{under}, {' to '.join(_span(one))}"


def _tell_elsewhere(told: "Explanation") -> None:
    rows = [
        (
            f"{one.kind} start" if one.kind != "pool" else f"{one.pool}, not {one.instead_of}",
            str(one.option),
            zulu(one.start_time),
            amount_text(one.price_credits),
            amount_text(one.cheaper_by_credits),
            "yes" if one.within_value else "no",
            "yes" if one.unsold else "no",
            {True: "wins", False: "loses", None: ""}[one.wins],
        )
        for one in told.elsewhere[:MOST_ROWS]
    ]
    if rows:
        columns = ("instead", "option", "start", ">price", ">cheaper by", "within value", "unsold")
        show.table("Cheaper elsewhere", (*columns, "cleared again"), rows)
        _tell_more(len(told.elsewhere), "place")


def _tell_answer(told: "Explanation") -> None:
    if told.raise_ is not None:
        _tell_raising(told, told.raise_)
    least = told.critical
    if least is not None:
        each = " for each of its options" if len(told.options) > 1 else ""
        show.say(
            f"It still wins at {amount_text(least.value_credits)} credits"
            f" ({amount_text(least.less_by_credits)} less{each}), and loses at"
            f" {amount_text(least.loses_at_less_by_credits)} less; confirmed by clearing again."
        )
    if told.remedy is not None:
        lifted = "; ".join(_missing(one) for one in told.remedy.lifted)
        verdict = "wins" if told.remedy.win else "still loses"
        show.say(
            f"With {lifted} more, at a value of {amount_text(told.remedy.value_credits)}, it"
            f" {verdict}; confirmed by clearing again."
        )
    if told.refused:
        show.say(f"Clearing again was refused: {told.refused}.")
    if not told.finished:
        show.say("Stopped before the search was done.")


def _tell_raising(told: "Explanation", found: "Raising") -> None:
    win, lost_at = found.win, found.lost_at_credits
    if win is None or found.by_credits is None:
        show.say(_no_raise(told, found))
        return
    old = {str(one.option): one.value_credits for one in told.options}
    new = ", ".join(
        f"option {number} from {amount_text(old[number])} to {amount_text(value)}"
        for number, value in win.values_credits.items()
    )
    gone = f" {', '.join(win.displaced[:MOST_ROWS])} would go." if win.displaced else ""
    pays = f"and pays {amount_text(win.pays_credits)}"
    if told.payment_rule == PaymentRule.UNIFORM and not win.capped:
        pays += " (the price, not its bid)"
    show.say(
        f"Raise it by {amount_text(found.by_credits)} credits ({new}): cleared again so, it wins"
        f" option {win.option} from {zulu(win.start_time)} {pays}.{gone}"
    )
    if lost_at is not None:
        whole = "; bids are taken whole, so the price alone does not decide"
        because = whole if lost_at > _lack(told.best) else ""
        show.say(f"With {amount_text(lost_at)} more it still loses{because}.")
    if told.gap:
        show.say(f"The outcome's gap is {told.gap:.2%}: with more work, less may be enough.")


def _no_raise(told: "Explanation", found: "Raising") -> str:
    if not found.finished:
        return "No raise that wins was found in the time."
    reasons = {
        "capacity": "the pool is too small for it",
        "cap": "its team's cap is below what it asks for",
        "budget": "its team's budget leaves no room for a higher bid",
        None: "clearing again did not award it, however far above the price",
    }
    why, most = reasons[found.never], found.lost_at_credits
    if found.never is None and told.budget_credits is not None:
        budget = amount_text(told.budget_credits)
        why = f"its team's budget of {budget} credits is the most it may bid"
    tried = "" if most is None else f"; {amount_text(most)} credits more were tried"
    return f"Raising {told.bid} alone cannot win it: {why}{tried}."
