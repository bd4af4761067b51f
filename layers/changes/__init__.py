"""What is different between two releases: features added, removed and changed, whatever store keeps them."""

from layers.changes.comparison import compare
from layers.changes.geojson import changes_as_geojson
from layers.changes.model import ChangeKind, Changes, FeaturePairs, Matching
from layers.changes.reading import FeatureChange, count_changed_fields, read_changes
from layers.changes.schemas import SchemaChanges, compare_schemas

__all__ = [
    "ChangeKind",
    "Changes",
    "FeatureChange",
    "FeaturePairs",
    "Matching",
    "SchemaChanges",
    "changes_as_geojson",
    "compare",
    "compare_schemas",
    "count_changed_fields",
    "read_changes",
]
