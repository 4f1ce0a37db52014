"""What somebody typed into the form of a bid, and the order that it means."""

import json
import shlex
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

from starlette.datastructures import ImmutableMultiDict

from api.web.typed import LOCAL, TAGS, curl, local, tag_flags, tags, whole, zoned
from api.wire.order import OrderBody
from marketplace.domain.failure import OnFailure
from marketplace.domain.guarantee import Kind
from marketplace.domain.reservation import Reservation

POOLS_MOST: Final = 3
NAMES: Final = {
    "value": "value",
    "earliest_start": "start",
    "latest_start": "latest",
    "quantity": "quantity",
    "duration": "duration",
    "pool": "pool",
    "valid_until": "valid_until",
    "on_failure": "on_failure",
    "guarantee": "guarantee",
    "buy_out": "buy_out",
    "gate": "gate",
    "project": "project",
    "theme": "theme",
    "cost_centre": "cost_centre",
}
"""Fields of an order's body, by the last part of their names, and those of the form."""

FAILURES: Final = {
    OnFailure.SHRINK: "it loses those alone",
    OnFailure.MOVE: "the rest moves to another start within its window, else it loses those",
    OnFailure.END: "all that is left of it ends",
}
"""What an order may say of units that are missing, in words. What is lost is always paid back."""

SIZES: Final = ("quantity", "duration", "start", "latest", "value")
TERMS: Final = (*SIZES, "valid_until", "buy_out", "gate")


@dataclass(frozen=True, slots=True, kw_only=True)
class BidForm:
    """A bid as it was typed. ``pools``: the first, and those that would do instead."""

    team: str
    pools: tuple[str, ...]
    quantity: str
    duration: str
    start: str
    latest: str
    value: str
    standing: bool
    valid_until: str
    on_failure: str
    guarantee: str
    buy_out: str
    gate: str
    extends: str
    project: str
    theme: str
    cost_centre: str

    @classmethod
    def read(cls, sent: ImmutableMultiDict[str, Any], team: str) -> Self:
        """What a form or an address sent."""

        def text(name: str) -> str:
            return str(sent.get(name, "")).strip()

        pools = dict.fromkeys(str(one).strip() for one in sent.getlist("pool"))
        return cls(
            team=team,
            pools=tuple(one for one in pools if one)[:POOLS_MOST],
            quantity=text("quantity"),
            duration=text("duration"),
            start=local(text("start")),
            latest=local(text("latest")),
            value=text("value"),
            standing=text("standing") == "yes",
            valid_until=local(text("valid_until")),
            on_failure=text("on_failure") or OnFailure.SHRINK.value,
            guarantee=text("guarantee") or Kind.FIRM.value,
            buy_out=text("buy_out"),
            gate=text("gate"),
            extends=text("extends"),
            project=text("project"),
            theme=text("theme"),
            cost_centre=text("cost_centre"),
        )

    def worth(self, value: str) -> Self:
        """The same, worth that."""
        return replace(self, value=value)

    def at(self, start: datetime) -> Self:
        """The same, at that start alone."""
        return replace(self, start=f"{start:{LOCAL}}", latest=f"{start:{LOCAL}}")

    def query(self) -> list[tuple[str, str]]:
        """It as the query of an address."""
        fields = [("pool", one) for one in self.pools]
        fields += [(name, getattr(self, name)) for name in (*TERMS, *TAGS)]
        fields += [("extends", self.extends)]
        fields += [("standing", "yes")] if self.standing else []
        fields += [("on_failure", self.on_failure)] if self._other_failure else []
        fields += [("guarantee", self.guarantee)] if self.guarantee != Kind.FIRM else []
        return [(name, text) for name, text in fields if text]

    def document(self) -> dict[str, Any]:
        """The body that it sends."""
        quantity = whole(self.quantity)
        options = [
            {
                "value": self.value,
                "earliest_start": zoned(self.start),
                "latest_start": zoned(self.latest or self.start),
                "legs": [{"pool": pool, "quantity": quantity, "duration": self.duration}],
            }
            for pool in self.pools
        ]
        found: dict[str, Any] = {"team": self.team, "options": options}
        if self.standing:
            found["standing"] = True
        if self._ends:
            found["valid_until"] = zoned(self._ends)
        if self._other_failure:
            found["on_failure"] = self.on_failure
        if self.extends:
            found["extends"] = self.extends
        return found | self._kept | tags(self)

    @property
    def _kept(self) -> dict[str, str]:
        """What it says of how firm its win is; nothing where that is the usual thing."""
        said = {"buy_out": self.buy_out, "gate": self.gate}
        kind = {"guarantee": self.guarantee} if self.guarantee != Kind.FIRM else {}
        return kind | {name: text for name, text in said.items() if text}

    @property
    def _other_failure(self) -> bool:
        """Whether it says another than the usual thing of failures."""
        return self.on_failure != OnFailure.SHRINK

    @property
    def _ends(self) -> str:
        """Until when it stands; nothing where it is for one cycle."""
        return self.valid_until if self.standing else ""

    def behind(self, box: Reservation) -> Self:
        """The same, for more of a time-box, right behind it."""
        end = f"{box.end:{LOCAL}}"
        units = str(box.units[-1] or box.quantity)
        return replace(self, pools=(box.pool,), quantity=units, start=end, latest=end)

    def body(self) -> OrderBody:
        """The order that is meant. Raises pydantic's ``ValidationError``."""
        return OrderBody.model_validate(self.document())

    def curl(self, address: str) -> str:
        """What sends the same from a terminal."""
        return curl(f"{address}/v1/orders", self.document())

    def command(self) -> str:
        """What does the same by the command line: of more than one option from a file."""
        if len(self.pools) != 1:
            bids = json.dumps([{k: v for k, v in self.document().items() if k != "team"}])
            words = ["gpumarket", "bid", "--team", self.team, "--file", "-"]
            return f"echo {shlex.quote(bids)} | {shlex.join(words)}"
        words = ["gpumarket", "bid", "--team", self.team]
        place = ["--pool", self.pools[0], "--quantity", self.quantity]
        words += ["--extends", self.extends] if self.extends else place
        words += ["--duration", self.duration, "--value", self.value]
        window = ["--earliest", zoned(self.start), "--latest", zoned(self.latest or self.start)]
        words += [] if self.extends else window
        words += ["--standing"] if self.standing else []
        words += ["--valid-until", zoned(self._ends)] if self._ends else []
        words += ["--on-failure", self.on_failure] if self._other_failure else []
        for name, text in self._kept.items():
            words += [f"--{name.replace('_', '-')}", text]
        return shlex.join([*words, *tag_flags(self)])
