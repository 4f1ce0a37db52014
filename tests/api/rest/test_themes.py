"""The quarter's themes over HTTP."""

from tests.api.rest.desk import Desk

THEME = {"name": "safety", "share_ppm": 400_000}
BODY = {
    "start": "2026-11-01T00:00:00Z",
    "end": "2027-01-01T00:00:00Z",
    "themes": [THEME],
}
FEBRUARY = {"start": "2027-02-01T00:00:00Z", "end": "2027-03-01T00:00:00Z"}


def test_finance_adopts_and_everybody_reads(desk: Desk) -> None:
    assert desk.gets("mia", "/v1/themes") == {"now": None, "coming": []}
    tried = desk.asks("fin", "POST", "/v1/themes", json=BODY, params={"dry_run": "true"})
    assert (tried.status_code, tried.json()["version"]) == (201, 1)
    assert desk.gets("mia", "/v1/themes/versions")["items"] == []
    made = desk.asks("fin", "POST", "/v1/themes", json=BODY)
    assert (made.status_code, made.json()["adopted_by"]) == (201, "person:fin")
    again = desk.asks("fin", "POST", "/v1/themes", json=BODY)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == made.json()
    read = desk.asks("rob", "GET", "/v1/themes")
    assert (read.json()["now"], read.headers["ETag"]) == (made.json(), '"1"')
    [theme] = read.json()["now"]["themes"]
    assert theme == THEME | {"start": BODY["start"], "end": BODY["end"]}
    assert desk.gets("rob", "/v1/themes/versions/1") == made.json()
    newer = {"If-Match": '"1"', "Idempotency-Key": "b"}
    later = desk.asks("fin", "POST", "/v1/themes", json=FEBRUARY, headers=newer)
    assert [one["version"] for one in desk.gets("mia", "/v1/themes")["coming"]] == [2]
    assert later.status_code == 201
    stale = {"If-Match": '"1"', "Idempotency-Key": "c"}
    problem = desk.refused(412, "fin", "POST", "/v1/themes", json=BODY, headers=stale)
    assert "changed" in problem["detail"]
    assert desk.refused(404, "fin", "GET", "/v1/themes/versions/9")["code"] == "not-found"


def test_spend_against_strategy_is_for_finance_and_platform(desk: Desk) -> None:
    """§7.11"""
    desk.asks("fin", "POST", "/v1/themes", json=BODY)
    found = desk.gets("fin", "/v1/themes/spend")
    assert found == desk.gets("pia", "/v1/themes/spend")
    assert (found["granted_credits"], found["versions"]) == ("3000", [1])
    [row] = found["themes"]
    assert (row["theme"], row["planned_credits"], row["spent_share"]) == ("safety", "1200", None)
    for who in ("mia", "lea", "adam"):
        assert desk.refused(403, who, "GET", "/v1/themes/spend")["code"] == "forbidden"
    late = {"start": BODY["end"], "end": BODY["start"]}
    assert desk.refused(422, "fin", "GET", "/v1/themes/spend", params=late)["field"] == "end"


def test_a_body_is_told_its_place(desk: Desk) -> None:
    wrong = BODY | {"themes": [{"name": "a", "share_ppm": 2_000_000}]}
    assert desk.refused(422, "fin", "POST", "/v1/themes", json=wrong)["field"] == (
        "themes[0].share_ppm"
    )
    assert desk.refused(403, "mia", "POST", "/v1/themes", json=BODY)["code"] == "forbidden"
