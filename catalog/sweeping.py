"""Removes what dead processes left behind: staged releases, half-written files, files that nothing refers to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select

from catalog import models
from catalog.database import Catalogue
from catalog.errors import LayerBusy
from catalog.holdings import Holdings
from catalog.locks import LayerLocks
from catalog.models import ReleaseState
from catalog.publishing import discard, lock_layer

_RELEASES = select(models.Release.number, models.Release.state)


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What was found of one layer that belongs to no finished release."""

    layer: str
    staged: tuple[int, ...]
    """Releases that were begun and never finished."""
    orphans: tuple[int, ...]
    """Releases that a store keeps and the catalogue does not know."""

    def __bool__(self) -> bool:
        return bool(self.staged or self.orphans)


def find_leftovers(catalogue: Catalogue, holdings: Holdings, layer: str) -> Leftovers:
    """Return a layer's left-overs; whoever does not hold its lock may see work in progress among them."""
    with catalogue.read() as session:
        rows = session.execute(_RELEASES.where(models.Release.layer_id == layer)).all()
    return _leftovers(holdings, layer, rows)


def _leftovers(holdings: Holdings, layer: str, rows: Sequence[Row[int, str]]) -> Leftovers:
    staged = tuple(sorted(number for number, state in rows if state == ReleaseState.STAGED))
    known = {number for number, _ in rows}
    kept = {*holdings.features.numbers(layer), *holdings.rasters.numbers(layer)}
    return Leftovers(layer, staged, tuple(sorted(kept - known)))


def sweep(catalogue: Catalogue, holdings: Holdings, layer: str) -> Leftovers:
    """Remove a layer's left-overs; only for who holds its lock."""
    with catalogue.write() as session:
        # A database server may still be committing for a process that is dead already: that is waited for here.
        lock_layer(session, layer)
        rows = session.execute(_RELEASES.where(models.Release.layer_id == layer)).all()
    found = _leftovers(holdings, layer, rows)
    for number in (*found.staged, *found.orphans):
        drop_stored(holdings, layer, number)
    for number in found.staged:
        # Last, so that a sweep that dies is done again.
        discard(catalogue, layer, number)
    return found


def sweep_all(catalogue: Catalogue, holdings: Holdings, locks: LayerLocks, report: Callable[[Leftovers], None]) -> None:
    """Sweep every layer but those that somebody is at work on."""
    with catalogue.read() as session:
        layers = list(session.scalars(select(models.Layer.id).order_by(models.Layer.id)))
    for layer in layers:
        try:
            lock = locks.hold(layer, 0)
        except LayerBusy:
            continue
        try:
            if found := sweep(catalogue, holdings, layer):
                report(found)
        finally:
            lock.release()


def drop_stored(holdings: Holdings, layer: str, number: int) -> None:
    """Remove what the stores keep of a release, whole or half-written."""
    holdings.features.drop(layer, number)
    holdings.rasters.drop(layer, number)
