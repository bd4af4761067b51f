"""Names that a store is given."""

from __future__ import annotations

import re

from layers.errors import UnknownRelease

_LAYER = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def checked_layer(layer: str) -> str:
    """Return the layer's id; raises UnknownRelease for a name that is none, so that it never gets any further."""
    if not _LAYER.fullmatch(layer):
        raise UnknownRelease(layer=layer[:80], number="?")
    return layer
