"""Mapnik, imported without what its wheel does to the process.

The wheel points PROJ_LIB and GDAL_DATA to folders of its own, the first of which lacks ``proj.db``.
Mapnik needs neither, its PROJ holds its data itself; but rasterio, pyogrio and fiona in the same
process would find no CRS any more.
"""

from __future__ import annotations

import os

_KEPT = {name: os.environ.get(name) for name in ("PROJ_LIB", "GDAL_DATA")}

import mapnik  # noqa: E402  the environment is looked at before and put back behind
from mapnik import paths  # noqa: E402

for _name, _value in _KEPT.items():
    if _value is None:
        os.environ.pop(_name, None)
    else:
        os.environ[_name] = _value

__all__ = ["mapnik", "paths"]
