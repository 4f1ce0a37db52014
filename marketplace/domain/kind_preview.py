"""How firm a win may be, before it is bid for: the three kinds beside each other, with what each
costs and may become.

All three are cleared alike and pay the published price, so they cost the same, and forward floors
hold for all of them. They differ in what may follow: until when, for how much, and how often it did
of late.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from marketplace.domain.guarantee import Guarantee, Kind
from marketplace.domain.preview import OptionPreview
from marketplace.rules import PPM, MarketRules


@dataclass(frozen=True, slots=True)
class Past:
    """Time-boxes of one kind that were to start in the last four weeks: how many were won, and how
    many of those were moved, or bought back."""

    won: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyOuts:
    """For what a time-box may be bought back. ``least_ucr``: what it is expected to pay, which
    comes back in any case; ``own_ucr``: as the order says, or what its option is worth;
    ``most_ucr``: one that asks for more is not bought back at all."""

    least_ucr: int
    own_ucr: int
    most_ucr: int

    @property
    def within(self) -> bool:
        """Whether it could be bought back as the order says."""
        return self.own_ucr <= self.most_ucr


@dataclass(frozen=True, slots=True, kw_only=True)
class KindPreview:
    """What an option would be as one kind, at its cheapest free start. ``least_ucr``: the least
    that it can cost there, by the reserve price and the forward floors; ``until``: until then the
    market may change it, None where it never may."""

    kind: Kind
    least_ucr: int
    now_ucr: int | None
    expected_ucr: int | None
    until: datetime | None
    buy_out: BuyOuts | None
    past: Past


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the kinds are weighed by. ``next_sale``: when the first sale begins that could change
    what is won now; ``past``: what became of earlier ones, by kind."""

    rules: MarketRules
    next_sale: datetime
    past: Mapping[Kind, Past]


def kind_previews(
    one: OptionPreview, asked: Guarantee, least_ucr: int, outlook: Outlook
) -> tuple[KindPreview, ...]:
    """An option as each of the kinds; ``asked``: the terms that the order names, which count for
    each kind that they mean something for."""
    return tuple(_kind(one, kind, asked, least_ucr, outlook) for kind in Kind)


def _kind(
    one: OptionPreview, kind: Kind, asked: Guarantee, least_ucr: int, outlook: Outlook
) -> KindPreview:
    quote = one.quote
    now_ucr, expected_ucr = (quote.now_ucr, quote.expected_ucr) if quote else (None, None)
    pays_ucr = next((each for each in (expected_ucr, now_ucr) if each is not None), least_ucr)
    buy_out = None
    if kind is Kind.RECALLABLE:
        buy_out = _buy_outs(one.option.value_ucr, asked.buy_out_ucr, pays_ucr, outlook.rules)
    return KindPreview(
        kind=kind,
        least_ucr=least_ucr,
        now_ucr=now_ucr,
        expected_ucr=expected_ucr,
        until=_until(one, replace(asked, kind=kind), outlook, buy_out),
        buy_out=buy_out,
        past=outlook.past.get(kind, Past()),
    )


def _buy_outs(value_ucr: int, named_ucr: int | None, pays_ucr: int, rules: MarketRules) -> BuyOuts:
    least_ucr = min(pays_ucr, value_ucr)
    gain_ucr = least_ucr * rules.buy_out_gain_ppm // PPM
    return BuyOuts(
        least_ucr=least_ucr,
        own_ucr=max(value_ucr if named_ucr is None else named_ucr, least_ucr),
        most_ucr=min(least_ucr + gain_ucr, value_ucr),
    )


def _until(
    one: OptionPreview, meant: Guarantee, outlook: Outlook, buy_out: BuyOuts | None
) -> datetime | None:
    rules, option = outlook.rules, one.option
    bought = buy_out is not None and buy_out.within
    moves = option.earliest_start < option.latest_start and rules.moves_most > 0
    changes = meant.kind is not Kind.FIRM and (bought or moves)
    may = changes and not rules.payment_rule.needs_proof
    if one.quote is None or not may:
        return None
    gate = one.quote.start - meant.gate_by(rules)
    return gate if gate >= outlook.next_sale else None
