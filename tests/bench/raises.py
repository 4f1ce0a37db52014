"""What ``gpumarket clearing explain`` tells losers, held against a clearing of the raised bid."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.bench import children
from tests.bench.cells import COMMAND, Bench
from tests.bench.columns import content
from tests.bench.plan import Plan
from tests.bench.proving import files
from tests.bench.rows import Row

LOSERS: Final = 20
WORK: Final = 20_000
PATIENCE_S: Final = 600.0


def explained(bench: Bench, plan: Plan) -> Iterator[Row]:
    """Twenty losers of a file: each asks what would have won, and bids that instead."""
    if not plan.every_file:
        return
    for problem in files(bench, plan, "rush", 300)[:1]:
        bench.say(f"{problem}: {LOSERS} losers ask what would have won")
        path = bench.shelf.path(problem)
        asked = [_tried(bench.folder, path, bid) for bid in _losers(bench.folder, path)]
        raised = [each for each in asked if each is not None]
        won = sum(raised)
        yield Row(
            section="explain",
            problem=problem,
            figure=f"{won} of {len(raised)} raises win when cleared from scratch",
            baseline=f"{len(asked)} losers asked; for {len(asked) - len(raised)} no raise wins",
            bar="all",
            reached=len(asked) == LOSERS and won == len(raised) > 0,
        )


def _losers(folder: Path, path: Path) -> list[str]:
    """Every so many-th bid without an award, by id; leaves the outcome in ``folder``."""
    _clear(path, folder / "explained.json")
    outcome = json.loads((folder / "explained.json").read_bytes())
    lost = sorted(each["bid"] for each in outcome["rejections"])
    return lost[:: max(1, len(lost) // LOSERS)][:LOSERS]


def _tried(folder: Path, path: Path, bid: str) -> bool | None:
    """Whether the bid wins with the values it was told; None where it was told that none do."""
    words = [COMMAND, "clearing", "explain", str(path), str(folder / "explained.json"), bid]
    answer = json.loads(children.run([*words, "--json"], PATIENCE_S).out)["raise"]
    if answer is None or answer["win"] is None:
        return None
    document: dict[str, Any] = json.loads(content(path))
    [raised] = [each for each in document["bids"] if each["id"] == bid]
    for number, value in answer["win"]["values_credits"].items():
        raised["options"][int(number)]["value"] = float(value)
    there, out = folder / "raised.json", folder / "raised-outcome.json"
    there.write_text(json.dumps(document), encoding="utf-8")
    _clear(there, out)
    return bid in {each["bid"] for each in json.loads(out.read_bytes())["awards"]}


def _clear(path: Path, out: Path) -> None:
    out.unlink(missing_ok=True)
    children.run([COMMAND, "clear", str(path), "--work", str(WORK), "--out", str(out)], PATIENCE_S)
