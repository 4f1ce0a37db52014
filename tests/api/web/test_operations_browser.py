"""The first five minutes of a platform lead, by clicking and typing in a real browser: a pool, its
maintenance, other rules, and the journal that tells of all three."""

import pytest

from marketplace.domain.page import every
from marketplace.services import capacity, maintenance, rules
from tests.api.web import chromium
from tests.api.web.conftest import Opens

pytestmark = pytest.mark.slow


def test_a_platform_lead_opens_a_pool_announces_maintenance_and_changes_the_rules(
    opens: Opens, at: chromium.Served
) -> None:
    tab = opens()
    tab.sign_in("pia")
    tab.click("nav >> text=Operations")
    tab.click(".tabs >> text=Pools")
    tab.page.wait_for_url("**/operations/pools")
    for field, text in (
        ("[name=id]", "b200"),
        ("[name=capacity]", "64"),
        ("[name=block_size]", "8"),
        ("[name=reserve_price_credits]", "0.9"),
    ):
        tab.page.fill(field, text)
    tab.click("text=Open the pool")
    tab.page.wait_for_selector("text=b200")
    assert "b200" in {one.id for one in every(capacity.listed, at.store)}

    tab.click(".tabs >> text=Maintenance")
    tab.page.select_option("#pool", "b200")
    tab.page.fill("[name=quantity]", "8")
    tab.page.fill("[name=start]", "2026-11-25T06:00")
    tab.page.fill("[name=end]", "2026-11-25T18:00")
    tab.page.fill("[name=reason]", "new power supplies")
    tab.click("text=See what it would do")
    assert not list(every(maintenance.listed, at.store))  # nothing happens before it is confirmed
    tab.click("#ahead button")
    tab.page.wait_for_selector("text=new power supplies")
    [announced] = every(maintenance.listed, at.store)
    assert (announced.pool, announced.quantity) == ("b200", 8)

    tab.click(".tabs >> text=Rules")
    tab.click("text=Change the rules")
    tab.page.fill("[name=reserved_share_ppm]", "900000")
    tab.click("text=See what would be other")
    tab.click("text=/^Adopt from/")
    tab.page.wait_for_url("**/operations/rules*")
    assert 900_000 in {one.rules.reserved_share_ppm for one in every(rules.listed, at.store)}

    tab.click(".tabs >> text=Journal")
    said = tab.says()
    for command in ("open-pools", "schedule-maintenance", "adopt-rules"):
        assert command in said.replace(" ", "-").lower(), said[:2_000]
