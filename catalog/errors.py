"""What can be wrong with a request to the catalogue."""

from __future__ import annotations

from layers.errors import TuziError


class CatalogueError(TuziError):
    """The catalogue refuses what was asked of it."""

    code = "catalogue_error"


class UnknownLayer(CatalogueError):
    """No layer has this id."""

    code = "catalogue_unknown_layer"


class UnpublishedRelease(CatalogueError):
    """The layer has no such release ready to be published."""

    code = "catalogue_unknown_release"


class LayerTaken(CatalogueError):
    """The id belongs to a layer of another agency."""

    code = "catalogue_layer_taken"


class RefusedRelease(CatalogueError):
    """The checks found what must not be published."""

    code = "catalogue_release_refused"


class InvalidManifest(CatalogueError):
    """A manifest cannot be read or breaks the rules."""

    code = "manifest_invalid"
