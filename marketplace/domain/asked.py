"""What whoever asks for units must say, alike for reserved time, for time that is taken at once and
for spot: a key, a pool that sells, so many of its blocks, so long."""

from collections.abc import Mapping
from datetime import timedelta

from marketplace.domain.capacity import Pool
from marketplace.domain.transfer import TEXT_MAX
from marketplace.errors import BadField
from marketplace.missing import among
from marketplace.rules import MarketRules


def check_key(key: str) -> None:
    """Refuse a key of no letters, or of too many. Raises ``BadField``."""
    if not key or len(key) > TEXT_MAX:
        facts = {"least": 1, "most": TEXT_MAX}
        raise BadField("key", key, "letters-out-of-range", facts)


def selling(pools: Mapping[str, Pool], id_: str, quantity: int, place: str = "") -> Pool:
    """The pool of that id, for that many units. ``place``: before the names of fields. Raises
    ``NotFound``, and ``BadField`` for a retired one and for what is not whole blocks of it."""
    pool = pools.get(id_)
    if pool is None:
        raise among("pool", id_, sorted(pools))
    if pool.retired:
        raise BadField(f"{place}pool", id_, "retired")
    if quantity < 1 or quantity % pool.block_size:
        blocks = {"pool": id_, "block_size": pool.block_size}
        raise BadField(f"{place}quantity", quantity, "not-a-multiple", blocks)
    return pool


def check_duration(duration: timedelta, rules: MarketRules, place: str = "") -> None:
    """Refuse what is not whole slots, or longer than a time-box may be. Raises ``BadField``."""
    if not timedelta(0) < duration <= rules.longest or duration % rules.slot:
        facts = {"slot": rules.slot, "most": rules.longest}
        raise BadField(f"{place}duration", duration, "not-slots", facts)
