"""The report in a real browser: it grows with its window, and keeps what it shows on paper."""

from pathlib import Path

import pytest

from api.report.page import write_report
from sim.results.plain import plain_run
from tests.api.web import chromium
from tests.sim import made_history as made

WIDTHS = """() => {
  const map = document.getElementById("capacity-map");
  const wide = (what) => map.querySelector(what).getBoundingClientRect();
  return { chart: map.clientWidth, drawn: wide("svg.main-svg").width,
           cells: wide(".heatmaplayer image").width, bar: wide(".cbfills").height };
}"""


@pytest.mark.slow
def test_the_heat_map_grows_when_a_phone_is_turned_and_prints_whole(tmp_path: Path) -> None:
    if not chromium.PROGRAM:
        pytest.skip(chromium.MISSING)
    path = write_report(plain_run(made.history()), tmp_path)
    with chromium.launched() as browser:
        page = browser.new_page(viewport=chromium.NARROW)
        page.goto(path.resolve().as_uri())
        page.wait_for_selector(".heatmaplayer image")
        for size in ({"width": 844, "height": 390}, chromium.WIDE):
            page.set_viewport_size(size)
            page.wait_for_timeout(500)
            found = page.evaluate(WIDTHS)
            assert found["drawn"] == pytest.approx(found["chart"], abs=2)
            assert found["cells"] > 0.7 * found["chart"]
            assert found["bar"] > 50  # upright again
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.wait_for_timeout(500)
        assert page.evaluate(WIDTHS)["drawn"] <= 640
        page.close()
