"""Pictures of layers: the only door to Mapnik."""

from layers.render.renderer import BUFFER, Renderer

__all__ = ["BUFFER", "Renderer"]
