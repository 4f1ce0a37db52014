"""What the command line says of a refusal: its field by the flag it was typed with, and what to do
about it by flags and commands. With ``--json`` a refusal is a line of JSON on stderr."""

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import typer

from api.cli import exits
from api.client.failures import Refused, Unserved
from api.files import FileProblem
from marketplace.errors import BadField, MarketError
from marketplace.words import plain, quoted

Document = dict[str, Any]
Refusal = MarketError | Refused
"""What the market refuses, here or through a service."""

FLAGS: Final[Mapping[str, str]] = {
    "earliest_start": "--earliest",
    "latest_start": "--latest",
    "pool": "--pool",
    "start": "--from",
    "end": "--until",
    "cycle": "CYCLE",
    "limit_price": "--limit",
    "max_price": "--max-price",
    "max_cost": "--max-cost",
    "minimum_runtime": "--minimum",
    "credits": "CREDITS",
    "Idempotency-Key": "--key",
    "reserve_price_credits": "--reserve-price",
    "team": "--team",
    **{name: f"--{name.replace('_', '-')}" for name in ("valid_until",)},
    **{name: f"--{name.replace('_', '-')}" for name in ("block_size", "cost_centre")},
    **{name: f"--{name.replace('_', '-')}" for name in ("expiry", "carry_credits", "carry_days")},
    **{name: f"--{name}" for name in ("duration", "quantity", "value", "limit", "key", "capacity")},
    **{name: f"--{name}" for name in ("project", "theme", "state", "by", "role", "rule", "work")},
    **{name: f"--{name}" for name in ("database", "since", "hours", "unit", "reader", "kind")},
    **{name: f"--{name.replace('_', '-')}" for name in ("start_time", "end_time", "time_zone")},
    **{name: f"--{name.replace('_', '-')}" for name in ("first_day", "last_day", "days")},
    **{name: f"--{name}" for name in ("factor", "price", "corrects")},
    **{name: f"--{name.replace('_', '-')}" for name in ("guarantee", "buy_out", "gate")},
    "lasts_days": "--days",
    "every": "--every",
    "until": "--until",
    "expires_at": "--until",
    "roles": "--role",
    "note": "--note",
    "from_cycle": "--from-cycle",
    "changes": "--set",
    "after": "--after",
    "at": "--at",
}
"""How people type the fields that a refusal names."""

ADVICE: Final[Mapping[str, str]] = {
    "closed-already": "`gpumarket adjustment propose` proposes one",
    "cycles-not-over": "`gpumarket cycle run` runs it",
    "earlier-open": "`gpumarket month close` closes it",
    "month-not-over": "`gpumarket month checklist` says what else is open",
    "runs-not-posted": "`gpumarket tick run` posts them",
    "clock-ahead": "set the clock right; where it is right, `gpumarket clock set` says so",
    "before-overdue-sale": "`gpumarket cycle run` runs it",
    "month-not-done": "`gpumarket advance` does it",
    "month-still-open": "export it from then on, or end with an earlier month",
    "never-initialised": "run `gpumarket init`",
    "newer-program": "update gpumarket",
    "no-market": "run `gpumarket init`",
    "no-such-file": "`gpumarket init` makes one; `gpumarket login ADDRESS` reaches a served market",
    "not-a-head": "give one as `gpumarket ledger head` prints it",
    "not-a-place": "give what the list printed as its next, or leave it out to begin anew",
    "not-due": "wait for it, or close it early on purpose (--early)",
    "not-standing": "make it one with --standing",
    "older-program": "run `gpumarket init` to bring it up to date",
    "runs-on-real-clock": "`gpumarket init --manual-clock` makes one to play with",
    "several-legs": "give them by --file",
    "too-early": "wait, or `gpumarket clock set` says what time it is",
}
"""What to do, by the reason of a refusal, or by its code where it has but one."""

OF_THE_WIRE: Final[Mapping[str, str]] = {"Idempotency-Key": "key", "If-Match": "order"}
"""What a service names by the header that it is sent in."""

BEFORE_THE_COMMAND: Final = ("--at", "--database")


class Misuse(Exception):
    """Flags that do not go together, or a value that only this door cannot take."""

    def __init__(self, flag: str, value: object, because: str) -> None:
        super().__init__(flag, value, because)
        self.flag, self.value, self.because = flag, value, because

    def __str__(self) -> str:
        return f"{self.flag} is {quoted(self.value)}: {self.because}"


class Unreadable(typer.BadParameter):
    """A value that cannot be read; the flag is known to whoever reads the line."""

    def __init__(self, value: str, because: str) -> None:
        super().__init__(because)
        self.value = value


class NoAnswer(Exception):
    """A clearing or an estimate that was refused: the answer is no, and here is why."""

    def __init__(self, code: str, field: str, value: object, because: str) -> None:
        super().__init__(code, field, value, because)
        self.code, self.field, self.value, self.because = code, field, value, because

    def __str__(self) -> str:
        return self.because


