"""What somebody typed into the form of a spot request, and the request that it means."""

import shlex
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from starlette.datastructures import ImmutableMultiDict

from api.web.typed import curl, local, tag_flags, tags, whole, zoned
from api.wire.spot import SpotBody

NAMES: Final = {
    "pool": "pool",
    "quantity": "quantity",
    "limit_price": "limit",
    "limit": "limit",
    "minimum_runtime": "minimum",
    "minimum": "minimum",
    "end": "end",
    "project": "project",
    "theme": "theme",
    "cost_centre": "cost_centre",
}
"""Fields of a request's body, and those of the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotForm:
    """A spot request as it was typed."""

    team: str
    pool: str
    quantity: str
    limit: str
    minimum: str
    end: str
    persistent: bool
    project: str
    theme: str
    cost_centre: str

    @classmethod
    def read(cls, sent: ImmutableMultiDict[str, Any], team: str) -> Self:
        """What a form or an address sent."""

        def text(name: str) -> str:
            return str(sent.get(name, "")).strip()

        return cls(
            team=team,
            pool=text("pool"),
            quantity=text("quantity"),
            limit=text("limit"),
            minimum=text("minimum"),
            end=local(text("end")),
            persistent=text("persistent") == "yes",
            project=text("project"),
            theme=text("theme"),
            cost_centre=text("cost_centre"),
        )

    def filled(self, pool: str, quantity: str) -> Self:
        """The same, of that pool and with so many units where none were named."""
        return replace(self, pool=pool, quantity=self.quantity or quantity)

    def limited(self, limit: str) -> Self:
        """The same, with that limit."""
        return replace(self, limit=limit)

    def document(self) -> dict[str, Any]:
        """The body that it sends."""
        found: dict[str, Any] = {
            "team": self.team,
            "pool": self.pool,
            "quantity": whole(self.quantity),
            "limit_price": self.limit,
        }
        if self.minimum:
            found["minimum_runtime"] = self.minimum
        if self.end:
            found["end"] = zoned(self.end)
        if self.persistent:
            found["persistent"] = True
        return found | tags(self)

    def body(self) -> SpotBody:
        """The request that is meant. Raises pydantic's ``ValidationError``."""
        return SpotBody.model_validate(self.document())

    def curl(self, address: str) -> str:
        """What sends the same from a terminal."""
        return curl(f"{address}/v1/spot", self.document())

    def command(self) -> str:
        """What does the same by the command line."""
        words = ["gpumarket", "spot", "request", "--team", self.team, "--pool", self.pool]
        words += ["--quantity", self.quantity, "--limit", self.limit]
        words += ["--minimum", self.minimum] if self.minimum else []
        words += ["--until", zoned(self.end)] if self.end else []
        words += ["--persistent"] if self.persistent else []
        return shlex.join([*words, *tag_flags(self)])
