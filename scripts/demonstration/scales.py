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
    showcases: tuple[tuple[float, float, float], ...]
    """Longitude, latitude and metres: around these places there are buildings too."""
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
    fields: float
    """Metres between farm roads; 0 for none."""
    segment: float
    """Longest piece of road where streets are delivered in pieces."""


SCALES = {
    "demo": Size(
        cell=50.0,
        detailed=frozenset({"中區", "西區"}),
        # The city hall and Taichung Park: where visitors look first.
        showcases=((120.6440, 24.1618, 800.0), (120.6845, 24.1480, 800.0)),
        plates=1.0,
        furniture=90.0,
        furnished=frozenset({"中區", "西區"}),
        parcels=60,
        segments=False,
        by_district=False,
        bus_routes=48,
        fields=0.0,
        segment=0.0,
    ),
    "city": Size(
        cell=30.0,
        detailed=None,
        showcases=(),
        plates=2.58,
        furniture=26.0,
        furnished=None,
        parcels=60,
        segments=True,
        by_district=True,
        bus_routes=240,
        fields=150.0,
        segment=70.0,
    ),
}
