"""``alerts``: thresholds of the decision policy that were passed."""

from typing import TYPE_CHECKING

import typer

from api.cli import show
from api.cli.desk import After, AnyTeam, AsJson, Limit, desk
from api.cli.reading import reading
from api.cli.values import amount_text, zulu
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from api.wire.alert import Alert

app = typer.Typer(help="Alerts: thresholds of spend, and of what is left, that were passed.")


@app.callback()
def alerts() -> None:
    """What is told once a period, by rules of the decision policy."""


@app.command("list")
def list_alerts(
    ctx: typer.Context,
    *,
    team: AnyTeam = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show alerts, the newest first: of a team, or of all."""
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.alerts(team=team, after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (one.id, zulu(one.raised_at), one.rule, _whose(one), _told(one), zulu(one.until))
        for one in found.items
    ]
    columns = ("alert", "raised", "rule", "about", "what", "told again after")
    empty = "No alert was raised yet; [[alerts]] of the decision policy say when."
    show.table("Alerts", columns, rows, empty=empty)
    show.goes_on(found.next)


def _whose(one: "Alert") -> str:
    return one.team or (f"project {one.project}" if one.project else f"theme {one.theme}")


def _told(one: "Alert") -> str:
    amount, whole = amount_text(one.credits), amount_text(one.of_credits)
    if one.on == "spend":
        return f"{amount} of {whole} spent, {one.share_ppm / 10_000:g} % or more"
    if one.on == "free":
        return f"{amount} of {whole} free, less than {one.share_ppm / 10_000:g} %"
    return f"runs out on {one.out_on}: {amount} left, {whole} a day"
