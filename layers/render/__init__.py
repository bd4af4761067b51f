"""Pictures of layers: the only door to Mapnik."""

from layers.render.renderer import BUFFER, Renderer
from layers.render.scale import check_scale, zoom_of
from layers.render.stylesheet import draws_at

__all__ = ["BUFFER", "Renderer", "check_scale", "draws_at", "zoom_of"]
