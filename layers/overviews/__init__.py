"""Overviews: what stands for a release's features at zooms at which most of them are smaller than a pixel.

They are made once, when a release is stored, and read by pictures and vector tiles alike.
"""

from layers.overviews.building import OverviewBuilder
from layers.overviews.rows import Form, OverviewRows, Overviews
from layers.overviews.scale import DEEPEST, REACH, SHALLOWEST, ZOOMS, overview_zoom, pixel_size

__all__ = [
    "DEEPEST",
    "REACH",
    "SHALLOWEST",
    "ZOOMS",
    "Form",
    "OverviewBuilder",
    "OverviewRows",
    "Overviews",
    "overview_zoom",
    "pixel_size",
]
