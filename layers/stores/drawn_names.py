"""Which attributes a drawing may use."""

from __future__ import annotations


def can_be_drawn(name: str) -> bool:
    """Tell whether Mapnik can ask for the attribute: it writes names in brackets that it cannot escape."""
    return name.lower() not in {"fid", "geometry"} and "]" not in name and "!" not in name
