"""Statements that print: whole, escaped, light, without scripts."""

import re

from api.statements.page import render
from api.wire.statement import Line, PoolHours, Statement, TagStatement
from marketplace.domain.statement import line_of
from marketplace.domain.transfer import Tag
from tests.api.statements.test_sheet import HOSTILE, a_charge
from tests.marketplace.bazaar import DAY, NOW

HOURS = [PoolHours(pool="h100", reserved_hours=32, allocated_hours=16, used_hours=None)]


def lines(*projects: str) -> list[Line]:
    made = [line_of(a_charge(name, k), "nlp") for k, name in enumerate(projects)]
    return [Line.of(one) for one in made if one]


def of_team(found: list[Line], hours: list[PoolHours]) -> Statement:
    return Statement.read(
        {
            "team": "nlp",
            "start": NOW,
            "end": NOW + DAY,
            "opening_credits": "1000",
            "lines": [one.document() for one in found],
            "next": None,
            "closing_credits": "840",
            "held_credits": "5",
            "hours": [one.document() for one in hours],
        }
    )


def texts(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("</style>")[1]))


def test_a_teams_page_has_its_lines_sums_and_hours() -> None:
    found = lines("search", "chat")
    said = texts(render(of_team(found, HOURS), found))
    for part in (
        "Statement of team nlp",
        "Opening balance 1,000.00",
        "Charge 2 −160.00",
        "Closing balance 840.00",
        "Held for orders and spot at the end 5.00",
        "h100 32.00 16.00",
        "Used is empty: no usage was imported.",
        "ord_1 · cyc_000001 · rule uniform · project search · theme search −80.00 920.00",
    ):
        assert part in re.sub(r" +", " ", said.replace(" ", " ")), part


def test_used_hours_stand_there_where_use_was_measured() -> None:
    measured = PoolHours(pool="a100", reserved_hours=8, allocated_hours=8, used_hours=0)
    said = re.sub(r"\s+", " ", texts(render(of_team([], [measured, *HOURS]), [])))
    assert "a100 8.00 8.00 0.00" in said
    assert "Used: what was measured as used; empty where nothing was imported." in said
    assert "Used is empty" not in said


def test_a_tags_page_says_what_was_spent_and_whose() -> None:
    found = lines("search")
    tag = TagStatement.read(
        {
            "by": Tag.COST_CENTRE.value,
            "name": "cc-1",
            "teams": ["nlp"],
            "start": NOW,
            "end": NOW + DAY,
            "before_credits": "7",
            "lines": [],
            "next": None,
            "spent_credits": "80",
            "in_all_credits": "87",
            "held_credits": "0",
            "hours": [],
        }
    )
    said = texts(render(tag, found))
    assert "Statement of cost centre cc-1" in said
    assert "of nlp" in said
    assert "Spent before 7.00" in said
    assert "Spent in all 87.00" in said
    empty = texts(render(tag, []))
    assert "None: no credits moved in the period." in empty
    assert "None: nothing that was bought lies in the period." in empty


def test_hostile_names_are_text_and_the_page_needs_nothing_else() -> None:
    names = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', *HOSTILE]
    found = lines(*names)
    page = render(of_team(found, HOURS), found)
    assert "<script" not in page
    assert "<img" not in page
    assert not re.search(r'(src|href)="|url\(|@import', page)
    assert page.count("<thead>") == 3
    assert "table-header-group" in page
    assert "color-scheme: light" in page
