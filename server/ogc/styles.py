"""OGC API – Styles (OGC 20-009, draft): the documents that list styles and tell of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from catalog.records import DEFAULT_STYLE, BasemapRecord, LayerKind, LayerRecord
from layers.messages import Language, message
from layers.schema import GeometryType
from layers.styles.findings import StyleFinding
from layers.styles.sld import write_sld
from server.answers import HTML, JSON
from server.errors import UnknownPath
from server.map_styles import findings_of, in_style
from server.ogc.links import ROOT, collection_url, link
from server.tilejson import title_in
from server.visible import Visible
from tilecache.drawing import Drawable

Document = dict[str, Any]
MAPLIBRE = "application/vnd.mapbox.style+json"
SLD = "application/vnd.ogc.sld+xml;version=1.1"
YAML = "application/yaml"
_STYLES_RELATION = "http://www.opengis.net/def/rel/ogc/1.0/styles"
_LEGEND_RELATION = "http://www.opengis.net/def/rel/ogc/1.0/legend"
_SPECIFICATIONS = {
    "maplibre": ("MapLibre", "8", MAPLIBRE, "https://maplibre.org/maplibre-style-spec/"),
    "sld": ("SLD", "1.1.0", SLD, "https://www.ogc.org/standard/sld/"),
    "yaml": ("Tuzi", "1", YAML, None),
}
_KINDS = ("point", "line", "polygon")


@dataclass(frozen=True, slots=True)
class PublishedStyle:
    """A style of a layer or basemap, as a resource."""

    record: Drawable
    """Wears the style."""
    name: str

    @property
    def id(self) -> str:
        """``{layer or basemap}.{style}``; neither part can hold a dot."""
        return f"{self.record.id}.{self.name}"

    def title(self, language: Language) -> str:
        """Return what people call the style."""
        title = title_in(self.record, language)
        if self.name == DEFAULT_STYLE or not isinstance(self.record, LayerRecord):
            return title
        own = self.record.style.title
        return f"{title} · {own.in_language(language) if own else self.name}"

    @property
    def forms(self) -> tuple[str, ...]:
        """Return what it is written as; SLD and our own form describe one layer."""
        return ("maplibre", "sld", "yaml") if isinstance(self.record, LayerRecord) else ("maplibre",)


def styles_of(record: Drawable) -> Iterator[PublishedStyle]:
    """Yield the styles of a layer or basemap, the default first."""
    yield PublishedStyle(record, DEFAULT_STYLE)
    if isinstance(record, LayerRecord):
        for named in record.styles:
            shown = in_style(record, named.name)
            if shown is not None:
                yield PublishedStyle(shown, named.name)


def find_style(visible: Visible, style_id: str) -> PublishedStyle:
    """Return a style; raises UnknownPath for what does not exist, or not for the client."""
    name, _, style = style_id.partition(".")
    record = visible.find(name)
    shown = in_style(record, style) if record is not None and style else None
    if shown is None:
        raise UnknownPath(path=f"{ROOT}/styles/{style_id}"[:120])
    return PublishedStyle(shown, style)


def styles_link(url: str, language: Language) -> dict[str, str]:
    """Return the link that a landing page or a collection has to its styles."""
    return link(_STYLES_RELATION, f"{url}/styles", JSON, message("ogc_link_styles", language))


def style_list(styles: Sequence[PublishedStyle], url: str, base: str, language: Language) -> Document:
    """Describe the styles found at ``url``; of one layer, the first is what it wears where nobody chooses."""
    document: Document = {
        "styles": [
            {"id": style.id, "title": style.title(language), "links": style_links(style, base, language)}
            for style in styles
        ],
        "links": [
            link("self", url, JSON, message("ogc_link_json", language)),
            link("alternate", f"{url}?f=html", HTML, message("ogc_link_html", language)),
        ],
    }
    if len({style.record.id for style in styles}) == 1:
        document["defaultStyle"] = styles[0].id
    return document


def style_url(style: PublishedStyle, base: str) -> str:
    """Return the address of a style."""
    return f"{base}{ROOT}/styles/{style.id}"


def style_links(style: PublishedStyle, base: str, language: Language) -> list[dict[str, str]]:
    """Return the links of a style: what it is written as, and what tells of it."""
    url = style_url(style, base)
    written = [
        link("stylesheet", f"{url}?f={form}", _SPECIFICATIONS[form][2], _SPECIFICATIONS[form][0])
        for form in style.forms
    ]
    return [*written, link("describedby", f"{url}/metadata", JSON, message("ogc_link_style_metadata", language))]


def style_metadata(style: PublishedStyle, base: str, language: Language) -> Document:
    """Tell of a style: its forms and what each cannot say, its layers and fields, its legend."""
    record, url = style.record, style_url(style, base)
    document: Document = {
        "id": style.id,
        "title": style.title(language),
        "scope": "style",
        "stylesheets": [_stylesheet(style, form, url, language) for form in style.forms],
        "layers": [_layer(layer, base, language) for layer in layers_of(record)],
        "links": [
            link("self", f"{url}/metadata", JSON, message("ogc_link_json", language)),
            link("alternate", f"{url}/metadata?f=html", HTML, message("ogc_link_html", language)),
            link("style", url, MAPLIBRE, style.title(language)),
        ],
    }
    if isinstance(record, LayerRecord):
        document |= {
            "description": record.abstract.in_language(language),
            "keywords": list(record.keywords),
            "pointOfContact": record.agency.title.in_language(language),
            "license": record.licence,
            "dates": {"revision": record.updated.isoformat()},
        }
        document["links"] += [
            link(_LEGEND_RELATION, legend_url(style, base, language, form), form, message("ogc_link_legend", language))
            for form in ("image/png", JSON)
        ]
    return document


def legend_url(style: PublishedStyle, base: str, language: Language, form: str) -> str:
    """Return the address of a layer's legend, as a picture or as data."""
    query = f"service=WMS&version=1.3.0&request=GetLegendGraphic&layer={quote(style.record.id, safe='')}"
    style_part = "" if style.name == DEFAULT_STYLE else f"&style={quote(style.name, safe='')}"
    return f"{base}/wms?{query}{style_part}&format={form}&language={language}"


