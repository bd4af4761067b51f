"""The releases a layer's pictures come from: back from one release through those it was made from, with footprints.

What is not known is taken as changed: a tile is then drawn again though it need not be, and never shown wrongly.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from catalog.database import Catalogue
from catalog.errors import CatalogueUnavailable
from catalog.footprints import Step, join_successions
from tilecache.footprint import Metatiles, unite_packed, unpack_metatiles

ReadSteps = Callable[[str, str, int], Mapping[int, Step]]
"""Reads what is known of a layer's releases on one level of a grid: by number. Raises CatalogueUnavailable."""

LONGEST = 64
"""Releases that a chain may have before the oldest of them are joined."""
KEPT = 4096
"""Chains; of a city's updates most take a few kB."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chain:
    """The predecessors of one release on one level of a grid."""

    steps: tuple[tuple[int, Metatiles], ...]
    """Each release with its footprint, the newest first."""
    origin: int
    """The release whose pictures are still those of all metatiles that no footprint holds."""

    def effective_release(self, metatile: int) -> int:
        """Return the first release, walking back, whose footprint holds the metatile."""
        for number, metatiles in self.steps:
            if metatile in metatiles:
                return number
        return self.origin


class Lineages:
    """The chains of all layers, each read when it is first asked for; shared by all threads of a process."""

    def __init__(self, read_steps: ReadSteps, metatile: int) -> None:
        self._read_steps = read_steps
        self.metatile = metatile
        """Tiles along a side of the metatiles that footprints are counted in."""
        self._chains: OrderedDict[tuple[str, int, str, int], Chain] = OrderedDict()
        self._lock = threading.Lock()

    def chain(self, layer: str, number: int, grid: str, level: int) -> Chain:
        """Return the chain of a release; one without predecessors where the catalogue does not answer."""
        key = (layer, number, grid, level)
        with self._lock:
            found = self._chains.get(key)
            if found is not None:
                self._chains.move_to_end(key)
                return found
        try:
            chain = chain_of(self._read_steps(layer, grid, level), number, self.metatile)
        except CatalogueUnavailable as error:
            logger.warning("footprints of %s cannot be read: %s", layer, error)
            return Chain((), number)
        with self._lock:
            self._chains[key] = chain
            if len(self._chains) > KEPT:
                self._chains.popitem(last=False)
        return chain


def shorten_lineage(catalogue: Catalogue, layer: str) -> int:
    """Join the footprints of old releases that are gone, where a layer has had many; returns how many became one."""
    return join_successions(catalogue, layer, LONGEST, unite_packed)


def chain_of(known: Mapping[int, Step], number: int, metatile: int) -> Chain:
    """Return the chain back from a release, as far as it is known and counted in metatiles of that size."""
    steps: list[tuple[int, Metatiles]] = []
    while (step := known.get(number)) is not None and step.metatile == metatile and step.base < number:
        steps.append((number, unpack_metatiles(step.metatiles)))
        number = step.base
    return Chain(tuple(steps), number)
