"""Scripts, style and pictures of the pages, each at an address that names its content: a browser
asks for one once, and never again until it is another."""

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from api.charts.library import ink_script, plotly_script

router: Final = APIRouter(include_in_schema=False)
PLACE: Final = "/assets/"
FOR_EVER: Final = "public, max-age=31536000, immutable"
KINDS: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
LIBRARY: Final = "plotly.js"
DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    name: str
    kind: str
    plain: bytes
    packed: bytes

    @property
    def address(self) -> str:
        """Where it is: another content is at another address."""
        stem, _, ending = self.name.rpartition(".")
        return f"{PLACE}{stem}-{hashlib.sha256(self.plain).hexdigest()[:DIGITS]}.{ending}"

    @property
    def digest(self) -> str:
        """Of its content: by this a page's policy lets it run, and its element names it."""
        return f"sha256-{base64.b64encode(hashlib.sha256(self.plain).digest()).decode()}"


@cache
def assets() -> dict[str, Asset]:
    """All files by their names."""
    folder = resources.files("api.web").joinpath("assets")
    files = {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}
    files |= {LIBRARY: plotly_script().encode(), "ink.js": ink_script().encode()}
    return {name: _asset(name, content) for name, content in sorted(files.items())}


def _asset(name: str, content: bytes) -> Asset:
    kind = KINDS[name.rpartition(".")[2]]
    return Asset(name, kind, content, gzip.compress(content, mtime=0))


@cache
def _by_address() -> dict[str, Asset]:
    return {one.address: one for one in assets().values()}


@cache
def address(name: str) -> str:
    """Where the file of that name is. Raises ``KeyError`` where there is none."""
    return assets()[name].address


@cache
def digest(name: str) -> str:
    """By what a page's policy knows that file. Raises ``KeyError`` where there is none."""
    return assets()[name].digest


@router.get(PLACE + "{name}")
def sent(name: str, request: Request) -> Response:
    """A file, which stays as it is for ever."""
    found = _by_address().get(f"{PLACE}{name}")
    if found is None:
        raise HTTPException(404, "no such file")
    headers = {
        "Cache-Control": FOR_EVER,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(found.packed, headers=headers, media_type=found.kind)
    return Response(found.plain, headers=headers, media_type=found.kind)


@router.get("/favicon.ico")
def favicon(request: Request) -> Response:
    """The picture in the tab of browsers that ask for it by its old name."""
    return sent(address("mark.svg").rpartition("/")[2], request)
