"""``policy``: which orders pass at once, which wait for whom, and what nobody may do."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import documents, show
from api.cli.desk import AsJson, From, Yes, desk
from api.cli.reading import reading
from api.cli.values import amount_text, zulu
from marketplace.words import text_of_duration
from pricing.shown import ppm_shown

if TYPE_CHECKING:
    from api.wire.policy import PolicyVersion, Tier

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
            show.confirm(f"{_sum(PolicyVersion.of(found))}. Adopt it?", yes=yes)
            found = at.do(store, command)
    told = PolicyVersion.of(found)
    if as_json:
        show.document(told.document() | {"dry_run": dry_run})
        return
    verb = "Nothing was adopted. It would be" if dry_run else "Adopted:"
    show.say(f"{verb} version {told.version}, from {zulu(told.valid_from)} on: {_sum(told)}.")


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
        show.say(f"From {zulu(later.valid_from)} on version {later.version}: {_sum(later)}.")


def _sum(told: "PolicyVersion") -> str:
    """What a policy holds, in a few words."""
    counts = {
        "tier": len(told.tiers),
        "cap": len(told.caps),
        "restricted pool": len(told.restrictions),
        "spending limit": len(told.limits),
        "alert": len(told.alerts),
    }
    parts = [f"{n} {noun}{'s' if n != 1 else ''}" for noun, n in counts.items() if n]
    return ", ".join(parts) or "every order passes at once"


def _show(told: "PolicyVersion") -> None:
    from api.alerts import looks_for

    rows = [
        (
            *(one.name, _amounts(one), _scope(one), " and ".join(one.needs)),
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
        whose = (
            limit.team or f"project {limit.project}" if not limit.theme else f"theme {limit.theme}"
        )
        show.say(f"{whose} spends at most {amount_text(limit.credits)} credits a {limit.period}.")
    for alert in told.alerts:
        show.say(f"Alert {alert.name}: {looks_for(alert)}.")
    for label in told.labels:
        show.say(f"{label.name}: {', '.join(label.projects)}.")
    if told.note:
        show.say(told.note)


def _amounts(tier: "Tier") -> str:
    least = amount_text(tier.at_least)
    return (
        f"{least} and more" if tier.below is None else f"{least} to below {amount_text(tier.below)}"
    )


def _share(cap: Any) -> str:
    return ppm_shown(cap.share_ppm)


def _scope(tier: "Tier") -> str:
    kinds = {
        "": tier.pools,
        "theme ": tier.themes,
        "project ": tier.projects,
        "label ": tier.labels,
    }
    named = [f"{kind}{', '.join(names)}" for kind, names in kinds.items() if names]
    return "; ".join(named) or "all orders"
