"""What stands around every page."""

from tests.api.rest.desk import Desk
from tests.api.web import browsing


def test_the_clock_line_goes_on_by_itself_but_where_the_markets_time_stands(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    html = browsing.page(desk, "/market")
    assert '<time datetime="2026-11-23T09:00:00Z" data-now>Mon 23 Nov 09:00 UTC</time>' in html
    assert "data-countdown>at Tue 24 Nov 00:00 UTC" in html
    desk.http.app.state.market.stands = True  # type: ignore[attr-defined]
    html = browsing.page(desk, "/market")
    assert "data-now" not in html
    assert "data-countdown" not in html
