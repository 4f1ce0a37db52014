"""An example of each kind of event, and what it was written as when its version was made.

``python -m tests.marketplace.event_examples`` adds what is missing to the kept examples; it changes
none of them, for somebody may have stored such an event.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from marketplace.domain.event.audience import Event
from marketplace.domain.event.kinds import EVENTS
from marketplace.domain.event.wire import written

KEPT = Path(__file__).parents[1] / "golden" / "events.json"
AT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
SAMPLES: dict[Any, Any] = {str: "text", int: 7, datetime: AT}


def example(kind: type[Any]) -> Any:
    """One of a kind: a sample in each of its fields."""
    hints = get_type_hints(kind)
    return kind(**{each.name: _sample(each.name, hints[each.name]) for each in fields(kind)})


def _sample(name: str, of: Any) -> Any:
    if name.endswith("_ucr"):
        return 1_234_500_000
    if name == "team":
        return "nlp"
    if get_origin(of) is tuple:
        one = _sample(name, get_args(of)[0])
        return (one, one)
    return SAMPLES[of] if of in SAMPLES else example(of)


def row(kind: type[Event]) -> str:
    """A kind's row in ``docs/events.md``."""
    facts = ", ".join(f"`{name}`" for name in written(example(kind))["data"])
    audience = kind.audience.value.replace("+", ", ")
    return f"| `{kind.kind}` | {kind.version} | {audience} | {facts} |"


def kept() -> dict[str, Any]:
    """The kept examples, by kind and version."""
    found: dict[str, Any] = json.loads(KEPT.read_text())
    return found


def faults(examples: Mapping[str, Any], events: Sequence[type[Event]]) -> list[str]:
    """Kinds of which no example is kept, or that are written otherwise than they were."""
    found = []
    for kind in events:
        name = f"{kind.kind}/{kind.version}"
        if name not in examples:
            found.append(f"{name}: no example is kept; run this module")
        elif examples[name] != written(example(kind)):
            found.append(f"{name}: its shape has changed; raise its version")
    known = {kind.kind: kind.version for kind in events}
    for name in examples:
        kind_of, _, version = name.partition("/")
        if int(version) > known.get(kind_of, 0):
            found.append(f"{name}: there is no such event")
    return found


def main() -> None:
    """Add what is missing."""
    found = kept() if KEPT.exists() else {}
    for kind in EVENTS:
        found.setdefault(f"{kind.kind}/{kind.version}", written(example(kind)))
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(found[name])}" for name in sorted(found))
    KEPT.write_text(f"{{\n{rows}\n}}\n")


if __name__ == "__main__":
    main()
