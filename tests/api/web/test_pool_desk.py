"""All pools in a browser, and opening one."""

from tests.api.rest.desk import Desk, served
from tests.api.web import browsing
from tests.marketplace import grounds, hands
from tests.marketplace.bazaar import NOW, RULES, assert_clean

PATH = "/operations/pools"
TYPED = {
    "act": "open",
    "id": "b200",
    "name": "B200",
    "unit": "gpu",
    "capacity": "64",
    "block_size": "8",
    "reserve_price_credits": "0.9",
}


def test_platform_opens_a_pool_and_is_shown_it(desk: Desk) -> None:
    browsing.sign_in(desk, "pia")
    assert "2 pools are on the market; 0 of 20 GPUs are used now" in browsing.words(
        browsing.page(desk, PATH)
    )
    done = browsing.sends(desk, PATH, **TYPED)
    assert done.headers["location"] == f"{PATH}/b200?opened=yes"
    said = browsing.words(browsing.page(desk, done.headers["location"]))
    assert "B200 has 64 units now" in said
    assert "The pool is open." in said
    twice = browsing.sends(desk, PATH, **TYPED)
    assert twice.status_code == 409
    assert 'aria-describedby="open-id-about"' in twice.text
    assert_clean(desk.store)


def test_what_is_wrong_stands_by_its_field(desk: Desk) -> None:
    browsing.sign_in(desk, "pia")
    for change, field in (
        ({"capacity": "0"}, "capacity"),
        ({"capacity": "lots"}, "capacity"),
        ({"reserve_price_credits": "cheap"}, "reserve_price_credits"),
        ({"id": "B 200"}, "id"),
        ({"end": "2026-11-23T10:30"}, "end"),
    ):
        refused = browsing.sends(desk, PATH, **TYPED | change)
        assert refused.status_code == 422
        assert f'aria-describedby="open-{field}-about"' in refused.text, field


def test_others_see_the_pools_and_may_open_none(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    assert "Open a pool" not in browsing.words(browsing.page(desk, PATH))
    assert browsing.sends(desk, PATH, **TYPED).status_code == 403


def test_an_empty_market_says_what_to_do_first() -> None:
    store = grounds.like("empty", lambda one: hands.initialise(one, RULES, NOW) and None)
    hands.make_token(store, "pia", "gpm_pia", NOW, "platform")
    with served(store) as http:
        http.follow_redirects = False
        at = Desk(http=http, store=store)
        browsing.sign_in(at, "pia")
        for path in (PATH, "/operations", "/operations/maintenance", "/market"):
            said = browsing.words(browsing.page(at, path))
            assert "No pool is on the market yet" in said or "Open a pool first" in said, path
