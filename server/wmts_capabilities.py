"""WMTS capabilities 1.0.0: what a client may see, and the grids in which it is cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from catalog.records import BasemapRecord, LayerRecord
from layers.crs import served_order
from layers.extent import BoundingBox
from layers.messages import Language
from server.capabilities import PLACEHOLDER, Fragments
from server.feature_info import INFO_FORMATS
from server.legends import Legends
from server.map_listing import (
    DEGREE_DIGITS,
    ListedStyle,
    document_templates,
    known_extent,
    language_query,
    licences_of,
    number_text,
    only_style,
    outward,
    styles_of,
)
from server.mapproxy import MountOptions
from server.visible import Visible
from tilecache.configuration import TILE_FORMATS, abstract_of, title_of
from tilecache.drawing import Drawable
from tilecache.grids import ALIASES, TILE_SIZE, TileMatrixSet, tile_matrix_sets

REST_CAPABILITIES = "/wmts/1.0.0/WMTSCapabilities.xml"


@dataclass(frozen=True, slots=True)
class _Listed:
    """A layer in the words of the document."""

    id: str
    title: str
    abstract: str
    keywords: tuple[str, ...]
    extent: BoundingBox | None
    queryable: bool
    styles: tuple[ListedStyle, ...]


class WmtsCapabilities:
    """Writes the document, each layer's part once for as long as the layer stays as it is."""

    def __init__(self, options: MountOptions, legends: Legends) -> None:
        self._service = options.service
        self._legends = legends
        grids = tile_matrix_sets(options.settings.max_zoom)
        # Clients look for a grid by the name they know; what stands under either name are the same tiles.
        named = [(grid.id, grid) for grid in grids.values()]
        self._grids = [*named, *((alias, grids[name]) for alias, name in ALIASES.items())]
        self._fragments = Fragments()
        templates = document_templates()
        self._document = templates.get_template("wmts_capabilities.xml.jinja")
        self._layer = templates.get_template("wmts_layer.xml.jinja")

    def keep_only(self, ids: frozenset[str]) -> None:
        """Forget the parts of layers that are no more."""
        self._fragments.keep_only(ids)

    def write(self, visible: Visible, language: Language, revision: int) -> bytes:
        """Write the document about all that is visible, with ``PLACEHOLDER`` for the host."""
        words = language_query(language)
        text = self._document.render(
            revision=revision,
            service=self._service,
            licences=licences_of([*visible.layers.values()]),
            language=language,
            grids=self._grids,
            top_left=_top_left,
            urn=_urn,
            tile_size=TILE_SIZE,
            base_url=PLACEHOLDER,
            service_url=f"{PLACEHOLDER}/wmts?{words}",
            rest_url=f"{PLACEHOLDER}{REST_CAPABILITIES}" + (f"?{words[:-1]}" if words else ""),
        )
        head, _, foot = text.encode().partition(b"<!--layers-->\n")
        return b"".join((head, *self._parts(visible, language), foot))

    def _parts(self, visible: Visible, language: Language) -> Iterable[bytes]:
        write = partial(self._part, language=language)
        records: list[Drawable] = [*visible.layers.values(), *visible.basemaps.values()]
        for record in records:
            yield self._fragments.part(language, record, write)

    def _part(self, record: Drawable, language: Language) -> bytes:
        if isinstance(record, LayerRecord):
            listed = self._listed(record, language)
        else:
            listed = _listed_basemap(record, language)
        text = self._layer.render(
            layer=listed,
            language=language,
            grids=[name for name, _ in self._grids],
            formats=TILE_FORMATS,
            info_formats=INFO_FORMATS,
            base_url=PLACEHOLDER,
        )
        return text.encode()

    def _listed(self, layer: LayerRecord, language: Language) -> _Listed:
        return _Listed(
            id=layer.id,
            title=title_of(layer, language),
            abstract=abstract_of(layer, language),
            keywords=(
                *layer.keywords,
                layer.agency.title.in_language(language),
                layer.theme.title.in_language(language),
            ),
            extent=_extent(layer),
            queryable=True,
            styles=styles_of(layer, language, self._legends),
        )


def _listed_basemap(basemap: BasemapRecord, language: Language) -> _Listed:
    title, attribution = basemap.title.in_language(language), basemap.attribution.in_language(language)
    return _Listed(basemap.id, title, attribution, (), _extent(basemap), False, only_style(title))


def _extent(record: Drawable) -> BoundingBox | None:
    extent = known_extent(record)
    return None if extent is None else outward(extent, DEGREE_DIGITS)


def _urn(grid: TileMatrixSet) -> str:
    return grid.crs.urn


def _top_left(grid: TileMatrixSet) -> str:
    """The corner in the CRS's own axis order (OGC 07-057r7, table 11)."""
    a, b = served_order(*grid.origin, grid.crs)
    return f"{number_text(a)} {number_text(b)}"
