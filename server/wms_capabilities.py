"""WMS capabilities, 1.1.1 and 1.3.0: what a client may see, as it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial, reduce
from itertools import groupby

from markupsafe import Markup

from catalog.records import BasemapRecord, LayerRecord
from layers.crs import CRS84, SERVED, Crs, served_order, transform_bbox
from layers.errors import UnknownCrs
from layers.extent import BoundingBox
from layers.messages import Language, message
from server.capabilities import PLACEHOLDER, Fragments
from server.feature_info import INFO_FORMATS
from server.legends import Legends
from server.map_drawing import PICTURE_FORMATS
from server.map_listing import (
    DEGREE_DIGITS,
    METRE_DIGITS,
    ListedStyle,
    data_url,
    document_templates,
    known_extent,
    language_query,
    licences_of,
    only_style,
    outward,
    styles_of,
)
from server.map_scales import ScaleRange, scales_of_all
from server.mapproxy import MountOptions
from server.times import times_of
from server.visible import Visible
from tilecache.configuration import abstract_of, map_name, title_of
from tilecache.drawing import Drawable, background_of
from tilecache.xml import xml_text

WORLD = BoundingBox(-180, -90, 180, 90)
_EXCEPTIONS = {
    "1.3.0": ("XML", "INIMAGE", "BLANK"),
    "1.1.1": ("application/vnd.ogc.se_xml", "application/vnd.ogc.se_inimage", "application/vnd.ogc.se_blank"),
}


@dataclass(frozen=True, slots=True)
class Edition:
    """Which of the documents: everything a layer's part depends on beside the layer."""

    version: str
    """``1.1.1`` or ``1.3.0``."""
    language: Language

    @property
    def crs(self) -> list[Crs]:
        """The systems that the version has names for."""
        return [crs for crs in SERVED if self.version == "1.3.0" or crs != CRS84]


@dataclass(frozen=True, slots=True)
class _Listed:
    """A layer in the words of the document; extents and scales are finished elements."""

    id: str
    title: str
    abstract: str
    keywords: tuple[str, ...]
    attribution: str
    queryable: bool
    opaque: bool
    extent: Markup
    scales: Markup
    styles: tuple[ListedStyle, ...]
    data_url: str = ""
    features_url: str = ""


class WmsCapabilities:
    """Writes the documents, each layer's part once for as long as the layer stays as it is."""

    def __init__(self, options: MountOptions, legends: Legends) -> None:
        self._service = options.service
        self._settings = options.settings
        self._legends = legends
        self._fragments = Fragments()
        templates = document_templates()
        self._document = templates.get_template("wms_capabilities.xml.jinja")
        self._layer = templates.get_template("wms_layer.xml.jinja")

    def keep_only(self, ids: frozenset[str]) -> None:
        """Forget the parts of layers that are no more."""
        self._fragments.keep_only(ids)

    def write(self, visible: Visible, edition: Edition, path: str, revision: int) -> bytes:
        """Write the document about all that is visible at ``path``, with ``PLACEHOLDER`` for the host."""
        language = edition.language
        records: list[Drawable] = [*visible.layers.values(), *visible.basemaps.values()]
        extents = [extent for record in records if (extent := known_extent(record)) is not None]
        text = self._document.render(
            version=edition.version,
            revision=revision,
            title=self._service.title.in_language(language),
            abstract=self._service.abstract.in_language(language),
            organisation=self._service.title.in_language(language),
            contact=self._service.contact,
            licences=licences_of([*visible.layers.values()]),
            most_layers=self._settings.max_map_layers,
            largest=self._settings.max_map_size,
            base_url=PLACEHOLDER,
            service_url=f"{PLACEHOLDER}{path}?{language_query(language)}",
            operations=_operations(edition.version),
            exceptions=_EXCEPTIONS[edition.version],
            crs=[map_name(crs) for crs in edition.crs],
            extent=_extent(reduce(BoundingBox.union, extents) if extents else WORLD, edition),
        )
        head, _, foot = text.encode().partition(b"<!--layers-->\n")
        return b"".join((head, *self._groups(visible, edition), foot))

    def _groups(self, visible: Visible, edition: Edition) -> Iterable[bytes]:
        """Yield the layers, those of a theme together, then the basemaps."""
        for _, layers in groupby(visible.layers.values(), key=lambda layer: layer.theme.id):
            members = list(layers)
            yield from self._group(members[0].theme.title.in_language(edition.language), members, edition)
        if visible.basemaps:
            title = message("wms_basemaps", edition.language)
            yield from self._group(title, visible.basemaps.values(), edition)

    def _group(self, title: str, records: Iterable[Drawable], edition: Edition) -> Iterable[bytes]:
        yield f"<Layer>\n<Title>{xml_text(title)}</Title>\n".encode()
        write = partial(self._part, edition=edition)
        for record in records:
            yield self._fragments.part(edition, record, write)
        yield b"</Layer>\n"

    def _part(self, record: Drawable, edition: Edition) -> bytes:
        listed = self._listed(record, edition) if isinstance(record, LayerRecord) else _basemap(record, edition)
        return self._layer.render(layer=listed, times=times_of(record), version=edition.version).encode()

    def _listed(self, layer: LayerRecord, edition: Edition) -> _Listed:
        language = edition.language
        collection = data_url(layer)
        return _Listed(
            id=layer.id,
            title=title_of(layer, language),
            abstract=abstract_of(layer, language),
            keywords=(*layer.keywords, layer.agency.title.in_language(language)),
            attribution=layer.attribution.in_language(language),
            queryable=True,
            opaque=False,
            extent=_own_extent(layer, edition),
            scales=_scales(scales_of_all((layer.style, *(named.style for named in layer.styles))), edition),
            styles=styles_of(layer, language, self._legends),
            data_url=collection,
            features_url=f"{collection}/items" if collection else "",
        )


