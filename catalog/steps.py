"""What the catalogue records of a raster release, and of each date where it has several."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import reduce
from typing import Any

from catalog.errors import CatalogueError
from catalog.manifest import LayerEntry
from catalog.succession import Predecessor
from layers.extent import BoundingBox
from layers.moments import parse_moment
from layers.raster import RasterStore


def raster_document(
    rasters: RasterStore, layer: str, number: int, times: Sequence[str], before: Predecessor | None
) -> dict[str, Any]:
    """Return the description of a stored release.

    A layer that gets one more date keeps the values between which its colours were chosen: else every picture of
    the other dates would change.
    """
    summary = rasters.open(layer, number).summary
    document: dict[str, Any] = {
        "bands": summary.bands,
        "width": summary.width,
        "height": summary.height,
        "dtype": summary.dtype,
        "minimum": summary.minimum,
        "maximum": summary.maximum,
        "steepness": summary.steepness,
    }
    if not times:
        return document
    document["steps"] = [{"time": time, "digest": rasters.digest(layer, number, time)} for time in times]
    known = {step["digest"] for step in (before.steps if before else ())}
    if before and before.raster and known & {step["digest"] for step in document["steps"]}:
        document |= {name: before.raster.get(name) for name in ("minimum", "maximum", "steepness")}
    return document


def release_digest(rasters: RasterStore, layer: str, number: int, document: dict[str, Any]) -> str:
    """Return what stands for all data of a release."""
    if "steps" not in document:
        return rasters.digest(layer, number)
    text = "".join(f"{step['time']} {step['digest']}\n" for step in document["steps"])
    return hashlib.sha256(text.encode()).hexdigest()


def extent_of_steps(rasters: RasterStore, layer: str, number: int, times: Sequence[str]) -> BoundingBox:
    """Return where a release has anything to show, at any of its dates (CRS84)."""
    whole = rasters.open(layer, number).summary.extent
    return reduce(BoundingBox.union, (rasters.open(layer, number, time).summary.extent for time in times), whole)


def guard_dates(entry: LayerEntry, before: Predecessor, raster: dict[str, Any] | None) -> None:
    """Refuse an update after which dates would be gone: whoever has one year's file alone means to add it."""
    now = {parse_moment(step["time"]) for step in (raster or {}).get("steps") or ()}
    lost = [step["time"] for step in before.steps if parse_moment(step["time"]) not in now]
    if lost:
        raise CatalogueError("catalogue_dates_lost", layer=entry.id, times=", ".join(lost[:12]), count=len(lost))
