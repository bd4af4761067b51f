"""Several layers prepared to be published in one step: all of them, or none and no trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from catalog.errors import CatalogueError
from catalog.manifest import LayerEntry
from catalog.onboarding import Onboarding
from catalog.preparation import OnboardedLayer, OnboardingOptions, Prepared

LayerProgress = Callable[[LayerEntry, int, int | None], None]
"""Called with the layer that is being read, its rows so far and, where known, all there are."""


class RefusedBatch(CatalogueError):
    """A layer cannot be published, so none of those that were to go with it is."""

    code = "catalogue_batch_refused"

    def __init__(self, result: OnboardedLayer) -> None:
        self.result = result
        super().__init__(layer=result.entry.id)


class LayerBatch:
    """Layers that are stored and not published yet; each holds its lock."""

    def __init__(self, onboarding: Onboarding) -> None:
        self._onboarding = onboarding
        self._prepared: list[Prepared] = []
        self._published = False

    @property
    def prepared(self) -> Sequence[Prepared]:
        """The layers, in the order in which they were named."""
        return tuple(self._prepared)

    def prepare(self, entry: LayerEntry, options: OnboardingOptions, progress: LayerProgress) -> None:
        """Take one layer in; raises RefusedBatch."""
        result = self._onboarding.prepare(entry, options, lambda done, total: progress(entry, done, total))
        if isinstance(result, OnboardedLayer):
            raise RefusedBatch(result)
        self._prepared.append(result)

    def publish(self) -> None:
        """Make all of them current in one step."""
        self._onboarding.publish(self._prepared)
        self._published = True

    def discard(self) -> None:
        """Remove every trace of what was not published."""
        if not self._published:
            self._onboarding.discard(self._prepared)


@contextmanager
def layer_batch(onboarding: Onboarding) -> Iterator[LayerBatch]:
    """Hold layers that are prepared within the block; what was not published at its end is gone."""
    batch = LayerBatch(onboarding)
    try:
        yield batch
    finally:
        batch.discard()
