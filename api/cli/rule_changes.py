"""What is other in the market's rules, as people type it or as a simulation writes it."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.cli.refusals import Misuse
from api.files import FileProblem, read_bytes

if TYPE_CHECKING:
    from marketplace.rules import Change

WHOLE: Final = re.compile(r"-?\d{1,18}", re.ASCII)
SETS: Final = "What is other: like work=3000 (repeat)."
FILE: Final = "What is other, as JSON: what `gpumarket sim compare` writes."


def typed_changes(
    said: Sequence[str], file: Path | None = None, flag: str = "--set"
) -> "tuple[Change, ...]":
    """What ``RULE=VALUE`` and a file say: a whole number where it reads as one, else a word.

    Raises ``Misuse`` and ``FileProblem``.
    """
    found: dict[str, int | str] = dict(_kept(file)) if file is not None else {}
    for text in said:
        name, mark, value = text.partition("=")
        if not mark or not name or name in found:
            raise Misuse(flag, text, "give each rule once, like work=3000")
        found[name] = int(value) if WHOLE.fullmatch(value) else value
    return tuple(sorted(found.items()))


def _kept(file: Path) -> Mapping[str, int | str]:
    """The changes of a file: an object of rules, or one that has it as its ``rules``."""
    try:
        said = json.loads(read_bytes(file))
    except (ValueError, RecursionError) as bad:
        raise FileProblem(f"{file} is not JSON: {bad}", file) from bad
    rules = said.get("rules", said) if isinstance(said, dict) else said
    fits = isinstance(rules, dict) and all(
        isinstance(value, int | str) and not isinstance(value, bool) for value in rules.values()
    )
    if not fits or not rules:
        why = 'holds no rules: it should read like {"rules": {"work": 3000}}'
        raise FileProblem(f"{file} {why}", file)
    return dict(rules)
