"""The quarter's themes: decide on them, read all versions."""

from collections.abc import Sequence
from datetime import datetime

from marketplace.domain.event.theme import ThemesAdopted
from marketplace.domain.journal import Call
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.theme import AdoptedThemes, coming, decisive
from marketplace.domain.theme_command import AdoptThemes
from marketplace.domain.version import check_seen
from marketplace.errors import BadField, NotFound
from marketplace.store import event as event_store
from marketplace.store import theme as theme_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


def adopt(tx: Tx, command: AdoptThemes, call: Call) -> AdoptedThemes:
    """Keep a next version: it says what the credits of its time are meant for, in the place of
    those before that are about the same time.

    Raises ``NotAllowedNow`` where somebody changed it since the version that was seen, ``BadField``
    for a time that is over.
    """
    before = theme_store.every(tx)
    newest = before[-1].version if before else 0
    check_seen("themes", f"themes-{newest}", "adopted", command.seen, newest)
    if command.themes.end <= call.at:
        raise BadField("end", command.themes.end, "in-the-past")
    adopted = AdoptedThemes(
        version=newest + 1,
        themes=command.themes,
        adopted_at=call.at,
        adopted_by=call.actor.name,
    )
    theme_store.add(tx, adopted)
    told = ThemesAdopted(
        at=call.at,
        themes=adopted.version,
        start=command.themes.start,
        end=command.themes.end,
        by=adopted.adopted_by,
    )
    event_store.add(tx, [told])
    return adopted


def recall(tx: Tx, ids: Sequence[str]) -> AdoptedThemes:
    """A version that was adopted."""
    return _there(tx, int(ids[0].removeprefix("themes-")))


def standing(
    store: Store, now: datetime
) -> tuple[AdoptedThemes | None, tuple[AdoptedThemes, ...], int]:
    """The version of now, those to come, and the number of the newest."""
    with store.read() as tx:
        every = theme_store.every(tx)
    return decisive(every, now), coming(every, now), every[-1].version if every else 0


def get(store: Store, version: int) -> AdoptedThemes:
    """One version. Raises ``NotFound``."""
    with store.read() as tx:
        return _there(tx, version)


def _there(tx: Tx, version: int) -> AdoptedThemes:
    found = theme_store.get(tx, version)
    if found is None:
        raise NotFound("version of the themes", str(version))
    return found


def listed(store: Store, *, after: Cursor | None = None, limit: int = LIMIT) -> Page[AdoptedThemes]:
    """All versions, the newest first."""
    with store.read() as tx:
        return theme_store.listed(tx, after=after, limit=limit)
