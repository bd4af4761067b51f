"""Points gathered by cells, in PostGIS."""

from __future__ import annotations

from layers.crs import WEB_MERCATOR
from layers.gathering import CELL, COUNT, HALF_WORLD, STEPS, margin_sql
from layers.stores.postgis.tables import Relations


def gathered_table(relations: Relations, shown: str, *, points: bool) -> str:
    """Return the table of a datasource: a row for each cell that holds features, with the attributes of the first.

    What is alone in its cell stands where it is, if it is a point; else a cell's row is at the mean of the middles.
    """
    entries = (
        f"SELECT fid, {_steps('ST_XMin', 'ST_XMax')} AS u, {_steps('ST_YMin', 'ST_YMax')} AS v"
        f" FROM {relations.drawing} WHERE geometry && !bbox!"
    )
    cells = (
        "SELECT MIN(fid) AS fid, COUNT(*)::integer AS n,"
        f" u / {STEPS} * {STEPS} AS west, v / {STEPS} * {STEPS} AS south,"
        f" DIV(SUM(u % {STEPS}), COUNT(*)) AS along, DIV(SUM(v % {STEPS}), COUNT(*)) AS up"
        f" FROM ({entries}) AS entries GROUP BY u / {STEPS}, v / {STEPS}"
    )
    margins = f"SELECT *, {margin_sql('n')} AS m FROM ({cells}) AS cells"
    places = f"SELECT fid, n, {_place('west', 'along')} AS x, {_place('south', 'up')} AS y FROM ({margins}) AS margins"
    point = f"ST_SetSRID(ST_MakePoint(c.x, c.y), {WEB_MERCATOR.srid})"
    geometry = f"CASE WHEN c.n = 1 THEN d.geometry ELSE {point} END" if points else point
    return (
        f"(SELECT c.fid AS fid, {geometry} AS geometry, c.n AS {COUNT}{shown} FROM ({places}) AS c"
        f" LEFT JOIN {relations.drawing} AS d ON d.fid = c.fid LEFT JOIN {relations.features} AS f ON f.fid = c.fid"
        " ORDER BY c.n, c.fid) AS features"
    )


def _steps(low: str, high: str) -> str:
    return f"TRUNC((({low}(geometry) + {high}(geometry)) / 2 + {HALF_WORLD!r}) * {STEPS} / {CELL})::bigint"


def _place(side: str, mean: str) -> str:
    steps = f"({side} + LEAST(GREATEST({mean}, m), {STEPS} - m))::double precision"
    return f"{steps} * {CELL} / {STEPS} - {HALF_WORLD!r}"
