"""``clearing whatif``: clear a problem again with a change, and show what that changes."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from allocator.files.formats import FormatError, encode_outcome
from allocator.outcome import ClearingRefused
from api.cli import show, whatif_told
from api.cli.clearing import ProblemFile
from api.cli.desk import AsJson
from api.cli.explaining import OutcomeFile, Seconds, Work, sound_pair
from api.cli.refusals import Misuse, NoAnswer
from api.cli.searching import rules_for, searching
from api.cli.values import counted
from api.files import FileProblem, read_bytes, write_bytes
from api.texts import credits_ucr, whole

if TYPE_CHECKING:
    from allocator.answers.whatif import Change
    from allocator.outcome import ClearingRules, Outcome
    from allocator.problem import Bid, Problem

ADD_HELP: Final = "A JSON file with a bid, or a list of bids, as in a problem file; again for more."
VALUE_HELP: Final = (
    "The new value of the --change at the same place: 95.5, or by option 0=95.5,1=80."
)
REFUSED_HELP: Final = (
    "Bids that had room nowhere, which --capacity lets ask again. [refused.json beside PROBLEM]"
)
REFUSED: Final = "refused.json"
CAPACITY_HELP: Final = "Another capacity of a pool: one number, or one a slot with commas."

Added = Annotated[list[str] | None, typer.Option("--add", metavar="FILE", help=ADD_HELP)]
Removed = Annotated[
    list[str] | None, typer.Option("--remove", metavar="BID", help="Take a bid out.")
]
Changed = Annotated[
    list[str] | None, typer.Option("--change", metavar="BID", help="Let it bid --value.")
]
Values = Annotated[list[str] | None, typer.Option("--value", metavar="CREDITS", help=VALUE_HELP)]
Capacities = Annotated[
    list[str] | None, typer.Option("--capacity", metavar="POOL=N", help=CAPACITY_HELP)
]
Budgets = Annotated[
    list[str] | None,
    typer.Option("--budget", metavar="TEAM=CREDITS", help="Another limit on a team's awards."),
]
RefusedFile = Annotated[str | None, typer.Option("--refused", metavar="FILE", help=REFUSED_HELP)]
OutFile = Annotated[
    str | None, typer.Option("--out", metavar="OUTCOME2", help="Write the new outcome.")
]
ProblemOut = Annotated[
    str | None, typer.Option("--problem-out", metavar="PROBLEM2", help="And its problem.")
]


def whatif(
    problem_file: ProblemFile,
    outcome_file: OutcomeFile,
    *,
    add: Added = None,
    remove: Removed = None,
    changed: Changed = None,
    value: Values = None,
    capacity: Capacities = None,
    budget: Budgets = None,
    refused_file: RefusedFile = None,
    out: OutFile = None,
    problem_out: ProblemOut = None,
    work: Work = None,
    limit_s: Seconds = None,
    as_json: AsJson = False,
) -> None:
    """Clear again with bids added, removed or changed, or with other limits, starting from the
    outcome's awards, and show who wins, who is displaced and how prices move.

    A bid can be removed and added anew in one go. Nothing is written without --out.
    """
    from allocator.answers.whatif import ChangeRefused, compare

    problem, before = sound_pair(problem_file, outcome_file)
    rules = rules_for(before, work)
    try:
        changes = [
            *_removed(remove or ()),
            *_revalued(problem, changed or (), value or ()),
            *_added(problem, add or ()),
            *_resized(capacity or ()),
            *_relimited(budget or ()),
        ]
        asked = _refused(problem, problem_file, refused_file, resized=bool(capacity))
        data, other, roomless = _sealed(problem, changes, asked)
    except ChangeRefused as bad:
        raise FileProblem(f"{problem_file}: {bad}", problem_file) from bad
    after = _cleared(other, before, rules, limit_s)
    if problem_out is not None:
        write_bytes(problem_out, data)
    if out is not None:
        write_bytes(out, encode_outcome(after))
    difference = compare(before, after)
    waited = {bid.id for bid in asked or ()}
    added = (bid.id for bid in other.bids if bid not in problem.bids and bid.id not in waited)
    named = [*(changed or ()), *added]
    seen = whatif_told.Seen(
        problem=other,
        before=before,
        after=after,
        found=difference,
        ours=list(dict.fromkeys(named)),
        asked=asked,
        roomless=roomless,
        resized=bool(capacity),
    )
    if as_json:
        show.document(whatif_told.document(seen))
    else:
        whatif_told.tell(seen)


def _cleared(
    problem: "Problem", before: "Outcome", rules: "ClearingRules", limit_s: float | None
) -> "Outcome":
    """The changed problem cleared, starting from the earlier awards."""
    began_s = time.monotonic()
    with searching(f"clearing {counted(len(problem.bids), 'bid')}", limit_s) as stop:
        from allocator.clearing import clear

        try:
            after = clear(problem, rules, stop, before.awards)
        except ClearingRefused as refusal:
            told = f"clearing again was refused: {refusal}"
            raise NoAnswer("not-cleared", "problem", problem.sha256, told) from refusal
    return replace(after, seconds=round(time.monotonic() - began_s, 3))


def _refused(
    problem: "Problem", beside: str, named: str | None, *, resized: bool
) -> "tuple[Bid, ...] | None":
    """The bids that had room nowhere, where capacity changes; None where no file tells of them."""
    from allocator.answers.whatif import read_bids

    if named is None:
        usual = Path(beside).with_name(REFUSED)
        if not resized or not usual.is_file():
            return None
        named = str(usual)
    try:
        return read_bids(problem, read_bytes(named))
    except FormatError as bad:
        raise FileProblem(f"{named}: {bad}", named) from bad


def _sealed(
    problem: "Problem", changes: "Sequence[Change]", asked: "Sequence[Bid] | None"
) -> "tuple[bytes, Problem, list[Bid]]":
    """The changed problem as a file and sealed, and who of ``asked`` still has room nowhere."""
    from allocator.answers.room import has_room
    from allocator.answers.whatif import Add, change
    from allocator.files.formats import seal

    if not changes:
        because = "say --add, --remove, --change, --capacity or --budget"
        raise Misuse("whatif", "given no change", because)
    changed = change(problem, changes)
    roomy = [bid for bid in asked or () if has_room(changed, bid)]
    data, sealed = seal(change(changed, [Add(bid) for bid in roomy]))
    return data, sealed, [bid for bid in asked or () if bid not in roomy]


def _removed(names: Sequence[str]) -> "list[Change]":
    from allocator.answers.whatif import Remove

    return [Remove(name) for name in dict.fromkeys(names)]


def _added(problem: "Problem", files: Sequence[str]) -> "list[Change]":
    from allocator.answers.whatif import Add, read_bids

    found: list[Change] = []
    for name in files:
        try:
            found += [Add(bid) for bid in read_bids(problem, read_bytes(name))]
        except FormatError as bad:
            raise FileProblem(f"{name}: {bad}", name) from bad
    return found


def _revalued(problem: "Problem", names: Sequence[str], values: Sequence[str]) -> "list[Change]":
    from allocator.answers.whatif import Revalue

    if len(names) != len(values):
        given = f"{counted(len(values), 'value')} for {counted(len(names), 'bid')}"
        raise Misuse("--value", given, "give one --value for each --change, in their order")
    options = {bid.id: len(bid.options) for bid in problem.bids}
    return [
        Revalue(name, _values(text, options.get(name, 1)))
        for name, text in zip(names, values, strict=True)
    ]


def _values(text: str, options: int) -> dict[int, int]:
    """New values by option, from ``95.5`` (of a bid's only option) or ``0=95.5,1=80``."""
    found: dict[int, int] = {}
    try:
        for part in text.split(","):
            number, mark, amount = part.rpartition("=")
            if not mark and options > 1:
                raise ValueError(f"the bid has {options} options; say which, like 0={amount}")
            found[whole(number) if mark else 0] = credits_ucr(amount)
    except ValueError as bad:
        raise Misuse("--value", text, str(bad)) from bad
    return found


def _resized(texts: Sequence[str]) -> "list[Change]":
    from allocator.answers.whatif import Resize

    found: list[Change] = []
    for text in texts:
        pool, mark, numbers = text.rpartition("=")
        if not mark or not pool:
            raise Misuse("--capacity", text, "write it like h100=64")
        try:
            found.append(Resize(pool, tuple(whole(number) for number in numbers.split(","))))
        except ValueError as bad:
            raise Misuse("--capacity", text, str(bad)) from bad
    return found


def _relimited(texts: Sequence[str]) -> "list[Change]":
    from allocator.answers.whatif import Relimit

    found: list[Change] = []
    for text in texts:
        team, mark, amount = text.rpartition("=")
        if not mark or not team:
            raise Misuse("--budget", text, "write it like nlp=200")
        try:
            found.append(Relimit(team, credits_ucr(amount)))
        except ValueError as bad:
            raise Misuse("--budget", text, str(bad)) from bad
    return found
