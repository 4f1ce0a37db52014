"""For finance to write the next version of the themes: edit, see what is other, adopt it."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api.rest import themes as rest
from api.texts import shown
from api.web.exact import Exact, served
from api.web.finance_desk import THEMES, check, tabbed
from api.web.operating import Filled, done
from api.web.refusals import Page
from api.web.themes_page import changes, said_before
from api.web.typed import LOCAL, Refusal, each_fault, local, status, zoned
from api.web.visitor import Form, Seen, Visitor
from api.wire.theme import ThemesBody, ThemesVersion
from marketplace.domain.period import Period
from marketplace.errors import MarketError, Unrecognised

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = f"{THEMES}/edit"
EDIT, ADOPT = "edit", "adopt"
PARTS: Final = ("name", "share", "start", "end")
"""What of a theme is typed; its fields are named ``share-3``."""

BLANK: Final = 4
ROWS_MOST: Final = 40
"""So many rows are left for more themes, and so many are there at most: a form is not endless."""

FILE: Final = "themes.toml"
PERCENT: Final = re.compile(r"\d{1,3}(\.\d{1,4})?", re.ASCII)
PPM_OF_PERCENT: Final = 10_000
Row = dict[str, str]


class _Typed(ValueError):
    """What was typed into a field cannot be read: which, and why."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


@router.get(HERE)
def edit(seen: Seen) -> Response:
    """The newest version, to be changed into the next."""
    check(seen)
    return _page(seen, Filled())


@router.post(HERE)
def act(seen: Seen, form: Form) -> Response:
    """Tell what would be other, or adopt it."""
    check(seen)
    filled, rows = Filled.of(form), _rows(form)
    match, dry = f'"{form["seen"]}"' if form.get("seen") else "", filled.act != ADOPT
    try:
        body = _body(form, rows)
        adopted = rest.adopt(body, seen.caller, filled.key, if_match=match, dry_run=dry)
    except Unrecognised:
        raise
    except _Typed as bad:
        filled = Filled(act=EDIT, typed=form, wrong={bad.field: str(bad)}, key=filled.key)
        return _page(seen, filled, rows=rows, status_=HTTPStatus.UNPROCESSABLE_ENTITY)
    except (MarketError, ValidationError) as refusal:
        filled = Filled.refused(form, refusal, _wrong(refusal, rows))
        return _page(seen, filled, rows=rows, status_=status(refusal))
    if not dry:
        return done(THEMES, adopted=str(adopted.version))
    return _page(seen, filled, rows=rows, ahead=adopted, body=body)


def _rows(form: Mapping[str, str]) -> list[Row]:
    """The rows as they were typed."""
    rows = []
    for k in range(ROWS_MOST):
        if f"name-{k}" not in form:
            break
        rows.append({part: form.get(f"{part}-{k}", "").strip() for part in PARTS})
    return rows


def _body(form: Mapping[str, str], rows: Sequence[Row]) -> ThemesBody:
    """What was typed. Raises ``_Typed``, and pydantic's ``ValidationError``."""
    themes = []
    for k, row in enumerate(rows):
        if any(row.values()):
            times = {name: zoned(local(row[name])) for name in ("start", "end") if row[name]}
            themes.append({"name": row["name"], "share_ppm": _ppm(k, row["share"]), **times})
    when = {name: zoned(local(form.get(name, "").strip())) for name in ("start", "end")}
    return ThemesBody.read({**when, "themes": themes, "note": form.get("note", "").strip()})


def _ppm(row: int, text: str) -> int:
    text = text.removesuffix("%").strip()
    if not PERCENT.fullmatch(text):
        raise _Typed(f"share-{row}", f"{shown(text)} is no share in percent, like 40 or 12.5")
    return int(Fraction(text) * PPM_OF_PERCENT)


