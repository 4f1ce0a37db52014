"""Transfers over HTTP: the books, for finance alone."""

from tests.api.rest.desk import Desk
from tests.api.rest.test_orders import placed


def test_finance_reads_the_books_page_by_page(desk: Desk) -> None:
    placed(desk)
    whole = desk.gets("fin", "/v1/transfers")["items"]
    assert [one["movement"] for one in whole] == ["grant"] * 3 + ["hold"]
    assert [one["seq"] for one in whole] == [1, 2, 3, 4]
    first = desk.gets("fin", "/v1/transfers", limit=3)
    rest = desk.gets("fin", "/v1/transfers", after=first["next"])
    assert first["items"] + rest["items"] == whole
    team = desk.gets("fin", "/v1/transfers", account="team/nlp")["items"]
    assert [one["seq"] for one in team] == [1, 4]
    late = desk.gets("fin", "/v1/transfers", start="2026-11-23T10:00:00Z")["items"]
    early = desk.gets("fin", "/v1/transfers", end="2026-11-23T10:00:00Z")["items"]
    assert (late, early) == ([], whole)


def test_nobody_else_reads_them(desk: Desk) -> None:
    """§7.11"""
    for who in ("mia", "lea", "pia", "adam"):
        problem = desk.refused(403, who, "GET", "/v1/transfers", params={"account": "team/nlp"})
        assert problem["code"] == "forbidden"
