"""A statement in a real browser: A4, its header on each page, nothing loaded, nothing sideways."""

import re
from pathlib import Path

import pytest

from api.statements.page import render
from tests.api.statements.test_page import HOURS, lines, of_team
from tests.api.web import chromium


def test_a_statement_prints_on_a4_and_fits_a_phone(tmp_path: Path) -> None:
    if not chromium.PROGRAM:
        pytest.skip(chromium.MISSING)
    found = lines(*(f"a project of a long name, number {k}" for k in range(60)))
    file = tmp_path / "nlp.html"
    file.write_text(render(of_team(found, HOURS), found), encoding="utf-8")
    asked: list[str] = []
    with chromium.launched() as browser:
        page = browser.new_page(viewport=chromium.NARROW)
        page.on("request", lambda one: asked.append(one.url))
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= chromium.NARROW["width"]
        page.emulate_media(media="print")
        shown = "getComputedStyle(document.querySelector('.lines thead')).display"
        assert page.evaluate(shown) == "table-header-group"
        printed = page.pdf(prefer_css_page_size=True)
    assert asked == [file.as_uri()]
    sizes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert len(sizes) > 2
    assert {(round(float(wide)), round(float(high))) for wide, high in sizes} == {(595, 842)}
