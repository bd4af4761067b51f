"""How much of everything there is: one city, two sizes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """The numbers that differ between the sizes of the city."""

    cell: float
    """Of the relief, in metres."""
    detailed: frozenset[str] | None
    """Districts with buildings and door plates; None for all."""
    showcase: float
    """Metres around the city hall within which there are buildings too."""
    plates: float
    """Door plates per building, on the average."""
    furniture: float
    """Metres between lamps or trees."""
    furnished: frozenset[str] | None
    """Districts whose streets have furniture; None for all."""
    parcels: int
    """Blocks per district that are divided into parcels."""
    segments: bool
    """Whether streets are delivered in pieces from junction to junction."""
    by_district: bool
    """Whether split subjects are delivered in one file per district."""
    bus_routes: int


SCALES = {
    "demo": Size(
        50.0, frozenset({"中區", "西區", "北區"}), 1000.0, 1.0, 90.0, frozenset({"中區", "西區"}), 60, False, False, 48
    ),
    "city": Size(30.0, None, 0.0, 2.4, 26.0, None, 60, True, True, 240),
}
