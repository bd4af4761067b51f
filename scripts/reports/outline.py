"""A rough outline of Taiwan, good enough to show in which part of it something lies."""

from __future__ import annotations

from layers.checks.findings import Place
from layers.extent import BoundingBox

VIEW = BoundingBox(118.0, 21.7, 122.3, 26.4)
"""What a locator map shows: from Kinmen to Sandiao Cape, from Cape Eluanbi to Matsu."""

TAIWAN: tuple[Place, ...] = (
    (121.54, 25.30), (121.75, 25.16), (122.00, 25.01), (121.84, 24.85), (121.87, 24.58), (121.66, 24.20),
    (121.61, 23.98), (121.49, 23.47), (121.37, 23.09), (121.15, 22.76), (120.95, 22.45), (120.88, 22.18),
    (120.86, 21.90), (120.73, 21.93), (120.68, 22.13), (120.57, 22.38), (120.32, 22.55), (120.20, 22.80),
    (120.06, 23.02), (120.09, 23.28), (120.15, 23.58), (120.24, 23.83), (120.45, 24.15), (120.63, 24.44),
    (120.79, 24.66), (120.95, 24.90), (121.10, 25.06), (121.38, 25.14), (121.45, 25.25),
)  # fmt: skip
"""The main island, clockwise from Cape Fugui (longitude, latitude)."""

ISLANDS: tuple[Place, ...] = (
    (119.58, 23.57), (118.35, 24.45), (119.95, 26.16), (121.51, 22.66), (121.55, 22.05), (120.37, 22.34),
)  # fmt: skip
"""Penghu, Kinmen, Matsu, Lyudao, Lanyu, Xiaoliuqiu."""
