"""Where a database is: the addresses that people give, and how they are told without a password."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from marketplace.errors import BadField

MEMORY: Final = ("", ":memory:")
"""SQLite's names for a database that is in no file."""

SERVER: Final = re.compile(r"postgres(?:ql)?(?:\+\w+)?://", re.ASCII)
KEYWORDS: Final = re.compile(
    r"\s*(?:host|hostaddr|port|dbname|user|password|passfile|service|sslmode)\s*=", re.ASCII
)
SECRET: Final = re.compile(r"(?i)((?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&'][^\s&]*)")
PORTS: Final = range(1, 65_536)
HIDDEN: Final = "***"


@dataclass(frozen=True, slots=True)
class Address:
    """An address that was read. ``url``: how the driver has it; ``more``: what else it is told."""

    url: sa.URL
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def memory(self) -> bool:
        """Whether the database is in no file."""
        return self.url.get_backend_name() == "sqlite" and self.url.database in MEMORY


def shown(text: str) -> str:
    """An address, or what was meant for one, without any password.

    >>> shown("postgresql://bob:s3cret@db/market?password=again")
    'postgresql://bob:***@db/market?password=***'
    """
    scheme, mark, rest = text.partition("://")
    who, at, where = rest.rpartition("@")
    if mark and at and ":" in who:
        text = f"{scheme}://{who.partition(':')[0]}:{HIDDEN}@{where}"
    return SECRET.sub(rf"\g<1>{HIDDEN}", text)


def read(text: str) -> Address:
    """A file's name, ``sqlite:///FILE``, ``sqlite://`` for one in memory, or a PostgreSQL address
    in any way that its own programs read: ``postgresql://USER@HOST/NAME``, or ``host=… dbname=…``.

    A file is the one of exactly that name. Raises ``BadField``, which tells no password.
    """
    if "\x00" in text or not text:
        raise _bad(text)
    if SERVER.match(text):
        return _server(text, SERVER.sub("postgresql://", text, count=1))
    if KEYWORDS.match(text):
        return _server(text, text)
    scheme, mark, rest = text.partition("://")
    if mark and "/" not in scheme:
        if scheme != "sqlite" or not (rest == "" or rest.startswith("/")):
            raise _bad(text)
        if rest.startswith("/file:") and "uri=true" in rest.partition("?")[2].split("&"):
            return Address(sa.make_url(text))  # SQLite's own way to say how a file is opened
        text = rest.removeprefix("/")
    return Address(sa.URL.create("sqlite", database=text))


def _server(text: str, conninfo: str) -> Address:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        said: dict[str, Any] = dict(conninfo_to_dict(conninfo))
    except psycopg.Error as bad:
        raise _bad(text) from bad
    ports = [one for one in str(said.get("port") or "").split(",") if one]
    if any(not (one.isdecimal() and int(one) in PORTS) for one in ports):
        facts = {"least": PORTS[0], "most": PORTS[-1]}
        raise BadField("database", shown(text), "no-such-port", facts)
    if not any(said.get(name) for name in ("dbname", "service")):
        raise _bad(text)
    url = sa.URL.create(
        "postgresql+psycopg",
        username=said.pop("user", None),
        password=said.pop("password", None),
        database=said.pop("dbname", None),
    )
    if len(ports) < 2 and "," not in str(said.get("host") or ""):
        said.pop("port", None)
        url = url.set(host=said.pop("host", None), port=int(ports[0]) if ports else None)
    return Address(url, {name: one for name, one in said.items() if one is not None})


def _bad(text: str) -> BadField:
    return BadField("database", shown(text), "not-an-address")
