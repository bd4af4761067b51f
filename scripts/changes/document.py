"""A comparison as a JSON-able document."""

from __future__ import annotations

from typing import Any

from catalog.comparison import ReleasePair
from layers.changes import ChangeKind, Changes, FeatureChange, SchemaChanges, count_changed_fields, read_changes
from tilecache.area import TouchedArea, touched_area


def changes_document(pair: ReleasePair, changes: Changes, examples: int) -> dict[str, Any]:
    """Return all that ``tuzi diff`` shows."""
    return {
        "layer": pair.layer,
        "before": {"release": pair.before, "features": changes.before.count},
        "after": {"release": pair.after, "features": changes.after.count},
        "matching": changes.matching.value,
        "key": changes.after.schema.key,
        "counts": counts_document(changes),
        "shares": {kind.value: round(changes.share(kind), 6) for kind in ChangeKind},
        "schema": schema_document(changes.schema),
        "fields": dict(count_changed_fields(changes)),
        "area": area_document(touched_area(changes.drawn_boxes())),
        "examples": {
            kind.value: [example_document(change) for change in read_changes(changes, kind, examples)]
            for kind in ChangeKind
        },
    }


def counts_document(changes: Changes) -> dict[str, int]:
    """Return how many features changed in each way, and how many did not."""
    return {kind.value: changes.count(kind) for kind in ChangeKind} | {"unchanged": changes.unchanged}


def area_document(area: TouchedArea) -> dict[str, Any]:
    """Return the touched area, its box in degrees."""
    return {
        "bbox": None if area.box is None else [round(value, 7) for value in area.box],
        "square_kilometres": round(area.square_kilometres, 3),
    }


def schema_document(schema: SchemaChanges) -> dict[str, Any]:
    """Return what is different between the schemas."""
    return {
        "added": [{"name": field.name, "type": field.type.value} for field in schema.added],
        "removed": [{"name": field.name, "type": field.type.value} for field in schema.removed],
        "retyped": [
            {"name": new.name, "before": old.type.value, "after": new.type.value} for old, new in schema.retyped
        ],
        "reordered": schema.reordered,
        "geometry_type": _texts(schema.geometry_type),
        "crs": _texts(schema.crs),
        "key": _texts(schema.key),
    }


def _texts(pair: tuple[object, object] | None) -> list[str | None] | None:
    return None if pair is None else [None if value is None else str(value) for value in pair]


def example_document(change: FeatureChange) -> dict[str, Any]:
    """Return one changed feature without its geometry."""
    return {
        "id": change.id,
        "fid_before": change.fid_before,
        "fid_after": change.fid_after,
        "old": dict(change.old),
        "new": dict(change.new),
        "moved": None if change.moved is None else round(change.moved, 3),
    }
