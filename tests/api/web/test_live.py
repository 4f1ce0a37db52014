"""What has changed is told as it does: by name alone, and to those who may know."""

from api.rest.tail import Frame
from api.web.live import changed
from tests.api.rest.desk import Desk
from tests.api.web import browsing


def test_what_happened_at_once_is_one_event_of_nouns() -> None:
    frames = [
        Frame(3, "order.placed", b"secret"),
        Frame(5, "price.published", b""),
        Frame(7, "order.lost", b""),
    ]
    assert changed(frames) == b"event: changed\ndata: order price\nid: 7\n\n"
    assert changed([]) == b": ping\n\n"


def test_nobody_listens_before_they_sign_in(desk: Desk) -> None:
    assert desk.http.get("/live?after=0").status_code == 303
    browsing.sign_in(desk, "mia")
    assert 'data-event="' in browsing.page(desk, "/")
    assert desk.http.get("/live").status_code == 422
