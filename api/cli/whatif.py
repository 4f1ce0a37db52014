"""``clearing whatif``: clear a problem again with a change, and show what that changes."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from allocator.files.formats import FormatError, encode_outcome
from allocator.outcome import ClearingRefused
from api.cli import show
from api.cli.clearing import ProblemFile
from api.cli.desk import AsJson
from api.cli.explaining import OutcomeFile, Seconds, Work, sound_pair
from api.cli.explanation import MOST_ROWS
from api.cli.refusals import Misuse, NoAnswer
from api.cli.searching import rules_for, searching
from api.cli.values import Document, counted, credits_text, money, zulu
from api.files import FileProblem, read_bytes, write_bytes
from api.texts import credits_ucr, whole

if TYPE_CHECKING:
    from allocator.answers.whatif import Change, Difference
    from allocator.outcome import ClearingRules, Outcome
    from allocator.problem import Problem

ADD_HELP: Final = "A JSON file with a bid, or a list of bids, as in a problem file; again for more."
VALUE_HELP: Final = (
    "The new value of the --change at the same place: 95.5, or by option 0=95.5,1=80."
)
CAPACITY_HELP: Final = "Another capacity of a pool: one number, or one a slot with commas."


def whatif(
    problem_file: ProblemFile,
    outcome_file: OutcomeFile,
    *,
    add: Annotated[list[str] | None, typer.Option("--add", metavar="FILE", help=ADD_HELP)] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="BID", help="Take a bid out.")
    ] = None,
    changed: Annotated[
        list[str] | None, typer.Option("--change", metavar="BID", help="Let it bid --value.")
    ] = None,
    value: Annotated[
        list[str] | None, typer.Option("--value", metavar="CREDITS", help=VALUE_HELP)
    ] = None,
    capacity: Annotated[
        list[str] | None, typer.Option("--capacity", metavar="POOL=N", help=CAPACITY_HELP)
    ] = None,
    budget: Annotated[
        list[str] | None,
        typer.Option("--budget", metavar="TEAM=CREDITS", help="Another limit on a team's awards."),
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", metavar="OUTCOME2", help="Write the new outcome.")
    ] = None,
    problem_out: Annotated[
        str | None, typer.Option("--problem-out", metavar="PROBLEM2", help="And its problem.")
    ] = None,
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
        data, other = _sealed(problem, changes)
    except ChangeRefused as bad:
        raise FileProblem(f"{problem_file}: {bad}", problem_file) from bad
    after = _cleared(other, before, rules, limit_s)
    if problem_out is not None:
        write_bytes(problem_out, data)
    if out is not None:
        write_bytes(out, encode_outcome(after))
    difference = compare(before, after)
    named = [*(changed or ()), *(bid.id for bid in other.bids if bid not in problem.bids)]
    ours = list(dict.fromkeys(named))
    if as_json:
        show.document(_document(difference, before, after, ours))
    else:
        _tell(other, difference, before, after, ours)


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


def _sealed(problem: "Problem", changes: "Sequence[Change]") -> "tuple[bytes, Problem]":
    from allocator.answers.whatif import change
    from allocator.files.formats import seal

    if not changes:
        because = "say --add, --remove, --change, --capacity or --budget"
        raise Misuse("whatif", "given no change", because)
    return seal(change(problem, changes))


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


def _tell(
    problem: "Problem",
    found: "Difference",
    before: "Outcome",
    after: "Outcome",
    ours: Sequence[str],
) -> None:

    def at(slot: int) -> str:
        return zulu(problem.start + timedelta(minutes=slot * problem.slot_minutes))

    gained_ucr = found.surplus_after_ucr - found.surplus_before_ucr
    show.say(
        f"Surplus {credits_text(found.surplus_before_ucr)} before,"
        f" {credits_text(found.surplus_after_ucr)} after ({_signed(gained_ucr)} credits); gap"
        f" {before.gap:.2%} before, {after.gap:.2%} after."
    )
    if before.status != "optimal":
        show.say("The earlier outcome was not proven optimal: some changes may be better search.")
    for name in ours:
        show.say(_fate(after, name))
    entered = [
        (one.bid, str(one.option), at(one.start), credits_text(one.payment_ucr))
        for one in found.entered[:MOST_ROWS]
    ]
    heads: tuple[str, ...] = ("bid", "option", "start", ">pays")
    show.table("Wins now, and did not", heads, entered, empty="Nobody wins who did not.")
    _more(len(found.entered))
    displaced = [
        (
            one.before.bid,
            "taken out" if one.reason is None else after.told(one.reason),
            credits_text(one.shortfall_ucr),
            at(one.before.start),
            credits_text(one.before.payment_ucr),
        )
        for one in found.displaced[:MOST_ROWS]
    ]
    heads = ("bid", "why", ">short by", "had from", ">paid")
    show.table("Displaced", heads, displaced, empty="Nobody is displaced.")
    _more(len(found.displaced))
    show.say(f"{counted(len(found.moved), 'winner')} moved, or pays another price.")
    rows = [
        (
            one.pool,
            credits_text(one.mean_before_ucr),
            credits_text(one.mean_after_ucr),
            _signed(one.greatest_change_ucr),
            at(one.slot),
        )
        for one in found.repriced
    ]
    heads = ("pool", ">mean before", ">after", ">greatest change", "in slot")
    show.table("Prices a unit-hour", heads, rows)


def _more(number: int) -> None:
    if number > MOST_ROWS:
        show.say(f"… and {number - MOST_ROWS:,} more; --json has all.")


def _signed(amount_ucr: int) -> str:
    return f"{'+' if amount_ucr >= 0 else '-'}{credits_text(abs(amount_ucr))}"


def _fate(after: "Outcome", name: str) -> str:
    """What became of a bid that was changed or added."""
    for award in after.awards:
        if award.bid == name:
            return f"{name} wins option {award.option}, and pays {credits_text(award.payment_ucr)}."
    for lost in after.rejections:
        if lost.bid == name:
            short = f", short by {credits_text(lost.shortfall_ucr)}" if lost.shortfall_ucr else ""
            return f"{name} loses: {after.told(lost.reason)}{short}."
    return f"{name} takes no part."


def _document(
    found: "Difference", before: "Outcome", after: "Outcome", ours: Sequence[str]
) -> Document:
    from api.wire.cycle import Outcome as Figures

    won = {award.bid: award for award in after.awards}
    lost = {one.bid: one for one in after.rejections}
    return {
        "before": Figures.of(before).document(),
        "after": Figures.of(after).document(),
        "surplus_change_credits": money(found.surplus_after_ucr - found.surplus_before_ucr),
        "paid_change_credits": money(found.paid_after_ucr - found.paid_before_ucr),
        "changed": [
            {
                "bid": name,
                "wins": name in won,
                "pays_credits": money(won[name].payment_ucr) if name in won else None,
                "reason": after.told(lost[name].reason) if name in lost else None,
                "shortfall_credits": money(lost[name].shortfall_ucr) if name in lost else None,
            }
            for name in ours
        ],
        "entered": [
            {
                "bid": one.bid,
                "option": one.option,
                "start": one.start,
                "pays_credits": money(one.payment_ucr),
            }
            for one in found.entered
        ],
        "displaced": [
            {
                "bid": one.before.bid,
                "reason": None if one.reason is None else after.told(one.reason),
                "shortfall_credits": money(one.shortfall_ucr),
                "paid_credits": money(one.before.payment_ucr),
            }
            for one in found.displaced
        ],
        "moved": [
            {
                "bid": one.after.bid,
                "option": [one.before.option, one.after.option],
                "start": [one.before.start, one.after.start],
                "pays_credits": [money(one.before.payment_ucr), money(one.after.payment_ucr)],
            }
            for one in found.moved
        ],
        "prices": [
            {
                "pool": one.pool,
                "mean_before_credits": money(one.mean_before_ucr),
                "mean_after_credits": money(one.mean_after_ucr),
                "greatest_change_credits": money(one.greatest_change_ucr),
                "slot": one.slot,
            }
            for one in found.repriced
        ],
    }
