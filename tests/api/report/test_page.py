"""The report is one file that tells the history's numbers and trusts none of its words."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from api.files import FileProblem
from api.report import page as page_room
from api.report.compared import PARTS as COMPARISON_PARTS
from api.report.page import render, write_report
from pricing.units import credits_from_ucr
from sim.results.history import History
from sim.results.plain import plain_run
from tests.sim import made_history as made

EVIL = "<script>alert('x')</script> & <b onclick=\"go()\">\u2028</b>"
SECTIONS = (
    *("headline", "capacity", "prices", "winners", "spend", "spot", "welfare", "cycles", "books"),
)
LOADING = {"src", "srcset", "href", "data", "action", "poster", "background", "xlink:href"}


class Page(HTMLParser):
    """The report as a browser reads it: tags with their attributes, and the words between."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.styles = ""
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = "" if tag == self._open else self._open

    def handle_data(self, data: str) -> None:
        if self._open == "script":
            self.scripts.append((self.tags[-1][1], data))
        elif self._open == "style":
            self.styles += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]

    def figures(self) -> dict[str, dict[str, object]]:
        return {
            attrs["id"]: json.loads(text)
            for attrs, text in self.scripts
            if attrs.get("type") == "application/json"
        }

    def loads(self) -> Iterator[str]:
        """Whatever a browser would fetch."""
        for _, attrs in self.tags:
            for name in LOADING & attrs.keys():
                if not attrs[name].startswith("#"):
                    yield f"{name}={attrs[name]}"
        yield from re.findall(r"(?:url\(|@import)[^;]*", self.styles)


def page_of(history: History) -> Page:
    return Page(render(plain_run(history)))


@cache
def plain() -> Page:
    return page_of(made.history())


def hostile() -> History:
    """Every word that a stranger may choose is markup."""
    small = made.history()
    pools = (made.pool("h100", EVIL), replace(made.pool("x", EVIL, unit="expert"), unit=EVIL))
    teams = (made.team("vision", EVIL), made.team(EVIL, EVIL))
    job = made.result(EVIL, EVIL, "h100", ("lost", EVIL))
    return replace(
        small,
        organisation=replace(small.organisation, pools=pools, teams=teams),
        source=EVIL,
        notes=(EVIL,),
        jobs=(*small.jobs, job, replace(job, state=EVIL), replace(job, state="refused")),
        pools=tuple(replace(one, pool=spec) for one, spec in zip(small.pools, pools, strict=True)),
        teams=tuple(made.line(one) for one in teams),
        cycles=(replace(small.cycles[0], id=EVIL, lost={EVIL: 3}, status=EVIL, engine=EVIL),),
        comparisons=tuple(replace(one, name=EVIL) for one in small.comparisons),
        spot=replace(made.spot_story(*pools), interruptions={EVIL: 2}),
        check=made.report_of(EVIL),
    )


def test_the_report_loads_nothing() -> None:
    assert list(plain().loads()) == []
    policy = [attrs for tag, attrs in plain().tags if tag == "meta" and "http-equiv" in attrs]
    assert policy[0]["content"].startswith("default-src 'none';")


@pytest.mark.parametrize(
    "planted",
    [
        '<script src="https://cdn.plot.ly/plotly.js"></script>',
        '<link href="style.css">',
        '<style>@import "x.css";</style>',
        "<style>p { background: url(x.png) }</style>",
    ],
)
def test_a_page_that_loads_something_is_seen(planted: str) -> None:
    assert list(Page(planted).loads())


def test_all_parts_are_there_each_with_its_heading_and_the_link_to_it() -> None:
    page = plain()
    ids = page.ids()
    assert len(ids) == len(set(ids))
    sections = [attrs["id"] for tag, attrs in page.tags if tag == "section"]
    assert sections == list(SECTIONS)
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a" and "class" not in attrs]
    assert links == [f"#{part}" for part in SECTIONS]
    for _, attrs in page.tags:
        for name in ("aria-labelledby", "data-searches", "for"):
            assert attrs.get(name, ids[0]) in ids
    names = {tag for tag, _ in page.tags}
    assert {"header", "nav", "main", "footer", "h1", "h2", "caption"} <= names


