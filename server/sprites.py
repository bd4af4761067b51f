"""Sheets of sprites for MapLibre styles: drawn when first asked for, at an address that changes with their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from catalog.records import DEFAULT_STYLE
from layers.render import Renderer
from layers.render.sprites import sprite_sheet
from layers.styles.sprites import Sprite
from server.answer_cache import AnswerCache
from server.answers import JSON, Answer, digest_etag
from server.errors import UnknownPath
from server.map_call import Call
from server.map_styles import sprites_of
from tilecache.identity import DRAWING_VERSION
from tilecache.renders import Admission

PATH = "/sprites/"
_KEPT = 16 << 20
"""Bytes of sheets that are kept drawn."""
_LASTING = "max-age=31536000, immutable"
_FORMS = {"json": JSON, "png": "image/png"}


class SpriteService:
    """Answers ``/sprites/{layer or basemap}/{style}/{digest}{@2x}.{json|png}``."""

    def __init__(self, renderer: Renderer, admission: Admission) -> None:
        self._renderer = renderer
        self._admission = admission
        self._kept = AnswerCache(_KEPT)

    def respond(self, call: Call) -> Answer:
        """Return a sheet or its index.

        A digest of former content gets what the style names now, to be asked for again. Raises UnknownPath, also
        for what the client may not see; RenderError; RenderUnavailable.
        """
        parts = call.path.removeprefix(PATH).split("/")
        stem, _, form = parts[-1].partition(".")
        digest, _, density = stem.partition("@")
        record = call.visible.find(parts[0])
        if len(parts) != 3 or form not in _FORMS or density not in {"", "2x"} or record is None:
            raise UnknownPath(path=call.path[:120])
        sprites = sprites_of(record, parts[1])
        if not sprites:
            raise UnknownPath(path=call.path[:120])
        present = sheet_digest(sprites)
        scale = 2 if density else 1
        answer = self._kept.get((present, scale, form), lambda: self._drawn(sprites, present, scale, form))
        shared = call.principal.application is None
        if digest != present:
            return replace(answer, shared=shared)
        return replace(answer, shared=shared, cache_control=f"{'public' if shared else 'private'}, {_LASTING}")

    def _drawn(self, sprites: Mapping[str, Sprite], digest: str, scale: int, form: str) -> Answer:
        with self._admission.admitted():
            sheet = sprite_sheet(self._renderer, sprites.values(), scale)
        bodies = {"json": sheet.index, "png": sheet.picture}
        # Both are wanted, one right after the other.
        other = "json" if form == "png" else "png"
        self._kept.get((digest, scale, other), lambda: _answer(bodies[other], other))
        return _answer(bodies[form], form)


def _answer(body: bytes, form: str) -> Answer:
    return Answer(body, _FORMS[form], etag=digest_etag(body))


def sheet_digest(sprites: Mapping[str, Sprite]) -> str:
    """Return ten hexadecimal digits that stand for a sheet's pictures."""
    text = "\n".join((DRAWING_VERSION, *sorted(sprites)))
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def sprite_url(base_url: str, record: str, style: str, sprites: Mapping[str, Sprite]) -> str:
    """Return the address of a sheet as styles give it: without density and form."""
    return f"{base_url}{PATH}{record}/{style or DEFAULT_STYLE}/{sheet_digest(sprites)}"
