"""Which of two policies does better, in sentences made from the numbers, and why the other does
worse. Nothing is claimed that the interval of paired seeds does not hold."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from pricing.shown import percent_shown
from sim.results.findings import inside
from sim.results.intervals import FEWEST, Difference, difference, relative
from sim.results.measured import Measured
from sim.results.measures import BY_ID
from sim.results.wording import chance_shown, listed, parts_shown, side_of, step_shown

Runs = Mapping[int, Measured]
"""One policy's runs, by seed."""

WORDS: Final = {
    "wait_mean": ("waits longer", "waits less"),
    "in_time": ("ends more jobs in time", "ends fewer jobs in time"),
    "utilisation": ("uses more of the GPU time", "uses less of the GPU time"),
    "served": ("runs more of the jobs", "runs fewer of the jobs"),
    "gini": ("spreads value less evenly by budget", "spreads value more evenly by budget"),
    "wait_p99": ("has longer longest waits", "has shorter longest waits"),
    "worst_rho": (
        "treats its worst-off team worse against a part of its own",
        "treats its worst-off team better against a part of its own",
    ),
    "lost": ("loses more work", "loses less work"),
    "interruptions": ("interrupts more often", "interrupts less often"),
    "hhi": ("has spending in fewer hands", "has spending in more hands"),
    "volatility": ("has prices that move more", "has prices that move less"),
}
"""What more and what less of a measure means, of a policy, what matters most first; value has a
sentence of its own."""

MOST: Final = 3
"""Of what is better, and of what is worse, in one sentence."""

MANY: Final = 10_000
"""Paired runs that nobody will make."""


def numbers(runs: Runs, measure: str) -> dict[int, float | None]:
    """One measure by seed."""
    return {seed: one.values[measure] for seed, one in runs.items()}


def headline(policies: Sequence[Runs]) -> str:
    """What a comparison comes to, in one sentence. The first policy is what others are held to."""
    first, *others = policies
    if not others:
        return _alone(first)
    if len(others) == 1:
        return value_sentence(others[0], first)
    best, *rest = sorted(policies, key=_mean_value, reverse=True)
    steps = [relative(numbers(best, "value"), numbers(one, "value")) for one in rest]
    next_ = steps[0]
    if next_ is None or any(step is None or not step.sure or step.mean < 0 for step in steps):
        return (
            f"Of {len(policies)} ways to share, none surely delivers the most value: "
            f"{_said(inside(name(best)), best, rest[0], 'whether')}"
        )
    mean, _, _ = parts_shown(next_)
    return (
        f"Of {len(policies)} ways to share, {inside(name(best))} delivers the most value: "
        f"{mean} % more than {inside(name(rest[0]))}, the next, {_between(next_)}"
    )


def value_sentence(policy: Runs, baseline: Runs) -> str:
    """Which of the two delivers more value, how much, and how sure that is."""
    return _said(name(policy), policy, baseline, "Whether")


def sides(policy: Runs, baseline: Runs) -> tuple[list[str], list[str]]:
    """Where the policy is surely better than the baseline, and where worse, beside value."""
    better: list[str] = []
    worse: list[str] = []
    for id_, (more, less) in WORDS.items():
        found = difference(numbers(policy, id_), numbers(baseline, id_))
        if found is None or not found.sure:
            continue
        said = f"{more if found.mean > 0 else less}, {step_shown(BY_ID[id_].unit, found)}"
        (better if side_of(BY_ID[id_], found.mean) == "better" else worse).append(said)
    return better, worse


def besides(policy: Runs, baseline: Runs) -> str:
    """What else is surely different, the worse beside the better; empty where nothing is. Of each
    the first few by the order of ``WORDS``: a table has all of them.
    """
    better, worse = sides(policy, baseline)
    if not better and not worse:
        return ""
    told = [f"it {'; it '.join(part[:MOST])}" for part in (better, worse) if part]
    return f"Against {inside(name(baseline))}, {'. But '.join(told)}."


def adoption(current: Runs, candidate: Runs) -> tuple[str, str]:
    """Which of two versions to adopt, by its name, and one sentence that says why and how sure."""
    found = relative(numbers(candidate, "value"), numbers(current, "value"))
    said = _said(inside(name(candidate)), candidate, current, "whether")
    keep = name(current)
    if found is None or found.low is None or not found.sure:
        more = _more_runs(found)
        return keep, f"Keep {inside(keep)}: {said}{f'; {more}' if more else ''}"
    luck = f"were the two alike, luck would show as much in {chance_shown(found.chance or 0.0)}"
    if found.mean < 0:
        return keep, f"Keep {inside(keep)}: {said}; {luck} such comparisons"
    _, worse = sides(candidate, current)
    price = f"; but it {listed(worse[:MOST])}" if worse else ""
    said = _said("it", candidate, current, "")
    adopted = name(candidate)
    return adopted, f"Adopt {inside(adopted)}: {said}; {luck} such comparisons{price}"


def why_less(policy: Runs, baseline: Runs) -> tuple[str, ...]:
    """Where the policy surely delivers less than the baseline: by size, by team, and for which
    reason value went unmet. Empty where nothing is sure."""
    seeds = sorted(policy.keys() & baseline.keys())
    one, other = ([runs[seed] for seed in seeds] for runs in (policy, baseline))
    mine, theirs = name(policy), inside(name(baseline))
    said = []
    if lost := _worst_part(_size_parts(one), _size_parts(other)):
        said.append(f"{mine} delivers less of the jobs of {_against(lost, theirs)}.")
    if lost := _worst_part(_team_parts(one), _team_parts(other)):
        said.append(f"{mine} delivers less to the team {_against(lost, theirs)}.")
    if said and (unmet := _unmet(one)):
        said.append(
            f"Most of what {inside(mine)} does not deliver: {unmet}; under {theirs}: "
            f"{_unmet(other)}."
        )
    return tuple(said)


