"""``alerts``: thresholds of the decision policy that were passed."""

import typer

from api.cli import show
from api.cli.desk import After, AnyTeam, AsJson, Limit, desk
from api.cli.reading import reading
from api.cli.values import zulu
from marketplace.domain.page import LIMIT

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
    from api import alerts as words

    with reading(desk(ctx), quiet=as_json) as market:
        found = market.alerts(team=team, after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (one.id, zulu(one.raised_at), one.rule, words.whose(one), words.told(one), zulu(one.until))
        for one in found.items
    ]
    columns = ("alert", "raised", "rule", "about", "what", "told again after")
    empty = "No alert was raised yet; [[alerts]] of the decision policy say when."
    show.table("Alerts", columns, rows, empty=empty)
    show.goes_on(found.next)
