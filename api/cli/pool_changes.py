"""``pool retire``, ``pool reopen``, ``pool price``: from a later cycle on."""

from typing import Annotated

import typer

from api.cli import show
from api.cli.desk import AsJson, PriceUcr, desk
from api.cli.pools import Pool, state_text

FromCycle = Annotated[
    str, typer.Option(metavar="CYCLE", help="From it on, like cyc_000009. [the next one]")
]
Reason = Annotated[str, typer.Option(help="Why, for everybody.")]


def retire(
    ctx: typer.Context,
    pool: Pool,
    *,
    reason: Reason,
    from_cycle: FromCycle = "",
    as_json: AsJson = False,
) -> None:
    """Sell nothing of a pool any more, from a later cycle on. What is sold stays; spot runs are
    given notice when that cycle opens."""
    _change(ctx, pool, from_cycle, reason, retired=True, as_json=as_json)


def reopen(
    ctx: typer.Context,
    pool: Pool,
    *,
    reason: Reason,
    from_cycle: FromCycle = "",
    as_json: AsJson = False,
) -> None:
    """Sell a pool that is, or would be, retired: from a later cycle on."""
    _change(ctx, pool, from_cycle, reason, retired=False, as_json=as_json)


def price(
    ctx: typer.Context,
    pool: Pool,
    *,
    reserve_price_ucr: PriceUcr,
    reason: Reason,
    from_cycle: FromCycle = "",
    as_json: AsJson = False,
) -> None:
    """Give a pool another reserve price, from a later cycle on. Spot, whose floor it is, follows
    when that cycle opens."""
    _change(ctx, pool, from_cycle, reason, reserve_price_ucr=reserve_price_ucr, as_json=as_json)


def _change(
    ctx: typer.Context,
    pool: str,
    from_cycle: str,
    reason: str,
    *,
    as_json: bool,
    reserve_price_ucr: int | None = None,
    retired: bool | None = None,
) -> None:
    from marketplace.domain.capacity import PoolChange
    from marketplace.domain.command import ChangePool
    from marketplace.domain.cycle import number_of

    first = number_of(from_cycle, "from_cycle") if from_cycle else 0
    change = PoolChange(from_cycle=first, reserve_price_ucr=reserve_price_ucr, retired=retired)
    at = desk(ctx)
    with at.store() as store:
        after = at.do(store, ChangePool(pool, change, reason))
    if as_json:
        from api.wire import capacity as wire

        show.document(wire.Pool.of(after).document())
        return
    show.say(f"{pool}: {state_text(after) or 'on sale, and nothing changes'}.")
