"""Every rule is told in words."""

from api.web.rule_words import WORDS, rules_of
from marketplace.rules import MarketRules


def test_every_rule_is_told_in_words_and_no_other() -> None:
    document = MarketRules().document()
    assert [one.name for one in rules_of(MarketRules())] == list(WORDS)
    assert set(WORDS) == set(document) - {"version"}


def test_a_page_knows_what_may_be_typed() -> None:
    rules = {one.name: one for one in rules_of(MarketRules())}
    share = rules["reserved_share_ppm"]
    assert (share.least, share.most, share.unit, share.shown) == (0, 10**6, "millionths", "100 %")
    assert "vcg" in rules["payment_rule"].choices
    assert not rules["indicative_hours"].number
    assert (rules["slot_minutes"].stays, rules["work"].bounded) == (True, False)
