"""What can be wrong with a question about tiles."""

from __future__ import annotations

from layers.errors import InvalidParameter, TuziError


class UnknownGrid(InvalidParameter):
    """No tile matrix set has this name."""

    code = "tile_unknown_grid"


class TileOutOfRange(TuziError):
    """The grid has no such tile (HTTP 400 or 404)."""

    code = "tile_out_of_range"


class TileStoreUnavailable(TuziError):
    """The tile store cannot be opened or written."""

    code = "tile_store_unavailable"


class TileStoreSilent(TileStoreUnavailable):
    """The tile store's server does not answer at all: who asks again at once waits again."""


class LockServiceUnavailable(TuziError):
    """What keeps processes from drawing the same at once cannot be asked."""

    code = "locks_files"


class RequestLogUnavailable(TuziError):
    """What keeps the counts of requests cannot be asked."""

    code = "requests_unavailable"
