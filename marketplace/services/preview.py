"""What an order would cost, hold and have for a chance, before anybody places it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from marketplace.domain import terms
from marketplace.domain.capacity import Grid, Pool, Span
from marketplace.domain.catalogue import check_request
from marketplace.domain.cycle import number_of, sale_span
from marketplace.domain.forward_floor import NO_FLOORS, highest
from marketplace.domain.kind_preview import KindPreview, Outlook, kind_previews
from marketplace.domain.order import (
    Option,
    OrderRequest,
    dearest_ucr,
    opened,
    pools_of,
    reserve_cost_ucr,
)
from marketplace.domain.policy import Need
from marketplace.domain.preview import (
    LOOK_BACK,
    Chance,
    OptionPreview,
    Sale,
    Warned,
    chance_of,
    preview_option,
    warnings,
)
from marketplace.domain.standing import LATELY
from marketplace.domain.terms import Meets, check_not_past, meeting, sale_at
from marketplace.errors import BadField, InsufficientCredits
from marketplace.rules import MarketRules
from marketplace.services import extension
from marketplace.services.approval import asked_of, weighed
from marketplace.services.capacity import on_span
from marketplace.services.free_credits import FreeCredits
from marketplace.services.market import check_clock, rules_and_cycle
from marketplace.services.order import catalogue_of
from marketplace.services.team import check_team
from marketplace.store import capacity as capacity_store
from marketplace.store import forward_floor as floor_store
from marketplace.store import price as price_store
from marketplace.store import standing as standing_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx
from pricing.units import charge_ucr

OPTIONS_MOST: Final = 50
"""So many options at most are looked at, each at all its starts in all the cycles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would become of a request.

    ``free_ucr``: what the team's grants had free before and would have after; ``refusal``: why it
    could not be placed, where credits alone are lacking; ``waits_for``: whose word it would take;
    ``draws``: of which credit line it would draw how much; ``kinds``: each option as firm, movable
    and recallable.
    """

    request: OrderRequest
    on_sale: terms.Sale
    meets: Meets
    hold_ucr: int
    free_ucr: tuple[int, int]
    refusal: InsufficientCredits | None
    chance: Chance
    options: tuple[OptionPreview, ...]
    waits_for: tuple[Need, ...] = ()
    draws: tuple[str, int] = ("", 0)
    kinds: tuple[tuple[KindPreview, ...], ...] = ()

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What speaks against placing it as it stands."""
        return warnings(self.options, self.chance, self.meets, self.waits_for, self.draws)

    @property
    def suggested(self) -> OrderRequest:
        """The request with the value suggested for each option, where there is one."""
        options = tuple(
            replace(one.option, value_ucr=one.suggested_ucr or one.option.value_ucr)
            for one in self.options
        )
        return replace(self.request, options=options)


def preview(
    store: Store,
    request: OrderRequest,
    now: datetime,
    *,
    around: timedelta = timedelta(0),
    suggest: bool = False,
) -> Preview:
    """What placing it would cost; nothing is placed and nothing held. It is known from what was
    published, what is sold, and the team's own credits: no open order of anybody is read (§7.11).
    ``suggest``: each option is worth what is suggested for the first, or the least that it costs.

    Raises what placing it would, but for ``InsufficientCredits``; ``BadField`` for too many
    options.
    """
    if len(request.options) > OPTIONS_MOST:
        facts = {"least": 1, "most": OPTIONS_MOST}
        raise BadField("options", len(request.options), "count-out-of-range", facts)
    with store.read() as tx:
        check_clock(tx, now)
        check_team(tx, request.team)
        catalogue = catalogue_of(tx, request, now)
        check_request(request, catalogue)
        check_not_past(request, now, catalogue.rules.slot)
        rules, cycle = rules_and_cycle(tx)
        request = extension.checked(tx, request, rules, now)
        on_sale = sale_at(cycle, rules, now)
        options = _options(tx, request, on_sale, rules, around)
        if suggest:
            worth_ucr = options[0].suggested_ucr or options[0].reserve_ucr
            options = tuple(one.worth(worth_ucr) for one in options)
            request = replace(request, options=tuple(one.option for one in options))
        order = weighed(tx, opened(request, now), now)
        purse = FreeCredits(tx, [request.team], now, catalogue.closes_at)
        before_ucr, refusal, draws = sum(purse.free_ucr.values()), None, ("", 0)
        try:
            draws = purse.lock(order, order.held_ucr).draws
        except InsufficientCredits as lacking:
            refusal = lacking
        return Preview(
            request=request,
            on_sale=on_sale,
            meets=meeting(order, on_sale),
            hold_ucr=dearest_ucr(request),
            free_ucr=(before_ucr, sum(purse.free_ucr.values())),
            refusal=refusal,
            chance=chance_of(options),
            options=options,
            waits_for=asked_of(tx, order, now),
            draws=draws,
            kinds=_kinds(tx, request, options, on_sale, rules),
        )


