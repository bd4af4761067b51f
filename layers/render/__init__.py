"""Pictures of layers: the only door to Mapnik."""

from layers.render.renderer import Renderer
from layers.render.scale import check_scale, resolution_of, zoom_of
from layers.render.stylesheet import BUFFER, draws_at

__all__ = ["BUFFER", "Renderer", "check_scale", "draws_at", "resolution_of", "zoom_of"]
