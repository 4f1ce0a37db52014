"""``rules``: by which rules the market runs, what would be other, and changing it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import show
from api.cli.desk import After, AsJson, Limit, Yes, desk
from api.cli.reading import reading
from api.cli.refusals import Misuse
from api.cli.rule_changes import FILE, SETS, typed_changes
from api.cli.values import zulu
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from api.wire.rules import Proposal, RuleChange
    from marketplace.domain import proposal as domain
    from marketplace.rules import Adopted
    from marketplace.store.engine import Store

app = typer.Typer(help="The market's rules: see, compare, propose and adopt them.")
Version = Annotated[int, typer.Argument(min=1, max=10**9, metavar="VERSION")]
ProposalId = Annotated[str, typer.Argument(metavar="PROPOSAL", help="The proposal's name.")]
FROM_CYCLE = "The first cycle that runs by them, like cyc_000012; else the next."
FromCycle = Annotated[
    str, typer.Option("--from-cycle", metavar="CYCLE", show_default=False, help=FROM_CYCLE)
]
SEEN = "The version that you saw: another change since is refused."
Seen = Annotated[int, typer.Option("--seen", min=0, metavar="VERSION", help=SEEN)]


@app.command("show")
def show_rules(
    ctx: typer.Context,
    *,
    version: Annotated[int, typer.Option(min=0, help="That one; else those in force.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Show the rules in force, and those that later cycles will run by; or one version."""
    from api.wire import rules as wire

    found: wire.RulesVersion
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.rules_version(version, since=0) if version else market.rules()
    if as_json:
        show.document(found.document())
        return
    title = f"Rules of version {found.version}, from {found.from_cycle} on"
    show.table(title, ("rule", ">value"), [(name, str(v)) for name, v in found.rules.items()])
    for one in found.coming if isinstance(found, wire.Rules) else ():
        show.say(f"From {one.from_cycle} on version {one.version}:")
        _show_changes(one.changes)


@app.command("list")
def list_rules(
    ctx: typer.Context, *, after: After = "", limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Show all versions of the rules, the newest first."""
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.rules_versions(after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (str(one.version), zulu(one.adopted_at), one.from_cycle, one.proposal)
        for one in found.items
    ]
    show.table("Versions of the rules", (">version", "adopted", "from cycle", "proposal"), rows)
    show.goes_on(found.next)


@app.command("diff")
def diff(
    ctx: typer.Context,
    version: Version,
    *,
    since: Annotated[
        int, typer.Option(min=0, metavar="VERSION", help="Compared with; else the one before.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Show what is other in a version of the rules than in the one before, or in another."""
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.rules_version(version, since=since)
    if as_json:
        show.document([one.document() for one in found.changes])
        return
    _show_changes(found.changes)


def _show_changes(changes: "Sequence[RuleChange]") -> None:
    rows = [(one.rule, str(one.before), str(one.after)) for one in changes]
    show.table("", ("rule", ">before", ">after"), rows, empty="Nothing is other.")


@app.command("propose")
def propose(
    ctx: typer.Context,
    proposal: ProposalId,
    *,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="RULE=VALUE", help=SETS)
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", metavar="FILE", help=FILE)] = None,
    reason: Annotated[str, typer.Option(help="Why: everybody reads it.")],
    from_cycle: FromCycle = "",
    seen: Seen = 0,
    as_json: AsJson = False,
) -> None:
    """Put other rules forward under a name, for everybody to see."""
    from marketplace.domain.command import ProposeRules
    from marketplace.domain.proposal import ProposalRequest

    at = desk(ctx)
    request = ProposalRequest(
        id=proposal,
        changes=typed_changes(changes or (), file),
        reason=reason,
        from_cycle=_number(from_cycle),
        seen=seen,
    )
    with at.store() as store:
        [told] = _told(store, [at.do(store, ProposeRules(request))])
    if as_json:
        show.document(told.document())
        return
    show.say(f"Proposed: {told.id}, from {told.from_cycle} on.")
    _show_changes(told.changes)
    show.note(f"`gpumarket rules adopt {told.id}` adopts it.")


@app.command("proposals")
def list_proposals(
    ctx: typer.Context, *, after: After = "", limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Show what was proposed, the newest first."""
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.proposals(after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            one.id,
            "outdated" if one.outdated else one.state.value,
            ", ".join(f"{each.rule}={each.after}" for each in one.changes),
            one.from_cycle,
            zulu(one.proposed_at),
            one.reason,
        )
        for one in found.items
    ]
    columns = ("proposal", "state", "changes", "from cycle", "proposed", "reason")
    show.table("Proposals", columns, rows, empty="Nothing was proposed yet.")
    show.goes_on(found.next)


@app.command("adopt")
def adopt(
    ctx: typer.Context,
    proposal: Annotated[
        str, typer.Argument(metavar="PROPOSAL", show_default=False, help="The proposal's name.")
    ] = "",
    *,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="RULE=VALUE", help=SETS)
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", metavar="FILE", help=FILE)] = None,
    from_cycle: FromCycle = "",
    seen: Seen = 0,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Adopt a proposal, or other rules at once (--set, --file), from the next cycle on or a later
    one."""
    from api.wire import rules as wire
    from marketplace.domain.command import AdoptProposal, AdoptRules
    from marketplace.services import rules

    if bool(proposal) == bool(changes or file):
        why = "name a proposal, or say what is other (--set, --file), and not both"
        raise Misuse("--set", changes or "", why)
    first = _number(from_cycle)
    show.confirm("Everybody's later cycles run by other rules. Go on?", yes=yes)
    at = desk(ctx)
    with at.store() as store:
        adopted: Adopted = (
            at.do(store, AdoptProposal(proposal, first))
            if proposal
            else at.do(store, AdoptRules(typed_changes(changes or (), file), seen, first))
        )
        _, before = rules.get(store, adopted.rules.version)
    found = wire.ChangedRules.since(adopted, before)
    if as_json:
        show.document(found.document())
        return
    show.say(f"Adopted: version {found.version}, from {found.from_cycle} on.")
    _show_changes(found.changes)


@app.command("withdraw")
def withdraw(ctx: typer.Context, proposal: ProposalId, *, as_json: AsJson = False) -> None:
    """Take a proposal back."""
    from marketplace.domain.command import WithdrawProposal

    at = desk(ctx)
    with at.store() as store:
        [told] = _told(store, [at.do(store, WithdrawProposal(proposal))])
    if as_json:
        show.document(told.document())
        return
    show.say(f"{told.id} is withdrawn.")


def _told(store: "Store", found: "Sequence[domain.Proposal]") -> "list[Proposal]":
    """Proposals as data."""
    from api.wire.rules import Proposal
    from marketplace.services import rules

    versions, newest = rules.made_for(store, found)
    return [Proposal.of(one, versions[one.request.seen], newest) for one in found]


def _number(cycle: str) -> int:
    """A cycle's number; 0 for none. Raises ``BadField``."""
    from marketplace.domain.cycle import number_of

    return number_of(cycle, "from_cycle") if cycle else 0
