"""Which releases are committed, in which tables, and what they know about themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from layers.extent import BoundingBox
from layers.overviews.rows import NONE, Overviews
from layers.schema import parse_schema, schema_document
from layers.stores.metadata import Metadata
from layers.stores.postgis.database import Connection, Database, lock_number
from layers.stores.postgis.tables import Relations, literal, quoted

_HELD = """
SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND (classid::bigint << 32) | objid::bigint = $1 AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A committed release."""

    identity: int
    relations: Relations
    metadata: Metadata


def find_entry(database: Database, layer: str, number: int) -> Entry | None:
    """Return a committed release, or None."""
    statement = f"SELECT identity, relations, metadata FROM {_table(database)} WHERE layer = $1 AND number = $2"
    rows = database.rows(statement, [layer, number])
    if not rows:
        return None
    identity, base, document = rows[0]
    return Entry(identity, Relations(database.schema, base), _metadata(orjson.loads(document)))


def committed_numbers(database: Database, layer: str) -> list[int]:
    """Return the numbers of a layer's committed releases, ascending."""
    rows = database.rows(f"SELECT number FROM {_table(database)} WHERE layer = $1 ORDER BY number", [layer])
    return [number for (number,) in rows]


def read_digests(database: Database, identity: int) -> tuple[bytes, bytes] | None:
    """Return the digests of geometries and attributes as they were written, or None for a dropped release."""
    statement = f"SELECT geometry_digests, attribute_digests FROM {_table(database)} WHERE identity = $1"
    rows = database.rows(statement, [identity])
    return (rows[0][0], rows[0][1]) if rows else None


def take_over(connection: Connection, schema: str, layer: str, number: int) -> None:
    """Make this transaction the only one that writes the release: whoever was at it is cut off.

    A process that was killed in the middle leaves a session that the server notices late; it must not be waited for.
    """
    lock = lock_number(schema, layer, number)
    connection.execute(_HELD, [lock])
    connection.execute("SELECT pg_advisory_xact_lock($1)", [lock])


def next_identity(connection: Connection, schema: str) -> int:
    """Return a number that no release of this database had before."""
    sequence = literal(f"{quoted(schema)}.release_identities")
    ((identity,),) = connection.execute(f"SELECT nextval({sequence})").fetchall()
    return int(identity)


def remove_entry(connection: Connection, schema: str, layer: str, number: int) -> None:
    """Drop a committed release and its tables; nothing happens for none."""
    row = connection.execute(
        f"DELETE FROM {quoted(schema)}.releases WHERE layer = $1 AND number = $2 RETURNING relations", [layer, number]
    ).fetchone()
    if row:
        connection.execute(f"DROP TABLE IF EXISTS {', '.join(Relations(schema, row[0]).all)}")


def add_entry(
    connection: Connection, schema: str, layer: str, number: int, entry: Entry, digests: tuple[bytes, bytes]
) -> None:
    """Enter a release; it is visible to others as the transaction ends."""
    document = orjson.dumps(_document(entry.metadata)).decode()
    connection.execute(
        f"INSERT INTO {quoted(schema)}.releases"
        " (identity, layer, number, relations, metadata, geometry_digests, attribute_digests)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [entry.identity, layer, number, entry.relations.base, document, *digests],
    )


def _table(database: Database) -> str:
    return f"{quoted(database.schema)}.releases"


def _document(metadata: Metadata) -> dict[str, Any]:
    return {
        "schema": schema_document(metadata.schema),
        "count": metadata.count,
        "located": metadata.located,
        "extent": metadata.extent and list(metadata.extent),
        "drawing_extent": metadata.drawing_extent and list(metadata.drawing_extent),
        "overviews": {"zooms": metadata.overviews.zooms, "dissolved": metadata.overviews.dissolved},
    }


def _metadata(document: dict[str, Any]) -> Metadata:
    extent, drawn = (values and BoundingBox(*values) for values in (document["extent"], document["drawing_extent"]))
    kept = document.get("overviews")
    # Releases stored by earlier versions have none and are drawn as they are.
    overviews = Overviews(tuple(kept["zooms"]), kept["dissolved"]) if kept else NONE
    return Metadata(parse_schema(document["schema"]), document["count"], document["located"], extent, drawn, overviews)
