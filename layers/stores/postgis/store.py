"""The feature store of a scaled-out platform: releases as tables of one PostGIS database."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from layers.errors import UnknownRelease
from layers.schema import Schema
from layers.stores.names import checked_layer
from layers.stores.postgis import registry
from layers.stores.postgis.database import Database
from layers.stores.postgis.release import PostgisRelease
from layers.stores.postgis.writer import PostgisWriter
from layers.stores.selections import SelectionCache


class PostgisStore:
    """A ``FeatureStore`` in the schema ``schema`` of the database at ``url``.

    ``pool`` connections read at once, none of them longer than ``timeout`` seconds; ``remembered`` bytes hold what
    filters selected, so that the following pages of an answer cost no second evaluation. Nothing is connected
    before it is needed; every method raises StoreError where the database does not answer.
    """

    name = "postgis"

    def __init__(
        self,
        url: str,
        schema: str = "tuzi",
        pool: int = 16,
        timeout: float = 30.0,
        opened: int = 4096,
        remembered: int = 64 << 20,
    ) -> None:
        self._database = Database(url, schema, pool, timeout)
        self._limit = opened
        self._selections = SelectionCache(remembered)
        self._releases: OrderedDict[tuple[str, int], PostgisRelease] = OrderedDict()
        self._lock = Lock()

    def create(self, layer: str, number: int, schema: Schema) -> PostgisWriter:
        """Start writing release ``number`` of ``layer``; a half-written one of that number is replaced."""
        return PostgisWriter(self._database, checked_layer(layer), number, schema, lambda: self._forget(layer, number))

    def open(self, layer: str, number: int) -> PostgisRelease:
        """Open a committed release; raises UnknownRelease. Opened releases are cached."""
        with self._lock:
            if release := self._releases.get((layer, number)):
                self._releases.move_to_end((layer, number))
                return release
        entry = registry.find_entry(self._database, checked_layer(layer), number)
        if entry is None:
            raise UnknownRelease(layer=layer, number=number)
        release = PostgisRelease(self._database, entry, self._selections, lambda: self._dropped(layer, number))
        with self._lock:
            release = self._releases.setdefault((layer, number), release)
            while len(self._releases) > self._limit:
                self._releases.popitem(last=False)
        return release

    def drop(self, layer: str, number: int) -> None:
        """Remove a release, committed or half-written, and all that belongs to it; nothing happens for none."""
        schema = self._database.schema
        with self._database.transaction() as connection:
            registry.take_over(connection, schema, checked_layer(layer), number)
            registry.remove_entry(connection, schema, layer, number)
        self._forget(layer, number)

    def numbers(self, layer: str) -> list[int]:
        """List the committed releases of a layer."""
        return registry.committed_numbers(self._database, checked_layer(layer))

    def close(self) -> None:
        """Close every connection; what is read at the moment is read to the end."""
        with self._lock:
            self._releases.clear()
        self._database.close()

    def _forget(self, layer: str, number: int) -> None:
        with self._lock:
            self._releases.pop((layer, number), None)

    def _dropped(self, layer: str, number: int) -> UnknownRelease:
        """Forget a release whose tables another process dropped; whoever opens it again finds what there is now."""
        self._forget(layer, number)
        return UnknownRelease(layer=layer, number=number)
