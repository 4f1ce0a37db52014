"""One self-contained page about a run: it loads nothing from anywhere, and needs no server."""

from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from api.charts.library import ink_script, plotly_script
from api.files import write_bytes
from api.report.drawings import drawings
from api.report.facts import Run
from pricing.shown import credits_shown

PARTS: Final = {
    "headline": "Headline",
    "capacity": "Capacity",
    "prices": "Prices",
    "winners": "Won and lost",
    "spend": "Spend",
    "spot": "Spot",
    "welfare": "Welfare",
    "cycles": "Cycles",
    "books": "Books",
}
"""The report's parts in their order, each with the template of its name."""


def write_report(run: object, out: Path) -> Path:
    """Write ``report.html`` about ``run`` into the directory ``out`` and return its path.

    ``run`` is anything that has the ``facts``. Atomic: whoever opens the file sees the old report
    or the new one, whole. Raises ``OSError`` where ``out`` cannot be made, ``FileProblem`` where
    the report cannot be written; nothing is left behind then.
    """
    return written(render(run), out)


def render(run: object) -> str:
    """The report as HTML, with its charts, their library, its style and its script inside.

    Raises ``ValidationError`` where ``run`` lacks a fact, or has one of another type.
    """
    facts = Run.model_validate(run)
    return rendered("report.html", run=facts, drawings=drawings(facts), parts=PARTS)


def rendered(template: str, **about: object) -> str:
    """A template with what it is about, and the style, the script and the library that all reports
    carry."""
    return (
        _templates()
        .get_template(template)
        .render(
            **about,
            style=_own("report.css"),
            script=Markup(ink_script()) + _own("report.js"),  # noqa: S704 - none of the data
            library=Markup(plotly_script()),  # noqa: S704 - Plotly's own script, none of the data
        )
    )


def written(page: str, out: Path) -> Path:
    """Put a page at ``report.html`` in ``out``, as ``write_report`` does."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / "report.html"
    write_bytes(path, page.encode("utf-8"))
    return path


def _own(name: str) -> Markup:
    """A file of this room as it is: nothing from the data is in it."""
    return Markup(resources.files("api.report").joinpath(name).read_text("utf-8"))  # noqa: S704


@cache
def _templates() -> Environment:
    """The templates: what they are given is escaped, and what they are not given is refused."""
    made = Environment(
        loader=PackageLoader("api.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    made.filters |= {"count": _count, "credits": credits_shown, "moment": _moment}
    return made


def _count(number: int) -> str:
    return f"{number:,}"


def _moment(at: datetime) -> str:
    """A time for people; the report says once that all of them are UTC."""
    return f"{at:%a %d %b %Y %H:%M}"
