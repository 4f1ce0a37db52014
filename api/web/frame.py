"""What stands around every page: the rail of pages, the team and its credits, the clock line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from fastapi import Response

from api.rest import balances, sale
from api.web.page import html
from api.web.visitor import FORM_FIELD, Visitor
from api.wire.cycle import Sale
from marketplace.domain.actor import Role
from marketplace.errors import NoMarket
from marketplace.services import event

ROOMS: Final = {
    "/": "Capacity",
    "/market": "Market",
    "/bid": "Bid",
    "/teams": "My team",
    "/operations": "Operations",
}
"""The pages by their addresses, in their order, and by what people call them."""

RUNS_IT: Final = frozenset({Role.PLATFORM, Role.OPERATOR})
KEEPS_BOOKS: Final = frozenset({Role.FINANCE, Role.OPERATOR})
OF_ROLES: Final = {
    "/approvals": ("Approvals", frozenset({Role.LEAD, Role.FINANCE, Role.OPERATOR})),
    "/finance": ("Finance", KEEPS_BOOKS),
    "/simulations": ("Simulations", RUNS_IT),
}
"""Those of some roles alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the frame says to its reader. ``here``: the address of the page that it is around;
    ``event``: the newest when it was made; ``sale``: none before there is a market; ``free``: the
    chosen team's credits, none without a team; ``runs``: whether ``now`` goes on by itself."""

    here: str
    event: int
    person: str
    roles: tuple[str, ...]
    team: str
    teams: tuple[str, ...]
    free: Decimal | None
    sale: Sale | None
    now: datetime
    runs: bool
    form_field: str
    form_mark: str

    @property
    def rooms(self) -> dict[str, str]:
        """The pages of the rail."""
        more = ((at, name) for at, (name, who) in OF_ROLES.items() if who.intersection(self.roles))
        return ROOMS | dict(more)


def frame_of(seen: Visitor, here: str) -> Frame:
    """The frame for that visitor, around the page at ``here``."""
    who, team = seen.caller, seen.team
    newest = event.newest(who.market.store)
    purse = balances.listed(who, team=team).items[0] if team else None
    return Frame(
        here=here,
        event=newest,
        person=seen.person,
        roles=tuple(sorted(role.value for role in who.actor.roles)),
        team=team,
        teams=who.teams,
        free=purse.free_credits if purse else None,
        sale=_sale(seen),
        now=who.now,
        runs=not who.market.stands,
        form_field=FORM_FIELD,
        form_mark=seen.form_mark,
    )


def page(
    seen: Visitor, here: str, template: str, facts: Mapping[str, Any], *, status: int = 200
) -> Response:
    """A page in its frame."""
    return html(seen.request, template, {**facts, "frame": frame_of(seen, here)}, status=status)


def _sale(seen: Visitor) -> Sale | None:
    try:
        return sale.sale(seen.caller)
    except NoMarket:
        return None
