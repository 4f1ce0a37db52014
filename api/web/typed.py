"""What people type into forms: times, numbers and tags, what is wrong with them, and how a program
would send the same."""

import json
import secrets
import shlex
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError

from api.rest.problems import status_of
from api.wire.shape import field_of
from marketplace.errors import BadField, KeyReused, MarketError

Refusal = MarketError | ValidationError
TAGS: Final = ("project", "theme", "cost_centre")
LOCAL: Final = "%Y-%m-%dT%H:%M"


def local(text: str) -> str:
    """A time as a browser's field has it, which is meant in UTC; what is no time stays.

    >>> local("2026-11-24T08:00:00Z"), local("soon")
    ('2026-11-24T08:00', 'soon')
    """
    try:
        at = datetime.fromisoformat(text)
        return f"{at - (at.utcoffset() or timedelta(0)):{LOCAL}}"
    except (ValueError, OverflowError):
        return text


def zoned(text: str) -> str:
    """A field's time as programs tell it.

    >>> zoned("2026-11-24T08:00")
    '2026-11-24T08:00Z'
    """
    return f"{text}Z" if text else ""


def faults(refusal: Refusal, names: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, by the field of the form: under no name where it is about none of them."""
    found: dict[str, str] = {}
    for field, said in each_fault(refusal):
        name = names.get(field.rpartition(".")[2].partition("[")[0], "")
        found.setdefault(name, said[:1].upper() + said[1:])
    return found


def each_fault(refusal: Refusal) -> Iterator[tuple[str, str]]:
    """What is wrong: which field, as the body names it, and why."""
    if isinstance(refusal, MarketError):
        because = refusal.because if isinstance(refusal, BadField) else str(refusal)
        yield str(refusal.failing()[0]), because
        return
    for one in refusal.errors():
        yield field_of(one["loc"]), str(one["msg"]).removeprefix("Value error, ")


def status(refusal: Refusal) -> int:
    """With which status a page says so."""
    return status_of(refusal) if isinstance(refusal, MarketError) else 422


def whole(text: str) -> int | str:
    """A whole number, where it is one; a body refuses all else.

    >>> whole("16"), whole("1.5"), whole("")
    (16, '1.5', '')
    """
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else text


def tags(form: object) -> dict[str, str]:
    """The tags that were typed into a form, for its body."""
    return {name: getattr(form, name) for name in TAGS if getattr(form, name)}


def tag_flags(form: object) -> list[str]:
    """The same as words of a command."""
    return [
        word for name, text in tags(form).items() for word in (f"--{name.replace('_', '-')}", text)
    ]


def curl(address: str, document: Mapping[str, Any]) -> str:
    """What sends a body to an address from a terminal."""
    return (
        f'curl -X POST {address} -H "Authorization: Bearer $TOKEN" \\\n'
        f'  -H "Idempotency-Key: $(uuidgen)" -H "Content-Type: application/json" \\\n'
        f"  -d {shlex.quote(json.dumps(document))}"
    )


def new_key() -> str:
    """A key for a form that is sent, which no other has."""
    return secrets.token_urlsafe(16)


def key_again(key: str, refusal: Refusal) -> str:
    """The key under which a form that was refused is sent again: another one where something else
    was done under its own, or it would be refused for ever."""
    return new_key() if isinstance(refusal, KeyReused) else key
