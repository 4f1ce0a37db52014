"""The page behind a sign-in link."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.rest.desk import Desk, served
from tests.marketplace import hands
from tests.marketplace.bazaar import NOW, a_market


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A served market with a sign-in link of an administrator."""
    store = a_market(str(tmp_path / "market.db"))
    hands.make_token(store, "adam", "gpm_link", NOW, "admin", kind="sign-in")
    with served(store) as http:
        yield Desk(store, http)


def test_a_link_that_is_looked_at_is_not_used_up(desk: Desk) -> None:
    for _ in range(2):
        page = desk.asks("", "GET", "/sign-in?token=gpm_link")
        assert page.status_code == 200
        assert '<button type="submit">Sign in</button>' in page.text
    made = desk.asks("", "POST", "/sign-in", data={"token": "gpm_link"})
    assert "You are signed in as adam" in made.text
    assert made.headers["Referrer-Policy"] == "no-referrer"
    token = made.text.partition("<pre>")[2].partition("</pre>")[0]
    headers = {"Authorization": f"Bearer {token}"}
    assert desk.asks("", "GET", "/v1/me", headers=headers).json()["roles"] == ["admin"]
    again = desk.asks("", "POST", "/sign-in", data={"token": "gpm_link"})
    assert (again.status_code, "link was used" in again.text) == (401, True)


def test_what_a_link_says_is_shown_as_text_alone(desk: Desk) -> None:
    page = desk.asks("", "GET", "/sign-in", params={"token": '"><script>alert(1)</script>'})
    assert "<script>" not in page.text
    assert "script" not in page.headers["Content-Security-Policy"]
    assert "Open the link" in desk.asks("", "GET", "/sign-in").text
    assert desk.asks("", "POST", "/sign-in", content=b"\xff\xfe").status_code == 401
