"""``serve --demo``: the made-up organisation's last week, and a token for a person of each role."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

from api import secret
from api.cli import show
from api.cli.desk import Desk
from api.compiled import place_cache
from marketplace.domain.command import MakeToken
from marketplace.domain.token import TokenRequest, read_role, sha256_of
from marketplace.errors import Duplicate

if TYPE_CHECKING:
    from marketplace.store.engine import Store

DAYS: Final = 6
"""Whole days before today. The four weeks of ``gpumarket demo`` take minutes to live through."""

GOOD_FOR: Final = timedelta(days=30)
PEOPLE: Final = (
    ("mia", "member:{team}"),
    ("lea", "lead:{team}"),
    ("fin", "finance"),
    ("pia", "platform"),
    ("adam", "admin"),
)
"""Who there is, with which role."""


def new_file() -> str:
    """A database of its own, in a folder of its own that outlives the program."""
    return str(Path(mkdtemp(prefix="gpumarket-demo-")) / "market.db")


def lived(at: Desk) -> dict[str, str]:
    """Make the demo's market in the desk's database, which must be new; each person's token.

    Raises ``Duplicate`` where there is a market in it."""
    from marketplace.store.engine import connect, prepared
    from sim.door import live_until

    place_cache()
    # Nobody minds if a demo is lost in a power cut, so it does not wait for the disk.
    store = connect(at.address(), throwaway=True)
    try:
        if prepared(store):
            raise Duplicate("market", at.where)
        with show.progress() as step:
            teams = live_until(store, at.now, DAYS, step)
        return _tokens(store, teams, at)
    finally:
        store.close()


def _tokens(store: "Store", teams: Sequence[str], at: Desk) -> dict[str, str]:
    from marketplace.services.runner import Runner

    made, now = {}, at.now
    for person, role in PEOPLE:
        text, standing = secret.drawn(), read_role(role.format(team=teams[0]))
        request = TokenRequest(
            person=person,
            standings=(standing,),
            secret_sha256=sha256_of(text),
            expires_at=now + GOOD_FOR,
            note="demo",
        )
        Runner(store).run(MakeToken(request), by=at.actor(), at=now)
        made[f"{person} ({role.format(team=teams[0])})"] = text
    return made


def tell(tokens: dict[str, str], where: str) -> None:
    """Say who there is, and what to send first."""
    show.say(f"The made-up organisation's last {DAYS} days and today. Tokens, for 30 days:")
    for person, text in tokens.items():
        show.say(f"  {person:<24} {text}")
    first = next(iter(tokens.values()))
    show.say(f"Open {where} in a browser and sign in with one of them.")
    show.say(f'Try:\n  curl -H "Authorization: Bearer {first}" {where}/v1/me')