def _wrong(refusal: Refusal, rows: Sequence[Row]) -> dict[str, str]:
    """What is wrong, by the field of the form: of a theme by its row, of which blank ones are not
    in what was sent."""
    filled = [k for k, row in enumerate(rows) if any(row.values())]
    found: dict[str, str] = {}
    for field, said in each_fault(refusal):
        place = re.match(r"themes\[(\d+)\]\.(\w+)", field)
        name = field if field in ("start", "end", "note") else ""
        if place and int(place[1]) < len(filled):
            part, row = place[2].replace("share_ppm", "share"), filled[int(place[1])]
            dated = rows[row]["start"] or rows[row]["end"]  # else the document's times are meant
            name = part if part in ("start", "end") and not dated else f"{part}-{row}"
        found.setdefault(name, said[:1].upper() + said[1:])
    return found


def _newest(seen: Visitor) -> ThemesVersion | None:
    found = rest.listed(seen.caller, limit=1).items
    return found[0] if found else None


def _from(newest: ThemesVersion | None, now: datetime) -> tuple[dict[str, str], list[Row]]:
    """What stands in the form before anything is typed: the newest version, for its time, or for
    the next quarter where that is over."""
    start = Period.QUARTER.first_from(now)
    next_quarter = start, Period.QUARTER.after(start)
    if newest is None:
        return _fields(*next_quarter), []
    over = newest.end <= now
    rows = [
        {
            "name": one.name,
            "share": f"{one.share_ppm / PPM_OF_PERCENT:g}",
            "start": "" if over or one.start == newest.start else f"{one.start:{LOCAL}}",
            "end": "" if over or one.end == newest.end else f"{one.end:{LOCAL}}",
        }
        for one in newest.themes
    ]
    return _fields(*next_quarter) if over else _fields(newest.start, newest.end, newest.note), rows


def _fields(start: datetime, end: datetime, note: str = "") -> dict[str, str]:
    return {"start": f"{start:{LOCAL}}", "end": f"{end:{LOCAL}}", "note": note}


def toml(body: ThemesBody) -> str:
    """What was typed as a file that the command takes."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

    def table(facts: Mapping[str, Any]) -> list[str]:
        said = {name: value for name, value in facts.items() if value not in (None, "")}
        return [
            f"{name} = {value if isinstance(value, int) else quoted(value)}"
            for name, value in said.items()
        ]

    whole = body.document()
    lines = table({name: whole[name] for name in ("start", "end", "note")})
    for one in whole["themes"]:
        lines += ["", "[[themes]]", *table(one)]
    return "\n".join(lines)


def _exact(seen: Visitor, filled: Filled, body: ThemesBody) -> Exact:
    version = filled.typed.get("seen", "")
    fixed = body.document()
    fixed["themes"] = [
        {name: value for name, value in one.items() if value is not None} for one in fixed["themes"]
    ]
    return Exact(
        method="POST",
        address=served(seen, "/themes"),
        fixed=fixed,
        match=f'"{version}"' if version else "",
        command=[
            *("gpumarket", "themes", "adopt", FILE),
            *(("--seen", version) if version and version != "0" else ()),
        ],
    )


def _page(
    seen: Visitor,
    filled: Filled,
    *,
    rows: Sequence[Row] | None = None,
    ahead: ThemesVersion | None = None,
    body: ThemesBody | None = None,
    status_: int = HTTPStatus.OK,
) -> Response:
    newest = _newest(seen)
    fields, there = _from(newest, seen.caller.now)
    if rows is not None:
        fields = {name: filled.typed.get(name, "") for name in fields}
        there = [row for row in rows if any(row.values())]
    blank = [dict.fromkeys(PARTS, "")] * max(min(BLANK, ROWS_MOST - len(there)), 0)
    number = newest.version if newest else 0
    facts: dict[str, Any] = {
        "fields": fields,
        "rows": list(rows) if rows is not None and filled.wrong else [*there, *blank],
        "too_many": newest is not None and len(newest.themes) > ROWS_MOST,
        "newest": number,
        "seen_version": filled.typed.get("seen") or str(number),
        "ahead": ahead,
        "changes": (
            changes(said_before(seen.caller.market.store, ahead.start), ahead) if ahead else []
        ),
        "filled": filled,
        "file": toml(body) if body else "",
        "file_name": FILE,
        "exact": _exact(seen, filled, body) if body else None,
    }
    return tabbed(seen, THEMES, "finance_themes_edit.html", facts, status=status_)
