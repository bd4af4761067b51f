"""Glyphs for MapLibre clients: ranges of the fonts that pictures are written with, made when first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from layers.glyphs import GlyphRanges
from layers.glyphs.ranges import LAST, SIZE
from layers.render.fonts import FontSet, fallbacks
from layers.styles.maplibre_symbols import FONTS
from layers.styles.model import Weight
from server.answer_cache import AnswerCache
from server.answers import Answer, digest_etag
from server.errors import UnknownPath

PATH = "/fonts/"
TEMPLATE = f"{PATH}{{fontstack}}/{{range}}.pbf"
CONTENT_TYPE = "application/x-protobuf"
_KEPT = 64 << 20
"""Bytes of ranges that are kept drawn; one of Chinese characters has 150 kB and takes a third of a second."""
_CACHE = "public, max-age=86400"
_MOST_NAMES = 8
_LEVEL = 6
"""Of gzip."""


class GlyphService:
    """Answers ``/fonts/{font stack}/{first}-{last}.pbf``."""

    def __init__(self, fonts: FontSet) -> None:
        self._weights: Mapping[str, Weight] = {
            **{fonts.face(weight).name: weight for weight in FONTS},
            **{name: weight for weight, name in FONTS.items()},
        }
        self._ranges = {weight: GlyphRanges((fonts.face(weight), *fallbacks(weight))) for weight in FONTS}
        self._kept = AnswerCache(_KEPT, _LEVEL)

    def respond(self, path: str) -> Answer:
        """Return a range of the first font of the stack that is known; raises UnknownPath."""
        stack, _, file = path.removeprefix(PATH).rpartition("/")
        names = [name.strip() for name in stack.split(",")]
        weight = next((self._weights[name] for name in names[:_MOST_NAMES] if name in self._weights), None)
        first = _first(file)
        if weight is None or first is None:
            raise UnknownPath(path=path[:120])
        return self._kept.get((stack, first), lambda: self._drawn(stack, weight, first))

    def _drawn(self, stack: str, weight: Weight, first: int) -> Answer:
        body = self._ranges[weight].draw(stack, first)
        return Answer(body, CONTENT_TYPE, etag=digest_etag(body), cache_control=_CACHE)


def _first(file: str) -> int | None:
    """Return the first code point of ``{first}-{last}.pbf``; None for what is no range of 256."""
    numbers, _, suffix = unquote(file).partition(".")
    first, _, last = numbers.partition("-")
    if suffix != "pbf" or not all(part.isascii() and part.isdigit() and len(part) < 8 for part in (first, last)):
        return None
    begin, end = int(first), int(last)
    return begin if begin % SIZE == 0 and end == begin + SIZE - 1 and end <= LAST else None
