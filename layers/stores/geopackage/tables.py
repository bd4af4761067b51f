"""The tables of a release's file: a standard GeoPackage (OGC 12-128r19) and, beside it, what Tuzi reads fastest."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from layers.crs import Crs
from layers.extent import BoundingBox
from layers.schema import FieldType, Schema

_APPLICATION_ID = 0x47504B47
"""“GPKG” in ASCII, as the standard wants it."""
_VERSION = 10300

_STANDARD = """
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
"""

_OWN = """
CREATE TABLE tuzi_drawing (fid INTEGER PRIMARY KEY, geometry BLOB);
CREATE TABLE tuzi_geojson (fid INTEGER PRIMARY KEY, feature BLOB NOT NULL);
CREATE TABLE tuzi_release (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE tuzi_digests (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE tuzi_quarantine ("row" INTEGER NOT NULL, reason TEXT NOT NULL, crs TEXT NOT NULL, geometry BLOB,
  properties TEXT NOT NULL);
"""

_UNDEFINED = (
    ("Undefined cartesian SRS", -1, "NONE", -1, "undefined"),
    ("Undefined geographic SRS", 0, "NONE", 0, "undefined"),
)

_COLUMN_TYPES = {
    FieldType.INTEGER: "INTEGER",
    FieldType.REAL: "REAL",
    FieldType.TEXT: "TEXT",
    FieldType.BOOLEAN: "BOOLEAN",
    FieldType.DATE: "DATE",
    FieldType.DATETIME: "DATETIME",
}


def quoted(name: str) -> str:
    """Quote an identifier; the only way a name gets into a statement."""
    return '"' + name.replace('"', '""') + '"'


def column_names(schema: Schema) -> dict[str, str]:
    """Return the column of each field: its name, or a numbered one where SQL takes the name for another column's."""
    taken = {"fid", "geom", "geometry", "rowid", "oid", "_rowid_"}
    columns: dict[str, str] = {}
    for field in schema.fields:
        column, number = field.name, 0
        while column.lower() in taken:
            number += 1
            column = f"{field.name}_{number}"
        taken.add(column.lower())
        columns[field.name] = column
    return columns


def create_tables(connection: sqlite3.Connection, schema: Schema) -> None:
    """Create all tables of an empty file, without indexes: those are built over the finished rows."""
    connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.executescript(_STANDARD + _OWN)
    columns = column_names(schema)
    definitions = "".join(f", {quoted(columns[field.name])} {_COLUMN_TYPES[field.type]}" for field in schema.fields)
    connection.execute(
        f"CREATE TABLE features (fid INTEGER PRIMARY KEY NOT NULL, geom {schema.geometry_type.value}{definitions})"
    )


def register_features(
    connection: sqlite3.Connection, schema: Schema, layer: str, extent: BoundingBox | None, *, has_z: bool
) -> None:
    """Enter the feature table into the GeoPackage's own registers; ``extent`` is in the schema's CRS."""
    srid = schema.crs.srid
    known = {4326: Crs("EPSG", "4326"), srid: schema.crs if schema.crs.authority == "EPSG" else Crs("EPSG", "4326")}
    rows = [(crs.name, number, "EPSG", number, crs.wkt) for number, crs in known.items()]
    connection.executemany(
        "INSERT INTO gpkg_spatial_ref_sys (srs_name, srs_id, organization, organization_coordsys_id, definition)"
        " VALUES (?, ?, ?, ?, ?)",
        [*_UNDEFINED, *rows],
    )
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    connection.execute(
        "INSERT INTO gpkg_contents VALUES ('features', 'features', ?, '', ?, ?, ?, ?, ?, ?)",
        (layer, now, *(extent or (None,) * 4), srid),
    )
    connection.execute(
        "INSERT INTO gpkg_geometry_columns VALUES ('features', 'geom', ?, ?, ?, 0)",
        (schema.geometry_type.value, srid, 2 if has_z else 0),
    )
    connection.executemany("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", _EXTENSIONS)
    connection.executescript(_RTREE_TRIGGERS)


_EXTENSIONS = (
    ("features", "geom", "gpkg_rtree_index", "http://www.geopackage.org/spec130/#extension_rtree", "write-only"),
    # Says that every table for people is registered, so that GDAL and QGIS do not offer the other ones.
    (None, None, "gdal_aspatial", "http://gdal.org/geopackage_aspatial.html", "read-write"),
)

_ENTRY = "NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)"
_FILLED = "NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom)"
_HOLLOW = "(NEW.geom IS NULL OR ST_IsEmpty(NEW.geom))"
_RTREE_TRIGGERS = f"""
CREATE TRIGGER rtree_features_geom_insert AFTER INSERT ON features WHEN ({_FILLED})
BEGIN INSERT OR REPLACE INTO rtree_features_geom VALUES ({_ENTRY}); END;
CREATE TRIGGER rtree_features_geom_update1 AFTER UPDATE OF geom ON features WHEN OLD.fid = NEW.fid AND ({_FILLED})
BEGIN INSERT OR REPLACE INTO rtree_features_geom VALUES ({_ENTRY}); END;
CREATE TRIGGER rtree_features_geom_update2 AFTER UPDATE OF geom ON features WHEN OLD.fid = NEW.fid AND {_HOLLOW}
BEGIN DELETE FROM rtree_features_geom WHERE id = OLD.fid; END;
CREATE TRIGGER rtree_features_geom_update3 AFTER UPDATE ON features WHEN OLD.fid != NEW.fid AND ({_FILLED})
BEGIN DELETE FROM rtree_features_geom WHERE id = OLD.fid;
INSERT OR REPLACE INTO rtree_features_geom VALUES ({_ENTRY}); END;
CREATE TRIGGER rtree_features_geom_update4 AFTER UPDATE ON features WHEN OLD.fid != NEW.fid AND {_HOLLOW}
BEGIN DELETE FROM rtree_features_geom WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER rtree_features_geom_delete AFTER DELETE ON features WHEN OLD.geom NOT NULL
BEGIN DELETE FROM rtree_features_geom WHERE id = OLD.fid; END;
"""
"""What keeps the R-tree true when a GIS edits a copy of the file (GeoPackage, annex F.3)."""
