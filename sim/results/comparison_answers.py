"""What a comparison says of each thing that is asked about, in a sentence."""

from collections.abc import Sequence

from pricing.shown import percent_shown
from sim.results.findings import inside
from sim.results.intervals import FEWEST, difference, interval
from sim.results.measures import BY_ID, MEASURES, Measure
from sim.results.verdict import Runs, name, numbers, unmet_parts
from sim.results.wording import listed, number_shown


def best_of(measure: Measure, policies: Sequence[Runs]) -> tuple[int, ...]:
    """The policies that may be the best by a measure: one where it surely is, else all from which
    the best by mean cannot be told apart. None where too few runs are paired, or none is better.
    """
    means = {number: _mean(measure.id, runs) for number, runs in enumerate(policies)}
    there = {number: mean for number, mean in means.items() if mean is not None}
    if measure.better == "neither" or len(there) < 2:
        return ()
    up = 1 if measure.better == "more" else -1
    best = max(there, key=lambda number: up * there[number])
    alike = [best]
    for number in there.keys() - {best}:
        step = difference(
            numbers(policies[best], measure.id), numbers(policies[number], measure.id)
        )
        if step is None or step.pairs < FEWEST:
            return ()
        if not step.sure:
            alike.append(number)
    return tuple(sorted(alike))


def answers(policies: Sequence[Runs]) -> dict[str, str]:
    """One sentence, without its full stop, on all measures, waiting, teams, what went unmet, and
    prices."""
    return {
        "measures": _counted(policies),
        "waiting": _who("wait_mean", "Jobs that run wait the least", policies),
        "teams": _who("worst_rho", "The worst-off team fares best", policies),
        "unmet": _unmet(policies),
        "prices": _prices(policies),
    }


def _counted(policies: Sequence[Runs]) -> str:
    if len(policies) < 2:
        return f"What {inside(name(policies[0]))} comes to, by every measure"
    found = [best_of(one, policies) for one in MEASURES]
    alone = [found.count((number,)) for number in range(len(policies))]
    if not any(found):
        return "Too few paired runs to say which is best by any measure"
    compared = sum(bool(one) for one in found)
    each = (
        listed(
            f"{inside(name(runs))} {count}"
            for runs, count in zip(policies, alone, strict=True)
            if count
        )
        if any(alone)
        else "none"
    )
    return f"Of {compared} measures, so many are surely best: {each}"


def _who(measure: str, best: str, policies: Sequence[Runs]) -> str:
    """Who is best by a measure, as far as that is sure."""
    of = BY_ID[measure]
    means = [number_shown(of.unit, _mean(measure, runs)) for runs in policies]
    names = [inside(name(runs)) for runs in policies]
    shown = [f"{mean} under {called}" for mean, called in zip(means, names, strict=True)]
    alike = best_of(of, policies)
    if not alike:
        return f"{of.name}: {listed(shown)}"
    if len(alike) == 1:
        return f"{best} under {names[alike[0]]}: {means[alike[0]]}"
    return f"{of.name}: no clear difference between {listed(shown[number] for number in alike)}"


def _unmet(policies: Sequence[Runs]) -> str:
    said = []
    for runs in policies:
        parts = unmet_parts(list(runs.values()))
        if parts:
            reason = next(iter(parts))
            said.append(f"{percent_shown(parts[reason])} “{reason}” under {inside(name(runs))}")
    if not said:
        return "All that was asked for was delivered"
    return f"The largest part that was not delivered: {listed(said)}"


def _prices(policies: Sequence[Runs]) -> str:
    with_prices = [runs for runs in policies if _mean("volatility", runs) is not None]
    if not with_prices:
        return "There were no prices"
    return _who("volatility", "Prices move the least", with_prices)


def _mean(measure: str, runs: Runs) -> float | None:
    found = interval([one for one in numbers(runs, measure).values() if one is not None])
    return found.mean if found else None
