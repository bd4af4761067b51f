"""Mapbox Vector Tiles 2.1: features of one place as binary tiles that a client draws itself."""

from layers.mvt.encoding import TileLayer, encode_layer
from layers.mvt.geometry import BUFFER, EXTENT, tile_geometries
from layers.mvt.interior import interior_points

__all__ = ["BUFFER", "EXTENT", "TileLayer", "encode_layer", "interior_points", "tile_geometries"]