def _basemap(record: BasemapRecord, edition: Edition) -> _Listed:
    title = record.title.in_language(edition.language)
    attribution = record.attribution.in_language(edition.language)
    return _Listed(
        id=record.id,
        title=title,
        abstract=attribution,
        keywords=(),
        attribution=attribution,
        queryable=False,
        opaque=background_of(record) is not None,
        extent=_own_extent(record, edition),
        scales=Markup(),
        styles=only_style(title),
    )


def _operations(version: str) -> list[tuple[str, tuple[str, ...]]]:
    modern = version == "1.3.0"
    pictures = tuple(PICTURE_FORMATS)
    return [
        ("GetCapabilities", ("text/xml" if modern else "application/vnd.ogc.wms_xml",)),
        ("GetMap", pictures),
        ("GetFeatureInfo", INFO_FORMATS),
        ("sld:GetLegendGraphic" if modern else "GetLegendGraphic", pictures),
    ]


def _own_extent(record: Drawable, edition: Edition) -> Markup:
    extent = known_extent(record)
    return Markup() if extent is None else _extent(extent, edition)


def _extent(extent: BoundingBox, edition: Edition) -> Markup:
    """Write the extent in degrees and in every system that can express it, never smaller than it is."""
    west, south, east, north = outward(extent, DEGREE_DIGITS)
    lines = [f'<LatLonBoundingBox minx="{west}" miny="{south}" maxx="{east}" maxy="{north}"/>']
    if edition.version == "1.3.0":
        names = ("westBoundLongitude", "eastBoundLongitude", "southBoundLatitude", "northBoundLatitude")
        values = zip(names, (west, east, south, north), strict=True)
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in values)
        lines = [f"<EX_GeographicBoundingBox>{inner}</EX_GeographicBoundingBox>"]
    name = "CRS" if edition.version == "1.3.0" else "SRS"
    for crs in edition.crs:
        try:
            box = transform_bbox(extent, CRS84, crs)
        except UnknownCrs:
            continue
        a, b, c, d = outward(box, DEGREE_DIGITS if crs.is_geographic else METRE_DIGITS)
        if edition.version == "1.3.0":
            (a, b), (c, d) = served_order(a, b, crs), served_order(c, d, crs)
        lines.append(f'<BoundingBox {name}="{map_name(crs)}" minx="{a}" miny="{b}" maxx="{c}" maxy="{d}"/>')
    return Markup("\n".join(lines))  # noqa: S704 - numbers and names of our own


def _scales(scales: ScaleRange, edition: Edition) -> Markup:
    if scales.least is None and scales.most is None:
        return Markup()
    if edition.version == "1.1.1":
        least, most = scales.hint
        return Markup(f'<ScaleHint min="{least:.6g}" max="{most:.6g}"/>')  # noqa: S704 - numbers
    values = (("Min", scales.least), ("Max", scales.most))
    lines = (f"<{name}ScaleDenominator>{value:.6f}</{name}ScaleDenominator>" for name, value in values if value)
    return Markup("\n".join(lines))  # noqa: S704 - numbers
