"""A statement as one page of HTML that prints well: light, without scripts, on A4."""

from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from api.wire.statement import Line, Statement, TagStatement

TYPES: Final = (
    "grant",
    "transfer",
    "charge",
    "refund",
    "adjustment",
    "expiry",
    "draw",
    "repayment",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line, and the total after it."""

    line: Line
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the page shows."""

    of: str
    whose: str
    start: datetime
    end: datetime
    names: tuple[str, str, str]  # what was before, what is then, what the total is
    before: Decimal
    after: Decimal
    held: Decimal
    entries: Sequence[Entry]
    sums: Sequence[tuple[str, int, Decimal]]
    by_team: bool


def render(found: Statement | TagStatement, lines: Iterable[Line]) -> str:
    """The page of a statement with all its lines; ``found`` may have any page of them."""
    of_team = isinstance(found, Statement)
    if isinstance(found, Statement):
        of, whose, before, sign = f"team {found.team}", "", found.opening_credits, 1
        names = ("Opening balance", "Closing balance", "Balance")
    else:
        of, before, sign = (
            f"{found.by.value.replace('-', ' ')} {found.name}",
            found.before_credits,
            -1,
        )
        whose = "all teams" if found.teams is None else ", ".join(found.teams) or "no team"
        names = ("Spent before", "Spent in all", "Spent")
    total, entries = before, list[Entry]()
    counts, sums = Counter[str](), defaultdict[str, Decimal](Decimal)
    for line in lines:
        total += sign * line.credits
        entries.append(Entry(line=line, total=total))
        counts[line.type] += 1
        sums[line.type] += line.credits
    facts = Facts(
        of=of,
        whose=whose,
        start=found.start,
        end=found.end,
        names=names,
        before=before,
        after=total,
        held=found.held_credits,
        entries=entries,
        sums=[(one, counts[one], sums[one]) for one in TYPES if counts[one]],
        by_team=not of_team,
    )
    page = _templates().get_template("statement.html")
    return page.render(facts=facts, hours=found.hours, style=_style())


def style_digest() -> str:
    """What a policy of what the page may do calls its style."""
    return f"'sha256-{b64encode(sha256(_style().encode()).digest()).decode()}'"


def _style() -> Markup:
    """The style of this room as it is: nothing from the data is in it."""
    own = resources.files("api.statements").joinpath("statement.css")
    return Markup(own.read_text("utf-8"))  # noqa: S704


@cache
def _templates() -> Environment:
    """The template: what it is given is escaped, and what it is not given is refused."""
    made = Environment(
        loader=PackageLoader("api.statements"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"credits": _credits, "moment": _moment, "hours": _hours}
    return made


def _credits(amount: Decimal) -> str:
    """Credits for people: two digits after the point, or as many as there are."""
    digits = max(2, -int(amount.as_tuple().exponent))
    return f"{amount:,.{digits}f}".replace("-", "−")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _hours(number: float) -> str:
    return f"{number:,.2f}"
