"""Aggregation: features are counted by area, and only the areas are published.

Counts of one and two are suppressed, as in the statistics of the districts: ``count`` is empty there and
``count_text`` says ``<3``. An area without a feature has 0, for nobody can be recognised in it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks import FindingLog
from layers.crs import Crs, transform_geometries
from layers.errors import SourceError
from layers.features import FeatureBatch
from layers.plan import Areas
from layers.schema import Field, FieldType, Schema
from layers.text import Text

SMALLEST_SHOWN = 3
"""The least count that is published."""
COUNT = Field("count", FieldType.INTEGER, Text("數量", "Count"))
COUNT_TEXT = Field("count_text", FieldType.TEXT, Text("數量（含隱匿）", "Count, small ones as <3"))


class AreaCounts:
    """Counts features, given in ``crs``, by the areas they lie in; raises SourceError where the areas do not serve."""

    def __init__(self, areas: Areas, crs: Crs, searchable: tuple[str, ...], log: FindingLog) -> None:
        self._areas = areas
        self._crs = crs
        self._log = log
        schema = areas.release.schema
        fields = tuple(field for field in schema.fields if field.name not in {COUNT.name, COUNT_TEXT.name})
        names = [field.name for field in fields]
        if areas.key not in names:
            raise SourceError("privacy_areas_key", key=areas.key, fields=", ".join(names))
        if schema.geometry_type.dimension != 2:
            raise SourceError("privacy_areas_shape")
        found = tuple(name for name in searchable if name in names)
        self.schema = Schema(schema.geometry_type, schema.crs, (*fields, COUNT, COUNT_TEXT), areas.key, found)
        self._tree = shapely.STRtree(np.concatenate([batch.geometry for batch in areas.release.batches()]))
        self._counts = np.zeros(areas.release.count, dtype=np.int64)
        self.counted = 0

    def add(self, batch: FeatureBatch) -> None:
        """Count one batch; lines and areas count where their middle lies."""
        geometry = transform_geometries(shapely.force_2d(batch.geometry), self._crs, self.schema.crs)
        middles = shapely.centroid(geometry)
        feature, area = self._tree.query(middles, predicate="intersects")
        # On the line between two areas a feature counts once, in the first of them.
        order = np.lexsort((area, feature))
        feature, first = np.unique(feature[order], return_index=True)
        np.add.at(self._counts, area[order][first], 1)
        self.counted += len(feature)
        elsewhere = np.ones(len(batch), dtype=bool)
        elsewhere[feature] = False
        rows = batch.rows[elsewhere]
        self._log.add("finding_personal_uncounted", len(rows), ((row, "") for row in rows[:5]))

    def batches(self) -> Iterator[FeatureBatch]:
        """Give the areas with their counts."""
        first = 0
        for batch in self._areas.release.batches():
            counts = self._counts[first : first + len(batch)]
            columns = {name: values for name, values in batch.columns.items() if name in self.schema.names}
            columns |= {COUNT.name: _shown(counts), COUNT_TEXT.name: _worded(counts)}
            yield FeatureBatch(batch.geometry, columns, batch.rows)
            first += len(batch)

    def finish(self) -> None:
        """Say how many features were counted, and how many counts are suppressed."""
        self._log.add("finding_personal_aggregated", self.counted, areas=len(self._counts))
        self._log.add("finding_personal_suppressed", int(_small(self._counts).sum()), least=SMALLEST_SHOWN)


def _small(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    small: NDArray[np.bool_] = (counts > 0) & (counts < SMALLEST_SHOWN)
    return small


def _shown(counts: NDArray[np.int64]) -> NDArray[np.object_]:
    shown = counts.astype(object)
    shown[_small(counts)] = None
    return shown


def _worded(counts: NDArray[np.int64]) -> NDArray[np.object_]:
    worded = np.array([str(count) for count in counts.tolist()], dtype=object)
    worded[_small(counts)] = f"<{SMALLEST_SHOWN}"
    return worded
