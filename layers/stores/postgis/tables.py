"""The tables of a release: one that people open in a GIS, and beside it what Tuzi reads fastest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from layers.schema import Field, FieldType, GeometryType, Schema

_LONGEST = 63
"""Bytes of an identifier; PostgreSQL cuts what is longer."""
_SYSTEM = frozenset({"fid", "geom", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", ""})
_COLUMN_TYPES = {
    FieldType.INTEGER: "bigint",
    FieldType.REAL: "double precision",
    # Text is compared and sorted by its code points, as every store does it, whatever the database's language.
    FieldType.TEXT: 'text COLLATE "C"',
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.DATETIME: "timestamp(3) without time zone",
}
_STORED_VALUES = {
    FieldType.BOOLEAN: "{}::integer",
    FieldType.DATE: "(to_char({}, 'YYYY-MM-DD') COLLATE \"C\")",
    FieldType.DATETIME: '(to_char({}, \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\') COLLATE "C")',
}
"""How a column's value is the one that all stores keep; columns of the other types hold it as it is."""


def quoted(name: str) -> str:
    """Quote an identifier; with ``literal`` the only way a text gets into a statement."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for statements that take no parameters."""
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace("\0", "")
    return f"E'{escaped}'"


def column_names(schema: Schema) -> dict[str, str]:
    """Return the column of each field: its name, or a numbered one where that is taken or too long."""
    taken = set(_SYSTEM)
    columns: dict[str, str] = {}
    for field in schema.fields:
        column, number = field.name, 0
        while column in taken or len(column.encode()) > _LONGEST:
            number += 1
            column = _cut(field.name, f"_{number}")
        taken.add(column)
        columns[field.name] = column
    return columns


def _cut(name: str, suffix: str) -> str:
    return name.encode()[: _LONGEST - len(suffix)].decode(errors="ignore") + suffix


def stored_value(field: Field, column: str) -> str:
    """Return the SQL of a field's value as the stores keep it; ``column`` is quoted and may have an alias."""
    return _STORED_VALUES.get(field.type, "{}").format(column)


def stored_values(schema: Schema) -> dict[str, str]:
    """Return the SQL of every field's stored value over the alias ``f``."""
    columns = column_names(schema)
    return {field.name: stored_value(field, f"f.{quoted(columns[field.name])}") for field in schema.fields}


@dataclass(frozen=True, slots=True)
class Relations:
    """The names of one release's tables, ready for a statement."""

    schema: str
    """The database's, not the release's."""
    base: str

    @classmethod
    def of(cls, schema: str, layer: str, number: int, identity: int) -> Relations:
        """Name the tables of a release: ``identity`` tells names apart that had to be cut."""
        return cls(schema, f"{layer[:36]}_{number}_{identity}")

    def _named(self, part: str) -> str:
        return f"{quoted(self.schema)}.{quoted(self.base + part)}"

    @property
    def features(self) -> str:
        """``fid``, ``geom`` in the release's CRS, attributes."""
        return self._named("")

    @property
    def drawing(self) -> str:
        """``fid``, ``geometry`` in EPSG:3857."""
        return self._named("_drawing")

    @property
    def geojson(self) -> str:
        """``fid``, ``feature`` as finished text."""
        return self._named("_geojson")

    @property
    def search(self) -> str:
        """The names of searchable fields, folded."""
        return self._named("_search")

    @property
    def quarantine(self) -> str:
        """Rows that could not become features."""
        return self._named("_quarantine")

    @property
    def overview(self) -> str:
        """``fid`` of the row, ``feature`` that it stands for, ``geometry`` in EPSG:3857, for each zoom and form."""
        return self._named("_overview")

    @property
    def all(self) -> tuple[str, ...]:
        """Every table of the release."""
        return self.features, self.drawing, self.geojson, self.search, self.quarantine, self.overview


def create_statements(relations: Relations, schema: Schema, layer: str, number: int) -> list[str]:
    """Return what creates the empty tables, without indexes: those are built over the finished rows."""
    columns = column_names(schema)
    definitions = "".join(f", {quoted(columns[field.name])} {_COLUMN_TYPES[field.type]}" for field in schema.fields)
    title = f"{layer}, release {number}"
    statements = [
        f"CREATE TABLE {relations.features} (fid bigint NOT NULL, geom geometry{definitions})",
        f"CREATE TABLE {relations.drawing} (fid bigint NOT NULL, geometry geometry)",
        f"CREATE TABLE {relations.geojson} (fid bigint NOT NULL, feature text NOT NULL)",
        f"CREATE TABLE {relations.search} (place smallint NOT NULL, fid bigint NOT NULL, length smallint NOT NULL,"
        ' folded text COLLATE "C" NOT NULL, tokens text COLLATE "C" NOT NULL)',
        f"CREATE TABLE {relations.quarantine} (place bigint GENERATED ALWAYS AS IDENTITY, row bigint NOT NULL,"
        " reason text NOT NULL, crs text NOT NULL, geometry bytea, properties text NOT NULL)",
        f"CREATE TABLE {relations.overview} (fid bigint NOT NULL, zoom smallint NOT NULL, feature bigint NOT NULL,"
        " geometry geometry NOT NULL, features boolean NOT NULL, dissolved boolean NOT NULL)",
        f"COMMENT ON TABLE {relations.features} IS {literal(title)}",
    ]
    parts = (
        "geometry in EPSG:3857",
        "finished GeoJSON",
        "names for searching",
        "rows set aside",
        "overviews in EPSG:3857",
    )
    statements += [
        f"COMMENT ON TABLE {relation} IS {literal(f'{title}: {part}')}"
        for relation, part in zip(relations.all[1:], parts, strict=True)
    ]
    return statements + _column_comments(relations, schema, columns)


def _column_comments(relations: Relations, schema: Schema, columns: Mapping[str, str]) -> list[str]:
    return [
        f"COMMENT ON COLUMN {relations.features}.{quoted(columns[field.name])} IS {literal(field.alias.zh)}"
        for field in schema.fields
        if field.alias
    ]


def constraint_statements(relations: Relations, schema: Schema, *, has_z: bool) -> list[str]:
    """Return what tells a GIS the type of the geometry, as PostGIS's ``geometry_columns`` reads it from constraints.

    A typed column would refuse a release of which only some features have heights.
    """
    kinds = [] if schema.geometry_type is GeometryType.GEOMETRY else [schema.geometry_type.value]
    checks = [(relations.features, "geom", schema.crs.srid, kinds), (relations.drawing, "geometry", 3857, [])]
    statements = []
    for table, column, srid, types in checks:
        conditions = [("srid", f"st_srid({column}) = {srid}")]
        conditions += [("geotype", f"geometrytype({column}) = {literal(kind)}::text") for kind in types]
        if table == relations.features and not has_z:
            conditions.append(("dims", f"st_ndims({column}) = 2"))
        statements.append(
            f"ALTER TABLE {table} "
            + ", ".join(f"ADD CONSTRAINT enforce_{name}_{column} CHECK ({condition})" for name, condition in conditions)
        )
    return statements


def index_statements(relations: Relations) -> list[str]:
    """Return what builds the indexes over finished rows and counts them for the planner."""
    return [
        f"ALTER TABLE {relations.features} ADD PRIMARY KEY (fid)",
        f"ALTER TABLE {relations.drawing} ADD PRIMARY KEY (fid)",
        f"ALTER TABLE {relations.geojson} ADD PRIMARY KEY (fid)",
        f"CREATE INDEX ON {relations.features} USING gist (geom)",
        f"CREATE INDEX ON {relations.drawing} USING gist (geometry)",
    ]
