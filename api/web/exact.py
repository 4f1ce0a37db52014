"""What a form sends, exactly: as a program sends it over HTTP, and as a person at a terminal."""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from api.web.typed import whole, zoned
from api.web.visitor import Visitor

TEXT, NUMBER, TIME = "text", "number", "time"
READ: Final[Mapping[str, Callable[[str], str | int]]] = {TEXT: str, NUMBER: whole, TIME: zoned}
"""What becomes of what is typed into a field of each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A field of the form, and what is in it now. ``at``: its place in the body, like
    ``options.0.value``; ``flag``: the option of the command, none for a word by itself. What is
    left empty is not sent."""

    name: str
    at: str
    text: str = ""
    flag: str = ""
    kind: str = TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """A request, and the command that sends the same; no words of one where none does. ``fixed``:
    the body without what is typed, None for a request that has none; ``match``: the version that it
    is meant for; ``key``: whether it carries a key."""

    method: str
    address: str
    fixed: Mapping[str, Any] | None = None
    command: Sequence[str] = ()
    typed: Sequence[Typed] = field(default_factory=tuple)
    match: str = ""
    key: bool = True

    @property
    def head(self) -> str:
        """The request up to its body."""
        lines = [f'curl -X {self.method} {self.address} -H "Authorization: Bearer $TOKEN"']
        lines += ['-H "Idempotency-Key: $(uuidgen)"'] if self.key else []
        lines += [f"-H {shlex.quote(f'If-Match: {self.match}')}"] if self.match else []
        lines += ['-H "Content-Type: application/json"'] if self.fixed is not None else []
        return " \\\n  ".join(lines)

    @property
    def request(self) -> str:
        """The request, with what is typed now."""
        if self.fixed is None:
            return self.head
        body: Any = deepcopy(dict(self.fixed))
        for one in self.typed:
            if text := one.text.strip():
                _put(body, one.at.split("."), READ[one.kind](text))
        return f"{self.head} \\\n  -d {shlex.quote(json.dumps(body, ensure_ascii=False))}"

    @property
    def line(self) -> str:
        """The command, with what is typed now; nothing where no command does the same."""
        if not self.command:
            return ""
        words = list(self.command)
        for one in self.typed:
            if text := one.text.strip():
                words += [*([one.flag] if one.flag else []), str(READ[one.kind](text))]
        return shlex.join(words)

    @property
    def spec(self) -> str:
        """What a page's script makes both of while somebody types; nothing where nobody does."""
        if not self.typed:
            return ""
        fields = [[one.name, one.at, one.flag, one.kind] for one in self.typed]
        words = shlex.join(self.command)
        made = {"head": self.head, "fixed": self.fixed, "words": words, "typed": fields}
        return json.dumps(made, ensure_ascii=False)


def served(seen: Visitor, path: str) -> str:
    """The address of what answers programs."""
    return f"{str(seen.request.base_url).rstrip('/')}/v1{path}"


def _put(body: Any, place: Sequence[str], value: Any) -> None:
    for step in place[:-1]:
        body = body[int(step) if isinstance(body, list) else step]
    body[place[-1]] = value
