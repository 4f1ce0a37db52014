"""Which service somebody is signed in to: from the environment, or as ``login`` left it.

The file is its owner's alone. A token stands in it and nowhere else: it is never printed.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from api.cli.refusals import Misuse

if TYPE_CHECKING:
    from api.client.served import Client

SERVER: Final = "GPUMARKET_SERVER"
TOKEN: Final = "GPUMARKET_TOKEN"  # noqa: S105 - a variable's name
OWNER_ALONE: Final = 0o600


@dataclass(frozen=True, slots=True)
class Session:
    """A service, and who one is there; ``person`` is empty where only the service knows."""

    address: str
    token: str = field(repr=False)
    person: str = ""

    @property
    def who(self) -> str:
        """Whom a command works as, and where, in a few words."""
        return f"as {self.person} at {self.address}" if self.person else f"at {self.address}"


def place() -> Path:
    """Where ``login`` keeps a session."""
    folder = os.environ.get("XDG_CONFIG_HOME", "")
    config = Path(folder) if Path(folder).is_absolute() else Path.home() / ".config"
    return config / "gpumarket" / "login.json"


def present() -> Session | None:
    """The session that commands use: the environment's before the file's; None where nobody is
    signed in. Raises ``Misuse``."""
    stored, server = kept(), os.environ.get(SERVER, "").rstrip("/")
    token = os.environ.get(TOKEN, "")
    if not server:
        if token and stored is None:
            raise Misuse(SERVER, "", f"{TOKEN} is set; say of which service")
        return Session(stored.address, token) if stored and token else stored
    if token:
        return Session(server, token)
    if stored and stored.address == server:
        return stored
    raise Misuse(SERVER, server, f"nobody is signed in there; set {TOKEN}, or `gpumarket login`")


def kept() -> Session | None:
    """The session in the file. Raises ``Misuse`` where it cannot be read."""
    path = place()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return _read(found)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as bad:
        raise Misuse(str(path), "", "it cannot be read; `gpumarket login` writes it anew") from bad


def _read(found: Mapping[str, Any]) -> Session:
    facts = [found[name] for name in ("address", "token", "person")]
    if not all(isinstance(fact, str) for fact in facts):
        raise ValueError("not a session")
    return Session(*facts)


def keep(session: Session) -> Path:
    """Write a session to the file, readable by its owner alone; where that is."""
    path = place()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(session), file)
    fresh.replace(path)
    return path


def forget() -> None:
    """Remove the file."""
    place().unlink(missing_ok=True)


def client(session: Session) -> "Client":
    """A client of the session's service. Raises ``Misuse`` for what is no address."""
    from api.client.served import Client

    try:
        return Client(session.address, session.token)
    except ValueError as bad:
        raise Misuse("server", session.address, str(bad)) from bad
