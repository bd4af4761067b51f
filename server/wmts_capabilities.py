"""WMTS capabilities 1.0.0: what a client may see, and the grids in which it is cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

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
    data_url,
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
from server.times import times_of
from server.visible import Visible
from tilecache.configuration import IMAGERY_FORMAT, abstract_of, tile_formats, title_of
from tilecache.coverage import NOTHING, TileCoverage
from tilecache.drawing import Drawable, extent_of
from tilecache.grids import ALIASES, DOUBLE, TILE_SIZE, TileMatrixSet, tile_matrix_sets

MOST_LIMITED = 200
"""Layers of a document that tells each layer's tiles, some 10 kB for each; beyond, their extents must do."""
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
    data_url: str
    styles: tuple[ListedStyle, ...]


@dataclass(frozen=True, slots=True)
class _Grid:
    """A grid under one of its names."""

    name: str
    grid: TileMatrixSet
    density: int = 1
    """Pixels of a tile for one of a tile of 256, each way."""

    @property
    def levels(self) -> range:
        """The levels, from the coarsest."""
        return range(self.grid.deepest + 1)

    @property
    def urn(self) -> str:
        """The name of the CRS."""
        return self.grid.crs.urn

    @property
    def top_left(self) -> str:
        """The corner in the CRS's own axis order (OGC 07-057r7, table 11)."""
        a, b = served_order(*self.grid.origin, self.grid.crs)
        return f"{number_text(a)} {number_text(b)}"

    @property
    def tile_size(self) -> int:
        """Pixels of a tile, each way."""
        return TILE_SIZE * self.density

    @property
    def scale_set(self) -> str | None:
        """The well-known set of scales that it has, if any."""
        return self.grid.well_known_scale_set if self.density == 1 else None

    def scale_denominator(self, z: int) -> float:
        """The OGC scale denominator of a level, by the size of its pixels."""
        return self.grid.scale_denominator(z) / self.density

    def limits(self, coverage: TileCoverage) -> Markup:
        """Write the tiles of each level on which anything may be drawn (OGC 07-057r7, table 10)."""
        # Under other names, and in other sizes, it has the same tiles; saying so again would make large documents.
        if self.name != self.grid.id or coverage.tile_range(self.grid, 0) == NOTHING:
            return Markup()
        parts = [_limit(z, *coverage.tile_range(self.grid, z)) for z in self.levels]
        return Markup(f"<TileMatrixSetLimits>\n{''.join(parts)}</TileMatrixSetLimits>\n")  # noqa: S704 - numbers


class WmtsCapabilities:
    """Writes the document, each layer's part once for as long as the layer stays as it is."""

    def __init__(self, options: MountOptions, legends: Legends) -> None:
        self._service = options.service
        self._legends = legends
        grids = tile_matrix_sets(options.settings.max_zoom)
        # Clients look for a grid by the name they know; what stands under either name are the same tiles.
        self._grids = (
            *(_Grid(grid.id, grid) for grid in grids.values()),
            *(_Grid(alias, grids[name]) for alias, name in ALIASES.items()),
            *(_Grid(grid.id + DOUBLE, grid, 2) for grid in grids.values()),
        )
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
            base_url=PLACEHOLDER,
            service_url=f"{PLACEHOLDER}/wmts?{words}",
            rest_url=f"{PLACEHOLDER}{REST_CAPABILITIES}" + (f"?{words[:-1]}" if words else ""),
        )
        head, _, foot = text.encode().partition(b"<!--layers-->\n")
        return b"".join((head, *self._parts(visible, language), foot))

    def _parts(self, visible: Visible, language: Language) -> Iterable[bytes]:
        records: list[Drawable] = [*visible.layers.values(), *visible.basemaps.values()]
        is_limited = len(records) <= MOST_LIMITED
        write = partial(self._part, language=language, is_limited=is_limited)
        for record in records:
            yield self._fragments.part((language, is_limited), record, write)

    def _part(self, record: Drawable, language: Language, is_limited: bool) -> bytes:
        if isinstance(record, LayerRecord):
            listed = self._listed(record, language)
        else:
            listed = _listed_basemap(record, language)
        text = self._layer.render(
            layer=listed,
            times=times_of(record),
            language=language,
            grids=self._links(record, is_limited),
            formats=[(name, "jpg" if name == IMAGERY_FORMAT else name) for name in tile_formats(record)],
            info_formats=INFO_FORMATS,
            base_url=PLACEHOLDER,
        )
        return text.encode()

    def _links(self, record: Drawable, is_limited: bool) -> list[tuple[str, Markup]]:
        """Return the grids that reach the record, with their limits where there is room for them."""
        coverage = TileCoverage(extent_of(record))
        if known_extent(record) is None:
            return [(grid.name, Markup()) for grid in self._grids]
        return [
            (grid.name, grid.limits(coverage) if is_limited else Markup())
            for grid in self._grids
            if coverage.reaches(grid.grid)
        ]

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
            data_url=data_url(layer),
            styles=styles_of(layer, language, self._legends),
        )


def _listed_basemap(basemap: BasemapRecord, language: Language) -> _Listed:
    title, attribution = basemap.title.in_language(language), basemap.attribution.in_language(language)
    return _Listed(basemap.id, title, attribution, (), _extent(basemap), False, "", only_style(title))


def _extent(record: Drawable) -> BoundingBox | None:
    extent = known_extent(record)
    return None if extent is None else outward(extent, DEGREE_DIGITS)


def _limit(z: int, first_x: int, last_x: int, first_y: int, last_y: int) -> str:
    return (
        f"<TileMatrixLimits><TileMatrix>{z}</TileMatrix><MinTileRow>{first_y}</MinTileRow>"
        f"<MaxTileRow>{last_y}</MaxTileRow><MinTileCol>{first_x}</MinTileCol><MaxTileCol>{last_x}</MaxTileCol>"
        "</TileMatrixLimits>\n"
    )
