"""What is told of a bid that was explained: sentences and tables."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from allocator.outcome import PaymentRule
from api.cli import show
from api.cli.values import counted, credits_text, zulu

if TYPE_CHECKING:
    from allocator.answers.asking import Answer
    from allocator.answers.explain import Explanation, Obstacle
    from allocator.answers.raising import Raising
    from allocator.outcome import Outcome
    from allocator.problem import Problem

MOST_ROWS: Final = 8
Clock = Callable[[int], str]


def clock_of(problem: "Problem") -> Clock:
    """When a slot begins, as people read it."""
    return lambda slot: zulu(problem.start + timedelta(minutes=slot * problem.slot_minutes))


def tell(problem: "Problem", outcome: "Outcome", seen: "Explanation", answer: "Answer") -> None:
    """The explanation as sentences and tables."""
    at = clock_of(problem)
    show.say(_headline(outcome, seen, at))
    _tell_choices(seen, at)
    _tell_price(seen, at)
    _tell_holders(seen, at)
    _tell_elsewhere(seen, answer, at)
    _tell_answer(problem, outcome, seen, answer, at)


def _headline(outcome: "Outcome", seen: "Explanation", at: Clock) -> str:
    who = f"{seen.bid.id} of {seen.bid.team}"
    award = seen.award
    if award is not None:
        paid = f"pays {credits_text(award.payment_ucr)} of the {credits_text(seen.best.value_ucr)}"
        capped = " (its bid: the price is above it)" if award.capped else ""
        return (
            f"{who} won option {award.option} from {at(award.start)}: it {paid} credits that it"
            f" bid{capped}, by rule {outcome.payment_rule.value}."
        )
    reason = seen.reason.value if seen.reason is not None else "lost"
    missed = f", short by {credits_text(seen.shortfall_ucr)} credits" if seen.shortfall_ucr else ""
    return f"{who} lost: {reason}{missed}."


def _tell_choices(seen: "Explanation", at: Clock) -> None:
    ranked = sorted(seen.choices, key=lambda one: (one.lack_ucr, one.option))
    rows = [
        (
            str(one.option),
            credits_text(one.value_ucr),
            at(one.start),
            credits_text(one.price_ucr),
            credits_text(max(one.lack_ucr, 0)),
            {"budget": "over its budget", "cap": "over its cap", "capacity": "pool too small"}.get(
                one.never or "", ""
            ),
        )
        for one in ranked[:MOST_ROWS]
    ]
    columns = ("option", ">value", "cheapest start", ">price", ">lacks", "")
    show.table("Each option's cheapest start in its window", columns, rows)
    _tell_more(len(ranked), "option")


def _tell_more(number: int, noun: str) -> None:
    if number > MOST_ROWS:
        show.say(f"… and {counted(number - MOST_ROWS, noun)} more; --json has all.")


def _tell_price(seen: "Explanation", at: Clock) -> None:
    rows = [
        (
            one.pool,
            at(one.start),
            at(one.end),
            credits_text(one.price_ucr),
            f"{one.units:,}",
            credits_text(one.cost_ucr),
        )
        for one in seen.stretches
    ]
    title = f"The price of option {seen.best.option} from {at(seen.best.start)}"
    columns = ("pool", "from", "until", ">a unit-hour", ">units", ">credits")
    show.table(f"{title}: {credits_text(seen.best.price_ucr)} credits", columns, rows)


def _tell_holders(seen: "Explanation", at: Clock) -> None:
    for one in seen.obstacles:
        show.say(f"Missing there: {missing(one, at)}.")
    rows = [
        (
            one.award.bid,
            one.team,
            one.pool or "budget",
            f"{one.units:,}" if one.pool else "",
            at(one.start) if one.pool else "",
            at(one.end) if one.pool else "",
            credits_text(one.award.payment_ucr),
        )
        for one in seen.holders[:MOST_ROWS]
    ]
    if rows:
        columns = ("bid", "team", "holds", ">units", "from", "until", ">pays")
        show.table("Who holds it", columns, rows)
        _tell_more(len(seen.holders), "holder")


def missing(one: "Obstacle", at: Clock) -> str:
    """What is missing, in words."""
    if one.limit == "budget":
        return f"{credits_text(one.lack)} credits of its team's budget"
    under = " under its team's cap" if one.limit == "cap" else ""
    return f"{counted(one.lack, 'unit')} of {one.pool}{under}, {at(one.start)} to {at(one.end)}"


def _tell_elsewhere(seen: "Explanation", answer: "Answer", at: Clock) -> None:
    known = {place: "wins" if win else "loses" for place, win in answer.places}
    rows = [
        (
            f"{one.kind} start" if one.kind != "pool" else f"{one.pool}, not {one.instead_of}",
            str(one.option),
            at(one.start),
            credits_text(one.price_ucr),
            credits_text(one.saving_ucr),
            "yes" if one.enough else "no",
            "yes" if one.free else "no",
            known.get(one, ""),
        )
        for one in seen.elsewhere[:MOST_ROWS]
    ]
    if rows:
        columns = ("instead", "option", "start", ">price", ">cheaper by", "within value", "unsold")
        show.table("Cheaper elsewhere", (*columns, "cleared again"), rows)
        _tell_more(len(seen.elsewhere), "place")


def _tell_answer(
    problem: "Problem", outcome: "Outcome", seen: "Explanation", answer: "Answer", at: Clock
) -> None:
    if answer.raising is not None:
        _tell_raising(problem, outcome, seen, answer.raising, at)
    if answer.critical is not None:
        least_ucr = seen.best.value_ucr - answer.critical.drop_ucr
        each = " for each of its options" if len(seen.choices) > 1 else ""
        show.say(
            f"It still wins at {credits_text(least_ucr)} credits"
            f" ({credits_text(answer.critical.drop_ucr)} less{each}), and loses at"
            f" {credits_text(answer.critical.loses_ucr)} less; confirmed by clearing again."
        )
    if answer.remedy is not None:
        lifted = "; ".join(missing(one, at) for one in answer.remedy.lifted)
        verdict = "wins" if answer.remedy.win else "still loses"
        show.say(
            f"With {lifted} more, at a value of {credits_text(answer.remedy.value_ucr)}, it"
            f" {verdict}; confirmed by clearing again."
        )
    if answer.refused:
        show.say(f"Clearing again was refused: {answer.refused}.")
    if not answer.finished:
        show.say("Stopped before the search was done.")


def _tell_raising(
    problem: "Problem", outcome: "Outcome", seen: "Explanation", found: "Raising", at: Clock
) -> None:
    if found.win is None or found.raise_ucr is None:
        show.say(_no_raise(problem, seen, found))
        return
    new = ", ".join(
        f"option {number} from {credits_text(seen.bid.options[number].value_ucr)}"
        f" to {credits_text(value_ucr)}"
        for number, value_ucr in sorted(found.win.values_ucr.items())
    )
    award = found.win.award
    gone = f" {', '.join(found.win.displaced[:MOST_ROWS])} would go." if found.win.displaced else ""
    pays = f"and pays {credits_text(award.payment_ucr)}"
    if outcome.payment_rule is PaymentRule.UNIFORM and not award.capped:
        pays += " (the price, not its bid)"
    show.say(
        f"Raise it by {credits_text(found.raise_ucr)} credits ({new}): cleared again so, it wins"
        f" option {award.option} from {at(award.start)} {pays}.{gone}"
    )
    if found.lost_at_ucr is not None:
        whole = "; bids are taken whole, so the price alone does not decide"
        because = whole if found.lost_at_ucr > seen.best.lack_ucr else ""
        show.say(f"With {credits_text(found.lost_at_ucr)} more it still loses{because}.")
    if outcome.status != "optimal":
        show.say(f"The outcome's gap is {outcome.gap:.2%}: with more work, less may be enough.")


def _no_raise(problem: "Problem", seen: "Explanation", found: "Raising") -> str:
    if not found.finished:
        return "No raise that wins was found in the time."
    limits = {budget.team: budget.limit_ucr for budget in problem.budgets}
    limit_ucr, most_ucr = limits.get(seen.bid.team), found.lost_at_ucr
    reasons = {
        "capacity": "the pool is too small for it",
        "cap": "its team's cap is below what it asks for",
        "budget": "its team's budget leaves no room for a higher bid",
        None: "clearing again did not award it, however far above the price",
    }
    why = reasons[found.never]
    if found.never is None and limit_ucr is not None:
        why = f"its team's budget of {credits_text(limit_ucr)} credits is the most it may bid"
    tried = "" if most_ucr is None else f"; {credits_text(most_ucr)} credits more were tried"
    return f"Raising {seen.bid.id} alone cannot win it: {why}{tried}."
