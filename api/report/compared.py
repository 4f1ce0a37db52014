"""One self-contained page about a comparison of policies, or about one of them alone."""

from pathlib import Path
from typing import Final

from api.report.comparison_drawings import comparison_drawings
from api.report.comparison_facts import Comparison
from api.report.page import rendered, written

PARTS: Final = {
    "value": "Value",
    "measures": "Measures",
    "unmet": "Not delivered",
    "waiting": "Waiting",
    "teams": "Teams",
    "prices": "Prices",
    "notes": "Notes",
}
"""The report's parts in their order, each with the template ``comparison_`` and its name."""


def write_comparison(comparison: object, out: Path) -> Path:
    """Write ``report.html`` about ``comparison`` into the directory ``out`` and return its path.

    ``comparison`` is anything that has the ``comparison_facts``. Whole or not at all, and raises,
    as ``page.write_report`` does.
    """
    return written(render_comparison(comparison), out)


def render_comparison(comparison: object) -> str:
    """The report as HTML, with its charts, their library, its style and its script inside.

    Raises ``ValidationError`` where ``comparison`` lacks a fact, or has one of another type.
    """
    told = Comparison.model_validate(comparison)
    return rendered("comparison.html", told=told, drawings=comparison_drawings(told), parts=PARTS)
