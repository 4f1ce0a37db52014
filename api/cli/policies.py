"""``policy``: which orders pass at once, which wait for whom, and what nobody may do."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import documents, show
from api.cli.desk import AnyTeam, AsJson, From, Yes, desk
from api.cli.reading import reading
from api.cli.values import amount_text, zulu
from api.policies import amounts, filled, in_short, scope, whose
from marketplace.words import text_of_duration
from pricing.shown import ppm_shown

if TYPE_CHECKING:
    from api.wire.policy import PolicyVersion

app = typer.Typer(help="The decision policy: which orders pass at once, and which wait for whom.")
PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="The whole policy, as TOML.")]


@app.command("adopt")
def adopt(
    ctx: typer.Context,
    file: PolicyFile,
    *,
    start: From = None,
    seen: Annotated[
        int, typer.Option("--seen", min=0, metavar="VERSION", help="The version that you saw.")
    ] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check it, and adopt nothing.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Decide by another policy from now on, or from a time (--from): it takes the whole place of
    the one before. docs/policy.md tells what may stand in the file."""
    from api.wire.policy import PolicyBody, PolicyVersion
    from marketplace.domain.approval_command import AdoptPolicy

    meant, at = documents.meant(file, documents.read(file, PolicyBody).to_policy), desk(ctx)
    with at.store() as store:
        command = AdoptPolicy(meant, start.on(at.now) if start else None, seen)
        found = at.rehearse(store, command)
        if not dry_run:
            show.confirm(f"{in_short(PolicyVersion.of(found))}. Adopt it?", yes=yes)
            found = at.do(store, command)
    told = PolicyVersion.of(found)
    if as_json:
        show.document(told.document() | {"dry_run": dry_run})
        return
    verb = "Nothing was adopted. It would be" if dry_run else "Adopted:"
    show.say(f"{verb} version {told.version}, from {zulu(told.valid_from)} on: {in_short(told)}.")


@app.command("show")
def show_policy(
    ctx: typer.Context,
    *,
    version: Annotated[int, typer.Option(min=0, help="That one; else the one in force.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Show the policy in force, and what is adopted for later; or one version."""
    with reading(desk(ctx), quiet=as_json) as market:
        if version:
            one = market.policy_version(version)
            if as_json:
                show.document(one.document())
            else:
                _show(one)
            return
        found = market.policy()
    if as_json:
        show.document(found.document())
        return
    if found.now is None:
        show.say("Every order passes at once: there is no policy yet.")
    else:
        _show(found.now)
    for later in found.coming:
        show.say(f"From {zulu(later.valid_from)} on version {later.version}: {in_short(later)}.")


@app.command("limits")
def limits(ctx: typer.Context, *, team: AnyTeam = "", as_json: AsJson = False) -> None:
    """Show how full spending limits are: spent, held and left in the period that runs; of a team,
    or of all, of projects and themes too."""
    from api.wire.policy import LimitUses
    from marketplace.services import limits_seen as service

    at = desk(ctx)
    with at.store() as store:
        found = LimitUses.used_so(service.uses(store, at.now, team))
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            *(whose(one), amount_text(one.credits), one.period, amount_text(one.spent_credits)),
            *(amount_text(one.held_credits), amount_text(one.left_credits)),
            *(f"{filled(one):.0%}".replace("%", " %"), zulu(one.end)),
        )
        for one in found.limits
    ]
    columns = ("whose", ">limit", "a", ">spent", ">held", ">left", ">full", "until")
    empty = "No spending limit is in force; [[limits]] of the decision policy set them."
    show.table("Spending limits", columns, rows, empty=empty)


def _show(told: "PolicyVersion") -> None:
    from api.alerts import looks_for

    rows = [
        (
            *(one.name, amounts(one), scope(one), " and ".join(one.needs)),
            *(text_of_duration(one.within), one.then),
        )
        for one in told.tiers
    ]
    columns = ("tier", "credits held", "about", "waits for", "within", "else")
    title = f"Policy of version {told.version}, from {zulu(told.valid_from)} on"
    show.table(title, columns, rows, empty="Every order passes at once.")
    caps = [
        (one.pool, one.team or "each", f"{one.units:,}" if one.units is not None else _share(one))
        for one in told.caps
    ]
    if caps:
        show.table("At most ahead, at a time", ("pool", "team", ">units"), caps)
    for one in told.restrictions:
        show.say(f"For {one.pool} only {', '.join(one.teams) or 'nobody'} may bid.")
    for limit in told.limits:
        most = amount_text(limit.credits)
        show.say(f"{whose(limit)} spends at most {most} credits a {limit.period}.")
    for alert in told.alerts:
        show.say(f"Alert {alert.name}: {looks_for(alert)}.")
    for label in told.labels:
        show.say(f"{label.name}: {', '.join(label.projects)}.")
    if told.note:
        show.say(told.note)


def _share(cap: Any) -> str:
    return ppm_shown(cap.share_ppm)
