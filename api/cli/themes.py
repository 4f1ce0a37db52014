"""``themes``: what the quarter's credits are meant for, and what was spent on each theme."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import documents, show
from api.cli.desk import AsJson, PeriodFrom, PeriodUntil, Yes, desk
from api.cli.reading import reading
from api.cli.values import amount_text, period, zulu
from pricing.shown import percent_shown, ppm_shown

if TYPE_CHECKING:
    from api.wire.theme import Theme, ThemesSpend, ThemesVersion

app = typer.Typer(help="The quarter's themes: what credits are meant for, and spent on.")
ThemesFile = Annotated[Path, typer.Argument(metavar="FILE", help="The themes, as TOML.")]


@app.command("adopt")
def adopt(
    ctx: typer.Context,
    file: ThemesFile,
    *,
    seen: Annotated[
        int, typer.Option("--seen", min=0, metavar="VERSION", help="The version that you saw.")
    ] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check it, and adopt nothing.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Say what the credits of a quarter are meant for, in the place of what was said of it before.
    docs/policy.md tells what may stand in the file."""
    from api.wire.theme import ThemesBody, ThemesVersion
    from marketplace.domain.theme_command import AdoptThemes

    meant = documents.meant(file, documents.read(file, ThemesBody).to_themes)
    at, command = desk(ctx), AdoptThemes(meant, seen)
    with at.store() as store:
        found = at.rehearse(store, command)
        if not dry_run:
            show.confirm(f"{_sum(ThemesVersion.of(found))}. Adopt it?", yes=yes)
            found = at.do(store, command)
    told = ThemesVersion.of(found)
    if as_json:
        show.document(told.document() | {"dry_run": dry_run})
        return
    verb = "Nothing was adopted. It would be" if dry_run else "Adopted:"
    show.say(f"{verb} version {told.version}: {_sum(told)}.")


@app.command("show")
def show_themes(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Show the themes of now, and those to come."""
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.themes()
    if as_json:
        show.document(found.document())
        return
    if found.now is None:
        show.say("Nothing says what credits are meant for now.")
    else:
        _show(found.now)
    for later in found.coming:
        show.say(f"From {zulu(later.start)} on version {later.version}: {_sum(later)}.")


@app.command("spend")
def spend(
    ctx: typer.Context,
    *,
    start: PeriodFrom = None,
    until: PeriodUntil = None,
    as_json: AsJson = False,
) -> None:
    """Show each theme's share of the credits given in a period, and what was spent on it; by
    default this month, UTC. For finance and platform."""
    with reading(desk(ctx), quiet=as_json) as market:
        first, end = period(start, until, market.now)
        found = market.theme_spend(start=first, end=end)
    if as_json:
        show.document(found.document())
        return
    _tell(found)


def _sum(told: "ThemesVersion") -> str:
    """What it decides, in a few words."""
    count = len(told.themes)
    until = f"{zulu(told.start)} to {zulu(told.end)}"
    return f"{count} theme{'s' if count != 1 else ''} from {until}"


def _show(told: "ThemesVersion") -> None:
    rows = [(one.name, ppm_shown(one.share_ppm), _when(one, told)) for one in told.themes]
    title = f"Themes of version {told.version}, {zulu(told.start)} to {zulu(told.end)}"
    empty = "Credits are meant for nothing in particular."
    show.table(title, ("theme", ">share of new credits", "other times"), rows, empty=empty)
    if told.note:
        show.say(told.note)


def _when(one: "Theme", told: "ThemesVersion") -> str:
    same = (one.start, one.end) == (told.start, told.end)
    return "" if same else f"{zulu(one.start)} to {zulu(one.end)}"


def _tell(found: "ThemesSpend") -> None:
    rows = [
        (
            one.theme,
            "" if one.share_ppm is None else ppm_shown(one.share_ppm),
            "" if one.share_ppm is None else amount_text(one.planned_credits),
            amount_text(one.spent_credits),
            "" if one.spent_share is None else percent_shown(one.spent_share),
        )
        for one in found.themes
    ]
    columns = ("theme", ">share decided", ">of new credits", ">spent", ">share of spend")
    title = f"Spend against strategy, {zulu(found.start)} to {zulu(found.end)}"
    show.table(title, columns, rows, empty="No theme was decided on, and none was spent on.")
    show.say(
        f"{amount_text(found.granted_credits)} credits were given, and "
        f"{amount_text(found.spent_credits)} spent, of which "
        f"{amount_text(found.unthemed_credits)} without a theme."
    )
