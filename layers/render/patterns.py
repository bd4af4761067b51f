"""Patterns of hatches: one tile of each as an SVG file that Mapnik reads.

Mapnik takes a pattern's size from the drawn shapes, so everything is cut at the tile's border and an invisible
square fills the rest. A tile is a whole number of pixels wide: patterns then meet at the borders of pictures.
"""

from __future__ import annotations

import atexit
import hashlib
import math
import shutil
import tempfile
from functools import cache, lru_cache
from pathlib import Path

from shapely import LineString, MultiPolygon, Point, Polygon, box, union_all

from layers.styles.model import Pattern

_Ends = tuple[tuple[float, float], tuple[float, float]]

_LEAST, _MOST = 2, 256
"""Pixels a tile measures."""


def tile_size(pattern: Pattern, spacing: float) -> int:
    """Return the width of a pattern's tile in pixels: lines that lean stand further apart along the axes."""
    leaning = pattern in {"slash", "backslash", "diagonal_cross"}
    return min(max(round(spacing * math.sqrt(2) if leaning else spacing), _LEAST), _MOST)


@lru_cache(maxsize=1024)
def pattern_file(pattern: Pattern, colour: str, width: float, spacing: float) -> Path:
    """Return the SVG file of a pattern, written when it is first asked for."""
    text = pattern_svg(pattern, colour, width, spacing)
    file = _folder() / f"{hashlib.sha256(text.encode()).hexdigest()[:20]}.svg"
    if not file.exists():
        # Another thread may write the same bytes; neither may read half of them.
        with tempfile.NamedTemporaryFile("w", dir=_folder(), suffix=".part", delete=False) as stream:
            stream.write(text)
        Path(stream.name).replace(file)
    return file


@cache
def _folder() -> Path:
    folder = tempfile.mkdtemp(prefix="tuzi-patterns-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def pattern_svg(pattern: Pattern, colour: str, width: float, spacing: float) -> str:
    """Return one tile of a pattern as SVG."""
    size = tile_size(pattern, spacing)
    ink = union_all(_shapes(pattern, size, width)).intersection(box(0, 0, size, size))
    parts = ink.geoms if isinstance(ink, MultiPolygon) else [ink]
    paths = "".join(_path(part) for part in parts if isinstance(part, Polygon) and not part.is_empty)
    opacity = f' fill-opacity="{int(colour[7:], 16) / 255:.3f}"' if len(colour) == 9 else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}">'
        f'<rect x="0" y="0" width="{size}" height="{size}" fill="#ffffff" fill-opacity="0"/>'
        f'<path d="{paths}" fill="{colour[:7]}" fill-rule="evenodd"{opacity}/></svg>'
    )


def _shapes(pattern: Pattern, size: int, width: float) -> list[Polygon]:
    half = width / 2
    # A line on whole pixels is as sharp as it can be.
    middle = size // 2 + half % 1
    if pattern == "dots":
        return [Point(size / 2, size / 2).buffer(half, quad_segs=8)]
    lines: dict[str, list[_Ends]] = {
        "horizontal": [((-size, middle), (2 * size, middle))],
        "vertical": [((middle, -size), (middle, 2 * size))],
        "slash": [((shift - size, 2 * size), (shift + 2 * size, -size)) for shift in (-size, 0, size)],
        "backslash": [((shift - size, -size), (shift + 2 * size, 2 * size)) for shift in (-size, 0, size)],
    }
    lines["cross"] = lines["horizontal"] + lines["vertical"]
    lines["diagonal_cross"] = lines["slash"] + lines["backslash"]
    return [LineString(ends).buffer(half, cap_style="flat") for ends in lines[pattern]]


def _path(part: Polygon) -> str:
    rings = (part.exterior, *part.interiors)
    return "".join("M" + "L".join(f"{x:.3f} {y:.3f}" for x, y in ring.coords[:-1]) + "Z" for ring in rings)