def test_every_chart_has_its_data_and_says_what_it_shows() -> None:
    charts = [attrs for _, attrs in plain().tags if attrs.get("class") == "chart"]
    figures = plain().figures()
    assert {f"{attrs['id']}-data" for attrs in charts} == figures.keys()
    assert len(charts) == 1 + 2 + 1 + 2 + 1 + 3 + 1
    for attrs in charts:
        assert attrs["role"] == "img"
        assert len(attrs["aria-label"]) > 20


def test_the_tiles_tell_the_numbers_of_the_history() -> None:
    history, text = made.history(), plain().text
    sold = int(history.pools[0].sold.sum())
    for said in (
        "value against first come, first served 1.50×",
        "value against fixed team quotas 2.00×",
        "value delivered, credits 1,800 what",
        f"GPU-hours sold {sold:,}",
        "of the GPU time was used 81 %",
        "orders won / lost 1 / 5",
        "credits paid 800 = 700 spent on time-boxes + 0 on spot + 100 paid back",
        "mean gap of the clearings 0.40 %",
        "ledger check clean 12,345 transfers read again",
    ):
        assert said in text
    tiles = [attrs["value"] for tag, attrs in plain().tags if tag == "data" and "title" in attrs]
    paid = sum(line.paid_ucr for line in history.teams)
    assert tiles == ["1800.25", str(credits_from_ucr(paid))]


def test_money_is_exact_for_machines_and_never_in_micro_credits() -> None:
    history, page = made.history(), plain()
    values = {attrs["value"] for tag, attrs in page.tags if tag == "data"}
    for line in history.teams:
        for amount_ucr in (line.granted_ucr, line.paid_ucr, line.left_ucr, line.refunded_ucr):
            assert f"{credits_from_ucr(amount_ucr):f}" in values
            assert f"{amount_ucr}" not in page.text
    assert "400.12" in page.text
    assert "µcr" not in page.text


def test_losers_come_with_their_reason_and_what_would_have_won() -> None:
    text = plain().text
    assert "The 8 most valuable of the 8 orders" in text
    assert "outbid 2.50 Raise by 2.50 to meet its last cycle's prices" in text
    assert "refused: insufficient-credits 2.50 2.50 more free credits" in text
    assert "unfit – No raise alone: a wider window, fewer units or another pool" in text
    assert "failed: maintenance – It won; its time-box failed later and was paid back" in text
    assert text.index("job-9 ") < text.index("job-8 ") < text.index("job-1 ")


def test_cycles_come_with_their_proof_and_books_with_their_hash() -> None:
    text = plain().text
    assert "cyc_0002 Wed 04 Mar 00:00 102 80 15 outbid, 7 unfit 4,980.00 5,000.00 0.400 %" in text
    assert made.HEAD in text
    assert "The books are clean: 12,345 transfers, no fault" in text
    assert "gpumarket verify PROBLEM OUTCOME" in text
    assert "Lengths follow a published distribution." in text
    assert "a made-up organisation, generator seed 7" in text


def test_a_fault_in_the_books_is_in_the_headline_and_told_in_full() -> None:
    faults = [f"account team/{number} is 1 short" for number in range(150)]
    page = page_of(replace(made.history(), check=made.report_of(*faults)))
    assert "ledger check 150 faults" in page.text
    assert "The books do not add up: 150 faults found" in page.text
    assert "account team/99 is 1 short" in page.text
    assert "50 more are not listed" in page.text
    assert "clean" not in page.text


