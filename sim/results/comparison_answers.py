"""What a comparison says of each thing that is asked about, in a sentence."""

from collections.abc import Sequence

from pricing.shown import percent_shown
from sim.results.findings import inside
from sim.results.intervals import FEWEST, Difference, Interval, difference, interval, relative
from sim.results.measures import BY_ID, MEASURES, Measure, Unit
from sim.results.verdict import Runs, name, numbers, unmet_parts
from sim.results.wording import listed, number_shown


def best_of(measure: Measure, policies: Sequence[Runs]) -> tuple[int, ...]:
    """The policies that may be the best by a measure: one where it surely is, else all from which
    the best by mean cannot be told apart. None where too few runs are paired, or that is all.
    """
    means = {number: _mean(measure.id, runs) for number, runs in enumerate(policies)}
    there = {number: mean for number, mean in means.items() if mean is not None}
    if measure.better == "neither" or len(there) < 2:
        return ()
    up = 1 if measure.better == "more" else -1
    best = max(there, key=lambda number: up * there[number])
    alike = [best]
    for number in there.keys() - {best}:
        step = step_of(measure, policies[best], policies[number])
        if step is None or step.pairs < FEWEST:
            return ()
        if not step.sure:
            alike.append(number)
    return tuple(sorted(alike)) if len(alike) < len(policies) else ()


def step_of(measure: Measure, policy: Runs, baseline: Runs) -> Difference | None:
    """How far one policy is from another: value as a part of the other's, all else as it is."""
    one, other = numbers(policy, measure.id), numbers(baseline, measure.id)
    part = relative(one, other) if measure.id == "value" else None
    return part or difference(one, other)


def answers(policies: Sequence[Runs]) -> dict[str, str]:
    """One sentence, without its full stop, on all measures, waiting, teams, what went unmet, and
    prices; on perfect foresight and on who buys to be bought out, where there is one to say."""
    return {
        "measures": _counted(policies),
        "waiting": _who("wait_mean", "Jobs that run wait the least", policies),
        "teams": _who("worst_rho", "The worst-off team fares best", policies),
        "unmet": _unmet(policies),
        "prices": _prices(policies),
        "foresight": _foresight(policies),
        "speculation": _speculation(policies),
    }


def _foresight(policies: Sequence[Runs]) -> str:
    """What each delivers of what perfect foresight would, with its interval over seeds; empty where
    nobody looked."""
    parts = [_over("foresight", runs) for runs in policies]
    if any(part is None for part in parts):
        return ""
    each = [
        f"{inside(name(runs))} {_between('share', part)}"
        for runs, part in zip(policies, parts, strict=True)
        if part is not None
    ]
    return f"Of what perfect foresight would deliver: {listed(each)}"


def _speculation(policies: Sequence[Runs]) -> str:
    """What who buys to be bought out comes to; empty where nobody does."""
    net = [(runs, _over("speculation", runs)) for runs in policies]
    each = [
        f"{_between('credits', part)} credits under {inside(name(runs))}"
        for runs, part in net
        if part is not None
    ]
    return f"Who buys to be bought out gains {listed(each)}" if each else ""


def _between(unit: Unit, found: Interval) -> str:
    """A mean and the ends of its interval, if it has any."""
    shown = number_shown(unit, found.mean).replace("-", "−")
    if found.low is None or found.high is None:
        return shown
    low, high = (number_shown(unit, end).replace("-", "−") for end in (found.low, found.high))
    return f"{shown} ({low.removesuffix(' %')} to {high.removesuffix(' %')})"


def _counted(policies: Sequence[Runs]) -> str:
    if len(policies) < 2:
        return f"What {inside(name(policies[0]))} comes to, by every measure"
    if min(len(runs) for runs in policies) < FEWEST:
        return "Too few paired runs to say which is best by any measure"
    counted = [
        one
        for one in MEASURES
        if one.id != "foresight"  # it says what value says
        and any(_mean(one.id, runs) is not None for runs in policies)
    ]
    found = [best_of(one, policies) for one in counted]
    alone = [found.count((number,)) for number in range(len(policies))]
    if not any(alone):
        return "No policy is surely the best by any measure"
    each = listed(
        f"{inside(name(runs))} in {count}"
        for runs, count in zip(policies, alone, strict=True)
        if count
    )
    return f"Surely better than all others: {each} of {len(counted)} measures"


def _who(measure: str, best: str, policies: Sequence[Runs]) -> str:
    """Who is best by a measure, as far as that is sure."""
    of = BY_ID[measure]
    means = [number_shown(of.unit, _mean(measure, runs)) for runs in policies]
    names = [inside(name(runs)) for runs in policies]
    shown = [f"{mean} under {called}" for mean, called in zip(means, names, strict=True)]
    alike = best_of(of, policies)
    if not alike:
        return f"{of.name}: {listed(shown) if len(shown) < 4 else _range(measure, policies)}"
    if len(alike) == 1:
        return f"{best} under {names[alike[0]]}: {means[alike[0]]}"
    least, most = (number_shown(of.unit, end) for end in _ends(measure, alike, policies))
    return (
        f"{of.name}: no clear difference between {len(alike)} of {len(policies)} policies, from "
        f"{least} to {most}"
    )


def _ends(measure: str, which: Sequence[int], policies: Sequence[Runs]) -> tuple[float, float]:
    means = [_mean(measure, policies[number]) or 0.0 for number in which]
    return min(means), max(means)


def _range(measure: str, policies: Sequence[Runs]) -> str:
    least, most = _ends(measure, range(len(policies)), policies)
    unit = BY_ID[measure].unit
    return (
        f"from {number_shown(unit, least)} to {number_shown(unit, most)} under {len(policies)} "
        "policies"
    )


def _unmet(policies: Sequence[Runs]) -> str:
    """The largest part that the first policy does not deliver."""
    parts = unmet_parts(list(policies[0].values()))
    if not parts:
        return "All that was asked for was delivered"
    reason, part = next(iter(parts.items()))
    return (
        f"{name(policies[0])} delivers {percent_shown(1 - sum(parts.values()))} of the value asked "
        f"for; the largest part that it does not: {reason}, {percent_shown(part)}"
    )


def _prices(policies: Sequence[Runs]) -> str:
    with_prices = [runs for runs in policies if _mean("volatility", runs) is not None]
    if not with_prices:
        return "There were no prices"
    return _who("volatility", "Prices move the least", with_prices)


def _mean(measure: str, runs: Runs) -> float | None:
    found = _over(measure, runs)
    return found.mean if found else None


def _over(measure: str, runs: Runs) -> Interval | None:
    return interval([one for one in numbers(runs, measure).values() if one is not None])
