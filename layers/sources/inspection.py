"""The first look at a vector file, with fiona: may open it with the drivers of its format and with no other."""

from __future__ import annotations

from pathlib import Path

import fiona
from fiona.errors import FionaError

from layers.errors import SourceError
from layers.sources.drivers import CLOSED, DRIVERS
from layers.sources.formats import Format
from layers.sources.gdal import damaged

_KNOWN = frozenset({Format.SHAPEFILE, Format.GML, Format.GPX, Format.DXF, Format.FLATGEOBUF, Format.MIF})
"""Formats whose head fiona's GDAL reads cheaply; KML and OSM it was built without, GeoJSON it would parse whole."""


def inspect(path: Path, kind: Format, file: str, *, restore_index: bool) -> None:
    """Open a file's first layer as the format it claims to be; raises SourceError where that fails.

    GDAL tries every driver it has on a file, and some of them follow paths written in it; a file that passes here
    is known to the one driver that is meant.
    """
    if kind not in _KNOWN:
        return
    options = {**CLOSED, **({"SHAPE_RESTORE_SHX": "YES"} if restore_index else {})}
    try:
        with fiona.Env(**options), fiona.open(path, enabled_drivers=sorted(DRIVERS[kind])) as opened:
            if opened.driver not in DRIVERS[kind]:
                raise SourceError("source_wrong_type", file=file, promised=kind.value, found=opened.driver)
    except (FionaError, ValueError) as error:
        if "Null layer" in str(error):
            # XML was parsed to its end before: it is well-formed, but nothing in it is a feature.
            if kind in {Format.GML, Format.GPX}:
                raise SourceError("source_no_rows", file=file) from error
            raise SourceError("source_damaged", file=file, reason="no layer") from error
        raise damaged(file, error, path) from error
