"""Errors on the wire: RFC 9457 problem details, one table from exception to status."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any, cast

import flask
from werkzeug.exceptions import HTTPException

from catalog.errors import UnknownLayer, UnpublishedRelease
from layers.errors import InvalidParameter, RenderUnavailable, TuziError, UnknownFeature, UnknownRelease
from layers.messages import Language, message
from server.answers import Answer, json_answer
from server.errors import (
    DataUnavailable,
    MethodNotAllowed,
    ReleaseReplaced,
    UnknownCollection,
    UnknownPath,
    shown_to_client,
)
from server.negotiation import language_of_request

PROBLEM = "application/problem+json"

logger = logging.getLogger(__name__)

STATUS: dict[type[Exception], int] = {
    InvalidParameter: 400,
    UnknownFeature: 404,
    UnknownCollection: 404,
    UnknownLayer: 404,
    UnknownPath: 404,
    MethodNotAllowed: 405,
    ReleaseReplaced: 410,
    # The catalogue moved on while the request was under way; the next try sees the new release.
    UnknownRelease: 503,
    UnpublishedRelease: 503,
    RenderUnavailable: 503,
    DataUnavailable: 503,
}
"""The status of each kind of error; a kind that is not listed has that of its nearest base class, else 500."""

_MORE_HEADERS: dict[int, tuple[tuple[str, str], ...]] = {
    HTTPStatus.METHOD_NOT_ALLOWED: (("Allow", "GET, HEAD, OPTIONS"),),
    HTTPStatus.SERVICE_UNAVAILABLE: (("Retry-After", "2"),),
}


def status_of(error: Exception) -> int:
    """Return the HTTP status that an error is answered with."""
    if isinstance(error, HTTPException):
        return error.code or 500
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem(error: Exception, environ: dict[str, Any]) -> Answer:
    """Return an error as problem details in the client's language; what is our own fault is logged, never shown."""
    original, error = error, shown_to_client(error)
    status = status_of(error)
    path = environ.get("PATH_INFO", "")
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("%s %s failed", environ.get("REQUEST_METHOD"), path, exc_info=original)
    elif status > HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.warning("%s %s: %s", environ.get("REQUEST_METHOD"), path, original, exc_info=original)
    language = language_of_request(environ)
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _detail(error, status, path, language),
        "instance": path,
    }
    if isinstance(error, TuziError) and status != HTTPStatus.INTERNAL_SERVER_ERROR:
        document["code"] = error.code
    more = _MORE_HEADERS.get(status, ())
    return json_answer(document, PROBLEM, status=status, headers=(("Content-Language", language), *more))


def problem_response(error: Exception) -> flask.Response:
    """Answer an error of a Flask view; for ``errorhandler(Exception)`` of blueprints and of the application."""
    if isinstance(error, HTTPException) and error.code is not None and error.code < HTTPStatus.BAD_REQUEST:
        # Werkzeug's redirects are exceptions, too.
        return cast(flask.Response, flask.Response.force_type(error.get_response(), flask.request.environ))
    return problem(error, flask.request.environ).to_flask()


def _detail(error: Exception, status: int, path: str, language: Language) -> str:
    if status == HTTPStatus.NOT_FOUND and not isinstance(error, TuziError):
        return message("problem_unknown_path", language, path=path[:200])
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return message("problem_method", language)
    if isinstance(error, TuziError) and status != HTTPStatus.INTERNAL_SERVER_ERROR:
        return error.sentence(language)
    code = "problem_request" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "problem_internal"
    return message(code, language)
