"""What is different between the schemas of two releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from layers.crs import Crs
from layers.schema import Field, GeometryType, Schema

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SchemaChanges:
    """Differences that change what is stored; aliases, descriptions and units are not among them."""

    added: tuple[Field, ...] = ()
    removed: tuple[Field, ...] = ()
    retyped: tuple[tuple[Field, Field], ...] = ()
    """The field as it was and as it is."""
    reordered: bool = False
    """The fields that both have stand in another order."""
    geometry_type: tuple[GeometryType, GeometryType] | None = None
    crs: tuple[Crs, Crs] | None = None
    key: tuple[str | None, str | None] | None = None

    def __bool__(self) -> bool:
        return self != SchemaChanges()

    @property
    def touch_attributes(self) -> bool:
        """Tell whether equal attributes of both releases are written differently."""
        return bool(self.added or self.removed or self.retyped or self.reordered)

    @property
    def touch_geometry(self) -> bool:
        """Tell whether equal geometry of both releases is written differently."""
        return self.geometry_type is not None or self.crs is not None


def compare_schemas(before: Schema, after: Schema) -> SchemaChanges:
    """Return what is different between two schemas."""
    shared = shared_names(before, after)
    pairs = [(before.field(name), after.field(name)) for name in shared]
    return SchemaChanges(
        added=tuple(field for field in after.fields if field.name not in shared),
        removed=tuple(field for field in before.fields if field.name not in shared),
        retyped=tuple((old, new) for old, new in pairs if old and new and old.type is not new.type),
        reordered=shared != tuple(name for name in after.names if name in shared),
        geometry_type=_pair(before.geometry_type, after.geometry_type),
        crs=_pair(before.crs, after.crs),
        key=_pair(before.key, after.key),
    )


def shared_names(before: Schema, after: Schema) -> tuple[str, ...]:
    """Return the names of the fields that both have, in the order of the first."""
    known = set(after.names)
    return tuple(name for name in before.names if name in known)


def _pair(before: T, after: T) -> tuple[T, T] | None:
    return None if before == after else (before, after)
