"""The terminal's tables say the same as the page."""

from dataclasses import replace

from pricing.shown import credits_shown
from pricing.units import MICRO
from sim.results import findings, summary
from tests.sim import made_history as made


def table(title: str) -> dict[str, dict[str, str]]:
    """The rows of the one section whose title begins so, by their first word."""
    [found] = [one for one in summary.sections(made.history()) if one.title.startswith(title)]
    rows = found.shown()
    return {row[0]: dict(zip(found.columns, row, strict=True)) for row in rows}


def test_a_pools_prices_are_those_of_the_page() -> None:
    rows = table("Pools")
    for one in map(findings.pool_facts, made.history().pools):
        row = rows[one.spec.id]
        assert one.mean_price_ucr is not None
        assert row["mean price"] == credits_shown(one.mean_price_ucr, 2)
        assert row["highest"] == credits_shown(one.top_price_ucr or 0, 2)


def test_what_the_filled_jobs_are_worth_is_the_value_delivered() -> None:
    history = made.history()
    delivered = sum(one.delivered_ucr for one in history.jobs)
    assert (
        table("What became of the jobs")["filled"]["worth, credits"]
        == summary.whole(delivered).shown
    )
    dearest = sum(findings.worth_ucr(one) for one in history.jobs if one.state == "refused")
    assert table("What became")["refused"]["worth, credits"] == f"{dearest // MICRO:,}"


def test_programs_get_numbers_where_people_get_words() -> None:
    sections = summary.sections(made.history())
    for one in sections[:-1]:
        for shown, row in zip(one.shown(), one.numbers(), strict=True):
            assert all(isinstance(cell, str) for cell in shown)
            cells = row[2:] if one.title.startswith("What became") else row[1:]
            assert all(cell is None or isinstance(cell, int | float) for cell in cells)
    [teams] = [one for one in sections if one.title == "Teams: credits"]
    paid = teams.columns.index("paid")
    expected = [one.paid_ucr / MICRO for one in made.history().teams]
    assert [row[paid] for row in teams.numbers()] == expected
    assert sections[-1].numbers()[0] == ["cycles", len(made.history().cycles)]


def test_the_proof_tells_the_optimum_from_what_prices_alone_prove() -> None:
    history = made.history()
    first, *others = history.cycles
    best = replace(first, status="optimal", proven_gap=0.0)
    [proof] = [
        one
        for one in summary.sections(replace(history, cycles=(best, *others)))
        if one.title == "Proof"
    ]
    furthest = max(one.proven_gap for one in others)
    assert ["proven optimal", 1] in proof.numbers()
    assert ["at most so far from the optimum", furthest] in proof.numbers()
