"""The numbers behind a comparison's charts, as tables to read and to sort."""

from collections.abc import Sequence

from sim.results.measured import SIZES
from sim.results.tables import Cell, Table, count_cell, credit_cell, share_cell
from sim.results.verdict import Runs, name
from sim.results.wording import number_shown


def tables(grouped: Sequence[Runs]) -> tuple[Table, ...]:
    """By size, by team, what went unmet, and where the unit-slots went."""
    return (size_table(grouped), team_table(grouped), unmet_table(grouped), pool_table(grouped))


def size_table(grouped: Sequence[Runs]) -> Table:
    """Jobs by size and policy."""
    rows = []
    for _, size in SIZES:
        for runs in grouped:
            lines = [line for one in runs.values() for line in one.sizes if line.name == size]
            if not lines:
                continue
            jobs, asked = sum(one.jobs for one in lines), sum(one.asked_ucr for one in lines)
            rows.append(
                (
                    Cell(size, kind="name"),
                    Cell(name(runs), kind="name"),
                    count_cell(jobs),
                    share_cell(sum(one.served for one in lines) / jobs, 1),
                    share_cell(sum(one.delivered_ucr for one in lines) / asked, 1),
                    _hours([one.wait_mean_h for one in lines]),
                    _hours([one.wait_p50_h for one in lines]),
                    _hours([one.wait_p99_h for one in lines]),
                )
            )
    heads = ("Size", "Policy", "Jobs", "Ran", "Value met", "Wait, mean", "median", "99th")
    return Table(
        "size-lines",
        "By the most GPUs that a job uses at one time, all seeds. Value met: of what was asked "
        "for. Waits in hours, of jobs that ran, each the mean over seeds.",
        heads,
        tuple(rows),
    )


def team_table(grouped: Sequence[Runs]) -> Table:
    """Teams by policy."""
    rows = []
    ids = {team.id: team.name for runs in grouped for one in runs.values() for team in one.teams}
    for id_, called in ids.items():
        for runs in grouped:
            lines = [team for one in runs.values() for team in one.teams if team.id == id_]
            if not lines:
                continue
            asked = sum(one.asked_ucr for one in lines)
            spent = [one.spent_ucr for one in lines if one.spent_ucr is not None]
            gained = [one.gained_ucr for one in lines if one.gained_ucr is not None]
            delivered = sum(one.delivered_ucr for one in lines)
            rhos = [one.rho for one in lines if one.rho is not None]
            rho = sum(rhos) / len(rhos) if rhos else None
            rows.append(
                (
                    Cell(called, kind="name"),
                    Cell(name(runs), kind="name"),
                    credit_cell(sum(one.budget_ucr for one in lines) // len(lines), 0),
                    credit_cell(sum(spent) // len(spent) if spent else None, 0),
                    credit_cell(sum(gained) // len(gained) if gained else None, 0),
                    credit_cell(delivered // len(lines), 0),
                    share_cell(delivered / asked if asked else 0.0, 1),
                    _number("times", rho),
                )
            )
    heads = (
        *("Team", "Policy", "Budget", "Spent", "Gained", "Value delivered", "Value met"),
        "Fairness",
    )
    return Table(
        "team-lines",
        "Credits, means over seeds. Gained: by buy-outs, beyond what was paid. Value met: of what "
        "the team asked for. Fairness: finish time against a part of its own; above 1 the team "
        "would do better alone.",
        heads,
        tuple(rows),
    )


def unmet_table(grouped: Sequence[Runs]) -> Table:
    """Value asked for and not delivered, by policy and reason."""
    rows = []
    for runs in grouped:
        every = list(runs.values())
        asked = sum(one.asked_ucr for one in every)
        reasons = sorted({reason for one in every for reason in one.unmet_ucr})
        lost = {reason: sum(one.unmet_ucr.get(reason, 0) for one in every) for reason in reasons}
        rows += [
            (
                Cell(name(runs), kind="name"),
                Cell(reason),
                credit_cell(amount // len(every), 0),
                share_cell(amount / asked, 1),
            )
            for reason, amount in sorted(lost.items(), key=lambda one: -one[1])
        ]
    return Table(
        "unmet-reasons",
        "Value that was asked for and not delivered: credits, the mean over seeds, and the part of "
        "all that was asked for. Reasons are the policies' own.",
        ("Policy", "Why", "Value", "Of all"),
        tuple(rows),
    )


def pool_table(grouped: Sequence[Runs]) -> Table:
    """Unit-slots of every pool by policy."""
    rows = []
    ids = {pool.id: pool.name for runs in grouped for one in runs.values() for pool in one.pools}
    for id_, called in ids.items():
        for runs in grouped:
            lines = [pool for one in runs.values() for pool in one.pools if pool.id == id_]
            offered = sum(one.offered for one in lines)
            used, idle = sum(one.used for one in lines), sum(one.idle for one in lines)
            if not lines:
                continue
            rows.append(
                (
                    Cell(called, kind="name"),
                    Cell(name(runs), kind="name"),
                    count_cell(offered),
                    count_cell(used),
                    count_cell(idle),
                    count_cell(offered - used - idle),
                    share_cell(used / (used + idle) if used + idle else 0.0, 1),
                )
            )
    return Table(
        "pool-balances",
        "Unit-slots, all seeds: offered = used + idle + away. Away: maintenance and failures.",
        ("Pool", "Policy", "Offered", "Used", "Idle", "Away", "Used, %"),
        tuple(rows),
    )


def _hours(hours: Sequence[float | None]) -> Cell:
    found = [one for one in hours if one is not None]
    return _number("h", sum(found) / len(found) if found else None)


def _number(unit: str, number: float | None) -> Cell:
    if number is None:
        return Cell("–", "-1", "number")
    shown = f"{number:,.1f}" if unit == "h" else number_shown("times", number)
    return Cell(shown, f"{number:.6f}", "number")
