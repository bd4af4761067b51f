"""What can be wrong with a request before it reaches the data."""

from __future__ import annotations

from layers.errors import InvalidParameter, StoreUnavailable, TuziError


class UnknownCollection(TuziError):
    """No collection has this id, or none that exists for the client (HTTP 404)."""

    code = "ogc_unknown_collection"


class UnknownPath(TuziError):
    """Nothing is served under this address (HTTP 404)."""

    code = "problem_unknown_path"


class MethodNotAllowed(TuziError):
    """The address is only read (HTTP 405)."""

    code = "problem_method"


class UnsupportedFormat(InvalidParameter):
    """The parameter ``f`` names a format that this resource does not have (HTTP 400)."""

    code = "ogc_unsupported_format"


class ReleaseReplaced(TuziError):
    """The release that a client was paging through is no longer the current one (HTTP 410)."""

    code = "ogc_release_replaced"


class DataUnavailable(TuziError):
    """The database of the data does not answer (HTTP 503)."""

    code = "problem_data_unavailable"


def shown_to_client(error: Exception) -> Exception:
    """Return the error as clients are told of it: where our servers are is none of their business."""
    return DataUnavailable() if isinstance(error, StoreUnavailable) else error
