"""GeoPackages before GDAL opens them: an SQLite file is a program, and only harmless ones are run."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from layers.errors import SourceError

_MODULES = frozenset({"rtree", "rtree_i32", "fts3", "fts4", "fts5"})
"""Virtual tables that are kept inside the file; others read files of the machine, or the network."""
_FORBIDDEN_FUNCTIONS = frozenset(
    {"load_extension", "fts3_tokenizer", "randomblob", "zeroblob", "readfile", "writefile"}
)
_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION})
OPEN_OPTIONS = {"LIST_ALL_TABLES": "NO", "IMMUTABLE": "YES"}
"""GDAL's options for reading: only what the file declares as its contents; no lock and no journal beside the file."""


def with_journal(path: Path, workspace: Path) -> Path:
    """Return the file to be read: a copy, where changes of its last user are still in a journal beside it.

    A file that was copied while QGIS had it open comes with a ``-wal`` in which its last edits are.
    """
    journal = path.resolve().with_name(path.resolve().name + "-wal")
    if not journal.is_file() or journal.is_symlink() or not journal.stat().st_size:
        return path
    copy = workspace / "journal" / "source.gpkg"
    copy.parent.mkdir()
    shutil.copyfile(path, copy)
    shutil.copyfile(journal, copy.with_name(copy.name + "-wal"))
    try:
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    except sqlite3.DatabaseError as error:
        raise SourceError("source_damaged", file=path.name, reason=str(error)) from error
    return copy


def check_geopackage(path: Path, file: str) -> None:
    """Check that reading the file runs nothing but plain queries on its own tables; raises SourceError otherwise.

    Views and computed columns are SQL that the sender wrote. GDAL knows functions there that ask the network
    (``ogr_geocode``) or open files; SQLite alone knows none of them, so what SQLite can prepare is harmless.
    """
    location = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(location, uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            objects = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
            contents = _contents(connection)
            connection.set_authorizer(_allow)
            for kind, name, sql in objects:
                if kind == "table" and sql.upper().startswith("CREATE VIRTUAL"):
                    _check_module(str(name), str(sql), file)
                elif kind == "view" and str(name).lower().startswith(("gpkg_", "rtree_")):
                    raise SourceError("source_geopackage_unsafe", file=file, table=name)
                elif kind in {"table", "view"} and name.lower() in contents:
                    _check_query(connection, str(name), file)
    except sqlite3.DatabaseError as error:
        raise SourceError("source_damaged", file=file, reason=str(error)) from error


def _contents(connection: sqlite3.Connection) -> frozenset[str]:
    try:
        rows = connection.execute("SELECT table_name FROM gpkg_contents").fetchall()
    except sqlite3.OperationalError:
        # Without that table it is no GeoPackage, which GDAL says better.
        return frozenset()
    return frozenset(str(name).lower() for (name,) in rows)


def _check_module(name: str, sql: str, file: str) -> None:
    module = sql.lower().partition(" using ")[2].replace("(", " ").split()
    if not module or module[0].strip("\"'`[]") not in _MODULES:
        raise SourceError("source_geopackage_unsafe", file=file, table=name)


def _check_query(connection: sqlite3.Connection, name: str, file: str) -> None:
    quoted = name.replace('"', '""')
    try:
        connection.execute(f'SELECT * FROM "{quoted}" LIMIT 0')
    except sqlite3.OperationalError as error:
        if "malformed" in str(error):
            raise
        raise SourceError("source_geopackage_unsafe", file=file, table=name) from error
    except sqlite3.DatabaseError as error:
        if "prohibited" in str(error) or "not authorized" in str(error):
            raise SourceError("source_geopackage_unsafe", file=file, table=name) from error
        raise


def _allow(action: int, _first: str | None, second: str | None, *_: object) -> int:
    allowed = action in _READING and not (
        action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FORBIDDEN_FUNCTIONS
    )
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY
