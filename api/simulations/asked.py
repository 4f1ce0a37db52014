"""What somebody asked to be tried: today's rules against others, on which demand, how often; and
the commands of ``gpumarket`` that do it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

PAST: Final = "past"
"""The source that is no scenario: what was asked of this market lately."""
PAST_DAYS: Final = 28

HISTORY: Final = "history.parquet"
SCENARIO: Final = "last-28-days.toml"
TYPED_NAME: Final = "the change"
RULES, OUT = "rules", "out"
REPLAY: Final = f"""\
name = "last-28-days"
title = "What this market was asked for in {PAST_DAYS} days"

[trace]
file = "{HISTORY}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A comparison. ``key``: what makes it the same one when it is sent again; ``version``: of the
    rules that others are held to, ``rules``: all of them; ``changes``: what is other; ``proposal``:
    whose changes these are, if any's; ``until``: the midnight up to which the past is taken."""

    key: str
    by: str
    at: str
    source: str
    title: str
    seeds: int
    version: int
    rules: Mapping[str, int | str]
    changes: Mapping[str, int | str]
    proposal: str = ""
    until: str = ""

    @classmethod
    def read(cls, content: bytes) -> Self:
        """As it was written. Raises ``ValueError``, ``TypeError`` for anything else."""
        return cls(**json.loads(content))

    @property
    def content(self) -> bytes:
        """As it is kept."""
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()

    @property
    def when(self) -> datetime:
        """When it was asked for."""
        return datetime.fromisoformat(self.at)

    @property
    def names(self) -> tuple[str, str]:
        """What the two versions are called."""
        return f"version {self.version}", self.proposal or TYPED_NAME

    @property
    def wanted(self) -> int:
        """How many runs it takes: of both versions, and of perfect foresight."""
        return 3 * self.seeds

    @property
    def files(self) -> dict[str, bytes]:
        """What its commands read, by the name of the file."""
        now, other = self.names
        found = {
            f"{RULES}/{now}.json": _document(self.rules),
            f"{RULES}/{other}.json": _document({**self.rules, **self.changes}),
        }
        return found | ({SCENARIO: REPLAY.encode()} if self.source == PAST else {})

    def commands(self, folder: Path) -> list[list[str]]:
        """The words of each command after ``gpumarket``, in their order."""
        scenario = str(folder / SCENARIO) if self.source == PAST else self.source
        compare = ["sim", "compare", scenario]
        for name in self.names:
            compare += ["--rules", str(folder / RULES / f"{name}.json")]
        compare += ["--seeds", str(self.seeds), "--out", str(folder / OUT), "--json"]
        return [self._taken_back(folder), compare] if self.source == PAST else [compare]

    def _taken_back(self, folder: Path) -> list[str]:
        end = datetime.fromisoformat(self.until)
        span = [f"{at:%Y-%m-%dT%H:%MZ}" for at in (end - timedelta(days=PAST_DAYS), end)]
        file = str(folder / HISTORY)
        return ["sim", "from-history", "--from", span[0], "--to", span[1], "--out", file, "--json"]


def _document(rules: Mapping[str, int | str]) -> bytes:
    said: dict[str, Any] = {"rules": dict(rules)}
    return json.dumps(said, indent=1).encode()


def program_words(words: Sequence[str], folder: Path) -> list[str]:
    """A command as a person types it where the files are: without the folder's address."""
    return ["gpumarket", *(one.removeprefix(f"{folder}/") for one in words)]
