"""One layer of a tile as bytes; a tile is the bytes of its layers, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.features import Geometries
from layers.mvt.commands import commands_of
from layers.mvt.geometry import EXTENT
from layers.mvt.message import tile_message

VERSION = 2


@dataclass(frozen=True, slots=True)
class TileLayer:
    """What one layer of a tile holds."""

    name: str
    ids: NDArray[np.int64]
    geometry: Geometries
    """As ``tile_geometries`` makes them; None is left out."""
    columns: Mapping[str, Sequence[Any]]
    """Attributes as JSON shows them; None is left out."""


def encode_layer(layer: TileLayer) -> bytes:
    """Return the layer as a tile of its own; no bytes where it holds nothing."""
    dimensions = shapely.get_dimensions(layer.geometry)
    places = np.flatnonzero(dimensions >= 0)
    if not len(places):
        return b""
    tile = tile_message()()
    message = tile.layers.add(version=VERSION, name=layer.name, extent=EXTENT)
    tags = _tags(message, layer.columns, places)
    commands: dict[int, list[int]] = {}
    for dimension in (0, 1, 2):
        chosen = np.flatnonzero(dimensions == dimension)
        commands.update(zip(chosen.tolist(), commands_of(layer.geometry[chosen], dimension), strict=True))
    for rank, place in enumerate(places.tolist()):
        message.features.add(
            id=int(layer.ids[place]), tags=tags[rank], type=int(dimensions[place]) + 1, geometry=commands[place]
        )
    body: bytes = tile.SerializeToString()
    return body


def _tags(message: Any, columns: Mapping[str, Sequence[Any]], places: NDArray[np.int64]) -> list[list[int]]:
    """Write keys and values, each different one once, and return each feature's pairs of their numbers."""
    tags: list[list[int]] = [[] for _ in places]
    values: dict[tuple[type, Any], int] = {}
    for name, column in columns.items():
        shown = [column[place] for place in places.tolist()]
        if all(value is None for value in shown):
            continue
        key = len(message.keys)
        message.keys.append(name)
        for pairs, value in zip(tags, shown, strict=True):
            if value is not None:
                pairs += (key, values.setdefault((type(value), value), len(values)))
    for kind, value in values:
        message.values.add(**{_value_field(kind, value): value})
    return tags


def _value_field(kind: type, value: Any) -> str:
    if kind is bool:
        return "bool_value"
    if kind is int:
        # A negative number would take ten bytes otherwise.
        return "sint_value" if value < 0 else "int_value"
    return "double_value" if kind is float else "string_value"
