"""OGC API for people: small pages over the same documents, whole in themselves (no CDN, no script)."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

import jinja2

from layers.messages import LANGUAGES, Language, message
from server.ogc.client import Client
from server.ogc.door import Document
from server.ogc.links import ROOT
from server.ogc.parameters import Pairs
from server.ogc.settings import OgcSettings

_TEMPLATES = {"queryables": "fields", "schema": "fields"}


class Pages:
    """Renders documents and pages of features."""

    def __init__(self, settings: OgcSettings):
        self._settings = settings
        self._environment = jinja2.Environment(
            loader=jinja2.PackageLoader("server.ogc", "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )

    def document(self, kind: str, document: Document, client: Client) -> bytes:
        """Render one of the descriptive documents."""
        # The page is kept for other clients of the same rights, so nothing of this one's query string is in it.
        return self.render(
            _TEMPLATES.get(kind, kind),
            client.language,
            client.base,
            client.environ["PATH_INFO"],
            (),
            kind=kind,
            document=document,
            layers=client.layers,
        )

    def render(self, template: str, language: Language, base: str, path: str, pairs: Pairs, **context: Any) -> bytes:
        """Render a template in a language, with links that keep to it."""
        page = self._environment.get_template(f"{template}.jinja")
        text = page.render(
            language=language,
            other=next(other for other in LANGUAGES if other != language),
            server_title=self._settings.server_title.in_language(language),
            t=partial(_translated, language),
            root=f"{base}{ROOT}",
            base=base,
            here=f"{base}{path}",
            address=partial(_address, pairs),
            keep=f"?{urlencode({'f': 'html', 'lang': language})}",
            **context,
        )
        return text.encode()


def _translated(language: Language, code: str, **parameters: object) -> str:
    return message(f"ogc_page_{code}", language, **parameters)


def _address(pairs: Pairs, url: str, **changes: str) -> str:
    kept = [(name, value) for name, value in pairs if name not in changes]
    return f"{url}?{urlencode([*kept, *changes.items()])}"
