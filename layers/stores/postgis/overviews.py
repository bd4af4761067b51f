"""A release's overviews in PostGIS: one table, and for each zoom and form an index over the rows it has."""

from __future__ import annotations

from collections.abc import Iterable

from layers.crs import WEB_MERCATOR
from layers.overviews import Form, OverviewRows, Overviews
from layers.stores.postgis.copying import copy_rows, geometries, numbers
from layers.stores.postgis.database import Connection
from layers.stores.postgis.tables import Relations

_CHUNK = 100_000
"""Rows sent at once."""


def of_overview(zoom: int, form: Form) -> str:
    """Return the condition of one overview's rows over the alias ``o``; its index has the very same one."""
    return f"o.zoom = {zoom} AND o.{form}"


def write_overviews(
    connection: Connection, relations: Relations, overviews: Overviews, zooms: Iterable[OverviewRows]
) -> None:
    """Write the rows of each zoom; ``fid`` numbers them in drawing order."""
    first = 1
    for rows in zooms:
        for start in range(0, len(rows), _CHUNK):
            part = slice(start, min(start + _CHUNK, len(rows)))
            count = part.stop - part.start
            columns = (
                numbers(range(first + start, first + part.stop)),
                [str(rows.zoom)] * count,
                numbers(rows.fids[part].tolist()),
                geometries(rows.bodies[part], WEB_MERCATOR.srid),
                ["t" if held else "f" for held in rows.featured[part].tolist()],
                ["t" if held else "f" for held in rows.dissolved[part].tolist()],
            )
            copy_rows(connection, relations.overview, columns)
        first += len(rows)
    for zoom in overviews.zooms:
        for form in overviews.forms:
            connection.execute(
                f"CREATE INDEX ON {relations.overview} USING gist (geometry) WHERE zoom = {zoom} AND {form}"
            )
