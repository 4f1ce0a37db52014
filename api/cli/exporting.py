"""``export``: what the market's finance is told other systems by."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli import show
from api.cli.desk import AsJson, PeriodUntil, SurePeriodFrom, desk
from api.cli.refusals import Misuse
from api.cli.values import Document, counted, credits_text, money, stamp, typed
from api.files import writing
from api.focus import bill as bills

if TYPE_CHECKING:
    from api.focus.bill import Bill, Totals

app = typer.Typer(help="Files for other systems of finance.")
VERSIONS: Final = "Of the specification: 1.2, or 1.4, which no validator knows yet."
Out = Annotated[
    Path, typer.Option("--out", metavar="FILE", help="What to write: a .csv or a .parquet.")
]
Currency = Annotated[
    str,
    typer.Option(
        "--currency", parser=typed(bills.currency), metavar="CODE", help="What is billed in: EUR."
    ),
]
Rate = Annotated[
    int,
    typer.Option(
        "--rate", parser=typed(bills.rate), metavar="RATE", help="What a credit is worth in it."
    ),
]


@app.command("focus")
def focus(
    ctx: typer.Context,
    *,
    start: SurePeriodFrom,
    until: PeriodUntil = None,
    currency: Currency,
    rate: Rate,
    out: Out,
    version: Annotated[str, typer.Option("--version", metavar="VERSION", help=VERSIONS)] = "1.2",
    provider: Annotated[
        str, typer.Option("--provider", metavar="NAME", help="Who sells, as the bill names it.")
    ] = bills.PROVIDER,
    as_json: AsJson = False,
) -> None:
    """Write the bill of months that are over as FOCUS has it: a row for each charge and refund, in
    the order of posting. Credits are its pricing currency; what they stand for is said here."""
    from api.focus import export
    from api.focus import writing as formats
    from api.focus.columns import Version
    from marketplace.domain.statement import month_around
    from marketplace.services import cost

    kind = formats.Format(
        _one_of("--out", out.suffix.lower(), [one.value for one in formats.Format], str(out))
    )
    chosen = _one_of("--version", version, [one.value for one in Version], version)
    at, totals = desk(ctx), bills.Totals()
    with at.store() as store, show.progress() as step:
        first, end = start.on(at.now), until.on(at.now) if until else None
        bill = bills.Bill(
            start=first,
            end=end or month_around(first)[1],
            currency=currency,
            rate_micro=rate,
            provider=provider,
            version=Version(chosen),
        )
        parts = export.parts(store, bill, kind, at.now, totals, step)
        _tell_nothing_before(bill, cost.began(store))
        with writing(out) as file:
            file.writelines(parts)
    if as_json:
        show.document(_document(bill, totals, out))
        return
    billed = f"{totals.billed(bill)} {currency} for {credits_text(totals.ucr)} credits"
    show.say(f"{out}: {counted(totals.rows, 'row')}, {billed}.")
    if bill.version is Version.V1_4:
        show.note("No validator knows this version yet; 1.2 is what is validated.")


def _tell_nothing_before(bill: "Bill", began: datetime | None) -> None:
    """Say so where months of a bill are before the market."""
    from marketplace.domain.month import name_of
    from marketplace.domain.statement import month_of

    if began is None or bill.start >= month_of(began):
        return
    show.note(
        f"Nothing is there before {name_of(month_of(began))}: the market began on {began:%Y-%m-%d}."
    )


def ledger(
    ctx: typer.Context,
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="What to write: a .beancount file.")
    ],
    as_json: AsJson = False,
) -> None:
    """Write all transfers as plain-text accounting, with the balances that they must come to, for
    `bean-check` of beancount: whoever has the file needs nothing of the market to prove it."""
    from api import beancount
    from marketplace.services import paper

    _one_of("--out", out.suffix.lower(), [beancount.ENDING], str(out))
    at = desk(ctx)
    with at.store() as store, show.progress() as step, paper.whole(store, at.now) as whole:
        with writing(out) as file:
            for part in beancount.text(whole, at.now, step):
                file.write(part.encode())
        told = {
            "file": str(out),
            "head": whole.head,
            "transfers": whole.transfers,
            "accounts": len(whole.balances),
            "month_ends": len(whole.month_ends),
        }
    if as_json:
        show.document(told)
        return
    counts = f"{counted(whole.transfers, 'transfer')}, {counted(len(whole.balances), 'account')}"
    show.say(f"{out}: {counts}, {counted(len(whole.month_ends), 'month')} that ended.")
    show.say(f"Head of the journal: {whole.head}")


def _one_of(flag: str, said: str, choices: list[str], typed_: str) -> str:
    if said not in choices:
        raise Misuse(flag, typed_, f"one of {', '.join(choices)}")
    return said


def _document(bill: "Bill", totals: "Totals", out: Path) -> Document:
    return {
        "file": str(out),
        "version": bill.version.value,
        "start": stamp(bill.start),
        "end": stamp(bill.end),
        "rows": totals.rows,
        "credits": money(totals.ucr),
        "currency": bill.currency,
        "rate": bill.rate,
        "billed": totals.billed(bill),
    }
