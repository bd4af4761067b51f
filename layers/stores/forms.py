"""Further forms of stored features, made when a release is written: as drawn, as GeoJSON, digests, overviews."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.crs import CRS84, WEB_MERCATOR, Crs, transform_geometries
from layers.extent import BoundingBox
from layers.features import Geometries
from layers.overviews import OverviewBuilder, OverviewRows, Overviews
from layers.stores.digests import DigestArrays
from layers.stores.geojson import composed, geometry_texts, property_texts
from layers.stores.shapes import clamp_to_mercator, finite, flat_wkb

Boxes = NDArray[np.float64]
"""One row of west, south, east, north for each feature, not finite where it has no geometry."""


@dataclass(frozen=True, slots=True)
class Portion:
    """The features of one batch as a store keeps them."""

    first: int
    """``fid`` of the first; the others follow it."""
    bodies: NDArray[np.object_]
    """WKB in the CRS of the release (``shapes.stored_wkb``)."""
    ids: Sequence[str | int]
    names: tuple[str, ...]
    columns: Sequence[Sequence[Any]]
    """Attributes, each column as JSON shows it (``columns.json_column``)."""

    @property
    def fids(self) -> NDArray[np.int64]:
        """Return the ``fid`` of each feature."""
        return np.arange(self.first, self.first + len(self.bodies))


@dataclass(frozen=True, slots=True)
class Forms:
    """What was made of one portion, feature by feature."""

    first: int
    drawing: list[bytes | None]
    """Two-dimensional WKB in EPSG:3857."""
    boxes: Boxes
    """Of ``drawing``."""
    features: list[bytes]
    """Finished GeoJSON objects in CRS84."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was made of all portions together."""

    located: int
    """Features that are drawn."""
    served: BoundingBox | None
    """CRS84."""
    drawn: BoundingBox | None
    """EPSG:3857."""
    digests: DigestArrays
    overviews: Overviews


class Extent:
    """The box around all features in one CRS."""

    def __init__(self) -> None:
        self.located = 0
        self._box = np.array([np.inf, np.inf, -np.inf, -np.inf])

    def add(self, geometries: Geometries) -> Boxes:
        """Take a batch in; returns the box of each, not finite where there is none."""
        boxes: Boxes = shapely.bounds(geometries).reshape(-1, 4)
        located = boxes[np.isfinite(boxes).all(axis=1)]
        if len(located):
            self.located += len(located)
            self._box[:2] = np.minimum(self._box[:2], located[:, :2].min(axis=0))
            self._box[2:] = np.maximum(self._box[2:], located[:, 2:].max(axis=0))
        return boxes

    def box(self) -> BoundingBox | None:
        """Return the box; None where nothing has a place."""
        return BoundingBox(*self._box.tolist()) if self.located else None


class FormMaker:
    """Makes the forms of one release, portion by portion; can be pickled between two of them."""

    def __init__(self, crs: Crs) -> None:
        self._crs = crs
        self._served, self._drawn = Extent(), Extent()
        self._digests = DigestArrays()
        self._overviews = OverviewBuilder()

    @property
    def is_large(self) -> bool:
        """Tell whether the release has so many features by now that it gets overviews."""
        return bool(self._overviews.overviews().zooms)

    def make(self, portion: Portion, stored: Geometries) -> Forms:
        """Make the forms of a portion, of which ``stored`` are the geometries."""
        drawn = finite(transform_geometries(clamp_to_mercator(stored, self._crs), self._crs, WEB_MERCATOR))
        served = finite(transform_geometries(stored, self._crs, CRS84))
        properties = property_texts(portion.names, portion.columns, len(portion.bodies))
        features = composed(portion.ids, geometry_texts(served, CRS84), properties)
        self._served.add(served)
        self._digests.add(portion.bodies, properties)
        self._overviews.add(portion.fids, drawn)
        return Forms(portion.first, flat_wkb(drawn).tolist(), self._drawn.add(drawn), features)

    def outcome(self) -> Outcome:
        """Return what there is of the whole release, after its last portion; can be asked for once."""
        digests, self._digests = self._digests, DigestArrays()
        return Outcome(self._drawn.located, self._served.box(), self._drawn.box(), digests, self._overviews.overviews())

    def overview_rows(self) -> Iterator[OverviewRows]:
        """Make the rows of each overview, from the deepest zoom to the shallowest; can be asked for once."""
        return self._overviews.rows()
