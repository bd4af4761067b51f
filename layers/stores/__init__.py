"""The seam between a release and the engine that keeps it: one protocol, real implementations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from layers.crs import Crs
from layers.drawing import DrawingSource, DrawnFeatures
from layers.extent import BoundingBox
from layers.features import Feature, FeatureBatch, FeaturePage, FeatureQuery, QuarantinedRows
from layers.overviews.rows import Overviews
from layers.schema import Schema
from layers.stores.selections import Fids


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """What a finished release holds."""

    count: int
    extent: BoundingBox | None
    """CRS84; None where no feature has a geometry."""
    size: int
    """Bytes kept by the store."""
    digest: str
    """SHA-256 over the schema and the content of all features, in whatever order they were written.

    Equal digests mean equal data, on every store.
    """


@dataclass(frozen=True, slots=True)
class Digests:
    """What tells the features of two releases apart without reading them: one entry a feature, by ``fid``."""

    fids: Fids
    keys: NDArray[np.object_] | None
    """Values of the key field (text or int); None where the schema has no key."""
    geometry: NDArray[np.int64]
    attributes: NDArray[np.int64]
    """64 bits each of a BLAKE2b of the stored WKB and of the attributes as JSON."""


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that is kept beside a release because it could not become a feature of it."""

    row: int
    """Row number in the delivery, from 1."""
    reason: str
    """Code of the finding that says why."""
    geometry: Any
    """As it was delivered, in the CRS it was delivered in (``crs``); None where it had none."""
    crs: Crs | None
    properties: Mapping[str, Any]


class ReleaseWriter(Protocol):
    """Takes one release's batches; nothing can be read before ``commit``.

    Used as a context manager: leaving it without ``commit`` removes every trace.
    """

    def write(self, batch: FeatureBatch) -> None:
        """Append the batch; its geometry is in the schema's CRS."""

    def set_aside(self, rows: QuarantinedRows, crs: Crs) -> None:
        """Keep rows beside the release that cannot be features of it; their geometry is in ``crs``."""

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
    overviews: Overviews
    """What stands for the features at small scales."""

    def read_page(self, query: FeatureQuery) -> FeaturePage:
        """Answer the query as GeoJSON bytes; raises InvalidFilter, InvalidParameter."""

    def read_features(self, query: FeatureQuery) -> list[Feature]:
        """Answer the query as objects, geometry in ``query.crs`` with x before y."""

    def read_item(self, feature_id: str, crs: Crs | None = None) -> bytes:
        """Return one feature as GeoJSON bytes; raises UnknownFeature."""

    def search(self, text: str, fields: tuple[str, ...], limit: int) -> list[Feature]:
        """Return features with ``text`` in one of ``fields``, best first: equal, starting with it, containing it."""

    def batches(self) -> Iterator[FeatureBatch]:
        """Read all features by ``fid``, geometry in the schema's CRS; ``rows`` holds the ``fid``."""

    def features_of(self, fids: Fids) -> FeatureBatch:
        """Read the features with these ``fid``, in this order, as ``batches`` does."""

    def digests(self) -> Digests:
        """Return what tells every feature from any other."""

    def drawn_boxes(self, fids: Fids) -> NDArray[np.float64]:
        """Return the envelope of each feature in EPSG:3857 (west, south, east, north); NaN where nothing is drawn."""

    def quarantine(self) -> Iterator[QuarantinedRow]:
        """Read the rows that were set aside, in the order of the delivery."""

    def drawn_features(
        self, bbox: BoundingBox, overview: int | None = None, condition: str | None = None
    ) -> DrawnFeatures:
        """Read what is drawn in a box of EPSG:3857: the features, or the overview of a zoom with attributes.

        ``condition`` is CQL2 text; without one every feature is read. Raises InvalidFilter.
        """

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
        """Remove a release, committed or half-written, and all that belongs to it; nothing happens for none."""

    def numbers(self, layer: str) -> list[int]:
        """List the committed releases of a layer."""