def unmet_parts(runs: Sequence[Measured]) -> dict[str, float]:
    """What was not delivered, by reason, as parts of all that was asked for, the largest first."""
    asked = sum(one.asked_ucr for one in runs)
    total: dict[str, int] = {}
    for one in runs:
        for reason, amount in one.unmet_ucr.items():
            total[reason] = total.get(reason, 0) + amount
    largest = sorted(total.items(), key=lambda one: (-one[1], one[0]))
    return {reason: amount / asked for reason, amount in largest}


def name(runs: Runs) -> str:
    """The policy's name; empty where it has no run."""
    return next((one.policy for one in runs.values()), "")


def _said(one: str, policy: Runs, baseline: Runs, whether: str) -> str:
    other = inside(name(baseline))
    found = relative(numbers(policy, "value"), numbers(baseline, "value"))
    if found is None:
        return f"{one} and {other} cannot be compared by value: a run is missing, or delivers none"
    mean, low, high = parts_shown(found)
    more = "more" if found.mean > 0 else "less"
    if found.low is None or found.high is None:
        runs = "1 paired run" if found.pairs == 1 else f"{found.pairs} paired runs"
        return (
            f"{one} delivered {mean} % {more} value than {other} in {runs}, too few to claim "
            f"anything ({FEWEST} are the least)"
        )
    if not found.above and not found.below:
        return f"{one} and {other} deliver the same value in all {found.pairs} paired runs"
    if found.sure:
        return f"{one} delivers {mean} % {more} value than {other}, {_between(found)}"
    return (
        f"{whether} {inside(one)} or {other} delivers more value is open: the first {mean} % "
        f"{more} on average, but anything from {_way(found.low, low)} to "
        f"{_way(found.high, high)} (95 % interval of {found.pairs} paired runs)"
    )


def _alone(runs: Runs) -> str:
    every = list(runs.values())
    asked = sum(one.asked_ucr for one in every)
    met = sum(one.values["value"] or 0 for one in every) / asked if asked else 0.0
    served = sum(one.values["served"] or 0 for one in every) / len(every)
    return (
        f"{name(runs)} delivers {percent_shown(met, 1)} of the value that was asked for, and runs "
        f"{percent_shown(served, 1)} of the jobs"
    )


def _mean_value(runs: Runs) -> float:
    return sum(one.values["value"] or 0 for one in runs.values()) / len(runs)


Parts = dict[str, dict[int, tuple[float, float]]]
"""By what is looked at and by seed: what was delivered of it, and what was asked for."""


def _size_parts(runs: list[Measured]) -> Parts:
    found: Parts = {}
    for one in runs:
        for size in one.sizes:
            found.setdefault(size.name, {})[one.seed] = (size.delivered_ucr, size.asked_ucr)
    return found


def _team_parts(runs: list[Measured]) -> Parts:
    found: Parts = {}
    for one in runs:
        for team in one.teams:
            found.setdefault(team.name, {})[one.seed] = (team.delivered_ucr, team.asked_ucr)
    return found


def _worst_part(one: Parts, other: Parts) -> tuple[str, float, float] | None:
    """Of the parts in which ``one`` surely delivers less, that which loses most: its name, and
    what each delivers of what is asked for."""
    losses = []
    for part in one.keys() & other.keys():
        mine, theirs = one[part], other[part]
        step = difference(
            {seed: got for seed, (got, _) in mine.items()},
            {seed: got for seed, (got, _) in theirs.items()},
        )
        if step is not None and step.sure and step.mean < 0:
            losses.append((step.mean, part, _of_asked(mine), _of_asked(theirs)))
    if not losses:
        return None
    _, part, mine_part, their_part = min(losses)
    return part, mine_part, their_part


def _of_asked(by_seed: Mapping[int, tuple[float, float]]) -> float:
    asked = sum(of for _, of in by_seed.values())
    return sum(got for got, _ in by_seed.values()) / asked if asked else 0.0


def _against(lost: tuple[str, float, float], theirs: str) -> str:
    part, mine, their_part = lost
    return (
        f"{part}: {percent_shown(mine, 1)} of the value asked for, against "
        f"{percent_shown(their_part, 1)} under {theirs}"
    )


def _unmet(runs: list[Measured]) -> str:
    """The largest reasons for which value went unmet, as parts of all that was asked for; nothing
    where all was met."""
    largest = list(unmet_parts(runs).items())[:2]
    if not largest:
        return "nothing"
    return listed(f"{reason}, {percent_shown(part, 1)}" for reason, part in largest)


def _between(found: Difference) -> str:
    """The interval of a sure difference, and in how many pairs it was of that kind."""
    _, low, high = parts_shown(found)
    more, often = ("more", found.above) if found.mean > 0 else ("less", found.below)
    ends = f"{low} and {high}" if found.mean > 0 else f"{high} and {low}"
    return f"between {ends} % (95 % interval; {more} in {often} of {found.pairs} paired runs)"


def _way(end: float, shown: str) -> str:
    return f"{shown} % {'less' if end < 0 else 'more'}"


def _more_runs(found: Difference | None) -> str:
    """How many paired runs would settle an open difference, if its mean and spread held."""
    if found is None or found.low is None or not found.mean:
        return ""
    needed = math.ceil(found.pairs * ((found.mean - found.low) / abs(found.mean)) ** 2)
    return f"about {needed:,} paired runs would tell, did this mean hold" if needed < MANY else ""
