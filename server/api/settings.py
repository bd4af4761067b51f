"""What the JSON API is told by the composition root."""

from __future__ import annotations

from dataclasses import dataclass

from layers.extent import BoundingBox
from layers.text import Text


@dataclass(frozen=True, slots=True)
class Home:
    """Where the map site opens, CRS84."""

    longitude: float
    latitude: float
    zoom: int


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """How the platform introduces itself to the map site and to connected systems."""

    server_title: Text
    extent: BoundingBox
    """The city, CRS84."""
    home: Home
    max_zoom: int = 20
    """Deepest zoom of the tiles."""
    search_seconds: float = 1.0
    """Time after which a search answers with the places found so far."""
    trust_forwarded: bool = False
    """Believe X-Forwarded-Host and X-Forwarded-Proto; only behind a proxy that sets them."""
