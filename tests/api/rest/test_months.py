"""Months over HTTP: what is open, closing one, what it came to; for finance alone."""

from datetime import UTC, datetime

from tests.api.rest.desk import Desk, served
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE as AFTER
from tests.marketplace.bazaar import HOUR, NOW, assert_clean, option, request, run, won

DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
PATH = "/v1/months/2026-11"
CLOSE = f"{PATH}:close"


def test_finance_sees_what_is_open_closes_the_month_and_reads_it(desk: Desk) -> None:
    for person, role in (("fin2", "finance"), ("mia2", "member:nlp")):
        hands.make_token(desk.store, person, f"gpm_{person}", NOW, role, days=30)
    won(desk.store, request("nlp", "a", option(90)))
    with served(desk.store, lambda: AFTER) as http:
        soon = Desk(desk.store, http)
        early = soon.gets("fin2", PATH)
        assert (early["state"], early["ready"], early["closed"]) == ("open", False, None)
        assert [one["done"] for one in early["checklist"]] == [False, True, False, True]
        assert soon.refused(409, "fin2", "POST", CLOSE)["reason"] == "month-not-over"
    with served(desk.store, lambda: DECEMBER + HOUR) as http:
        later = Desk(desk.store, http)
        problem = later.refused(409, "fin2", "POST", CLOSE)
        assert (problem["reason"], problem["facts"]) == (
            "cycles-not-over",
            {"cycles": ["cyc_000002"]},
        )
        run(desk.store, DECEMBER + HOUR)
        assert later.gets("fin2", PATH)["ready"]
        tried = later.asks("fin2", "POST", CLOSE, params={"dry_run": True}).json()
        assert later.gets("fin2", "/v1/months")["items"] == []
        made = later.asks("fin2", "POST", CLOSE).json()
        assert made == tried
        assert (made["month"], made["total_credits"], made["closed_by"]) == (
            *("2026-11", "0"),
            "person:fin2",
        )
        [nlp] = [one for one in made["teams"] if one["team"] == "nlp"]
        statement = later.gets("mia2", "/v1/teams/nlp/statement", start="2026-11-01T00:00Z")
        assert (nlp["opening_credits"], nlp["grant_credits"]) == ("0", "1000")
        assert nlp["charge_credits"].startswith("-")
        assert nlp["closing_credits"] == statement["closing_credits"]
        assert later.gets("fin2", "/v1/months")["items"] == [made]
        seen = later.gets("fin2", PATH)
        assert (seen["state"], seen["closed"], seen["ready"]) == ("closed", made, False)
        again = {"Idempotency-Key": "another"}
        problem = later.refused(409, "fin2", "POST", CLOSE, headers=again)
        assert (problem["reason"], problem["field"]) == ("closed-already", "month")
    assert_clean(desk.store)


def test_nobody_else_sees_or_closes_months(desk: Desk) -> None:
    """§7.12"""
    for who in ("mia", "lea", "pia", "adam"):
        desk.refused(403, who, "POST", CLOSE)
        desk.refused(403, who, "GET", PATH)
        desk.refused(403, who, "GET", "/v1/months")
    desk.refused(422, "fin", "GET", "/v1/months/2026-13")
    desk.refused(404, "fin", "GET", "/v1/months/2026-10")
