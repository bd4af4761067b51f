"""The built-in pictograms: one-colour SVG files on a 16 × 16 grid, filled shapes only."""

from __future__ import annotations

from pathlib import Path

NAMES = (
    "bicycle",
    "bus",
    "camera",
    "dot",
    "droplet",
    "fire",
    "government",
    "hospital",
    "library",
    "market",
    "museum",
    "park",
    "parking",
    "pharmacy",
    "police",
    "school",
    "shelter",
    "shop",
    "star",
    "temple",
    "train",
    "tree",
)


def icon_file(name: str) -> Path:
    """Return the SVG file of a built-in icon."""
    return Path(__file__).with_name(f"{name}.svg")
