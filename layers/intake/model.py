"""What intake gives and tells: its result, its progress, and who may look on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from layers.checks import QualityReport
from layers.crs import Crs
from layers.features import FeatureBatch
from layers.raster import RasterSummary
from layers.schema import Schema
from layers.sources import SourceLayer
from layers.stores import ReleaseSummary

Progress = Callable[[int, int | None], None]
"""Called with the rows read so far and, where known, all there are."""


class Observer(Protocol):
    """Looks on while a vector delivery is taken in, whether or not it will be refused."""

    def begin(self, layer: SourceLayer, schema: Schema, crs: Crs) -> None:
        """Learn what is about to be read; all geometry that follows is in ``crs``."""

    def delivered(self, batch: FeatureBatch) -> None:
        """See a batch as the source gives it."""

    def kept(self, batch: FeatureBatch) -> None:
        """See what of the batch would be stored, its geometry mended."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What was taken in; where the report holds an error, nothing was stored and ``summary`` is None."""

    kind: Literal["vector", "raster"]
    schema: Schema | None
    summary: ReleaseSummary | RasterSummary | None
    report: QualityReport
    crs: Crs | None
    source_layer: str | None
    steps: tuple[str, ...] = ()
    """Of a raster of several dates: the moments that the release shows, by ascending time."""
