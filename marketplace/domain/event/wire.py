"""An event as JSON, the same in the outbox and on every wire, and back.

Credits are decimal text under the field's name without ``_ucr``; a time is RFC 3339 in UTC with its
seconds and its Z; what else there is, is text, a whole number, or a list of these.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final, get_args, get_origin, get_type_hints

from marketplace.domain.event.audience import Event, named_by, team_of
from marketplace.domain.event.kinds import KINDS, SHAPES
from marketplace.errors import BadField
from marketplace.words import stamp
from pricing.units import digits_from_ucr, ucr_from_credits

MONEY: Final = "_ucr"
ENVELOPE: Final = ("kind", "version", "audience", "at", "data")


@dataclass(frozen=True, slots=True)
class Told:
    """An event in the outbox: its number there, and the journal's line that made it happen."""

    id: int
    line: int
    event: Event

    def document(self) -> dict[str, Any]:
        """It as JSON."""
        return {"id": self.id, "line": self.line} | written(self.event)


def written(event: Event) -> dict[str, Any]:
    """An event as JSON: kind, version, audience, at, and its own facts as ``data``."""
    return {
        "kind": event.kind,
        "version": event.version,
        "audience": _audience(event),
        "at": stamp(event.at),
        "data": data_of(event),
    }


def data_of(event: Event) -> dict[str, Any]:
    """An event's own facts as JSON."""
    return _facts(type(event)).written(event)


def read(document: Mapping[str, Any]) -> Event:
    """The event that ``written`` wrote.

    Raises ``BadField`` for a kind or version that this program does not know, and for what is no
    event at all.
    """
    if not isinstance(document, Mapping) or set(document) != set(ENVELOPE):
        raise BadField("event", document, "not-these-names", {"names": ENVELOPE})
    kind, version = _text("kind", document["kind"]), _whole("version", document["version"])
    if kind not in KINDS:
        raise BadField("kind", kind, "unknown-kind")
    if (kind, version) not in SHAPES:
        facts = {"kind": kind, "known": KINDS[kind].version}
        raise BadField("version", version, "unknown-version", facts)
    cls = SHAPES[kind, version]
    event = _facts(cls).read(document["data"], at=_instant("at", document["at"]))
    if _audience(event) != document["audience"]:
        facts = {"kind": kind, "audience": _audience(event)}
        raise BadField("audience", document["audience"], "audience-differs", facts)
    return event  # type: ignore[no-any-return]


def _audience(event: Event) -> list[str]:
    return named_by(event.audience, team_of(event))


@dataclass(frozen=True, slots=True)
class _Way:
    """How a value goes to JSON, and comes back; the latter raises ``BadField``."""

    write: Callable[[Any], Any]
    read: Callable[[str, Any], Any]


@dataclass(frozen=True, slots=True)
class _Facts:
    """The fields of a class: by their names on the wire, their own names and their ways."""

    of: type[Any]
    fields: Mapping[str, tuple[str, _Way]]

    def written(self, value: Any) -> dict[str, Any]:
        return {name: way.write(getattr(value, own)) for name, (own, way) in self.fields.items()}

    def read(self, document: Any, **more: Any) -> Any:
        if not isinstance(document, Mapping) or set(document) != set(self.fields):
            raise BadField("data", document, "not-these-names", {"names": tuple(self.fields)})
        given = {own: way.read(name, document[name]) for name, (own, way) in self.fields.items()}
        return self.of(**given, **more)


FACTS: Final[dict[type[Any], _Facts]] = {}


def _facts(cls: type[Any]) -> _Facts:
    """The fields of a class; looked at once, for events are many."""
    if cls not in FACTS:
        FACTS[cls] = _looked_at(cls)
    return FACTS[cls]


def _looked_at(cls: type[Any]) -> _Facts:
    hints = get_type_hints(cls)
    aside = {"at"} if issubclass(cls, Event) else set()
    names = [each.name for each in fields(cls) if each.name not in aside]
    return _Facts(
        cls, {name.removesuffix(MONEY): (name, _way(name, hints[name])) for name in names}
    )


def _way(name: str, kind: Any) -> _Way:
    if name.endswith(MONEY):
        return MONEY_WAY
    if get_origin(kind) is tuple:
        return _list_of(_way(name, get_args(kind)[0]))
    return PLAIN.get(kind) or _nested(kind)


def _list_of(one: _Way) -> _Way:
    def read_list(name: str, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise BadField(name, value, "not-a-list")
        return tuple(one.read(name, each) for each in value)

    return _Way(lambda values: [one.write(each) for each in values], read_list)


def _nested(kind: type[Any]) -> _Way:
    facts = _facts(kind)
    return _Way(facts.written, lambda _, value: facts.read(value))


def _credits(name: str, value: Any) -> int:
    try:
        return ucr_from_credits(_text(name, value))
    except ValueError as bad:
        raise BadField(name, value, "not-credits") from bad


def _instant(name: str, value: Any) -> datetime:
    try:
        at = datetime.strptime(_text(name, value), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as bad:
        raise BadField(name, value, "not-a-time") from bad
    return at


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise BadField(name, value, "not-text")
    return value


def _whole(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadField(name, value, "not-a-number")
    return value


def _same(value: Any) -> Any:
    return value


MONEY_WAY: Final = _Way(digits_from_ucr, _credits)
PLAIN: Final[Mapping[Any, _Way]] = {
    str: _Way(_same, _text),
    int: _Way(_same, _whole),
    datetime: _Way(stamp, _instant),
}