def _kinds(
    tx: Tx,
    request: OrderRequest,
    options: tuple[OptionPreview, ...],
    met: terms.Sale,
    rules: MarketRules,
) -> tuple[tuple[KindPreview, ...], ...]:
    """Each option as each kind of guarantee."""
    past = standing_store.past(tx, met.now - LATELY, met.now)
    made = floor_store.of_cycle(tx, number_of(met.cycle_id))
    span = sale_span(rules, met.start)
    floors = made.on(span, rules.forward_floor_ppm) if made else NO_FLOORS
    pools, found = capacity_store.pools(tx), []
    for one in options:
        start = _sale_start(one.option, met, rules)
        outlook = Outlook(rules=rules, next_sale=start + rules.cycle, past=past)
        floored = floors if start == met.start else NO_FLOORS
        least_ucr = _least_ucr(one, floored, span, pools)
        found.append(kind_previews(one, request.guarantee, least_ucr, outlook))
    return tuple(found)


def _least_ucr(
    one: OptionPreview, floors: Mapping[str, Grid], span: Span, pools: Mapping[str, Pool]
) -> int:
    """The least that its cheapest start costs: by the reserve price, or the floor of each slot."""
    if one.quote is None or not floors:
        return one.reserve_ucr
    at, slot = span.index(one.quote.start), span.slot
    whole = 0
    for leg in one.option.legs:
        first = at + leg.offset // slot
        least = highest(pools[leg.pool].reserve_price_ucr, floors.get(leg.pool), span.slots)
        whole += leg.quantity * sum(least[first : first + leg.duration // slot])
    return charge_ucr(whole, int(slot / timedelta(minutes=1)))


def _options(
    tx: Tx, request: OrderRequest, met: terms.Sale, rules: MarketRules, around: timedelta
) -> tuple[OptionPreview, ...]:
    names = pools_of([request])
    pools = {id_: pool for id_, pool in capacity_store.pools(tx).items() if id_ in names}
    history = price_store.published(tx, pools, LOOK_BACK)
    sales: dict[datetime, Sale] = {}
    found = []
    for option in request.options:
        start = _sale_start(option, met, rules)
        if start not in sales:
            sales[start] = _sale(tx, pools, rules, start)
        reserve_ucr = reserve_cost_ucr(option, pools)
        found.append(preview_option(option, sales[start], history, reserve_ucr, around))
    return tuple(found)


def _sale_start(option: Option, met: terms.Sale, rules: MarketRules) -> datetime:
    """From when on the first sale sells that has the option's first start."""
    if option.earliest_start < met.starts_before:
        return met.start
    ahead = timedelta(hours=rules.horizon_hours, minutes=rules.lead_minutes)
    return rules.sale_start(rules.next_close(option.earliest_start - ahead))


def _sale(tx: Tx, pools: Mapping[str, Pool], rules: MarketRules, start: datetime) -> Sale:
    span = sale_span(rules, start)
    there = on_span(tx, list(pools.values()), span)
    free = {one.pool.id: one.free(rules.reserved_share_ppm) for one in there}
    return Sale(span=span, start_slots=rules.start_slots, free=free)
