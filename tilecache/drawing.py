"""Draws catalogued layers: the one way from records to a picture, for tiles and for maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from catalog.holdings import Holdings, Wanted
from catalog.records import Access, BasemapRecord, LayerRecord
from layers.crs import CRS84, Crs, transform_bbox
from layers.drawing import DrawnLayer, MapRequest
from layers.errors import RenderError, RenderUnavailable, UnknownCrs
from layers.extent import BoundingBox
from layers.render import BUFFER, Renderer, draws_at, zoom_of
from tilecache.renders import Renders

Drawable = LayerRecord | BasemapRecord


@dataclass(frozen=True, slots=True)
class View:
    """Where a picture looks and how large it is."""

    bbox: BoundingBox
    """In ``crs``, x before y."""
    crs: Crs
    width: int
    height: int
    scale_factor: float = 1.0
    adjoined: bool = False
    """Whether other pictures are laid beside this one."""


class Drawing:
    """Draws any number of layers and basemaps as one picture, in one pass of the renderer."""

    def __init__(self, holdings: Holdings, renderer: Renderer, timeout: float = 20) -> None:
        self.holdings = holdings
        self._renders = Renders(lambda request: renderer.draw(request), timeout)

    def draw(self, records: Sequence[Drawable], view: View, background: str | None = None) -> Image.Image:
        """Draw the records from bottom to top (RGBA), on a ground of ``background`` where none has its own.

        Raises RenderError, RenderUnavailable where too many wait or it takes too long, and StoreUnavailable.
        """
        own, seen = _above_background(records)
        wanted = _shown_in(view)
        layers: list[DrawnLayer] = []
        for record in seen:
            layers.extend(self.holdings.drawn_layers(record, wanted))
        ground = own or background
        request = MapRequest(
            tuple(layers), view.bbox, view.crs, view.width, view.height, view.scale_factor, ground, view.adjoined
        )
        try:
            return self._renders.picture(request)
        except RenderUnavailable:
            raise
        except RenderError:
            # The renderer reads the database itself and says only that it failed: was that for want of it?
            for record in records[:1]:
                self.holdings.features.numbers(record.id)
            raise


def _shown_in(view: View) -> Wanted:
    """Tell layers that reach into the view, with a style that draws at its scale, from all others."""
    if not view.bbox.is_finite() or view.bbox.width <= 0 or view.bbox.height <= 0:
        return lambda layer, style: True
    reach = BUFFER * view.scale_factor * max(view.bbox.width / view.width, view.bbox.height / view.height)
    zoom = zoom_of(view.bbox, view.crs, view.width, view.height, view.scale_factor)
    try:
        place = transform_bbox(view.bbox.buffered(reach), view.crs, CRS84)
    except UnknownCrs:
        return lambda layer, style: draws_at(style, zoom)
    return lambda layer, style: layer.release.extent.intersects(place) and draws_at(style, zoom)


def extent_of(record: Drawable) -> BoundingBox:
    """Where the record has anything to draw, in CRS84."""
    return record.extent if isinstance(record, BasemapRecord) else record.release.extent


def is_public(record: Drawable) -> bool:
    """Tell whether everybody may see the record, so that shared caches may keep pictures of it."""
    if isinstance(record, BasemapRecord):
        return all(member.layer.access is Access.PUBLIC for member in record.members)
    return record.access is Access.PUBLIC


def background_of(record: Drawable) -> str | None:
    """The colour that fills the picture where nothing is drawn; None is transparent."""
    return record.background if isinstance(record, BasemapRecord) else None


def _above_background(records: Sequence[Drawable]) -> tuple[str | None, Sequence[Drawable]]:
    """Return the topmost background and what is not hidden by it."""
    for index in range(len(records) - 1, -1, -1):
        background = background_of(records[index])
        if background is not None:
            return background, records[index:]
    return None, records
