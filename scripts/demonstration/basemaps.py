"""Basemaps and overlays: which layers they draw, from bottom to top, and in which style."""

from __future__ import annotations

from typing import Any

from scripts.demonstration.delivery import Delivered

ATTRIBUTION = {
    "zh": "示範資料；行政區界：內政部國土測繪中心",
    "en": "Demonstration data; boundaries: National Land Surveying and Mapping Center",
}
_GROUND = ["landuse", "zoning", "hillshade", "contours", "parks", "rivers", "lakes", "canals"]
_WAYS = ["metro", "railways", "roads"]
_NAMES = [
    "villages",
    "doorplates",
    "streets",
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
    # id, title, English title, background, folder of styles, members
    (
        "base",
        "臺中通用電子地圖",
        "City base map",
        "#dbe7ee",
        "base",
        ["districts", *_GROUND, "buildings", *_WAYS, "district-lines", "river-lines", *_NAMES],
    ),
    (
        "grey",
        "淺灰底圖",
        "Light grey map",
        "#e3e6e8",
        "grey",
        ["districts", "landuse", "hillshade", "parks", "rivers", "lakes", "buildings", "railways", "roads", "streets"],
    ),
    ("labels", "路名與地標註記", "Labels", None, "base", ["district-lines", *_NAMES]),
)
CITY_BASEMAPS: tuple[tuple[str, str, str, str | None, str, list[str]], ...] = (
    (
        "terrain",
        "地形底圖",
        "Relief map",
        "#dbe7ee",
        "base",
        ["districts", "landuse", "hillshade", "contours", "rivers", "lakes", "roads"],
    ),
    ("plan", "都市計畫底圖", "Planning map", "#f4f2ec", "own", ["zoning", "rivers", "roads", "streets"]),
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
_LAYER_OF = {"district-lines": "districts"}


def basemap_entries(delivered: list[Delivered], by_district: bool) -> list[dict[str, Any]]:
    """Return the manifest's basemaps; members that were not delivered are left out."""
    layers: dict[str, list[str]] = {}
    for item in delivered:
        layers.setdefault(item.subject.id, []).append(item.layer)
    chosen = BASEMAPS + (CITY_BASEMAPS if by_district else ())
    return [
        {
            "id": name,
            "title": {"zh": zh, "en": en},
            "attribution": ATTRIBUTION,
            "background": background,
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
