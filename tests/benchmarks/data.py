"""The data all contenders serve: seeded polygons and labels inside Taichung, in one GeoPackage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import shapely
import yaml
from numpy.typing import NDArray

SEED = 2026
POLYGONS = 100_000
LABELS = 40_000
AREA = (120.50, 24.00, 120.90, 24.40)
"""West, south, east, north of all features."""

POLYGON_LAYER = "bench-polygons"
LABEL_LAYER = "bench-labels"

FILL, OUTLINE, OUTLINE_WIDTH = "#d9c8b4", "#8a7060", 0.5
TEXT, HALO, HALO_WIDTH, TEXT_SIZE = "#333333", "#ffffff", 1.5, 12
"""The look, which plain Mapnik is given too."""

DISTRICTS = (
    "中區",
    "東區",
    "南區",
    "西區",
    "北區",
    "西屯區",
    "南屯區",
    "北屯區",
    "豐原區",
    "大里區",
    "太平區",
    "清水區",
)
USES = ("住宅", "商業", "辦公", "工業", "學校", "機關", "醫療", "倉儲")
CHARACTERS = "中正復興民生建國文心台灣大道公益美村忠明青海河南朝馬福科漢口崇德松竹太原環山"


@dataclass(frozen=True)
class Data:
    """Where the files are."""

    geopackage: Path
    manifest: Path


def make_data(folder: Path) -> Data:
    """Write the GeoPackage and the manifest that onboards it."""
    random = np.random.default_rng(SEED)
    geopackage = folder / "bench.gpkg"
    _write(geopackage, "polygons", "Polygon", _polygons(random), _attributes(random, POLYGONS))
    _write(geopackage, "labels", "Point", _points(random), {"name": _names(random, LABELS, 5)})
    manifest = folder / "bench.yml"
    manifest.write_text(yaml.safe_dump(_manifest(geopackage), allow_unicode=True), encoding="utf-8")
    return Data(geopackage, manifest)


def _polygons(random: np.random.Generator) -> NDArray[np.object_]:
    """Star-shaped rings of 6 to 14 vertices, 15 to 60 metres across, so that all are valid."""
    centres = _scattered(random, POLYGONS)
    counts = random.integers(6, 15, POLYGONS)
    rings = np.repeat(np.arange(POLYGONS), counts)
    first = np.concatenate(([0], np.cumsum(counts)[:-1]))
    turn = (np.arange(counts.sum()) - first[rings] + random.uniform(0, 0.8, counts.sum())) / counts[rings] * 2 * np.pi
    reach = random.uniform(0.00008, 0.0003, POLYGONS)[rings] * random.uniform(0.7, 1.0, len(rings))
    corners = centres[rings] + np.column_stack((np.cos(turn), np.sin(turn))) * reach[:, None]
    return np.asarray(shapely.polygons(shapely.linearrings(np.round(corners, 7), indices=rings)))


def _points(random: np.random.Generator) -> NDArray[np.object_]:
    return np.asarray(shapely.points(np.round(_scattered(random, LABELS), 7)))


def _scattered(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    west, south, east, north = AREA
    return np.column_stack((random.uniform(west, east, count), random.uniform(south, north, count)))


def _attributes(random: np.random.Generator, count: int) -> dict[str, NDArray[np.generic]]:
    return {
        "name": _names(random, count, 6),
        "district": np.array(DISTRICTS, dtype=object)[random.integers(0, len(DISTRICTS), count)],
        "use": np.array(USES, dtype=object)[random.integers(0, len(USES), count)],
        "floors": random.integers(1, 30, count),
        "height": np.round(random.uniform(3, 90, count), 1),
    }


def _names(random: np.random.Generator, count: int, length: int) -> NDArray[np.object_]:
    letters = np.array(list(CHARACTERS))[random.integers(0, len(CHARACTERS), (count, length))]
    return np.array(["".join(row) for row in letters], dtype=object)


def _write(
    file: Path,
    layer: str,
    kind: str,
    geometries: NDArray[np.object_],
    attributes: dict[str, NDArray[np.generic]],
) -> None:
    pyogrio.raw.write(
        file,
        geometry=shapely.to_wkb(geometries),
        field_data=list(attributes.values()),
        fields=list(attributes),
        geometry_type=kind,
        crs="EPSG:4326",
        driver="GPKG",
        layer=layer,
        append=file.exists(),
    )


def _manifest(geopackage: Path) -> dict[str, object]:
    fill = {"colour": FILL, "outline": OUTLINE, "outline_width": OUTLINE_WIDTH}
    text = {"field": "name", "size": TEXT_SIZE, "colour": TEXT, "halo": HALO, "halo_width": HALO_WIDTH}
    layers = (
        (POLYGON_LAYER, "polygons", "建物", {"fill": fill}),
        (LABEL_LAYER, "labels", "地名", {"text": text}),
    )
    return {
        "agency": "bench",
        "theme": "bench",
        "agencies": [{"id": "bench", "title": {"zh": "效能測試", "en": "Benchmark"}}],
        "themes": [{"id": "bench", "title": {"zh": "效能測試", "en": "Benchmark"}}],
        "layers": [
            {
                "id": id_,
                "file": geopackage.name,
                "source_layer": source,
                "title": title,
                "style": {"rules": [{"name": "all", "symbols": [symbol]}]},
            }
            for id_, source, title, symbol in layers
        ],
    }
