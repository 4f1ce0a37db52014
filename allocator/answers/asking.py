"""All that clearing again can tell of one bid: the raise that wins, or what a winner could have
saved; what would have to be lifted; where else it would have won."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from allocator.answers import raising as court
from allocator.answers.explain import Elsewhere, Explanation
from allocator.answers.raising import Critical, Raising, Remedy, Win
from allocator.outcome import ClearingRefused, ClearingRules, Outcome
from allocator.problem import Problem


@dataclass(frozen=True, slots=True)
class Answer:
    """What clearing again showed; None where it was not asked or not found."""

    raising: Raising | None = None
    critical: Critical | None = None
    remedy: Remedy | None = None
    places: tuple[tuple[Elsewhere, Win | None], ...] = ()
    refused: str = ""
    finished: bool = True


def ask(
    problem: Problem,
    outcome: Outcome,
    seen: Explanation,
    rules: ClearingRules,
    stop: Callable[[], bool],
) -> Answer:
    """Clear again for an explained bid: a winner's critical value; a loser's raise, and where none
    wins alone its remedy, and the places where it would have been cheaper. What was found before
    ``stop`` said so, or a clearing was refused, is answered."""
    bid = seen.bid.id
    answer = Answer()
    try:
        if seen.award is not None:
            found = court.critical_value(problem, outcome, bid, rules, stop)
            return Answer(critical=found, finished=found.finished)
        raised = court.winning_raise(problem, outcome, bid, rules, stop)
        answer = Answer(raising=raised, finished=raised.finished)
        if raised.win is None and raised.finished:
            lifted = court.remedy(problem, outcome, bid, rules, stop)
            answer = replace(answer, remedy=lifted)
        for place in worth_a_try(seen.elsewhere):
            win = court.win_elsewhere(problem, outcome, bid, place, rules, stop)
            answer = replace(answer, places=(*answer.places, (place, win)))
    except court.Stopped:
        return replace(answer, finished=False)
    except ClearingRefused as refusal:
        return replace(answer, refused=str(refusal))
    return answer


def worth_a_try(places: Sequence[Elsewhere]) -> list[Elsewhere]:
    """The cheapest of each kind that costs less than the bid is worth."""
    first: dict[str, Elsewhere] = {}
    for place in places:
        if place.enough:
            first.setdefault(place.kind, place)
    return list(first.values())
