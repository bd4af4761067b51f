"""Under which scheme and host a client sees the server."""

from __future__ import annotations

import re
from typing import Any

_HOST = re.compile(r"^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$")


def public_base_url(environ: dict[str, Any], trust_forwarded: bool) -> str:
    """Return ``scheme://host`` without a slash at the end.

    The forwarded headers count only where the configuration says that a proxy sets them; a host
    that could break out of a document's markup never does.
    """
    scheme = environ.get("wsgi.url_scheme", "http")
    host = environ.get("HTTP_HOST", "")
    if trust_forwarded:
        host = environ.get("HTTP_X_FORWARDED_HOST", host).split(",")[0].strip()
        forwarded = environ.get("HTTP_X_FORWARDED_PROTO", scheme).split(",")[0].strip().lower()
        scheme = forwarded if forwarded in {"http", "https"} else scheme
    if not _HOST.match(host):
        host = f"{environ.get('SERVER_NAME', 'localhost')}:{environ.get('SERVER_PORT', '80')}"
    default_port = ":443" if scheme == "https" else ":80"
    return f"{scheme}://{host.removesuffix(default_port)}"
