"""One self-contained page about a history: it loads nothing from anywhere, and needs no server."""

import os
from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final

from plotly.offline import get_plotlyjs

from sim import figures, findings
from sim.chart_look import Figure, key_of
from sim.demand import SLOT
from sim.findings import credits_text, time_text
from sim.history import History
from sim.report_tables import (
    comparison_table,
    cycle_table,
    ending_table,
    loser_table,
    pool_table,
    team_table,
)

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
        nav="\n".join(f'<li><a href="#{id_}">{name}</a></li>' for id_, name in _PARTS),
        body="\n".join(_body(history)),
        footer="Written by <code>gpumarket demo</code>. All times are UTC; all money is in "
        "credits. This file is complete: it loads nothing from the network.",
        plotly=get_plotlyjs(),
        script=_file("report.js"),
    )


_PARTS: Final = (
    ("headline", "Headline"),
    ("capacity", "Capacity"),
    ("prices", "Prices"),
    ("winners", "Won and lost"),
    ("spend", "Spend"),
    ("welfare", "Welfare"),
    ("cycles", "Cycles"),
    ("books", "Books"),
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
        return _section("capacity", findings.capacity_answer(history), _empty("No pool, no map."))
    first = min((one.closed_at for one in history.cycles), default=None)
    began = f" Nothing could be sold before the first cycle, {time_text(first)}." if first else ""
    answer = findings.capacity_answer(history)
    chart = _chart(
        "capacity-map",
        figures.capacity_map(history),
        f"Heat map of sold over available units, pool by hour. {answer}.",
        "Sold share of what was on sale, hour by hour, 0 to 100 %. Dotted: closed. Striped: units "
        f"away for maintenance, the share is of those that stayed.{began}",
    )
    return _section("capacity", answer, chart, _folded("Pools in numbers", pool_table(history)))


_LOGARITHMIC: Final = ", and are logarithmic"


def _prices(history: History) -> str:
    answer = findings.price_answer(history)
    charts = [
        f"<div><h3>{escape(one.pool.name)}</h3>"
        + _chart(
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
        return _section("prices", answer, _empty("No pool, no price."))
    return _section("prices", answer, said, f'<div class="grid">{"".join(charts)}</div>')


def _winners(history: History) -> str:
    answer = findings.winners_answer(history)
    if not history.jobs:
        return _section("winners", answer, _empty("No job was submitted, so nobody won or lost."))
    chart = _chart(
        "winners-bars",
        figures.winners(history),
        f"Stacked bars of how each team's orders ended. {answer}.",
        "Each order ends in one way. Outbid: the prices were above its value. Unfit: its price was "
        "right, but no room was left for all of it at once.",
    )
    counts = _folded("Every ending by team", ending_table(history))
    return _section("winners", answer, chart, counts, _losers(history))


def _losers(history: History) -> str:
    lost = findings.losers(history)
    if not lost:
        return _empty("Nobody who still wanted their time-box went without it.")
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
        return _section("spend", answer, _empty("No team, no account."))
    where = _chart(
        "spend-bars",
        figures.spend(history),
        f"Bars of what each team paid, has left, lost to expiry and got back. {answer}.",
        "Credits. Paid + left + expired − refunded = granted, which the upright marks show.",
    )
    worth = "<h3>What a credit bought</h3>" + (
        _chart(
            "value-per-credit",
            figures.value_per_credit(history),
            "Bars of value for each credit spent, by team.",
            "Value of the work that ran, as its team put it, over credits paid less refunds.",
        )
        if any(findings.spent_ucr(line) > 0 for line in history.teams)
        else _empty("No team spent a credit.")
    )
    return _section("spend", answer, where, worth, _folded("Accounts", team_table(history)))


def _welfare(history: History) -> str:
    answer = findings.welfare_answer(history)
    if not history.comparisons:
        return _section("welfare", answer, _empty("Nothing was compared."))
    charts = "".join(
        f"<div><h3>{name}</h3>"
        + _chart(f"welfare-{number}", figure, f"{name}, market and baselines. {answer}.", "")
        + "</div>"
        for number, (name, figure) in enumerate(figures.welfare(history))
    )
    said = (
        "<p>The same jobs on the same pools, shared out in other ways: whoever asks first books "
        "first, or every team has a fixed part of each pool. A job counts for what it is worth to "
        "its team, where it starts within its window.</p>"
    )
    table = _folded("Comparison in numbers", comparison_table(history))
    return _section("welfare", answer, said, f'<div class="grid">{charts}</div>', table)


def _cycles(history: History) -> str:
    answer = findings.cycles_answer(history)
    if not history.cycles:
        return _section("cycles", answer, _empty("The history ends before the first cycle."))
    chart = _chart(
        "cycles-bars",
        figures.cycles(history.cycles),
        f"Bars of bids, awards and gap of each cycle. {answer}.",
        "Above: bids, and the awards among them. Below: the gap between the surplus of the awards "
        "and a bound that no set of awards can exceed. The published prices prove the bound.",
    )
    table = _folded("Every cycle with its proof", cycle_table(history))
    return _section("cycles", answer, chart, table)


def _books(history: History) -> str:
    check = history.check
    facts = (
        ("transfers", f"{check.transfers:,}"),
        ("accounts", f"{check.accounts:,}"),
        ("holds", f"{check.holds:,}"),
        ("orders", f"{check.orders:,}"),
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
    return _section("books", findings.books_answer(history), *parts)


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


def _section(id_: str, answer: str, *parts: str) -> str:
    name = dict(_PARTS)[id_]
    return (
        f'<section id="{id_}" aria-labelledby="{id_}-title"><p class="eyebrow">{name}</p>'
        f'<h2 id="{id_}-title">{escape(answer)}</h2>{"".join(parts)}</section>'
    )


def _chart(id_: str, figure: Figure, told: str, caption: str) -> str:
    """A figure that the page's script draws from the data beside it."""
    data = figure.to_json()  # Plotly writes "<" as an escape, so no word can close the script
    height = figure.layout.height
    key = _key(figure)
    under = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return (
        f'<figure>{key}<div id="{id_}" class="chart" role="img" aria-label="{escape(told)}" '
        f'style="height:{height}px"></div>{under}'
        f'<script type="application/json" id="{id_}-data">{data}</script></figure>'
    )


_SWATCHES: Final = {"/": "slash", "\\": "slash", "x": "cross", ".": "dots", "|": "mark"}


def _key(figure: Figure) -> str:
    entries = key_of(figure)
    if len(entries) < 2:
        return ""
    # Names are escaped already: Plotly reads markup too.
    listed = "".join(
        f'<li><span class="swatch {_SWATCHES.get(one.pattern, "")}" '
        f'style="--hue:{one.colour}"></span>{one.name}</li>'
        for one in entries
    )
    return f'<ul class="key" aria-label="Key">{listed}</ul>'


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def _empty(sentence: str) -> str:
    return f'<p class="empty">{escape(sentence)}</p>'
