"""OGC API: what exists for a client, described by pygeoapi; features, answered by ourselves."""

from __future__ import annotations

from server.ogc.blueprint import OgcApi
from server.ogc.fastpath import ItemsFastPath
from server.ogc.settings import OgcSettings

__all__ = ["ItemsFastPath", "OgcApi", "OgcSettings"]
