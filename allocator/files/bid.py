"""Bids in clearing files: read strictly, and written at once."""

from collections.abc import Mapping
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Final

from allocator.files import wire
from allocator.files.wire import Flaw, Written
from allocator.problem import Bid, Leg, Option, Standing, last_start
from pricing.units import digits_from_ucr

MOST_SLOTS: Final = 1_000_000
MOST_UNITS: Final = 10**9


def read(element: object, slots: int, pools: set[str], *, second: bool) -> Bid:
    """A bid of a problem with so many slots and these pools; ``second``: whether the file is of
    the version that may say more of it. Raises ``Flaw``."""
    more = ("standing", "continues") if second else ()
    node = wire.fields(element, ("id", "team", "options"), more)
    options = wire.items(node, "options", lambda one: _option(one, slots, pools))
    if not options:
        raise Flaw("options", "is an empty list; a bid needs one option or more")
    stands = None
    if "standing" in node:
        stands = Standing(wire.one_of(node, "standing", tuple(Standing)))
        first = options[0]
        if first.earliest_start != first.latest_start:
            many = first.latest_start - first.earliest_start + 1
            raise Flaw("options[0]", f"has {many} starts; it is the place that the award holds")
    continues = "continues" in node and wire.truth(node, "continues")
    if continues and stands is not None:
        raise Flaw("continues", "stands beside standing; an award has its place already")
    names = wire.words(node, "id"), wire.words(node, "team")
    return Bid(*names, tuple(options), stands, continues)


def _option(element: object, slots: int, pools: set[str]) -> Option:
    node = wire.fields(element, ("value", "legs"), ("earliest_start", "latest_start"))
    legs = tuple(wire.items(node, "legs", lambda one: _leg(one, slots, pools)))
    if not legs:
        raise Flaw("legs", "is an empty list; an option needs one leg or more")
    last = last_start(legs, slots)
    earliest = wire.whole(node, "earliest_start", 0, MOST_UNITS) if "earliest_start" in node else 0
    latest = wire.whole(node, "latest_start", 0, MOST_UNITS) if "latest_start" in node else last
    if "latest_start" in node and earliest > latest:
        raise Flaw("earliest_start", f"is {earliest}, after latest_start {latest}")
    if earliest > last:
        raise Flaw(
            "",
            f"has no start left: earliest_start is {earliest}, and the last start"
            f" whose legs end within the {slots} slots is {last if last >= 0 else 'none'}",
        )
    return Option(wire.money(node, "value"), earliest, min(latest, last), legs)


def _leg(element: object, slots: int, pools: set[str]) -> Leg:
    node = {"offset": 0} | wire.fields(element, ("pool", "quantity", "duration"), ("offset",))
    return Leg(
        known_pool(node, pools),
        wire.whole(node, "quantity", 1, MOST_UNITS),
        wire.whole(node, "offset", 0, MOST_SLOTS),
        wire.whole(node, "duration", 1, slots),
    )


def known_pool(node: Mapping[str, Any], pools: set[str]) -> str:
    """The pool that it names, one of these. Raises ``Flaw``."""
    pool = wire.words(node, "pool")
    if pool not in pools:
        raise Flaw("pool", f"is {wire.shown(pool)}; there is no such pool")
    return pool


def written(bid: Bid) -> Written:
    """Written at once: a book holds thousands of bids, most of them again in the next one."""
    options = ", ".join(map(_option_text, bid.options))
    more = f', "standing": "{bid.standing}"' if bid.standing else ""
    more += ', "continues": true' if bid.continues else ""
    return Written(
        f'{{"id": {quoted(bid.id)}, "team": {quoted(bid.team)}, "options": [{options}]{more}}}'
    )


def _option_text(option: Option) -> str:
    legs = ", ".join(
        f'{{"pool": {quoted(leg.pool)}, "quantity": {leg.quantity}, '
        f'"offset": {leg.offset}, "duration": {leg.duration}}}'
        for leg in option.legs
    )
    return (
        f'{{"value": {digits_from_ucr(option.value_ucr)}, '
        f'"earliest_start": {option.earliest_start}, '
        f'"latest_start": {option.latest_start}, "legs": [{legs}]}}'
    )
