"""How Mapnik reads a release in PostGIS: its postgis datasource over the Web Mercator table."""

from __future__ import annotations

from psycopg.conninfo import make_conninfo

from layers.crs import WEB_MERCATOR
from layers.drawing import DrawingSource, OverviewSource
from layers.extent import BoundingBox
from layers.overviews import Form
from layers.schema import GeometryType
from layers.stores.drawn_names import JOINED, can_be_drawn
from layers.stores.metadata import Metadata
from layers.stores.postgis.database import Database
from layers.stores.postgis.gathering import gathered_table
from layers.stores.postgis.overviews import of_overview
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
    connection = _connection(database)
    table = (
        f"(SELECT d.fid AS fid, d.geometry AS geometry{_shown(metadata)} FROM {relations.drawing} AS d"
        f" LEFT JOIN {relations.features} AS f ON f.fid = d.fid WHERE d.geometry && !bbox! ORDER BY d.fid) AS features"
    )
    overviews = tuple(
        OverviewSource(zoom, form, _parameters(connection, metadata, _overview_table(relations, metadata, zoom, form)))
        for zoom in metadata.overviews.zooms
        for form in metadata.overviews.forms
    )
    parameters = _parameters(connection, metadata, table)
    points = metadata.schema.geometry_type is GeometryType.POINT
    cells = _parameters(connection, metadata, gathered_table(relations, _shown(metadata), points=points))
    return DrawingSource(parameters, WEB_MERCATOR, metadata.drawing_extent or _NOWHERE, overviews, cells)


def _shown(metadata: Metadata) -> str:
    columns = column_names(metadata.schema)
    return "".join(
        f", {stored_value(field, f'f.{quoted(columns[field.name])}')} AS {quoted(field.name)}"
        for field in metadata.schema.fields
        if can_be_drawn(field.name) and "@" not in field.name and len(field.name.encode()) <= 63
    )


def _overview_table(relations: Relations, metadata: Metadata, zoom: int, form: Form) -> str:
    shown, join = _shown(metadata), f" LEFT JOIN {relations.features} AS f ON f.fid = o.feature"
    if form is Form.DISSOLVED:
        shown, join = f", (o.feature = 0)::integer AS {JOINED}", ""
    return (
        f"(SELECT o.fid AS fid, o.geometry AS geometry{shown} FROM {relations.overview} AS o{join}"
        f" WHERE {of_overview(zoom, form)} AND o.geometry && !bbox! ORDER BY o.fid) AS features"
    )


def _parameters(connection: dict[str, str], metadata: Metadata, table: str) -> tuple[tuple[str, str], ...]:
    parameters = {
        "type": "postgis",
        **connection,
        "table": table,
        "key_field": "fid",
        "geometry_field": "geometry",
        "srid": str(WEB_MERCATOR.srid),
        "extent": ",".join(map(repr, metadata.drawing_extent or _NOWHERE)),
    }
    return tuple(parameters.items())


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
