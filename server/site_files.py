"""The built map site: its page asked for anew each time, its parts kept by browsers for good."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, request, send_from_directory
from werkzeug.security import safe_join

YEAR = 31_536_000
"""Seconds; the site's assets carry a digest of their content in their names."""
HOUR = 3600

CODINGS = (("br", ".br"), ("gzip", ".gz"))
"""Content codings, the best first, and the files that the site's build leaves beside the plain ones."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        # The map draws tiles and signs from memory; the style sheets carry small signs in place.
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
"""What the page may load: nothing from anywhere else, and no script or style written into it."""


def site_blueprint(folder: Path) -> Blueprint:
    """Serve a folder that ``npm run build`` wrote; a later build shows without a restart."""
    site = Blueprint("site", __name__)
    absolute = folder.resolve()

    @site.get("/")
    def index() -> Response:
        response = _guarded(send_from_directory(absolute, "index.html", max_age=0))
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @site.get("/<path:name>")
    def asset(name: str) -> Response:
        is_lasting = name.startswith("assets/")
        response = _guarded(_smallest(absolute, name, YEAR if is_lasting else HOUR))
        response.cache_control.immutable = is_lasting
        return response

    return site


def _smallest(folder: Path, name: str, max_age: int) -> Response:
    """Send the smallest form of a file that the client reads."""
    for coding, ending in CODINGS:
        packed = safe_join(str(folder), name + ending)
        if packed and request.accept_encodings.quality(coding) > 0 and _is_file(packed):
            # By this name the content's type is found.
            plain = Path(name).name
            response = send_from_directory(folder, name + ending, download_name=plain, max_age=max_age)
            response.headers["Content-Encoding"] = coding
            break
    else:
        response = send_from_directory(folder, name, max_age=max_age)
    response.vary.add("Accept-Encoding")
    return response


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:
        # A name longer than the file system allows.
        return False


def _guarded(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response
