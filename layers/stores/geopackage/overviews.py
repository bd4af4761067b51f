"""A release's overviews in its file: one table, and for each zoom and form an R-tree over the rows it has."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import numpy as np

from layers.overviews import Form, OverviewRows, Overviews
from layers.stores.geopackage.rtree import fill_rtree

TABLE = "tuzi_overview"


def index_name(zoom: int, form: Form) -> str:
    """Return the name of the R-tree of one overview."""
    return f"{TABLE}_{zoom}_{form}"


def write_overviews(connection: sqlite3.Connection, overviews: Overviews, zooms: Iterable[OverviewRows]) -> None:
    """Write the rows of each zoom; ``fid`` numbers them in drawing order."""
    connection.execute(f"CREATE TABLE {TABLE} (fid INTEGER PRIMARY KEY, feature INTEGER NOT NULL, geometry BLOB)")
    first = 1
    for rows in zooms:
        numbers = np.arange(first, first + len(rows))
        connection.executemany(
            f"INSERT INTO {TABLE} VALUES (?, ?, ?)",
            zip(numbers.tolist(), rows.fids.tolist(), rows.bodies.tolist(), strict=True),
        )
        for form in overviews.forms:
            name, held = index_name(rows.zoom, form), rows.of_form(form)
            connection.execute(f"CREATE VIRTUAL TABLE {name} USING rtree(pkid, xmin, xmax, ymin, ymax)")
            fill_rtree(connection, name, numbers[held], rows.boxes[held], editable=False)
        first += len(rows)
