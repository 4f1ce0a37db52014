"""What the pages of Operations share: their tabs, who may act on them, forms that ask once more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Response
from fastapi.responses import RedirectResponse

from api.rest.journal import READS
from api.web.exact import READ, TIME, Exact, Typed
from api.web.frame import RUNS_IT, page
from api.web.typed import Refusal, faults, key_again, local, new_key
from api.web.visitor import Visitor
from api.wire.reservation import TimeBox

HERE: Final = "/operations"
POOLS: Final = f"{HERE}/pools"
MAINTENANCE: Final = f"{HERE}/maintenance"
RULES: Final = f"{HERE}/rules"
JOURNAL: Final = f"{HERE}/journal"
TABS: Final = {
    HERE: "Clock",
    POOLS: "Pools",
    MAINTENANCE: "Maintenance",
    RULES: "Rules",
    JOURNAL: "Journal",
}
ACTS: Final = RUNS_IT
"""Who runs the market: opens pools, announces maintenance, adopts rules."""

Field = tuple[str, str, str, str]
"""A field of a form: its name, where it stands in the body, the command's option, its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form as it was sent, ``act`` saying which, and what is wrong with it, by field; ``key``:
    what makes it safe to be sent again."""

    act: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    key: str = field(default_factory=new_key)

    @classmethod
    def of(cls, form: Mapping[str, str]) -> "Filled":
        """What a page's form sent."""
        key = form.get("key") or new_key()
        return cls(act=form.get("act", ""), typed=form, key=key)

    @classmethod
    def refused(
        cls, form: Mapping[str, str], refusal: Refusal, wrong: Mapping[str, str]
    ) -> "Filled":
        """What it sent and what is wrong with it, to be mended and sent again: under another key
        where what was sent before under this one was done."""
        key = key_again(cls.of(form).key, refusal)
        return cls(act=form.get("act", ""), typed=form, wrong=wrong, key=key)

    def text(self, name: str, act: str, default: str = "") -> str:
        """What was typed into a field of the form of that name."""
        return self.typed.get(name, default) if act == self.act else default

    def fault(self, name: str, act: str) -> str:
        """What is wrong with that field, if anything."""
        return self.wrong.get(name, "") if act == self.act else ""

    def fields(self, act: str, fields: Sequence[Field]) -> list[Typed]:
        """Those fields of the form of that name, with what was typed into each."""
        return [
            Typed(name=name, at=at, flag=flag, kind=kind, text=self.text(name, act))
            for name, at, flag, kind in fields
        ]


def body_of(form: Mapping[str, str], fields: Sequence[Field]) -> dict[str, Any]:
    """What was typed into those fields, as a body has it; what is empty is not there."""
    given = ((name, kind, form.get(name, "").strip()) for name, _, _, kind in fields)
    return {
        name: READ[kind](local(text) if kind == TIME else text)
        for name, kind, text in given
        if text
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What would happen, before it does: in words, and the reservations that would lose units.
    ``fields``: what the form that confirms it sends; ``exact``: the same for programs."""

    words: str
    button: str
    failed: Sequence[TimeBox]
    fields: Mapping[str, str]
    exact: Exact

    @property
    def back(self) -> Decimal:
        """What would be paid back."""
        return sum((one.refunded_credits for one in self.failed), Decimal(0))

    @property
    def teams(self) -> int:
        """How many teams lose time."""
        return len({one.team for one in self.failed})


def may_act(seen: Visitor) -> bool:
    """Whether the reader runs the market."""
    return bool(seen.caller.actor.roles & ACTS)


def may_audit(seen: Visitor) -> bool:
    """Whether the reader may see the journal and the outbox."""
    return bool(seen.caller.actor.roles & (READS | ACTS))


def tabbed(
    seen: Visitor, tab: str, template: str, facts: Mapping[str, Any], *, status: int = 200
) -> Response:
    """A page of Operations, under its tab."""
    tabs = {at: name for at, name in TABS.items() if at != JOURNAL or may_audit(seen)}
    facts = {"tabs": tabs, "tab": tab, "acts": may_act(seen), "audits": may_audit(seen), **facts}
    return page(seen, HERE, template, facts, status=status)


def done(tab: str, **what: str) -> Response:
    """To the page that shows what was done."""
    return RedirectResponse(f"{tab}?{urlencode(what)}", HTTPStatus.SEE_OTHER)


def flaws(refusal: Refusal, fields: Sequence[str]) -> dict[str, str]:
    """What is wrong with a form of those fields, by field."""
    return faults(refusal, {name: name for name in fields})
