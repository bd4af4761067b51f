"""What OGC API is told by the composition root."""

from __future__ import annotations

from dataclasses import dataclass

from layers.extent import BoundingBox
from layers.text import Text


@dataclass(frozen=True, slots=True)
class OgcSettings:
    """How OGC API introduces itself and how much it gives at once."""

    server_title: Text
    extent: BoundingBox
    """The city, CRS84."""
    contact: str = ""
    """Address for questions."""
    default_limit: int = 10
    """Features on a page when the client does not say."""
    max_limit: int = 10_000
    """The most features on a page."""
    max_zoom: int = 20
    """The deepest level of the tiles that styles name."""
    trust_forwarded: bool = False
    """Believe X-Forwarded-Host and X-Forwarded-Proto; only behind a proxy that sets them."""
