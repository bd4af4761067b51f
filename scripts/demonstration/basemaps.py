"""Basemaps and overlays: which layers they draw, from bottom to top, and in which style."""

from __future__ import annotations

from typing import Any

from scripts.demonstration.delivery import Delivered
from scripts.demonstration.palette import FORMS, read_palette

ATTRIBUTION = {
    "zh": "示範資料；行政區界：內政部國土測繪中心",
    "en": "Demonstration data; boundaries: National Land Surveying and Mapping Center",
}
_LAND = ["counties", "highlands", "trunk-roads", "districts", "landuse"]
_GROUND = ["hillshade", "contours", "parks", "rivers", "lakes", "canals"]
_WAYS = ["railways", "roads", "metro"]
_LINES = ["district-lines", "river-lines"]
_NAMES = [
    "county-names",
    "region-names",
    "villages",
    "doorplates",
    "streets",
    "highways",
    "rail-stations",
    "metro-stations",
    "landmarks",
    "schools",
    "hospitals",
    "government",
    "markets",
    "police",
    "fire-stations",
    "libraries",
    "temples",
    "parking",
    "bikes",
    "bus-stops",
    "shops",
]

BASEMAPS: tuple[tuple[str, str, str, str | None, str, list[str]], ...] = (
    # id, title, English title, background (a colour of the palette), folder of styles, members
    (
        "base",
        "臺中通用電子地圖",
        "City base map",
        "water",
        "base",
        [*_LAND, "zoning", *_GROUND, "buildings", *_WAYS, *_LINES, *_NAMES],
    ),
    (
        "grey",
        "淺灰底圖",
        "Light grey map",
        "water",
        "grey",
        [
            # No relief: it would be read as part of the data that is laid over this map.
            *("counties", "trunk-roads", "districts", "landuse", "parks", "rivers", "lakes", "buildings"),
            *("railways", "roads", *_LINES, "county-names", "region-names"),
            *("doorplates", "streets", "highways", "rail-stations"),
        ],
    ),
    (
        "dark",
        "夜間底圖",
        "Night map",
        "water",
        "dark",
        [*_LAND, *_GROUND, "buildings", *_WAYS, *_LINES, *_NAMES],
    ),
    ("labels", "路名與地標註記", "Labels", None, "base", ["district-lines", *_NAMES]),
)
CITY_BASEMAPS: tuple[tuple[str, str, str, str | None, str, list[str]], ...] = (
    (
        "terrain",
        "地形底圖",
        "Relief map",
        "water",
        "base",
        [*_LAND, "hillshade", "contours", "rivers", "lakes", "roads"],
    ),
    ("plan", "都市計畫底圖", "Planning map", "land", "own", ["zoning", "rivers", "roads", "streets"]),
    ("cadastre", "地籍套疊", "Cadastral overlay", None, "own", ["parcels"]),
    (
        "transit",
        "大眾運輸套疊",
        "Public transport overlay",
        None,
        "own",
        ["bus-routes", "railways", "metro", "bus-stops", "rail-stations", "metro-stations"],
    ),
)
_LAYER_OF = {"county-names": "counties", "district-lines": "districts"}


def basemap_entries(delivered: list[Delivered], by_district: bool) -> list[dict[str, Any]]:
    """Return the manifest's basemaps; members that were not delivered are left out."""
    layers: dict[str, list[str]] = {}
    for item in delivered:
        layers.setdefault(item.subject.id, []).append(item.layer)
    palettes = {form: read_palette(form) for form in FORMS}
    chosen = BASEMAPS + (CITY_BASEMAPS if by_district else ())
    return [
        {
            "id": name,
            "title": {"zh": zh, "en": en},
            "attribution": ATTRIBUTION,
            "background": palettes.get(folder, palettes["base"])[background] if background else None,
            "overlay": background is None,
            "members": [
                {
                    "layer": layer,
                    "style": f"styles/{member}.yml" if folder == "own" else f"styles/{folder}/{member}.yml",
                }
                for member in members
                for layer in layers.get(_LAYER_OF.get(member, member), [])
            ],
        }
        for name, zh, en, background, folder, members in chosen
    ]
