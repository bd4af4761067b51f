"""The MapProxy configuration, computed from the catalogue: nobody edits one.

MapProxy makes tiles of it. What services say about layers is written from the same records (``server/``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.records import LayerRecord
from layers.crs import CRS84, SERVED, Crs
from layers.messages import Language, message
from layers.text import Text
from tilecache.config import TilecacheConfig
from tilecache.drawing import Drawable, background_of
from tilecache.grids import TILE_SIZE, TileMatrixSet, tile_matrix_sets

Document = dict[str, Any]
"""A MapProxy configuration, as its YAML file would hold it."""

TILE_FORMATS = ("png", "webp")
IMAGERY_FORMAT = "jpeg"
"""Besides them for photographs, of which it makes tiles of a fifth of the size; white where nothing is."""
DENSITIES = (1, 2)


@dataclass(frozen=True, slots=True)
class ServiceDescription:
    """What the services say about themselves."""

    title: Text
    abstract: Text
    contact: str = ""
    """Address for questions."""


def mapproxy_configuration(records: Sequence[Drawable], settings: TilecacheConfig, folder: Path) -> Document:
    """Return the configuration that makes the records' tiles; ``folder`` is that of the tiles."""
    grids = tile_matrix_sets(settings.max_zoom)
    return {
        "globals": _globals(settings, folder),
        "grids": {name: conf for grid in grids.values() for name, conf in _grids(grid)},
        "sources": {name: conf for record in records for name, conf in _sources(record)},
        "caches": {name: conf for record in records for name, conf in _caches(record, grids.values(), settings)},
    }


def tile_formats(record: Drawable) -> tuple[str, ...]:
    """Return the formats in which a record has tiles."""
    imagery = isinstance(record, LayerRecord) and record.is_imagery
    return (*TILE_FORMATS, IMAGERY_FORMAT) if imagery else TILE_FORMATS


def map_name(crs: Crs) -> str:
    """The name WMS uses for a CRS."""
    return "CRS:84" if crs == CRS84 else str(crs)


def cache_name(layer: str, format_: str) -> str:
    """The MapProxy cache of a layer's tiles in one format (``png@2x`` for double density)."""
    return f"{layer}.{format_}"


def _globals(settings: TilecacheConfig, folder: Path) -> Document:
    return {
        "image": {"paletted": False},
        "cache": {"base_dir": str(folder)},
        "srs": {
            "axis_order_ne": [str(crs) for crs in SERVED if crs.latitude_first],
            "axis_order_en": [map_name(crs) for crs in SERVED if not crs.latitude_first],
        },
    }


def _grids(grid: TileMatrixSet) -> Iterable[tuple[str, Document]]:
    for density in DENSITIES:
        yield (
            grid_name(grid.id, density),
            {
                "srs": "EPSG:4326" if grid.crs == CRS84 else str(grid.crs),
                "origin": "nw",
                "bbox": list(grid.bbox),
                "tile_size": [TILE_SIZE * density] * 2,
                "res": [grid.cell_size(z) / density for z in range(grid.deepest + 1)],
            },
        )


def grid_name(grid: str, density: int) -> str:
    """MapProxy's name of a grid at a pixel density."""
    return grid if density == 1 else f"{grid}@{density}x"


def _sources(record: Drawable) -> Iterable[tuple[str, Document]]:
    yield record.id, {"type": "catalogue", "layer": record.id}
    yield f"{record.id}@2x", {"type": "catalogue", "layer": record.id, "scale_factor": 2.0}


def _caches(
    record: Drawable, grids: Iterable[TileMatrixSet], settings: TilecacheConfig
) -> Iterable[tuple[str, Document]]:
    for density in DENSITIES:
        suffix = "" if density == 1 else f"@{density}x"
        # The picture drawn at once stays about as large at either density.
        metatile = max(1, settings.metatile // density)
        for format_ in tile_formats(record):
            yield (
                cache_name(record.id, format_ + suffix),
                {
                    "sources": [record.id + suffix],
                    "grids": [grid_name(grid.id, density) for grid in grids],
                    # Tiles are encoded by ``CatalogueCache``: MapProxy need not know that one has no transparency.
                    "format": f"image/{'png' if format_ == IMAGERY_FORMAT else format_}",
                    "image": {"transparent": background_of(record) is None},
                    "meta_size": [metatile, metatile],
                    # The renderer itself looks beyond the picture's edge, without drawing there.
                    "meta_buffer": 0,
                    "cache": {"type": "catalogue", "layer": record.id, "format": format_ + suffix},
                },
            )


def title_of(layer: LayerRecord, language: Language) -> str:
    """The layer's title; generated data says so in it."""
    title = layer.title.in_language(language)
    mark = message("tile_demonstration", language)
    return f"{title} ({mark})" if layer.demonstration and mark not in title else title


def abstract_of(layer: LayerRecord, language: Language) -> str:
    """The layer's abstract with whose it is and under which licence."""
    origin = message(
        "tile_origin", language, agency=layer.agency.title.in_language(language), licence=layer.licence or "-"
    )
    return "\n".join(part for part in (layer.abstract.in_language(language), origin) if part)
