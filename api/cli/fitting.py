"""``pricing``: what the history says of demand, and what that means for the controller."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli import show
from api.cli.desk import AsJson, PeriodFrom, PeriodUntil, desk
from api.cli.refusals import NoAnswer
from api.cli.values import period, zulu

if TYPE_CHECKING:
    from pricing.fit import Estimate

app = typer.Typer(help="How demand answers to price.")
DAYS: Final = 28


@app.command("fit")
def fit(
    ctx: typer.Context,
    *,
    pool: Annotated[str, typer.Option("--pool", "-p", metavar="POOL")],
    start: PeriodFrom = None,
    until: PeriodUntil = None,
    as_json: AsJson = False,
) -> None:
    """Estimate a pool's price elasticity, and the share of demand that is decided anew each tick,
    from its spot history: by default of four weeks."""
    from datetime import timedelta

    from marketplace.services import demand

    at = desk(ctx)
    with at.store() as store:
        first, last = period(start, until, at.now)
        end = last or at.now
        begin = first or end - timedelta(days=DAYS)
        try:
            found = demand.estimate(store, pool, begin, end)
        except ValueError as bad:
            told = f"{pool}, {zulu(begin)} to {zulu(end)}: {bad}"
            raise NoAnswer("no-estimate", "pool", pool, told) from bad
    if as_json:
        show.document(
            {
                "pool": pool,
                "ticks": found.ticks,
                "elasticity": _interval(found.elasticity),
                "turnover": _interval(found.turnover),
                "noise": found.noise,
                "gain_limit": found.gain_limit,
            }
        )
        return
    rows = [
        ("elasticity", *_cells(found.elasticity)),
        ("share of demand decided anew each tick", *_cells(found.turnover)),
    ]
    title = f"{pool}, {found.ticks:,} ticks from {zulu(begin)} until {zulu(end)}"
    show.table(title, ("", ">estimate", ">95 % from", ">to"), rows)
    show.say(
        f"Demand changes by {found.noise:.1%} from tick to tick beside this. A log-price "
        f"controller is stable here with a gain below {found.gain_limit:.3g}."
    )


def _interval(found: "Estimate") -> dict[str, float]:
    return {"estimate": found.value, "low": found.low, "high": found.high}


def _cells(found: "Estimate") -> tuple[str, str, str]:
    return f"{found.value:.3f}", f"{found.low:.3f}", f"{found.high:.3f}"
