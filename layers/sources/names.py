"""Field names as they are stored: unique, not blank, none that the store needs for itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

RESERVED = frozenset({"fid", "geom", "geometry", "ogc_fid", "rowid", "oid", "_rowid_", "bbox"})
_LONGEST = 120
_ODD = re.compile(r'[\x00-\x1f\x7f-\x9f"`\[\]{}\ufeff\ufffd\ud800-\udfff]+')
_DBASE = 10
"""Bytes that a dBASE file has for a field's name."""


def safe_names(names: Iterable[str]) -> list[str]:
    """Return a usable name for each name, in order; most stay as they are."""
    taken: set[str] = set()
    result = []
    for place, name in enumerate(names, 1):
        cleaned = " ".join(_ODD.sub(" ", name).split())[:_LONGEST] or f"field_{place}"
        if cleaned.lower() in RESERVED:
            cleaned = f"{cleaned}_source"
        unique, number = cleaned, 2
        while unique.lower() in taken:
            unique, number = f"{cleaned}_{number}", number + 1
        taken.add(unique.lower())
        result.append(unique)
    return result


def fills_name(name: str, encoding: str) -> bool:
    """Tell whether another character would not have fit into the name of a dBASE field: it may have been cut."""
    size = len(name.encode(encoding, "surrogateescape"))
    if name.isascii():
        return size >= _DBASE
    return size + (3 if encoding.startswith("utf-8") else 2) > _DBASE
