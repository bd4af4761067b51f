"""What lies inside a delivery: every layer of a file, an archive or a folder of files, told without reading its rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from layers.crs import Crs
from layers.errors import SourceError
from layers.schema import GeometryType
from layers.sources.formats import Format


class PartKind(StrEnum):
    """What a part can become."""

    VECTOR = "vector"
    TABLE = "table"
    """Rows without shapes of their own; coordinates or a key may place them."""
    RASTER = "raster"


@dataclass(frozen=True, slots=True)
class Part:
    """One layer of a delivery."""

    file: Path
    """What a manifest names as ``file``: the delivered file itself, never what was unpacked of it."""
    member: str
    """Path inside the archive, "/" between its folders; empty where the file is no archive."""
    name: str
    """The layer's name in its file: table, folder, sheet; the file's stem where the format has only one."""
    source_layer: str | None
    """What a manifest must write as ``source_layer`` to mean this part; None where nothing need be written."""
    format: Format | None
    """None for a file that is in no format that is taken."""
    kind: PartKind
    geometry_type: GeometryType | None = None
    """None where only reading every geometry can tell, and for tables and rasters."""
    rows: int | None = None
    """Rows, where the format knows before reading."""
    crs: Crs | None = None
    fields: tuple[str, ...] = ()
    """Names of the fields as the file has them, where they are known before reading."""
    problem: SourceError | None = None
    """Why the part cannot be read; then everything else is only what its name promises."""
