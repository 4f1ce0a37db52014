"""One self-contained page about a history: it loads nothing from anywhere, and needs no server."""

import os
from collections.abc import Iterable, Sequence
from datetime import timedelta
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final

from plotly.offline import get_plotlyjs

from sim import figures, findings, spot_findings
from sim.demand import SLOT
from sim.findings import credits_text, time_text
from sim.history import History, SpotStory
from sim.report_pieces import PARTS, chart, empty, folded, section
from sim.report_tables import (
    comparison_table,
    cycle_table,
    ending_table,
    loser_table,
    pool_table,
    spot_table,
    team_table,
)
from sim.spot_figures import spot_ticks

FAULTS_SHOWN: Final = 100


def write_report(history: History, out: Path) -> Path:
    """Write ``report.html`` into the directory ``out`` and return its path.

    Atomic: whoever opens the file sees the old report or the new one, whole. Raises ``OSError``
    where ``out`` cannot be made or written; nothing is left behind then.
    """
    page = render(history)
    out.mkdir(parents=True, exist_ok=True)
    path, part = out / "report.html", out / f".report-{os.getpid()}.part"
    try:
        part.write_text(page, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def render(history: History) -> str:
    """The report as HTML, with its charts, their library, its style and its script inside."""
    days = history.organisation.days
    title = f"{days} {'day' if days == 1 else 'days'} on the GPU Market"
    return Template(_file("report.html")).substitute(
        title=escape(title),
        style=_file("report.css"),
        lead=_lead(history),
        nav="\n".join(f'<li><a href="#{id_}">{name}</a></li>' for id_, name in PARTS),
        body="\n".join(_body(history)),
        footer="Written by <code>gpumarket demo</code>. All times are UTC; all money is in "
        "credits. This file is complete: it loads nothing from the network.",
        plotly=get_plotlyjs(),
        script=_file("report.js"),
    )


def _file(name: str) -> str:
    return resources.files("sim").joinpath(name).read_text(encoding="utf-8")


def _lead(history: History) -> str:
    there = history.organisation
    return escape(
        f"{time_text(there.start)} to {time_text(there.start + history.slots * SLOT)} UTC: "
        f"{len(there.teams):,} teams, {len(there.pools):,} pools, {len(history.jobs):,} jobs, "
        f"{len(history.cycles):,} cycles. The demand: {history.source}."
    )


def _body(history: History) -> Iterable[str]:
    yield _headline(history)
    yield _capacity(history)
    yield _prices(history)
    yield _winners(history)
    yield _spend(history)
    yield _spot(history)
    yield _welfare(history)
    yield _cycles(history)
    yield _books(history)


def _headline(history: History) -> str:
    tiles = "\n".join(_tile(tile) for tile in findings.tiles(history))
    return (
        '<section id="headline" class="bare" aria-labelledby="headline-title">'
        f'<p class="eyebrow">Headline</p><h2 id="headline-title">'
        f"{escape(findings.welfare_answer(history))}</h2>"
        f'<dl class="tiles">{tiles}</dl></section>'
    )


def _tile(tile: findings.Tile) -> str:
    value = escape(tile.value)
    if tile.exact:
        plain = escape(tile.exact.replace(",", ""))
        value = f'<data value="{plain}" title="{escape(tile.exact)} credits">{value}</data>'
    alarm = " alarming" if tile.alarming else ""
    hint = f'<dd class="hint">{escape(tile.hint)}</dd>' if tile.hint else ""
    return (
        f'<div class="tile"><dt>{escape(tile.label)}</dt>'
        f'<dd class="value{alarm}">{value}</dd>{hint}</div>'
    )


def _capacity(history: History) -> str:
    if not history.pools or not history.slots:
        return section("capacity", findings.capacity_answer(history), empty("No pool, no map."))
    first = min((one.closed_at for one in history.cycles), default=None)
    began = f" Nothing could be sold before the first cycle, {time_text(first)}." if first else ""
    answer = findings.capacity_answer(history)
    drawn = chart(
        "capacity-map",
        figures.capacity_map(history),
        f"Heat map of sold over available units, pool by hour. {answer}.",
        "Sold share of what was on sale, hour by hour, 0 to 100 %. Dotted: closed. Striped: units "
        f"away for maintenance, the share is of those that stayed.{began}",
    )
    return section("capacity", answer, drawn, folded("Pools in numbers", pool_table(history)))


_LOGARITHMIC: Final = ", and are logarithmic"


def _prices(history: History) -> str:
    answer = findings.price_answer(history)
    charts = [
        f"<div><h3>{escape(one.pool.name)}</h3>"
        + chart(
            f"price-{number}",
            figures.price_curve(history, one),
            f"Mean price of {one.pool.name} by hour, credits a unit-hour, above its reserve "
            f"price of {credits_text(one.pool.reserve_ucr)}.",
            f"{one.pool.units:,} units ({one.pool.unit}); reserve price "
            f"{credits_text(one.pool.reserve_ucr)}"
            + ("" if (one.price_ucr >= 0).any() else "; nothing was sold"),
        )
        + "</div>"
        for number, one in enumerate(history.pools)
    ]
    said = (
        "<p>Mean price of what was sold, by the hour it was sold for, in credits a unit-hour (the "
        f"scales differ{_LOGARITHMIC if figures.logarithmic(history) else ''}). The dotted line is "
        "the reserve price; a gap is an hour of which nothing was sold.</p>"
    )
    if not charts:
        return section("prices", answer, empty("No pool, no price."))
    return section("prices", answer, said, f'<div class="grid">{"".join(charts)}</div>')


def _winners(history: History) -> str:
    answer = findings.winners_answer(history)
    if not history.jobs:
        return section("winners", answer, empty("No job was submitted, so nobody won or lost."))
    drawn = chart(
        "winners-bars",
        figures.winners(history),
        f"Stacked bars of how each team's orders ended. {answer}.",
        "Each order ends in one way. Outbid: the prices were above its value. Unfit: its price was "
        "right, but no room was left for all of it at once.",
    )
    counts = folded("Every ending by team", ending_table(history))
    return section("winners", answer, drawn, counts, _losers(history))


def _losers(history: History) -> str:
    lost = findings.losers(history)
    if not lost:
        return empty("Nobody who still wanted their time-box went without it.")
    shown = lost[: findings.TOP_LOSERS]
    count = f"{len(shown):,} of {len(shown):,} shown"
    return (
        "<h3>What lost, the most valuable first</h3>"
        '<div class="tools" hidden><label for="losers-search">Search</label>'
        '<input id="losers-search" type="search" data-searches="losers" '
        'placeholder="team, pool, reason …" autocomplete="off">'
        f'<span id="losers-count" role="status">{count}</span></div>'
        + loser_table(shown, history, of=len(lost))
    )


def _spend(history: History) -> str:
    answer = findings.spend_answer(history)
    if not history.teams:
        return section("spend", answer, empty("No team, no account."))
    where = chart(
        "spend-bars",
        figures.spend(history),
        f"Bars of what each team paid, has left, lost to expiry and got back. {answer}.",
        "Credits. Paid + left + expired − refunded = granted, which the upright marks show.",
    )
    worth = "<h3>What a credit bought</h3>" + (
        chart(
            "value-per-credit",
            figures.value_per_credit(history),
            "Bars of value for each credit spent, by team.",
            "Value of the work that ran, as its team put it, over credits paid for time-boxes "
            "less refunds.",
        )
        if any(findings.spent_ucr(line) > 0 for line in history.teams)
        else empty("No team spent a credit.")
    )
    return section("spend", answer, where, worth, folded("Accounts", team_table(history)))


def _spot(history: History) -> str:
    story, answer = history.spot, spot_findings.spot_answer(history.spot)
    if story is None:
        return section("spot", answer, empty("No tick was run."))
    said = (
        f"<p>Open from {time_text(story.start)} on, a tick every "
        f"{story.tick // timedelta(minutes=1)} minutes, {story.jobs:,} requests. Whoever bids at "
        "least the price runs, the highest limit first, until the price rises above the limit or a "
        "reserved start takes the units; either is told ahead. The price is the controller's, or "
        "the highest limit that was not served where that is more.</p>"
    )
    charts = [
        f"<div><h3>{escape(one.pool.name)}</h3>"
        + chart(
            f"spot-{number}",
            spot_ticks(story, one),
            f"Spot price of {one.pool.name} tick by tick; beneath it units for spot, wanted and "
            "running.",
            f"Above: credits a unit-hour. Beneath: units ({one.pool.unit}).",
        )
        + "</div>"
        for number, one in enumerate(story.series)
    ]
    ends = f"<p>{escape(spot_findings.interruptions_answer(story))} {escape(_spot_jobs(story))}</p>"
    table = folded("Spot in numbers", spot_table(story))
    return section("spot", answer, said, f'<div class="grid">{"".join(charts)}</div>', ends, table)


def _spot_jobs(story: SpotStory) -> str:
    return (
        f"Of the {story.jobs:,} jobs {story.finished:,} were done by the end, with or without an "
        "interruption; their value is not counted above."
    )


def _welfare(history: History) -> str:
    answer = findings.welfare_answer(history)
    if not history.comparisons:
        return section("welfare", answer, empty("Nothing was compared."))
    charts = "".join(
        f"<div><h3>{name}</h3>"
        + chart(f"welfare-{number}", figure, f"{name}, market and baselines. {answer}.", "")
        + "</div>"
        for number, (name, figure) in enumerate(figures.welfare(history))
    )
    said = (
        "<p>The same jobs on the same pools, shared out in other ways: whoever asks first books "
        "first, or every team has a fixed part of each pool. A job counts for what it is worth to "
        "its team, where it starts within its window.</p>"
    )
    table = folded("Comparison in numbers", comparison_table(history))
    return section("welfare", answer, said, f'<div class="grid">{charts}</div>', table)


def _cycles(history: History) -> str:
    answer = findings.cycles_answer(history)
    if not history.cycles:
        return section("cycles", answer, empty("The history ends before the first cycle."))
    drawn = chart(
        "cycles-bars",
        figures.cycles(history.cycles),
        f"Bars of bids, awards and gap of each cycle. {answer}.",
        "Above: bids, and the awards among them. Below: the gap between the surplus of the awards "
        "and a bound that no set of awards can exceed. The published prices prove the bound.",
    )
    table = folded("Every cycle with its proof", cycle_table(history))
    return section("cycles", answer, drawn, table)


def _books(history: History) -> str:
    check = history.check
    facts = (
        ("transfers", f"{check.transfers:,}"),
        ("accounts", f"{check.accounts:,}"),
        ("holds", f"{check.holds:,}"),
        ("orders", f"{check.orders:,}"),
        ("spot requests", f"{check.spot_requests:,}"),
        ("cycles audited", f"{check.cycles:,}"),
        ("credits granted into being", credits_text(check.minted_ucr, 2)),
        ("faults", f"{len(check.faults):,}"),
    )
    listed = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    head = (
        '<div class="wide"><dt>hash of the newest transfer</dt>'
        f'<dd class="hash">{escape(check.head or "–")}</dd></div>'
    )
    parts = [f'<dl class="facts">{listed}{head}</dl>', _faults(check.faults), _VERIFY]
    parts.append(
        f"<h3>How the demand was made</h3><p>{escape(history.source)}. Seed {history.seed}.</p>"
    )
    if history.notes:
        notes = "".join(f"<li>{escape(note)}</li>" for note in history.notes)
        parts.append(f"<h3>What to know about it</h3><ul>{notes}</ul>")
    return section("books", findings.books_answer(history), *parts)


def _faults(faults: Sequence[str]) -> str:
    if not faults:
        return ""
    listed = "".join(f"<li>{escape(fault)}</li>" for fault in faults[:FAULTS_SHOWN])
    more = len(faults) - FAULTS_SHOWN
    rest = f"<p>{more:,} more are not listed.</p>" if more > 0 else ""
    return f'<h3 class="alarming">Faults</h3><ul>{listed}</ul>{rest}'


_VERIFY: Final = (
    "<p>Every balance, hold and statement was rebuilt from the transfers and compared, the chain "
    "of hashes was followed, and every cleared cycle was audited by code that shares nothing with "
    "the solver. On a market of your own, the first line reads the whole ledger again; the others "
    "write a cycle's two published files and audit them without a solver:</p>"
    "<pre><code>gpumarket ledger check\ngpumarket cycle files CYCLE\n"
    "gpumarket verify PROBLEM OUTCOME</code></pre>"
    "<p>The same demand, seed and version end in the same newest hash.</p>"
)
