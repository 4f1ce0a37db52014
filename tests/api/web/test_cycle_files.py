"""The public files of a cycle, through a browser: the very bytes that programs get."""

from tests.api.rest.desk import Desk
from tests.api.web import browsing
from tests.marketplace.bazaar import leg, option, request, won


def test_a_file_is_the_very_one_that_programs_get(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    refused = desk.http.get("/market/cycles/cyc_000001/problem.json")
    assert refused.status_code == 409
    assert "cyc_000001" in refused.text
    won(desk.store, request("nlp", "o1", option(400, 8, None, leg("h100", 16, 4))))
    for file in ("problem", "outcome"):
        mine = desk.http.get(f"/market/cycles/1/{file}.json")
        assert mine.content == desk.asks("rob", "GET", f"/v1/cycles/1/{file}").content
        assert mine.headers["content-type"] == "application/json"
        attached = f'attachment; filename="cyc_000001-{file}.json"'
        assert mine.headers["content-disposition"] == attached


def test_it_is_for_those_who_are_signed_in(desk: Desk) -> None:
    asked = desk.http.get("/market/cycles/1/problem.json")
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/sign-in?next=")
    browsing.sign_in(desk, "fin")
    assert desk.http.get("/market/cycles/1/names.json").status_code == 422
    assert desk.http.get("/market/cycles/9/problem.json").status_code == 404
