"""Scripts and style: each at an address that names its content, kept for ever."""

import gzip

from api.web import assets
from tests.api.rest.desk import Desk


def test_each_file_is_sent_packed_or_plain_and_kept_for_ever(desk: Desk) -> None:
    for name, one in assets.assets().items():
        address = assets.address(name)
        plain = desk.http.get(address, headers={"Accept-Encoding": "identity"})
        assert (plain.status_code, plain.content) == (200, one.plain)
        assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert gzip.decompress(one.packed) == one.plain
        packed = desk.http.get(address, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == one.plain
    assert desk.http.get("/favicon.ico").headers["content-type"] == "image/svg+xml"


def test_another_content_has_another_address_and_none_other_is_there(desk: Desk) -> None:
    one = assets.assets()["keys.js"]
    other = assets.Asset(one.name, one.kind, one.plain + b" ", one.packed)
    assert other.address != one.address
    assert other.digest != one.digest
    assert desk.http.get("/assets/keys-0000000000000000.js").status_code == 404
    assert desk.http.get("/assets/..%2F..%2Fapp.py").status_code == 404


def test_what_scripts_alone_fill_is_not_shown_without_them() -> None:
    style, look = (assets.assets()[name].plain.decode() for name in ("market.css", "look.js"))
    assert 'root.classList.add("scripts")' in look
    assert "html:not(.scripts) :is(.drawn, .scripted) { display: none; }" in style
