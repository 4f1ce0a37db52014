"""Pools, their windows, maintenance and overrides."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from marketplace.domain.event.audience import Audience, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOpened(Event):
    """A pool is on the market. Its units come with windows."""

    kind: ClassVar[str] = "pool.opened"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    pool: str
    name: str
    unit: str
    block_size: int
    reserve_price_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolChanged(Event):
    """From a cycle on a pool has this reserve price and is ``on-sale`` or ``retired``."""

    kind: ClassVar[str] = "pool.changed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    pool: str
    from_cycle: str
    reserve_price_ucr: int
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowAdded(Event):
    """A pool has so many more units in [start, end)."""

    kind: ClassVar[str] = "window.added"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    pool: str
    start: datetime
    end: datetime
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowEnded(Event):
    """A window's units are there in [start, end) alone; reservations that no longer fit have
    failed."""

    kind: ClassVar[str] = "window.ended"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    window: str
    pool: str
    start: datetime
    end: datetime
    quantity: int
    reason: str
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfMaintenance(Event):
    """What each event of a maintenance says first."""

    maintenance: str
    pool: str
    start: datetime
    end: datetime
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceScheduled(OfMaintenance):
    """So many units are away in [start, end); reservations that no longer fit have failed."""

    kind: ClassVar[str] = "maintenance.scheduled"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    reason: str
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceCancelled(OfMaintenance):
    """It will not be: its units are on sale from the next cycle on."""

    kind: ClassVar[str] = "maintenance.cancelled"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class OfOverride(Event):
    """What each event of an override says; ``failed``: reservations that no longer fit."""

    override: str
    pool: str
    start: datetime
    end: datetime
    quantity: int
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideMade(OfOverride):
    """A pool has so many units in [start, end), whatever its windows say."""

    kind: ClassVar[str] = "override.made"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideCancelled(OfOverride):
    """From its end on, which may be its start, it counts no more."""

    kind: ClassVar[str] = "override.cancelled"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY
