"""The seam between a release and the engine that keeps it: one protocol, real implementations."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from layers.crs import Crs
from layers.drawing import DrawingSource
from layers.extent import BoundingBox
from layers.features import Feature, FeatureBatch, FeaturePage, FeatureQuery
from layers.schema import Schema


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """What a finished release holds."""

    count: int
    extent: BoundingBox | None
    """CRS84; None where no feature has a geometry."""
    size: int
    """Bytes kept by the store."""


class ReleaseWriter(Protocol):
    """Takes one release's batches; nothing can be read before ``commit``.

    Used as a context manager: leaving it without ``commit`` removes every trace.
    """

    def write(self, batch: FeatureBatch) -> None:
        """Append the batch; its geometry is in the schema's CRS."""

    def commit(self) -> ReleaseSummary:
        """Make the release readable, whole and immutable."""

    def __enter__(self) -> ReleaseWriter: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Release(Protocol):
    """A committed release, open for reading from any thread."""

    schema: Schema
    count: int
    extent: BoundingBox | None
    """CRS84."""

    def read_page(self, query: FeatureQuery) -> FeaturePage:
        """Answer the query as GeoJSON bytes; raises InvalidFilter, InvalidParameter."""

    def read_features(self, query: FeatureQuery) -> list[Feature]:
        """Answer the query as objects, geometry in ``query.crs`` with x before y."""

    def read_item(self, feature_id: str, crs: Crs | None = None) -> bytes:
        """Return one feature as GeoJSON bytes; raises UnknownFeature."""

    def search(self, text: str, fields: tuple[str, ...], limit: int) -> list[Feature]:
        """Return features with ``text`` in one of ``fields``, best first: equal, starting with it, containing it."""

    def drawing_source(self) -> DrawingSource:
        """Return where the renderer reads this release."""


class FeatureStore(Protocol):
    """Keeps the releases of vector layers."""

    name: str

    def create(self, layer: str, number: int, schema: Schema) -> ReleaseWriter:
        """Start writing release ``number`` of ``layer``; a half-written one of that number is replaced."""

    def open(self, layer: str, number: int) -> Release:
        """Open a committed release; raises UnknownRelease. Opened releases are cached."""

    def drop(self, layer: str, number: int) -> None:
        """Remove a release and all that belongs to it; nothing happens where there is none."""

    def numbers(self, layer: str) -> list[int]:
        """List the committed releases of a layer."""
