"""Strict JSON: numbers as exact decimals, one sentence for each flaw, the same bytes every time.

Python's own reader lets through what a market must not: a key written twice (the last one wins),
NaN, numbers rounded to a float. Everything refused here is a ``Flaw``, which carries where it
lies; ``allocator.files.formats`` turns it into the sentence people read.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Final, NoReturn, TypeVar

from allocator.files import times
from pricing.units import MAX_UCR, credits_from_ucr, ucr_from_credits

T = TypeVar("T")
LONGEST_NUMBER: Final = 100  # characters; a seed of 256 bits has 78


class Flaw(Exception):
    """What is wrong (``says``, a predicate) and where: ``path`` is empty for the whole document."""

    def __init__(self, path: str, says: str) -> None:
        super().__init__(path, says)
        self.path = path
        self.says = says

    def inside(self, path: str, joint: str = ".") -> "Flaw":
        """The same flaw, seen from the level above."""
        return Flaw(f"{path}{joint}{self.path}" if self.path else path, self.says)


class Written(str):
    """A value that is JSON already, and stands in the file as it is."""

    __slots__ = ()


class _Twice(str):
    """A key that stood twice in one object; no other key is ever equal to an unknown one."""


def parse(data: bytes) -> object:
    """The JSON document in ``data``, its numbers as ``int`` or ``Decimal``.

    Raises ``Flaw`` for what is no JSON (RFC 8259, UTF-8) or cannot be a document of ours.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as bad:
        raise Flaw("", f"is not UTF-8 text: byte {bad.start} cannot be read") from bad
    try:
        return json.loads(
            text,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_not_finite,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as bad:
        if not text.strip():
            raise Flaw("", "is empty; it must be a JSON object") from bad
        if bad.pos >= len(text.rstrip()) or bad.msg.startswith("Unterminated"):
            raise Flaw(
                "", f"ends too early, in line {text.count(chr(10)) + 1}: truncated?"
            ) from bad
        where = f"line {bad.lineno} column {bad.colno}"
        raise Flaw("", f"is not JSON: {bad.msg} at {where}") from bad
    except RecursionError as bad:
        raise Flaw("", "is nested too deeply") from bad


def _integer(literal: str) -> int:
    if len(literal) > LONGEST_NUMBER:
        raise Flaw("", f"holds the number {literal[:20]}…, of {len(literal)} characters: too long")
    return int(literal)


def _decimal(literal: str) -> Decimal:
    if len(literal) > LONGEST_NUMBER:
        raise Flaw("", f"holds the number {literal[:20]}…, of {len(literal)} characters: too long")
    try:
        return Decimal(literal)
    except ArithmeticError as bad:
        raise Flaw("", f"holds the number {literal}, which is out of all range") from bad


def _not_finite(literal: str) -> NoReturn:
    raise Flaw("", f"holds {literal}, which is not a finite number")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                return {_Twice(key): None}
            seen.add(key)
    return found


def shown(value: object) -> str:
    """A JSON value, short enough for a sentence."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = str(value) if isinstance(value, Decimal) else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:50]}…"


def fields(node: object, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, Any]:
    """``node`` as an object that has all ``required`` keys and no other than the two lists'."""
    if not isinstance(node, dict):
        raise Flaw("", f"is {shown(node)}; it must be an object")
    no_key_twice(node)
    for key in required:
        if key not in node:
            raise Flaw(key, "is missing")
    if unknown := node.keys() - {*required, *optional}:
        known = ", ".join([*required, *optional])
        raise Flaw("", f"has the unknown key {shown(min(unknown))}; the keys are {known}")
    return node


def no_key_twice(node: Mapping[str, object]) -> None:
    """Raise ``Flaw`` where a key stood twice in the object ``node`` was read from."""
    for key in node:
        if isinstance(key, _Twice):
            raise Flaw("", f"has the key {shown(str(key))} twice")


def whole(node: Mapping[str, Any], key: str, least: int, most: int) -> int:
    """The field as a whole number between two ends, both included; 2.0 is whole."""
    return _within(key, node[key], least, most)


def _within(path: str, value: object, least: int, most: int) -> int:
    if type(value) is int and least <= value <= most:
        return value
    if isinstance(value, Decimal) and least <= value <= most and value == int(value):
        return int(value)
    raise Flaw(path, f"is {shown(value)}; it must be a whole number from {least} to {most}")


def money(node: Mapping[str, Any], key: str, *, signed: bool = False) -> int:
    """The field, in credits, as whole micro-credits."""
    return _ucr(key, node[key], signed=signed)


def _ucr(path: str, value: object, *, signed: bool) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Flaw(path, f"is {shown(value)}; it must be a number of credits")
    try:
        amount_ucr = ucr_from_credits(value)
    except (ValueError, ArithmeticError) as bad:
        most = MAX_UCR // 10**6
        raise Flaw(
            path,
            f"is {shown(value)}; it must be a number of credits"
            f" up to {most}, with at most 6 digits after the point",
        ) from bad
    if amount_ucr < 0 and not signed:
        raise Flaw(path, f"is {shown(value)}; it must not be negative")
    return amount_ucr


def real(node: Mapping[str, Any], key: str, *, signed: bool = False) -> float:
    """The field as a float: for seconds and ratios, never for money."""
    value = node[key]
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Flaw(key, f"is {shown(value)}; it must be a number")
    if not (-MAX_UCR if signed else 0) <= value <= MAX_UCR:
        raise Flaw(key, f"is {shown(value)}; it is out of range")
    return float(value)


def words(node: Mapping[str, Any], key: str) -> str:
    """The field as text that is not empty."""
    return text(key, node[key])


def text(path: str, value: object) -> str:
    """``value`` as text that is not empty and can be written down again."""
    if not isinstance(value, str) or not value:
        raise Flaw(path, f"is {shown(value)}; it must be a text that is not empty")
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as bad:
            raise Flaw(path, f"is {shown(value)}; half a surrogate pair is no text") from bad
    return value


def one_of(node: Mapping[str, Any], key: str, choices: tuple[str, ...]) -> str:
    """One of these words."""
    if not isinstance(node[key], str) or node[key] not in choices:
        raise Flaw(key, f"is {shown(node[key])}; it must be one of {', '.join(choices)}")
    return str(node[key])


def truth(node: Mapping[str, Any], key: str) -> bool:
    """The field as true or false."""
    if not isinstance(node[key], bool):
        raise Flaw(key, f"is {shown(node[key])}; it must be true or false")
    return bool(node[key])


def moment(node: Mapping[str, Any], key: str) -> datetime:
    """The field, RFC 3339 with an offset, as a time in UTC."""
    value = node[key]
    found = times.moment(value) if isinstance(value, str) else None
    if found is not None:
        return found
    raise Flaw(key, f"is {shown(value)}; it must be a time like 2026-11-23T00:00:00Z")


def items(
    node: Mapping[str, Any], key: str, read: Callable[[Any], T], *, named: bool = False
) -> list[T]:
    """Each element of the field's list, read; a flaw tells its place, and its id if ``named``."""
    found = node[key]
    if not isinstance(found, list):
        raise Flaw(key, f"is {shown(found)}; it must be a list")
    done: list[T] = []
    for place, element in enumerate(found):
        try:
            done.append(read(element))
        except Flaw as flaw:
            path = f"{key}[{place}]"
            name = element.get("id") if named and isinstance(element, dict) else None
            if name is None:
                raise flaw.inside(path) from flaw
            raise flaw.inside(f"{path} {shown(name)}", ": ") from flaw
    return done


def grid(node: Mapping[str, Any], key: str, slots: int, most: int) -> tuple[int, ...]:
    """One whole number for all slots, or a list of one a slot; from 0 to ``most``."""
    return _grid(key, node[key], slots, lambda path, value: _within(path, value, 0, most))


def money_grid(node: Mapping[str, Any], key: str, slots: int) -> tuple[int, ...]:
    """One amount of credits for all slots, or a list of one a slot; never negative."""
    return _grid(key, node[key], slots, lambda path, value: _ucr(path, value, signed=False))


def money_list(node: Mapping[str, Any], key: str) -> tuple[int, ...]:
    """A list of amounts of credits of any sign and number: what they must be, an audit tells."""
    if not isinstance(node[key], list):
        raise Flaw(key, f"is {shown(node[key])}; it must be a list of one number a slot")
    return _grid(key, node[key], len(node[key]), lambda path, value: _ucr(path, value, signed=True))


def _grid(
    path: str, value: object, slots: int, read: Callable[[str, object], int]
) -> tuple[int, ...]:
    if not isinstance(value, list):
        return (read(path, value),) * slots
    if len(value) != slots:
        raise Flaw(path, f"is a list of {len(value)}; it must be one number or a list of {slots}")
    numbers = []
    for slot, number in enumerate(value):
        try:
            numbers.append(read("", number))
        except Flaw as flaw:
            raise flaw.inside(f"{path}[{slot}]") from flaw
    return tuple(numbers)


def no_id_twice(key: str, ids: Iterable[object]) -> None:
    """Raise ``Flaw`` where two elements of the list ``key`` have one identity."""
    seen: dict[object, int] = {}
    for place, identity in enumerate(ids):
        first = seen.setdefault(identity, place)
        if first != place:
            parts = identity if isinstance(identity, tuple) else (identity,)
            name = " and ".join(shown(part) for part in parts)
            raise Flaw(f"{key}[{place}]", f"is a second one for {name}; see {key}[{first}]")


def credit_number(amount_ucr: int) -> Decimal:
    """Micro-credits as the decimal that ``rendered`` writes as a JSON number."""
    return credits_from_ucr(amount_ucr)


def compact(values: Sequence[int | Decimal]) -> int | Decimal | list[int | Decimal]:
    """A grid as its one number where all slots are alike, else as a list."""
    return values[0] if values and len(set(values)) == 1 else list(values)


def rendered_rows(rows: Sequence[Written]) -> bytes:
    """A list of objects as JSON, a line for each."""
    lines = ",\n  ".join(rows)
    return f"[\n  {lines}\n]\n".encode() if rows else b"[]\n"


def rendered(document: Mapping[str, object]) -> bytes:
    """``document`` as JSON: a line for each key, and for each element of a list of objects."""
    lines = []
    for key, value in document.items():
        if isinstance(value, list) and value and isinstance(value[0], dict | Written):
            rows = ",\n  ".join(_json(row) for row in value)
            lines.append(f"{quoted(key)}: [\n  {rows}\n ]")
        else:
            lines.append(f"{quoted(key)}: {_json(value)}")
    return ("{\n " + ",\n ".join(lines) + "\n}\n").encode("ascii")


def _json(value: object) -> str:
    if isinstance(value, Written):
        return value
    if isinstance(value, str):
        return quoted(value)
    if type(value) is int:
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        inside = ", ".join([f"{quoted(key)}: {_json(part)}" for key, part in value.items()])
        return "{" + inside + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join([_json(part) for part in value]) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        raise Flaw("", f"holds {value}, which is not a finite number")
    return json.dumps(value)
