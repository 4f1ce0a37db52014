"""A pool's slots as a strip of cells."""

from datetime import UTC, datetime

import pytest

from api.charts.availability import PoolSlots
from api.web.span import HOUR, Zoom, shown
from api.web.strip import strip

NOW = datetime(2026, 11, 26, 14, tzinfo=UTC)


def slots(count: int, past: int, **more: dict[int, int]) -> PoolSlots:
    """Sixteen units in every slot but those that are named."""

    def row(name: str, usual: int | None) -> list[int]:
        return [more.get(name, {}).get(number, usual or 0) for number in range(count)]

    return PoolSlots(
        id="h100",
        name="H100",
        unit="gpu",
        capacity=row("capacity", 16),
        sold=row("sold", 0),
        spot=row("spot", 0),
        away=row("away", 0),
        price_ucr=[more.get("price", {}).get(number) for number in range(count)],
        past=past,
    )


def test_of_hours_each_slot_is_a_cell_and_says_when_how_many_and_at_what_price() -> None:
    span = shown(Zoom.HOURS, None, NOW, HOUR)
    pool = slots(
        36, 6, sold={7: 16, 8: 12}, price={8: 250_000}, capacity={9: 0, 10: 0}, away={10: 16}
    )
    found = strip(pool, span, 8)
    assert [cell.words for cell in found.cells[5:11]] == [
        "Thu 26 Nov 13:00 UTC: 16 of 16 free; no price known",
        "Thu 26 Nov 14:00 UTC: 16 of 16 free; no price known",
        "Thu 26 Nov 15:00 UTC: 0 of 16 free; no price known",
        "Thu 26 Nov 16:00 UTC: 4 of 16 free; 0.25 credits",
        "Thu 26 Nov 17:00 UTC: closed",
        "Thu 26 Nov 18:00 UTC: all units away",
    ]
    assert [cell.shade for cell in found.cells[5:11]] == ["s0", "s0", "s4", "s3", "closed", "away"]
    assert [cell.now for cell in found.cells[5:8]] == [False, True, False]
    leads = [cell.free_from for cell in found.cells[5:9]]
    assert leads == [None, NOW, None, None]  # past; free; sold; less than a block
    assert found.words == "0 to 16 of 16 free, closed for a part; 0.25 credits"


def test_of_days_a_cell_leads_to_the_first_hour_in_it_that_is_free() -> None:
    span = shown(Zoom.DAYS, None, NOW, HOUR)
    pool = slots(192, 38, sold=dict.fromkeys(range(38, 44), 16), price={44: 250_000, 45: 400_000})
    cells = strip(pool, span, 8).cells
    assert len(cells) == 32
    now, then = cells[6:8]
    assert now.words == "Thu 26 Nov 14:00 to 18:00 UTC: 0 of 16 free; no price known"
    assert now.now
    assert now.free_from is None
    assert then.words == "Thu 26 Nov 18:00 to 00:00 UTC: 0 to 16 of 16 free; 0.25 to 0.40 credits"
    assert then.free_from == datetime(2026, 11, 26, 20, tzinfo=UTC)


@pytest.mark.parametrize(("past", "leads"), [(168, 21), (0, 28), (2000, 0)])
def test_of_weeks_a_cell_is_a_day_and_none_leads_into_the_past(past: int, leads: int) -> None:
    found = strip(slots(672, past), shown(Zoom.WEEKS, None, NOW, HOUR), 8)
    assert found.cells[1].words.startswith("Fri 20 Nov: 16 of 16 free")
    assert sum(cell.free_from is not None for cell in found.cells) == leads
    assert found.words.startswith("16 of 16 free")
