"""OpenStreetMap files: which objects are meant and which of their tags become columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from layers.errors import SourceError

_KEY = re.compile(r"[^\s,=\[\]\"';#]{1,100}")
_PARTS = {
    "points": ("osm_id=yes",),
    "lines": ("osm_id=yes",),
    "multipolygons": ("osm_id=yes",),
    "multilinestrings": ("osm_id=yes",),
    "other_relations": ("osm_id=yes",),
}
_AREAS = (
    "aeroway,amenity,boundary,building,craft,geological,historic,landuse,leisure,military,natural,office,place,shop,"
    "sport,tourism,highway=platform,public_transport=platform"
)
"""Tags with which a closed way is an area (the OpenStreetMap wiki's list, as GDAL ships it)."""
_NAME = "name"


def tag_columns(tags: Mapping[str, tuple[str, ...]], file: str) -> tuple[str, ...]:
    """Return the keys that become columns, the name first; raises SourceError for what cannot be a key."""
    for key in tags:
        if not _KEY.fullmatch(key):
            raise SourceError("source_tag_key", file=file, key=key[:60])
    return tuple(dict.fromkeys([_NAME, *tags]))


def write_configuration(tags: Mapping[str, tuple[str, ...]], folder: Path, file: str) -> Path:
    """Write GDAL's ``osmconf.ini`` with which the wanted tags become columns of every kind of object."""
    columns = ",".join(tag_columns(tags, file))
    areas = ",".join(dict.fromkeys([*_AREAS.split(","), *(key for key in tags if key.startswith("building:"))]))
    lines = [f"closed_ways_are_polygons={areas}", "attribute_name_laundering=no"]
    for part, options in _PARTS.items():
        lines += [f"[{part}]", *options, f"attributes={columns}", "other_tags=no"]
    target = folder / "osmconf.ini"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


def index_size(file: Path) -> str:
    """Return the megabytes that GDAL takes at once for its index of nodes; what is more goes to disk."""
    return str(min(max(file.stat().st_size // 1_000_000 * 4, 10), 400))


def condition(tags: Mapping[str, tuple[str, ...]]) -> str:
    """Return, in OGR's SQL, that an object has one of the tags."""
    parts = []
    for key, values in tags.items():
        quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
        parts.append(f'"{key}" IN ({quoted})' if values else f'"{key}" IS NOT NULL')
    return " OR ".join(parts)
