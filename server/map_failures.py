"""What a map service answers when something is wrong."""

from __future__ import annotations

import logging

from catalog.errors import UnknownLayer
from layers.errors import InvalidParameter, RenderUnavailable, TuziError, UnknownRelease
from layers.messages import Language, message
from server.answers import Answer
from server.errors import DataUnavailable, UnknownPath, shown_to_client
from server.ows_exceptions import Dialect, OwsException, exception_document
from server.problems import problem
from server.tiles import Environ
from tilecache.errors import TileOutOfRange

logger = logging.getLogger(__name__)

RETRY_AFTER = (("Retry-After", "2"),)


def tile_problem(error: Exception, environ: Environ) -> Answer:
    """Answer for ``/tiles``: what names no tile is not found, the rest as everywhere else."""
    if isinstance(error, (OwsException, TileOutOfRange)):
        error = UnknownPath(error.code, **error.parameters)
    return problem(error, environ)


def ows_failure(error: Exception, dialect: Dialect, language: Language, by_path: bool, path: str) -> Answer:
    """Answer with the service's own exception; a resource named by its path is not found, a parameter is wrong."""
    original, error = error, shown_to_client(error)
    status, ows_code, locator = _classify(error)
    if status == 404 and not by_path:
        status = 400
    if status >= 500:
        logger.error("%s failed", path, exc_info=original)
    known = isinstance(error, TuziError) and status != 500
    sentence = error.sentence(language) if known and isinstance(error, TuziError) else message("wms_failed", language)
    document = exception_document(sentence, ows_code, locator, dialect)
    headers = RETRY_AFTER if status == 503 else ()
    return Answer(document.body, document.content_type, status, headers=headers)


def _classify(error: Exception) -> tuple[int, str, str]:
    """Return the HTTP status, the OGC's code and the parameter."""
    match error:
        case OwsException():
            return error.status, error.ows_code, error.locator
        case TileOutOfRange():
            return 404, "TileOutOfRange", "tilerow"
        case UnknownPath() | UnknownLayer():
            return 404, "InvalidParameterValue", ""
        case InvalidParameter():
            return 400, "InvalidParameterValue", ""
        case RenderUnavailable() | UnknownRelease() | DataUnavailable():
            # The renderer is busy, the catalogue moved on or the database is away: a later try succeeds.
            return 503, "NoApplicableCode", ""
        case _:
            return 500, "NoApplicableCode", ""
