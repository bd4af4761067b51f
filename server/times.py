"""The dates of layers that have several: as clients ask for them, and as capabilities list them."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.records import LayerRecord
from layers.errors import TuziError
from server.ows_exceptions import OwsException
from server.ows_request import Parameters
from tilecache.drawing import Drawable

_MOST_SHOWN = 12
"""Dates that a sentence names."""


def times_of(record: Drawable) -> tuple[str, ...]:
    """Return the dates of a record, by ascending time; nothing for most."""
    return tuple(step.time for step in record.release.steps) if isinstance(record, LayerRecord) else ()


def no_such_time(record: Drawable, value: str, ows_code: str, status: int = 400) -> TuziError:
    """Return the answer to a date that was never published."""
    times = times_of(record)
    if not times:
        return OwsException("ows_no_time", ows_code, "time", status, layer=record.id)
    known = ", ".join(times[-_MOST_SHOWN:])
    return OwsException("ows_unknown_time", ows_code, "time", status, value=value[:40], layer=record.id, known=known)


def at_time(records: Sequence[Drawable], parameters: Parameters) -> list[Drawable]:
    """Return the records as they look at WMS's TIME (OGC 06-042, annex C): one value of the capabilities, or none.

    Layers without dates stay as they are, since clients with a clock send TIME to all. Lists and intervals are
    refused: one picture shows one moment.
    """
    value = parameters.get("time").strip()
    if not value:
        return list(records)
    return [_shown(record, value) if isinstance(record, LayerRecord) else record for record in records]


def layers_at_time(layers: Sequence[LayerRecord], parameters: Parameters) -> list[LayerRecord]:
    """Return what ``at_time`` does of layers alone."""
    return [record for record in at_time(layers, parameters) if isinstance(record, LayerRecord)]


def _shown(layer: LayerRecord, value: str) -> LayerRecord:
    shown = layer.at(value) if times_of(layer) else layer
    if shown is None:
        raise no_such_time(layer, value, "InvalidDimensionValue")
    return shown