@pytest.mark.parametrize("place", ["team", "pool"])
def test_a_name_that_is_a_script_comes_out_as_words(place: str) -> None:
    small, name = made.history(), "<script>alert(1)</script>"
    pools, teams = small.organisation.pools, small.organisation.teams
    if place == "pool":
        pools = (replace(pools[0], name=name), *pools[1:])
    else:
        teams = (replace(teams[0], name=name), *teams[1:])
    lived = replace(
        small,
        organisation=replace(small.organisation, pools=pools, teams=teams),
        pools=tuple(replace(one, pool=spec) for one, spec in zip(small.pools, pools, strict=True)),
        teams=tuple(made.line(one) for one in teams),
        spot=made.spot_story(pools[0]),
    )
    written = render(plain_run(lived))
    assert "<script>alert" not in written
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in written  # in headings and tables
    assert "\\u0026lt;script\\u0026gt;alert(1)" in written  # in the charts, which read markup too
    assert name in Page(written).text


def test_words_from_the_data_are_never_markup() -> None:
    page, usual = page_of(hostile()), plain()
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in usual.tags} | {"ul", "li"}
    assert not [attrs for _, attrs in page.tags if "onclick" in attrs]
    running = [text for attrs, text in page.scripts if "type" not in attrs]
    assert running == [text for attrs, text in usual.scripts if "type" not in attrs]
    for figure in page.figures().values():
        assert "<script" not in json.dumps(figure)
        assert "<b onclick" not in json.dumps(figure)
    assert "alert('x')" in page.text


def test_an_empty_history_says_so_in_every_part() -> None:
    page = page_of(made.empty())
    assert [attrs["id"] for tag, attrs in page.tags if tag == "section"] == list(SECTIONS)
    assert page.figures() == {}
    assert sum(attrs.get("class") == "empty" for _, attrs in page.tags) == 1 + 7
    for said in ("Nobody asked for anything", "No cycle was run", "no cycle was run"):
        assert said in page.text
    assert "nan" not in page.text.lower().split()


@pytest.mark.parametrize("gone", ["jobs", "cycles", "comparisons", "teams", "notes"])
def test_a_history_without_one_of_its_parts_renders(gone: str) -> None:
    nothing: dict[str, Any] = {gone: ()}
    page = page_of(replace(made.history(), **nothing))
    assert [attrs["id"] for tag, attrs in page.tags if tag == "section"] == list(SECTIONS)


def test_a_pool_that_never_sold_nor_opened_renders() -> None:
    history = made.history()
    shut = [
        replace(one, capacity=one.capacity * 0, sold=one.sold * 0, price_ucr=one.sold * 0 - 1)
        for one in history.pools
    ]
    page = page_of(replace(history, pools=tuple(shut)))
    assert "There was nothing to sell" in page.text
    assert "nothing was sold" in page.text


def test_four_weeks_fit_into_six_megabytes(tmp_path: Path) -> None:
    path = write_report(plain_run(made.four_weeks()), tmp_path)
    assert path.stat().st_size < 6_000_000
    assert "The 250 most valuable" in path.read_text(encoding="utf-8")


def test_the_same_history_gives_the_same_bytes() -> None:
    assert render(plain_run(made.history())) == render(plain_run(made.history()))


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "new" / "demo"
    path = write_report(plain_run(made.history()), out)
    before = path.read_bytes()
    assert path == out / "report.html"
    assert list(out.iterdir()) == [path]
    write_report(plain_run(replace(made.history(), seed=8, source="another seed")), out)
    assert path.read_bytes() != before
    assert list(out.iterdir()) == [path]


def test_where_the_report_cannot_be_put_nothing_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(FileProblem, match=r"report\.html cannot be written"):
        write_report(plain_run(made.history()), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_name_that_the_page_was_not_given_is_refused() -> None:
    with pytest.raises(UndefinedError):
        page_room._templates().from_string("{{ run.nothing }}").render(run={})


def test_each_part_has_its_template() -> None:
    there = set(page_room._templates().list_templates())
    parts = (*SECTIONS, *(f"comparison_{part}" for part in COMPARISON_PARTS))
    assert there == {f"{part}.html" for part in (*parts, "pieces", "frame", "report", "comparison")}
    assert list(page_room.PARTS) == list(SECTIONS)
