"""The page to bid for reserved time: it says what a bid would come to, and posts what it shows."""

import re
from datetime import timedelta
from html import unescape

import pytest

from marketplace.domain.page import every
from marketplace.services import order
from tests.api.rest.desk import Desk
from tests.api.web import browsing
from tests.marketplace.bazaar import NOW, option, placed, request, run

QUERY = "/bid?pool=h100&quantity=8&duration=4h&start=2026-11-24T08:00Z&value=60"
FIELDS = {
    "team": "nlp",
    "pool": "h100",
    "quantity": "8",
    "duration": "4h",
    "start": "2026-11-24T08:00",
    "latest": "2026-11-24T20:00",
    "value": "60",
    "key": "k-1",
}


def orders(desk: Desk) -> list[str]:
    return [one.id for one in every(order.listed, desk.store, team="nlp")]


def test_it_is_filled_with_what_can_be_bought_next(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    html = browsing.page(desk, "/bid")
    assert '<option value="a100" selected>A100</option>' in html
    assert 'name="start" type="datetime-local" step="3600" value="2026-11-24T01:00"' in html
    said = browsing.words(html)
    assert "no past cycle tells" in said
    assert "Cleared by cyc_000001" in said


def test_it_says_what_it_would_cost_hold_and_have_for_a_chance(desk: Desk) -> None:
    placed(desk.store, request("rl", "o1", option(40, 8)))
    run(desk.store)
    desk.http.app.state.market.clock = lambda: NOW.replace(day=24, hour=1)  # type: ignore[attr-defined]
    browsing.sign_in(desk, "mia")
    html = browsing.page(desk, QUERY.replace("2026-11-24", "2026-11-25"))
    said = browsing.words(html)
    assert "Held until it ends 60.00 Free after that 940.00" in said
    assert "Place bid, hold 60.00" in said
    assert "It will cost about 8.00 credits, and win with a chance of 75 %" in said
    assert "cyc_000001 8.00 won" in said
    assert 'id="starts-data"' in html


def test_without_a_value_it_says_what_it_says_at_the_one_that_is_suggested(desk: Desk) -> None:
    placed(desk.store, request("rl", "o1", option(40, 8)))
    run(desk.store)
    desk.http.app.state.market.clock = lambda: NOW.replace(day=24, hour=1)  # type: ignore[attr-defined]
    browsing.sign_in(desk, "mia")
    asked = QUERY.replace("2026-11-24", "2026-11-25").removesuffix("&value=60")
    bare = browsing.page(desk, asked)
    [value] = re.findall(r'id="value"[^>]* value="([0-9.]+)"', bare)
    assert float(value) > 0
    assert browsing.words(bare) == browsing.words(browsing.page(desk, f"{asked}&value={value}"))


def test_what_is_shown_is_what_is_posted(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    html = browsing.page(desk, QUERY + "&project=llm&standing=yes&on_failure=end")
    told = unescape("".join(re.findall(r"<pre[^>]*>(.*?)</pre>", html, re.DOTALL)))
    assert '{"team": "nlp", "options": [{"value": "60", "earliest_start": "2026-11-24T08' in told
    assert "gpumarket bid --team nlp --pool h100 --quantity 8 --duration 4h --value 60" in told
    assert "--earliest 2026-11-24T08:00Z --latest 2026-11-24T08:00Z --standing" in told
    assert "--on-failure end" in told
    assert '"standing": true, "on_failure": "end"' in told
    assert '<option value="end" selected>' in html


def test_only_a_standing_bid_has_an_end_in_the_command_as_in_what_is_sent(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    asked = "&".join(f"{k}={v}" for k, v in FIELDS.items() if k != "standing")
    for standing, often in (("", 0), ("&standing=yes", 1)):
        said = browsing.page(desk, f"/bid?{asked}&valid_until=2026-11-25T08:00{standing}")
        assert said.count("--valid-until 2026-11-25T08:00Z") == often
        assert said.count("&#34;valid_until&#34;: &#34;2026-11-25T08:00Z&#34;") == often


def test_a_bid_is_placed_once_however_often_its_form_is_sent(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    for _ in range(2):
        answer = browsing.sends(desk, "/bid", **FIELDS)
        assert answer.status_code == 303, answer.text
    [placed_one] = orders(desk)
    assert answer.headers["location"] == f"/orders/{placed_one}"
    assert "940.00 credits free" in browsing.words(browsing.page(desk, "/"))


def test_other_pools_that_would_do_are_kept_and_shown(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    answer = browsing.sends(desk, "/bid", **(FIELDS | {"pool": ["h100", "", "a100"]}))
    assert answer.status_code == 422  # there are four a100 alone
    assert '<option value="a100" selected>A100</option>' in answer.text
    html = browsing.page(desk, "/bid?pool=h100&pool=a100")
    assert '<option value="a100" selected>A100</option>' in html
    assert "| gpumarket bid --team nlp --file -" in html  # its flags take one pool alone


@pytest.mark.parametrize(
    ("field", "text", "said", "status"),
    [
        ("quantity", "7", "H100 sells multiples of 8", 422),
        ("quantity", "<b>", "valid integer", 422),
        ("quantity", "²", "valid integer", 422),
        ("duration", "soon", "soon", 422),
        ("value", "-1", "-1", 422),
        ("latest", "2026-11-20T08:00", "", 422),
        ("value", "5000", "", 402),
    ],
)
def test_what_is_wrong_stands_by_its_field_and_nothing_typed_is_lost(
    desk: Desk, field: str, text: str, said: str, status: int
) -> None:
    browsing.sign_in(desk, "mia")
    answer = browsing.sends(desk, "/bid", **(FIELDS | {field: text, "project": "llm-7"}))
    assert answer.status_code == status, answer.text
    browsing.well_formed(answer.text)
    assert said.lower() in browsing.words(answer.text).lower()
    assert 'value="llm-7"' in answer.text
    assert 'role="alert"' in answer.text
    assert not orders(desk)
    asked = "&".join(f"{k}={v}" for k, v in (FIELDS | {field: text}).items())
    assert browsing.page(desk, f"/bid?{asked}")


def test_another_bid_under_a_key_that_was_used_gets_a_key_of_its_own(desk: Desk) -> None:
    """Else the form would be refused for ever: nobody sees its key, or could change it."""
    browsing.sign_in(desk, "mia")
    assert browsing.sends(desk, "/bid", **FIELDS).status_code == 303
    answer = browsing.sends(desk, "/bid", **(FIELDS | {"value": "61"}))
    assert answer.status_code == 422
    [anew] = re.findall(r'name="key" value="([^"]+)"', answer.text)
    assert anew != FIELDS["key"]
    again = browsing.sends(desk, "/bid", **(FIELDS | {"value": "61", "key": anew}))
    assert again.status_code == 303
    assert len(orders(desk)) == 2


def test_nobody_bids_for_a_team_that_they_are_not_in(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    answer = browsing.sends(desk, "/bid", **(FIELDS | {"team": "rl"}))
    assert answer.status_code == 403
    for who in ("fin", "pia", "adam"):
        browsing.sign_in(desk, who)
        assert "only a team can bid" in browsing.words(browsing.page(desk, "/bid"))


def test_a_start_before_the_sale_is_moved_and_spot_is_offered(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    said = browsing.words(browsing.page(desk, "/bid?pool=h100&start=2026-11-23T09:00:00Z"))
    assert "Reserved time is on sale from Tue 24 Nov 01:00 UTC" in said


def test_how_firm_it_is_goes_into_all_that_is_sent(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    html = browsing.page(desk, f"{QUERY}&guarantee=recallable&buy_out=40&gate=2d")
    said = browsing.words(html)
    assert '<option value="recallable" selected>recallable: what is won may be moved' in html
    assert "recallable chosen" in said
    assert "Bought back for – – 40.00" in said
    assert "--guarantee recallable --buy-out 40 --gate 2d" in said
    assert '"guarantee": "recallable", "buy_out": "40", "gate": "2d"' in said
    assert "Bought back for – – 60.00" in browsing.words(
        browsing.page(desk, f"{QUERY}&guarantee=recallable")
    )
    assert "is too much from" in browsing.words(
        browsing.page(desk, f"{QUERY}&guarantee=recallable&value=600")
    )
    for kind in ("firm", "movable"):
        other = browsing.words(browsing.page(desk, f"{QUERY}&guarantee={kind}"))
        assert f"{kind} chosen" in other
        assert ("--guarantee" in other) is (kind == "movable")


def test_what_is_wrong_with_a_buy_out_or_a_gate_stands_by_its_field(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    for kind, field, text in (
        ("movable", "buy_out", "40"),
        ("recallable", "buy_out", "61"),
        ("firm", "gate", "2d"),
        ("movable", "gate", "30d"),
        ("loose", "guarantee", "loose"),
    ):
        query = f"{QUERY}&guarantee={kind}" + (f"&{field}={text}" if field != "guarantee" else "")
        html = browsing.page(desk, query)
        assert f'id="wrong-{field}"' in html, (kind, field)


def test_a_bid_of_the_form_is_as_firm_as_it_says(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    more = {"guarantee": "recallable", "buy_out": "40", "gate": "2d"}
    assert browsing.sends(desk, "/bid", **FIELDS, **more).status_code == 303
    (one,) = every(order.listed, desk.store, team="nlp")
    kept = one.request.guarantee
    assert (kept.kind, kept.buy_out_ucr, kept.gate) == ("recallable", 40_000_000, timedelta(days=2))
