"""A comparison's charts, as the page's script draws them."""

from dataclasses import dataclass

from api.charts.policies import Estimate
from api.charts.policy_dots import Dots, dots_by_policy
from api.charts.policy_parts import Parts, parts_by_policy
from api.charts.policy_prices import DailyPrice, prices_by_day
from api.charts.policy_values import steps_from_first, values_by_policy
from api.report.comparison_facts import Comparison, Interval, Step
from api.report.drawing import Drawing, drawing
from pricing.shown import credits_shown
from pricing.units import MICRO


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPrices:
    """One pool's prices under the policies that have any."""

    name: str
    reserve_ucr: int
    drawing: Drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonDrawings:
    """The charts by the part in which they stand; none where there is nothing to draw."""

    value: Drawing
    steps: Drawing | None  # one policy alone has none
    foresight: Drawing | None  # where perfect foresight was looked at
    unmet: Drawing | None
    waits: tuple[tuple[str, Drawing], ...]  # each with its title
    teams: Drawing | None
    prices: tuple[PoolPrices, ...]


def comparison_drawings(told: Comparison) -> ComparisonDrawings:
    """All charts of a comparison."""
    return ComparisonDrawings(
        value=_value(told),
        steps=_steps(told),
        foresight=_foresight(told),
        unmet=_unmet(told),
        waits=_waits(told),
        teams=_teams(told),
        prices=_prices(told),
    )


def _value(told: Comparison) -> Drawing:
    found = [one.values["value"] for one in told.policies]
    return drawing(
        "value-bars",
        values_by_policy(
            [one.name for one in told.policies],
            [_in_credits(one) for one in found],
            [credits_shown(round(one.mean), 0) if one else "–" for one in found],
            "credits",
        ),
    )


def _steps(told: Comparison) -> Drawing | None:
    others = [(one.name, one.value_step) for one in told.policies[1:] if one.value_step]
    if not others:
        return None
    return drawing(
        "value-steps",
        steps_from_first(
            [name for name, _ in others],
            [_estimate(step, 100) for _, step in others],
            [_step_words(step) for _, step in others],
            "per cent",
        ),
    )


def _foresight(told: Comparison) -> Drawing | None:
    found = [(one.name, one.values.get("foresight")) for one in told.policies]
    known = [(name, part) for name, part in found if part is not None]
    if not known:
        return None
    return drawing(
        "foresight-bars",
        values_by_policy(
            [name for name, _ in known],
            [_estimate(part, 100) for _, part in known],
            [f"{100 * part.mean:.1f} %" for _, part in known],
            "per cent",
        ),
    )


def _step_words(step: Step) -> str:
    mean = f"{100 * step.mean:+.1f} %"
    if step.low is None or step.high is None:
        return f"{mean}, too few runs to say more"
    return f"{mean}, between {100 * step.low:+.1f} and {100 * step.high:+.1f} %"


def _in_credits(one: Interval | None) -> Estimate:
    return Estimate(0.0) if one is None else _estimate(one, 1 / MICRO)


def _estimate(one: Interval | Step, times: float) -> Estimate:
    return Estimate(
        one.mean * times,
        None if one.low is None else one.low * times,
        None if one.high is None else one.high * times,
    )


def _unmet(told: Comparison) -> Drawing | None:
    if not told.jobs:
        return None
    parts = [Parts(one.name, one.unmet) for one in told.policies]
    return drawing("unmet-bars", parts_by_policy(parts))


def _waits(told: Comparison) -> tuple[tuple[str, Drawing], ...]:
    """The mean wait and the 99th percentile, by size."""
    rows = list(dict.fromkeys(size.name for one in told.policies for size in one.sizes))
    if not rows:
        return ()
    found = []
    for id_, title, which in (
        ("waits-mean", "Mean wait", "wait_mean_h"),
        ("waits-p99", "99 of 100 waited no longer", "wait_p99_h"),
    ):
        dots = []
        for one in told.policies:
            hours = {size.name: getattr(size, which) for size in one.sizes}
            each = [hours.get(row) for row in rows]
            dots.append(
                Dots(
                    one.name,
                    [None if hour is None else Estimate(hour) for hour in each],
                    ["" if hour is None else f"{hour:,.1f} h" for hour in each],
                )
            )
        figure = dots_by_policy([(row, row) for row in rows], dots, "hours")
        found.append((title, drawing(id_, figure)))
    return tuple(found)


def _teams(told: Comparison) -> Drawing | None:
    rows = {team.id: team.name for one in told.policies for team in one.teams}
    if not rows:
        return None
    dots = []
    for one in told.policies:
        got = {team.id: team.delivered for team in one.teams}
        each = [got.get(row) for row in rows]
        dots.append(
            Dots(
                one.name,
                [_in_credits(team) if team else None for team in each],
                [f"{credits_shown(round(team.mean), 0)} credits" if team else "" for team in each],
            )
        )
    return drawing("team-dots", dots_by_policy(list(rows.items()), dots, "credits of value"))


def _prices(told: Comparison) -> tuple[PoolPrices, ...]:
    pools = {price.id: price for one in told.policies for price in one.prices}
    found = []
    for number, pool in enumerate(pools.values()):
        lines = [
            DailyPrice(of, one.name, price.by_day_ucr)
            for of, one in enumerate(told.policies)
            for price in one.prices
            if price.id == pool.id
        ]
        found.append(
            PoolPrices(
                name=pool.name,
                reserve_ucr=pool.reserve_ucr,
                drawing=drawing(f"price-{number}", prices_by_day(lines, pool.reserve_ucr)),
            )
        )
    return tuple(found)
