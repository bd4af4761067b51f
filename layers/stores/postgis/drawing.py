"""How Mapnik reads a release in PostGIS: its postgis datasource over the Web Mercator table."""

from __future__ import annotations

from psycopg.conninfo import make_conninfo

from layers.crs import WEB_MERCATOR
from layers.drawing import DrawingSource
from layers.extent import BoundingBox
from layers.stores.drawn_names import can_be_drawn
from layers.stores.metadata import Metadata
from layers.stores.postgis.database import Database
from layers.stores.postgis.tables import Relations, column_names, quoted, stored_value

_NOWHERE = BoundingBox(0.0, 0.0, 0.0, 0.0)
_NAMED = ("host", "port", "user", "password", "dbname")
"""What Mapnik has parameters for."""


class Secret(str):
    """A text that shows itself to nobody but those who use it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def drawing_source(database: Database, relations: Relations, metadata: Metadata) -> DrawingSource:
    """Return the datasource: each feature's geometry and attributes, in the order of ``fid`` and no other.

    A drawing whose order depended on the area asked for would show seams where tiles meet.
    """
    columns = column_names(metadata.schema)
    shown = "".join(
        f", {stored_value(field, f'f.{quoted(columns[field.name])}')} AS {quoted(field.name)}"
        for field in metadata.schema.fields
        if can_be_drawn(field.name) and "@" not in field.name and len(field.name.encode()) <= 63
    )
    table = (
        f"(SELECT d.fid AS fid, d.geometry AS geometry{shown} FROM {relations.drawing} AS d"
        f" LEFT JOIN {relations.features} AS f ON f.fid = d.fid WHERE d.geometry && !bbox! ORDER BY d.fid) AS features"
    )
    extent = metadata.drawing_extent or _NOWHERE
    parameters = {
        "type": "postgis",
        **_connection(database),
        "table": table,
        "key_field": "fid",
        "geometry_field": "geometry",
        "srid": str(WEB_MERCATOR.srid),
        "extent": ",".join(map(repr, extent)),
    }
    return DrawingSource(tuple(parameters.items()), WEB_MERCATOR, extent)


def _connection(database: Database) -> dict[str, str]:
    """Return the connection as Mapnik takes it.

    Mapnik writes its parameters into one connection string as they are: so each is escaped here, and what it
    has no parameter for (TLS, the limits of a reading connection) follows the name of the database.
    """
    parameters = {**database.parameters, "options": database.reading_options}
    others = {name: value for name, value in parameters.items() if name not in _NAMED}
    given = {name: _escaped(parameters[name]) for name in _NAMED if name in parameters}
    given["dbname"] = (
        f"{given.get('dbname', _escaped(parameters.get('user', 'postgres')))} {make_conninfo('', **others)}"
    )
    if "password" in given:
        given["password"] = Secret(given["password"])
    return given


def _escaped(value: str) -> str:
    return make_conninfo("", dbname=value).removeprefix("dbname=")
