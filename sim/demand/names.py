"""Names in a trace as ids of the market."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable


def id_of(name: str) -> str:
    """``name`` as an id of the market. Letters that ids have none of are told apart by a digest."""
    return _plain(name) or "unnamed" if name.isascii() else _told_apart(name)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower())[:64].strip("._-")


def _told_apart(name: str) -> str:
    digest, plain = hashlib.sha256(name.encode()).hexdigest()[:8], _plain(name)
    return f"{plain[:55]}-{digest}" if plain else f"team-{digest}"


def ids_of(names: Iterable[str]) -> dict[str, str]:
    """An id for each name, of its own: of names that would have the same, whoever is not called
    just that is told apart by a digest."""
    known = sorted(set(names))
    alike = Counter(id_of(name) for name in known)
    return {
        name: id_ if alike[id_ := id_of(name)] == 1 or name == id_ else _told_apart(name)
        for name in known
    }
