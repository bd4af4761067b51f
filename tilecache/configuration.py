"""The MapProxy configuration, computed from the catalogue: nobody edits one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from catalog.records import BasemapRecord, LayerRecord
from layers.crs import CRS84, SERVED, Crs
from layers.messages import Language, message
from layers.text import Text
from tilecache.config import TilecacheConfig
from tilecache.drawing import Drawable, background_of
from tilecache.grids import TILE_SIZE, TileMatrixSet, tile_matrix_sets
from tilecache.xml import xml_text

Document = dict[str, Any]
"""A MapProxy configuration, as its YAML file would hold it."""

TILE_FORMATS = ("png", "webp")
DENSITIES = (1, 2)
MAP_FORMATS = ("image/png", "image/jpeg", "image/webp")
INFO_TYPES = ("html", "json", "text")


@dataclass(frozen=True, slots=True)
class ServiceDescription:
    """What the services say about themselves."""

    title: Text
    abstract: Text
    contact: str = ""
    """Address for questions."""


@dataclass(frozen=True, slots=True)
class Content:
    """The records a document is about, in listing order, and the words it uses."""

    layers: Sequence[LayerRecord]
    basemaps: Sequence[BasemapRecord]
    service: ServiceDescription
    language: Language = "zh-TW"
    base_url: str = ""
    """Scheme and host for links; empty for none."""
    version: str = "1.3.0"
    """WMS version whose names are used."""


def mapproxy_configuration(content: Content, settings: TilecacheConfig, folder: Path) -> Document:
    """Return the configuration that serves the content; ``folder`` is where locks are kept."""
    grids = tile_matrix_sets(settings.max_zoom)
    records: list[Drawable] = [*content.layers, *content.basemaps]
    return {
        "globals": _globals(settings, folder),
        "grids": {name: conf for grid in grids.values() for name, conf in _grids(grid)},
        "sources": {name: conf for record in records for name, conf in _sources(record)},
        "caches": {name: conf for record in records for name, conf in _caches(record, grids.values(), settings)},
        "layers": _layer_tree(content),
        "services": {"wms": _wms(content, settings)},
    }


def map_name(crs: Crs) -> str:
    """The name WMS uses for a CRS."""
    return "CRS:84" if crs == CRS84 else str(crs)


def cache_name(layer: str, format_: str) -> str:
    """The MapProxy cache of a layer's tiles in one format (``png@2x`` for double density)."""
    return f"{layer}.{format_}"


def _globals(settings: TilecacheConfig, folder: Path) -> Document:
    return {
        "image": {"paletted": False},
        "cache": {"base_dir": str(folder), "tile_lock_dir": str(folder / "locks")},
        "http": {"client_timeout": settings.lock_timeout},
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
    is_layer = isinstance(record, LayerRecord)
    base: Document = {"type": "catalogue", "layer": record.id, "queryable": is_layer}
    if is_layer:
        base["legend_size"] = [20, 20]
    yield record.id, base
    yield f"{record.id}@2x", {"type": "catalogue", "layer": record.id, "scale_factor": 2.0}


def _caches(
    record: Drawable, grids: Iterable[TileMatrixSet], settings: TilecacheConfig
) -> Iterable[tuple[str, Document]]:
    for density in DENSITIES:
        suffix = "" if density == 1 else f"@{density}x"
        # The picture drawn at once stays about as large at either density.
        metatile = max(1, settings.metatile // density)
        for format_ in TILE_FORMATS:
            yield (
                cache_name(record.id, format_ + suffix),
                {
                    "sources": [record.id + suffix],
                    "grids": [grid_name(grid.id, density) for grid in grids],
                    "format": f"image/{format_}",
                    "image": {"transparent": background_of(record) is None},
                    "meta_size": [metatile, metatile],
                    # The renderer itself looks beyond the picture's edge, without drawing there.
                    "meta_buffer": 0,
                    "cache": {"type": "catalogue", "layer": record.id, "format": format_ + suffix},
                },
            )


def _wms(content: Content, settings: TilecacheConfig) -> Document:
    names = [map_name(crs) for crs in SERVED if not (content.version == "1.1.1" and crs == CRS84)]
    service, language = content.service, content.language
    contact = {"organization": xml_text(service.title.in_language(language)), "email": xml_text(service.contact)}
    return {
        "versions": ["1.1.1", "1.3.0"],
        "srs": names,
        "bbox_srs": list(names),
        "image_formats": list(MAP_FORMATS),
        "featureinfo_types": list(INFO_TYPES),
        "max_output_pixels": [settings.max_map_size, settings.max_map_size],
        "on_source_errors": "raise",
        "md": {
            "title": xml_text(service.title.in_language(language)),
            "abstract": xml_text(service.abstract.in_language(language)),
            "fees": "none",
            "access_constraints": xml_text(_licences(content)) or "none",
            **({"contact": contact} if service.contact else {}),
        },
    }


def _licences(content: Content) -> str:
    return "; ".join(dict.fromkeys(layer.licence for layer in content.layers if layer.licence))


def _layer_tree(content: Content) -> Document:
    """Group the layers by theme; MapProxy cannot hold a tree without a leaf, so an empty one gets a nameless leaf."""
    title = xml_text(content.service.title.in_language(content.language))
    groups = [
        {
            "title": xml_text(layers[0].theme.title.in_language(content.language)),
            "layers": [_layer(layer, content) for layer in layers],
        }
        for layers in _by_theme(content.layers)
    ]
    if content.basemaps:
        basemaps = [_basemap(basemap, content) for basemap in content.basemaps]
        groups.append({"title": message("wms_basemaps", content.language), "layers": basemaps})
    return {"title": title, "layers": groups} if groups else {"title": title, "sources": []}


def _by_theme(layers: Sequence[LayerRecord]) -> Iterable[list[LayerRecord]]:
    for _, group in groupby(layers, key=lambda layer: layer.theme.id):
        yield list(group)


def _layer(layer: LayerRecord, content: Content) -> Document:
    keywords = [*layer.keywords, layer.agency.title.in_language(content.language)]
    md: Document = {
        "abstract": xml_text(abstract_of(layer, content.language)),
        "keyword_list": [{"keywords": [xml_text(keyword) for keyword in keywords]}],
        "attribution": {"title": xml_text(layer.attribution.in_language(content.language))},
    }
    if content.base_url and layer.release.schema is not None:
        md["feature_list"] = [
            {"url": f"{content.base_url}/ogc/collections/{layer.id}/items", "format": "application/geo+json"}
        ]
    return {"name": layer.id, "title": xml_text(title_of(layer, content.language)), "sources": [layer.id], "md": md}


def _basemap(basemap: BasemapRecord, content: Content) -> Document:
    return {
        "name": basemap.id,
        "title": xml_text(basemap.title.in_language(content.language)),
        "sources": [basemap.id],
        "md": {"attribution": {"title": xml_text(basemap.attribution.in_language(content.language))}},
    }


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
