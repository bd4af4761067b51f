"""The form a release is to have: its kind of geometry and its schema."""

from __future__ import annotations

from layers.checks import FindingLog
from layers.checks.survey import survey
from layers.crs import Crs
from layers.errors import SourceError
from layers.plan import IntakePlan
from layers.repair import Target
from layers.schema import FieldType, GeometryType, Schema
from layers.sources import SourceLayer, VectorSource

_COLLECTIONS = {
    GeometryType.POLYGON: GeometryType.MULTIPOLYGON,
    GeometryType.LINESTRING: GeometryType.MULTILINESTRING,
}


def find_target(source: VectorSource, needs_place: bool, log: FindingLog) -> Target:
    """Return what the features are to be; reads all geometry where the format does not say it.

    ``needs_place`` keeps rows without a place out, whatever the format.
    """
    layer = source.layer
    geometry_type, keep_z = layer.geometry_type, False
    if geometry_type is None or layer.has_z:
        found = survey(source.batches(attributes=False))
        keep_z = found.has_height
        geometry_type = geometry_type or found.geometry_type
        if found.has_z and not found.has_height:
            log.add("finding_z_dropped")
        if geometry_type is GeometryType.GEOMETRY:
            log.add("finding_geometry_mixed")
    # Mending a polygon may split it, and formats that declare one shape often hold several.
    return Target(_COLLECTIONS.get(geometry_type, geometry_type), keep_z, layer.is_table or needs_place)


def schema_of(layer: SourceLayer, plan: IntakePlan, crs: Crs, geometry_type: GeometryType) -> Schema:
    """Return the schema of the delivered rows; raises SourceError where the plan names a field they do not have."""
    fields = layer.fields
    names = {field.name: field for field in fields}
    for name in (*([plan.key] if plan.key else []), *plan.searchable):
        if name not in names:
            raise SourceError("source_field_unknown", file=plan.file.name, field=name, fields=", ".join(names))
    searchable = tuple(name for name in plan.searchable if names[name].type is FieldType.TEXT)
    return Schema(geometry_type, crs, fields, plan.key, searchable)
