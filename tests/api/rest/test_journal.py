"""The journal over HTTP: who did what and when, and nothing that is not theirs to know."""

from tests.api.rest.desk import Desk
from tests.api.rest.test_orders import body, placed


def test_it_says_who_did_what_and_when_and_what_was_refused(desk: Desk) -> None:
    placed(desk)
    desk.refused(402, "mia", "POST", "/v1/orders", json=body(value="5000"))
    for who in ("adam", "pia", "fin"):
        lines = desk.gets(who, "/v1/journal")["items"]
        done, refused = lines[-2:]
        assert (done["actor"], done["command"], done["team"]) == (
            "person:mia",
            "place-order",
            "nlp",
        )
        assert (done["accepted"], done["refused"]) == (True, "")
        assert done["at"] == "2026-11-23T09:00:00Z"
        assert (refused["accepted"], refused["refused"]) == (False, "insufficient-credits")
    first = desk.gets("adam", "/v1/journal", limit=4)
    rest = desk.gets("adam", "/v1/journal", after=first["next"])
    assert first["items"] + rest["items"] == lines
    assert [one["seq"] for one in lines] == list(range(1, len(lines) + 1))


def test_it_tells_nothing_of_open_bids_and_no_secret(desk: Desk) -> None:
    """§7.11"""
    order = placed(desk, value="61.25")
    said = desk.asks("adam", "GET", "/v1/journal").text
    assert all(one not in said for one in ("61.25", "61250000", order["id"], "gpm_", "secret"))


def test_teams_do_not_read_it(desk: Desk) -> None:
    for who in ("mia", "lea", "rob"):
        assert desk.refused(403, who, "GET", "/v1/journal")["code"] == "forbidden"
