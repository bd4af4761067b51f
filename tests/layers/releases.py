"""A small town as a release: places of every kind whose coordinates and names tests know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import orjson
import shapely

from layers.crs import TWD97_TM2
from layers.features import FeatureBatch, FeaturePage
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import FeatureStore, Release

Row = tuple[Any, Mapping[str, Any]]

TOWN = Schema(
    GeometryType.GEOMETRY,
    TWD97_TM2,
    (
        Field("名稱", FieldType.TEXT),
        Field("floors", FieldType.INTEGER),
        Field("height", FieldType.REAL),
        Field("listed", FieldType.BOOLEAN),
        Field("built", FieldType.DATE),
        Field("seen", FieldType.DATETIME),
        Field("code", FieldType.TEXT),
    ),
    key="code",
    searchable=("名稱",),
)
NAMES = ("逢甲大學", "逢甲夜市", "臺中火車站", "台中公園", "中正路一段", "Fengjia Café", "國立臺灣美術館", None)


def town_rows(count: int = 60, seed: int = 5) -> list[Row]:
    """Return points, lines, polygons and features without geometry around Taichung, EPSG:3826."""
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    for number in range(count):
        x, y = 210_000 + random.random() * 12_000, 2_666_000 + random.random() * 12_000
        width, height = random.random(2) * 1500 + 1
        shapes = (
            shapely.Point(x, y),
            shapely.LineString([(x, y), (x + width, y + height), (x + width, y - height)]),
            shapely.box(x, y, x + width, y + height),
            shapely.MultiPoint([(x, y), (x + width, y - height)]),
            shapely.box(x, y, x + width, y + height).difference(
                shapely.Point(x + width / 2, y + height / 2).buffer(0.3)
            ),
            None if number % 12 == 5 else shapely.Point(x, y),
        )
        rows.append((shapes[number % 6], _properties(number)))
    return rows


def _properties(number: int) -> dict[str, Any]:
    return {
        "名稱": NAMES[number % len(NAMES)],
        "floors": None if number % 7 == 3 else number % 9,
        "height": None if number % 11 == 4 else number * 1.25 - 20,
        "listed": (True, False, None)[number % 3],
        "built": None if number % 5 == 2 else date(1950 + number, 1 + number % 12, 1 + number % 28),
        "seen": None if number % 4 == 1 else datetime(2026, 1, 1 + number % 28, number % 24, 30, tzinfo=UTC),
        "code": f"T{number:03}",
    }


def batch_of(schema: Schema, rows: Sequence[Row], start: int = 1) -> FeatureBatch:
    """Return rows as the columns that a store takes."""
    geometry = np.empty(len(rows), dtype=object)
    geometry[:] = [row[0] for row in rows]
    columns = {}
    for name in schema.names:
        columns[name] = np.empty(len(rows), dtype=object)
        columns[name][:] = [row[1].get(name) for row in rows]
    return FeatureBatch(geometry, columns, np.arange(start, start + len(rows)))


def stored(
    store: FeatureStore, schema: Schema, rows: Sequence[Row], *, layer: str = "town", number: int = 1, size: int = 17
) -> Release:
    """Write rows in several batches, commit, open."""
    with store.create(layer, number, schema) as writer:
        for start in range(0, len(rows), size):
            writer.write(batch_of(schema, rows[start : start + size], start + 1))
        writer.commit()
    return store.open(layer, number)


def features_of(page: FeaturePage) -> list[dict[str, Any]]:
    """Parse a page's bytes."""
    features: list[dict[str, Any]] = orjson.loads(b"[" + page.features + b"]")
    assert len(features) == page.number_returned
    return features


def ids_of(page: FeaturePage) -> list[Any]:
    """Return the ids of a page's features, in order."""
    return [feature["id"] for feature in features_of(page)]
