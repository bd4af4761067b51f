"""Shapes from well-known text that anybody may have written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

_DEEPEST = 32
"""Collections within collections; GEOS follows them until the process has no stack left."""
_COLLECTION = "GEOMETRYCOLLECTION"


def shapes_from_wkt(cells: Sequence[Any]) -> NDArray[np.object_]:
    """Return the shapes that texts describe (also EWKT: ``SRID=3826;POINT…``); None for what is no shape."""
    texts = [_safe(cell) if isinstance(cell, str) else None for cell in cells]
    shapes: NDArray[np.object_] = shapely.from_wkt(np.array(texts, dtype=object), on_invalid="ignore")
    return shapes


def _safe(text: str) -> str | None:
    text = text.split(";", 1)[-1].strip()
    # Only a collection may hold a collection, so texts of other kinds need not be searched.
    if text[:1] in {"G", "g"} and text.upper().count(_COLLECTION) > _DEEPEST:
        return None
    return text or None
