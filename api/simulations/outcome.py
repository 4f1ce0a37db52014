"""What a simulation came to, as the command line wrote it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

WHY: Final = "the process that ran it was ended; the machine may be short of memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measure of both versions, as people read it: ``step`` from the first to the second, with
    its interval; ``side``: which is better."""

    name: str
    first: str
    second: str
    step: str
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Which of two versions to adopt, and why. ``faults``: where a run does not add up."""

    headline: str
    adopt: str
    why: str
    measures: tuple[Measured, ...]
    faults: tuple[str, ...]


def outcome_of(content: bytes) -> Outcome | None:
    """What ``sim compare --json`` said of two versions; None where it said something else."""
    try:
        said = json.loads(content)
        return Outcome(
            headline=str(said["headline"]),
            adopt=str(said["adopt"]),
            why=str(said["why"]),
            measures=tuple(_measured(one) for one in said["measures"]),
            faults=tuple(str(one) for one in said["faults"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _measured(said: Mapping[str, Any]) -> Measured:
    first, second = said["cells"]
    name = str(said["name"])
    told = said["unit"] == "credits" and "credits" not in name.lower()
    return Measured(
        name=f"{name}, credits" if told else name,
        first=str(first["value"]),
        second=str(second["value"]),
        step=str(second["step"]),
        side=str(second["side"]),
    )


def trouble_of(content: bytes) -> str:
    """Why a command failed, for people: the sentence that it ended with."""
    lines = content.decode(errors="replace").strip()
    try:
        said = json.loads(lines[lines.index("{") :])
        return str(said.get("message") or said.get("detail") or said.get("error") or WHY)
    except (ValueError, AttributeError):
        last = [one for one in lines.splitlines() if not one.endswith("…")]
        return last[-1].strip() if last else WHY
