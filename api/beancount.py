"""The whole ledger as beancount has it: plain-text accounting that `bean-check` proves.

Seen from the teams: what they have are assets, what pools took are expenses, and the mint is where
it all came from. Every balance is asserted without tolerance.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from marketplace.domain.transfer import Posted, team_of
from marketplace.services.books import Progress, silent
from marketplace.services.paper import Paper
from marketplace.words import stamp

ENDING: Final = ".beancount"
COMMODITY: Final = "CREDIT"
MICRO: Final = 10**6
AT_ONCE: Final = 1_000
KNOWN: Final = 8_192
STEP: Final = "transfers"
TEAMS: Final = "Assets:Team"
KINDS: Final = {"team": TEAMS, "pool": "Expenses:Pool", "expired": "Expenses:Expired"}
"""What kind of account each address begins; all others, as the mint, are equity."""

LETTERS: Final = {"_": "U", ".": "P"}
"""Ids have small letters alone: so a capital stands for what beancount takes in no name."""


def text(paper: Paper, now: datetime, step: Progress = silent) -> Iterator[str]:
    """The file, part by part."""
    first = next(paper.posted, None)
    day = f"{first.at if first else now:%Y-%m-%d}"
    yield _beginning(paper, day)
    last = first.at if first else now
    part = [_transaction(first)] if first else []
    for one in paper.posted:
        last = one.at
        part.append(_transaction(one))
        if len(part) >= AT_ONCE:
            yield "".join(part)
            part = []
            step(STEP, one.seq, paper.transfers)
    yield "".join(part)
    yield _balances(paper, max(last, now) + timedelta(days=1))


def _beginning(paper: Paper, day: str) -> str:
    teams = sorted({team_of(address) for address in paper.balances} - {""})
    accounts = {f"team/{team}": _account(f"team/{team}") for team in teams}
    accounts |= {address: _account(address) for address in paper.balances}
    lines = [
        f"; The ledger of a GPU market: {paper.transfers} transfers.",
        f"; Head of the journal: {paper.head}",
        'option "title" "GPU Market"',
        f'option "operating_currency" "{COMMODITY}"',
        "",
        f"{day} commodity {COMMODITY}",
    ]
    for address, account in accounts.items():
        lines += [f"{day} open {account} {COMMODITY}", f'  address: "{address}"']
    return "\n".join([*lines, "", ""])


def _balances(paper: Paper, end: datetime) -> str:
    """What each team had when each month was over, and what each account has now."""
    lines = []
    for at, owned in paper.month_ends:
        lines += [_balance(at, f"team/{team}", ucr) for team, ucr in sorted(owned.items())]
    lines += [_balance(end, address, ucr) for address, ucr in paper.balances.items()]
    return "\n".join([*lines, ""])


def _balance(at: datetime, address: str, ucr: int) -> str:
    return f"{at:%Y-%m-%d} balance {_account(address)} {_amount(ucr)} ~ 0 {COMMODITY}"


def _transaction(posted: Posted) -> str:
    """A transfer with its facts; a fact that it has not is left out."""
    one = posted.transfer
    payer, tags, amount = one.payer, one.payer.tags, _amount(one.amount_ucr)
    facts = {
        "at": stamp(posted.at),
        "order": payer.order_id,
        "spot-request": payer.spot_id,
        "reservation": one.reservation_id,
        "hold": one.hold_id,
        "cycle": one.cycle_id,
        "rule": one.rule,
        "reason": one.reason,
        "project": tags.project,
        "theme": tags.theme,
        "cost-centre": tags.cost_centre,
        "hash": posted.hash,
    }
    told = "".join(f"  {name}: {_quoted(said)}\n" for name, said in facts.items() if said)
    movement = one.movement.value
    return (
        f'{posted.at:%Y-%m-%d} * "{movement}" {_quoted(one.note)} #{movement}\n'
        f"  transfer: {posted.seq}\n{told}"
        f"  {_account(one.source)} -{amount} {COMMODITY}\n"
        f"  {_account(one.target)} {amount} {COMMODITY}\n\n"
    )


def _amount(ucr: int) -> str:
    """Credits with all six digits after the point.

    >>> _amount(-1_500_000)
    '-1.500000'
    """
    whole, part = divmod(abs(ucr), MICRO)
    return f"{'-' if ucr < 0 else ''}{whole}.{part:06d}"


def _quoted(said: str) -> str:
    escaped = said.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@lru_cache(maxsize=KNOWN)
def _account(address: str) -> str:
    """An address as a name of beancount; no two have the same.

    >>> _account("team/nlp_2/grant/g.1/free")
    'Assets:Team:NlpU2:Grant:GP1:Free'
    """
    kind, *parts = address.split("/")
    return ":".join([KINDS.get(kind) or f"Equity:{_named(kind)}", *map(_named, parts)])


def _named(id_: str) -> str:
    name = "".join(LETTERS.get(letter, letter) for letter in id_)
    return name[:1].upper() + name[1:]
