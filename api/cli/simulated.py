"""What came of a simulation, told at the command line."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from api.cli import exits, show
from api.cli.values import counted

if TYPE_CHECKING:
    from sim.door import Trial


def tell(done: "Trial", out: Path, *, as_json: bool, rule_file: Path | None = None) -> None:
    """What a comparison says, for people or as JSON."""
    said, report = done.comparison, out / "report.html"
    if as_json:
        prints = {
            f"{one.measured.policy}/{one.measured.seed}": one.fingerprint for one in done.runs
        }
        facts = {
            "headline": said.headline,
            "foresight": said.answers["foresight"],
            "speculation": said.answers["speculation"],
            "adopt": said.adopt,
            "why": said.adoption,
            "policies": [_facts(one) for one in said.policies],
            "measures": [asdict(one) for one in said.measures],
            "fingerprints": prints,
            "report": str(report),
            "rules": str(rule_file) if rule_file else None,
            "faults": list(said.faults),
        }
        show.document(facts)
    else:
        _say_sentences(said)
        columns = ("measure", *(f">{one.name}" for one in said.policies))
        rows = [(each.name, *(cell.value for cell in each.cells)) for each in said.measures]
        show.table(f"\n{counted(len(said.seeds), 'seed')}, means", columns, rows)
        if said.adoption:
            show.say(f"\n{said.adoption}")
        if rule_file:
            show.say(f"Rules: {rule_file}; `gpumarket rules adopt --file {rule_file}` adopts them.")
        show.say(f"Report: {report}")
    if said.faults:
        for fault in said.faults:
            show.note(f"does not add up: {fault}")
        raise typer.Exit(exits.NO)


def _say_sentences(said: Any) -> None:
    show.say(said.headline)
    for more in (said.answers["foresight"], said.answers["speculation"]):
        if more:
            show.say(f"{more}.")
    for one in said.policies:
        if one.sentences:
            show.say(f"\n{one.name}")
        for sentence in one.sentences:
            show.say(f"  {sentence}")


def _facts(policy: Any) -> dict[str, Any]:
    """One policy's measures as numbers."""
    values = {name: one.mean if one else None for name, one in policy.values.items()}
    return {"name": policy.name, "seeds": list(policy.seeds), "measures": values}
