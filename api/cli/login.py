"""``login``, ``logout``, ``whoami``: which service a team's commands go through, and as whom."""

import sys
from typing import Annotated, Final
from urllib.parse import parse_qs, urlsplit

import typer

from api.cli import session, show
from api.cli.desk import AsJson, desk
from api.cli.refusals import Misuse
from api.cli.session import Session
from api.cli.values import zulu
from api.client.failures import Refused, Unserved

SIGN_IN: Final = "/sign-in"
STDIN: Final = "-"


def login(
    where: Annotated[
        str,
        typer.Argument(
            metavar="SERVICE", help="Its address, or the sign-in link that `serve` printed."
        ),
    ],
    *,
    token: Annotated[
        str, typer.Option(metavar="-", help='Only "-": read the token from stdin.')
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Sign in to a service: from now on `bid`, `orders` and all else that teams do goes there.

    A link's token is used up for one of your own. For an address, a token is asked for, without
    showing it. It is kept in a file that only you can read."""
    address, link_token = _read(where)
    if token not in ("", STDIN):
        raise Misuse("--token", "", f'write "{STDIN}" and give the token on stdin')
    text = "" if link_token else _given(token)
    try:
        if link_token:
            text = session.client(Session(address, "")).sign_in(link_token).token
        me = session.client(Session(address, text)).me()
    except Refused as refusal:
        if refusal.reason != "is-sign-in":
            raise
        text = session.client(Session(address, "")).sign_in(text).token
        me = session.client(Session(address, text)).me()
    path = session.keep(Session(address, text, me.person))
    if as_json:
        show.document(me.document() | {"address": address, "file": str(path)})
        return
    show.say(f"You are {me.person} ({', '.join(me.roles)}) at {address}.")
    show.note(f"The token is kept in {path}; `gpumarket logout` revokes it.")


def _read(where: str) -> tuple[str, str]:
    """The address, and the token of a sign-in link. Raises ``Misuse``, which repeats no token."""
    from api.client.served import read_address

    try:
        parts = urlsplit(where.strip())
        tokens = parse_qs(parts.query).get("token", [])
        plain = f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix(SIGN_IN)}"
        address = read_address(plain if parts.netloc else where)
    except ValueError as bad:
        raise Misuse("SERVICE", "", str(bad).partition("; ")[2] or str(bad)) from bad
    return address, tokens[0] if tokens else ""


def _given(how: str) -> str:
    """The token that somebody gives on stdin, or types unseen. Raises ``Misuse``."""
    if how == STDIN or not sys.stdin.isatty():
        text = sys.stdin.readline()
    else:
        text = typer.prompt("Token", hide_input=True, err=True)
    if not text.strip():
        raise Misuse("--token", "", "no token came; give it on stdin, or where it is asked for")
    return text.strip()


def logout(*, as_json: AsJson = False) -> None:
    """Sign out: revoke the token that `login` kept, and forget it."""
    found = session.kept()
    if found is None:
        raise Misuse("login", "", "nobody is signed in")
    revoked, why = True, ""
    try:
        with session.client(found) as client:
            client.revoke_token(client.me().token)
    except (Refused, Unserved) as failure:
        revoked, why = False, str(failure)
    session.forget()
    if as_json:
        facts = {"address": found.address, "person": found.person, "revoked": revoked}
        show.document(facts)
        return
    show.say(f"Signed out from {found.address}.")
    if not revoked:
        show.note(f"The token could not be revoked there, and may still be good: {why}")


def whoami(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Say whom the commands of a team work as, and on which market."""
    at = desk(ctx)
    signed_in = at.session()
    if signed_in is None:
        name = at.actor().name.partition(":")[2]
        if as_json:
            facts = {"person": name, "roles": ["operator"], "database": at.where}
            show.document(facts)
        else:
            show.say(f"You are {name}, the operator at this machine, on {at.where}.")
        return
    with session.client(signed_in) as client:
        me = client.me()
    if as_json:
        show.document(me.document() | {"address": signed_in.address})
        return
    show.say(f"You are {me.person} ({', '.join(me.roles)}) at {signed_in.address}.")
    show.note(f"By its clock it is {zulu(me.now)}.")