def in_flags(refusal: Refusal) -> Refusal:
    """A refusal of an order made by flags: its one option's field, without the path to it."""
    if _bad_field(refusal).startswith("options["):
        return _renamed(refusal, _bad_field(refusal).rpartition(".")[2])
    return refusal


def _bad_field(refusal: Refusal) -> str:
    """The field of a value that cannot be; empty for all other refusals."""
    if isinstance(refusal, BadField) or (
        isinstance(refusal, Refused) and refusal.code == BadField.code
    ):
        return refusal.field
    return ""


def _renamed(refusal: Refusal, field: str) -> Refusal:
    """The same refusal of a field by another name."""
    if isinstance(refusal, Refused):
        detail = field + refusal.detail.removeprefix(refusal.field)
        return dataclasses.replace(refusal, field=field, detail=detail)
    return dataclasses.replace(refusal, field=field) if isinstance(refusal, BadField) else refusal


@contextmanager
def units_by_capacity() -> Iterator[None]:
    """Refuse a quantity of units by the flag of the ``pool`` commands, which is ``--capacity``."""
    try:
        yield
    except BadField as refusal:
        if refusal.field != "quantity":
            raise
        raise dataclasses.replace(refusal, field="capacity") from refusal


def sentence(refusal: Refusal) -> str:
    """What is said of ``refusal``: its field is named by the flag that it was typed with."""
    field = _bad_field(refusal)
    told = _renamed(refusal, FLAGS[field]) if field in FLAGS else refusal
    advice = ADVICE.get(getattr(refusal, "reason", "")) or ADVICE.get(refusal.code)
    return f"{told}; {advice}" if advice else str(told)


def misuse(message: str) -> str:
    """What is said of a command that cannot be read, with a hint where a flag stands too late."""
    for flag in BEFORE_THE_COMMAND:
        if f"No such option: {flag}" in message:
            return f"put {flag} before the command: gpumarket {flag} … COMMAND"
    return message


def document(refusal: Refusal) -> Document:
    """A refusal as data: ``code``, ``field``, ``value``, ``message``, and all else it knows. Its
    field is the market's own word, also where a service names it as it was sent."""
    told = refusal.fields()
    told["field"] = told.get("noun") or OF_THE_WIRE.get(str(told["field"]), told["field"])
    return {"code": refusal.code} | told | {"message": sentence(refusal)}


def told(failure: Exception) -> tuple[int, Document]:
    """How a command that failed ends: its exit code, and what is said of it."""
    if isinstance(failure, MarketError | Refused):
        return exits.exit_code(failure), document(failure)
    if isinstance(failure, Unserved):
        return exits.BAD, _plainly(failure.code, "server", failure.address, str(failure))
    if isinstance(failure, NoAnswer):
        return exits.NO, _plainly(failure.code, failure.field, failure.value, str(failure))
    if isinstance(failure, Misuse):
        return exits.BAD, _plainly("bad-usage", _name(failure.flag), failure.value, str(failure))
    if isinstance(failure, FileProblem):
        return exits.BAD, _plainly("bad-file", "file", failure.file, str(failure))
    if isinstance(failure, typer.TyperException):
        return exits.BAD, _of_usage(failure)
    if isinstance(failure, UnicodeError):
        return exits.BAD, _plainly(
            "bad-usage", "", None, "what was typed holds bytes that are no text"
        )
    sentence = f"this should not happen, please report it: {type(failure).__name__}: {failure}"
    return exits.BAD, _plainly("bug", "", None, sentence)


def of_output(bad: OSError) -> Document:
    """What is said where a file, or the output itself, cannot be read or written."""
    cause = (bad.strerror or str(bad)).lower()
    if bad.filename is None:
        return _plainly("output-failed", "", None, f"the output cannot be written: {cause}")
    sentence = f"{bad.filename} cannot be used: {cause}"
    return _plainly("bad-file", "file", str(bad.filename), sentence)


def interrupted() -> Document:
    """What is said of a command that was broken off."""
    sentence = "interrupted; what was done stays done, nothing is half done"
    return _plainly("interrupted", "", None, sentence)


def _of_usage(failure: typer.TyperException) -> Document:
    param, hint = getattr(failure, "param", None), getattr(failure, "param_hint", None)
    named = hint if isinstance(hint, str) else max(param.opts, key=len) if param else ""
    named = named or getattr(failure, "option_name", "") or ""
    message = misuse(failure.format_message())
    return _plainly("bad-usage", _name(named), getattr(failure, "value", None), message)


def _name(flag: str) -> str:
    return flag.lstrip("-").replace("-", "_").lower()


def _plainly(code: str, field: str, value: object, message: str) -> Document:
    return {"code": code, "field": field, "value": plain(value), "message": message}