def layers_of(record: Drawable) -> tuple[LayerRecord, ...]:
    """Return the layers that a record draws, each once."""
    members = [member.layer for member in record.members] if isinstance(record, BasemapRecord) else [record]
    return tuple({layer.id: layer for layer in members}.values())


def _stylesheet(style: PublishedStyle, form: str, url: str, language: Language) -> Document:
    title, version, media_type, specification = _SPECIFICATIONS[form]
    document: Document = {
        "title": title,
        "version": version,
        "native": form == "yaml",
        "link": link("stylesheet", f"{url}?f={form}", media_type, title),
    }
    if specification:
        document["specification"] = specification
    limits = [{"rule": finding.rule, "text": finding.sentence(language)} for finding in _findings(style, form)]
    if limits:
        # Not of the draft: what this form cannot say of the style, so that nothing is dropped silently.
        document["limitations"] = limits
    return document


def _findings(style: PublishedStyle, form: str) -> tuple[StyleFinding, ...]:
    if form == "maplibre":
        return findings_of(style.record)
    if form == "sld" and isinstance(style.record, LayerRecord):
        return write_sld(style.record.style, style.record.id).findings
    return ()


def _layer(layer: LayerRecord, base: str, language: Language) -> Document:
    schema = layer.release.schema
    document: Document = {"id": layer.id, "title": layer.title.in_language(language), "type": _kind(layer)}
    if schema is not None:
        document["attributes"] = [{"id": field.name, "type": field.type.value} for field in schema.fields]
        url = f"{collection_url(base, layer.id)}/items"
        document["sampleData"] = link("data", url, "application/geo+json", message("ogc_link_items", language))
    return document


def _kind(layer: LayerRecord) -> str:
    kind: GeometryType | None = layer.release.schema.geometry_type if layer.release.schema else None
    if layer.kind is LayerKind.RASTER:
        return "raster"
    return "geometry" if kind is None or kind.dimension is None else _KINDS[kind.dimension]
