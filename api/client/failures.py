"""What a client is told in place of an answer: a refusal of the market, or that nobody answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

FRAME: Final = frozenset({"type", "title", "status", "detail", "code", "field", "value"})
"""What each problem has; all else are the refusal's own facts."""


@dataclass(eq=False)
class Refused(Exception):
    """A refusal as the service tells it: the ``MarketError`` of its ``code``, or what only the wire
    refuses. ``facts``: all else that the refusal knows, as JSON has it."""

    code: str
    field: str
    value: object
    detail: str
    status: int
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, problem: Mapping[str, Any]) -> "Refused":
        """The refusal that a problem+json document tells."""
        return cls(
            code=str(problem.get("code", "refused")),
            field=str(problem.get("field", "")),
            value=problem.get("value"),
            detail=str(problem.get("detail", "")),
            status=int(problem.get("status", 0)),
            facts={name: one for name, one in problem.items() if name not in FRAME},
        )

    @property
    def reason(self) -> str:
        """Why, as a slug, where its code has many causes."""
        return str(self.facts.get("reason", ""))

    def fields(self) -> dict[str, object]:
        """What is wrong as JSON has it, like ``MarketError.fields``."""
        return {"field": self.field, "value": self.value} | dict(self.facts)

    def __str__(self) -> str:
        return self.detail


@dataclass(eq=False)
class Unserved(Exception):
    """No answer, or none of a market. ``code``: ``unreachable`` where nothing was sent,
    ``no-answer`` where it was, ``not-a-service`` where something else answers there."""

    code: str
    address: str
    detail: str

    def __str__(self) -> str:
        return self.detail
