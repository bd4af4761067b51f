"""Which attributes a drawing may use."""

from __future__ import annotations

from layers.gathering import COUNT

JOINED = "tuzi_joined"
"""1 for rows of an overview that stand for many small polygons, 0 for those that are one feature."""


def can_be_drawn(name: str) -> bool:
    """Tell whether Mapnik can ask for the attribute: it writes names in brackets that it cannot escape."""
    return name.lower() not in {"fid", "geometry", JOINED, COUNT} and "]" not in name and "!" not in name
