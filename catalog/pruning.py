"""Removes old releases: from the catalogue first, so that whatever happens nothing refers to what is gone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from catalog import models
from catalog.database import Catalogue
from catalog.errors import UnknownLayer
from catalog.holdings import Holdings
from catalog.locks import LayerLocks
from catalog.models import ReleaseState
from catalog.publishing import lock_layer
from catalog.sweeping import drop_stored

AGREEMENT = 2.0
"""Seconds after which every process serves what is current; until then some may still read the release before."""


@dataclass(frozen=True, slots=True)
class Pruning:
    """Prunes the layers of one catalogue."""

    catalogue: Catalogue
    holdings: Holdings
    locks: LayerLocks
    actor: str

    def old_releases(self, layer: str, keep: int) -> tuple[int, ...]:
        """Return the releases beyond the newest ``keep`` before the current one; raises UnknownLayer."""
        with self.catalogue.read() as session:
            return tuple(release.number for release in _old(session, layer, keep))

    def prune(self, layer: str, keep: int, wait: float, agreement: float = AGREEMENT) -> tuple[int, ...]:
        """Remove them; returns which they were. Raises UnknownLayer, LayerBusy."""
        lock = self.locks.hold(layer, wait)
        try:
            self._await_readers(layer, agreement)
            numbers = self._forget(layer, keep)
            # From here on nothing knows them; what is left where this process dies is swept by the next one.
            for number in numbers:
                drop_stored(self.holdings, layer, number)
            return numbers
        finally:
            lock.release()

    def _forget(self, layer: str, keep: int) -> tuple[int, ...]:
        with self.catalogue.write() as session:
            lock_layer(session, layer)
            old = _old(session, layer, keep)
            numbers = tuple(release.number for release in old)
            for release in old:
                session.delete(release)
            if numbers:
                detail = {"releases": list(numbers), "keep": keep}
                session.add(models.Event(actor=self.actor, action="prune", subject=layer, detail=detail))
        return numbers

    def _await_readers(self, layer: str, agreement: float) -> None:
        with self.catalogue.read() as session:
            row = session.get(models.Layer, layer)
            age = agreement if row is None else (datetime.now(UTC) - row.updated).total_seconds()
        time.sleep(min(agreement, max(0.0, agreement - age)))


def _old(session: Session, layer_id: str, keep: int) -> list[models.Release]:
    layer = session.get(models.Layer, layer_id)
    if layer is None:
        raise UnknownLayer(layer=layer_id)
    earlier = [
        release
        for release in layer.releases
        if release.state == ReleaseState.READY and release.number < (layer.current_release or 0)
    ]
    return earlier[: max(0, len(earlier) - keep)]
