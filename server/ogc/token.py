"""The opaque token in a ``next`` link: where the next page of which release begins."""

from __future__ import annotations

import re
from typing import NamedTuple

from layers.errors import InvalidParameter

_TOKEN = re.compile(r"(\d{1,9})-(\d{1,15})-(\d{1,15})", re.ASCII)


class PageToken(NamedTuple):
    """Continue release ``release`` behind the feature number ``after``; ``position`` features lie before."""

    release: int
    after: int
    position: int

    def __str__(self) -> str:
        return f"{self.release}-{self.after}-{self.position}"


def parse_token(text: str) -> PageToken:
    """Read a token; raises InvalidParameter for what no ``next`` link ever held."""
    match = _TOKEN.fullmatch(text)
    if match is None:
        raise InvalidParameter("ogc_invalid_token", value=text[:80])
    return PageToken(*map(int, match.groups()))
