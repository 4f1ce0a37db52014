"""What a browser does: sign in, load pages, send their forms."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx2

from tests.api.rest.desk import Desk, served

VOID = {"meta", "link", "input", "img", "br", "hr", "path", "rect", "line", "circle", "stop"}


@contextmanager
def later(desk: Desk, at: datetime) -> Iterator[Desk]:
    """The same market, served at another time; nobody is signed in."""
    with served(desk.store, lambda: at) as http:
        http.follow_redirects = False
        yield Desk(http=http, store=desk.store)


def sign_in(desk: Desk, who: str) -> None:
    """Sign in as somebody by their token."""
    answer = desk.http.post("/sign-in", data={"token": f"gpm_{who}"})
    assert answer.status_code == 303, answer.text


def hidden(html: str) -> dict[str, str]:
    """What the form sends that confirms what a page shows ahead."""
    form = html.split('id="ahead"')[1].split("</form>")[0]
    found = re.findall(r'name="([\w-]+)" value="([^"]*)"', form)
    return {name: unescape(text) for name, text in found}


def page(desk: Desk, path: str, status: int = 200) -> str:
    """A page's HTML, which must have that status and be well formed."""
    answer = desk.http.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    well_formed(answer.text)
    return answer.text


def words(html: str) -> str:
    """What a page says, without its marks."""
    plain = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", plain)).split())


def mark(html: str) -> str:
    """The mark that a form of the page carries."""
    found = re.search(r'name="form" value="([0-9a-f]{64})"', html)
    assert found, html
    return found[1]


def sends(desk: Desk, path: str, **fields: Any) -> httpx2.Response:
    """Send a form of a page that is this session's."""
    return desk.http.post(path, data={"form": mark(page(desk, "/")), **fields})


def well_formed(html: str) -> None:
    """Every tag that opens closes, in order, and no id is there twice."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open, reader.open
    twice = {one for one in reader.ids if reader.ids.count(one) > 1}
    assert not twice, twice


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, (tag, self.open, self.getpos())
