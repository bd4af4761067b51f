"""Points gathered by cells, in SQL that Mapnik's own SQLite runs: it knows none of our functions."""

from __future__ import annotations

from layers.gathering import CELL, COUNT, HALF_WORLD, STEPS, margin_sql

INDEX = "tuzi_drawing_index"
SOUGHT_IN = f'{INDEX} AS "*/ (SELECT * FROM {INDEX} /*" /**/'
"""What Mapnik is told to be the index's name.

Mapnik limits a query by ``fid IN (SELECT pkid FROM <index> WHERE <box>)`` alone, which looks every entry up a second
time: 5 seconds for 500,000 points that the index itself yields in a tenth of one. Written behind ``/*``, this name
makes ``(SELECT * FROM <index> WHERE <box>)`` of it. Alone, where Mapnik looks whether the index is there, it is the
index under another name.
"""
_WITHIN = f"/* !intersects! /**/ {INDEX}"
"""The entries of the box; all of them where Mapnik writes ``1=1``, when it asks for the columns."""

_PARTS = 1024
"""Of a metre, in which positions are written."""
_OCTETS = f"x'{bytes(range(256)).hex()}'"


def gathered_table(kept: str, shown: str, *, points: bool) -> str:
    """Return the table of a datasource: a row for each cell that holds features, with the attributes of the first.

    What is alone in its cell stands where it is, if it is a point; else a cell's row is at the mean of the features'
    middles, as the index has them (half a metre from where they are, at most).
    """
    entries = (
        f"SELECT pkid AS number, CAST(((xmin + xmax) / 2 + {HALF_WORLD!r}) * {STEPS} / {CELL} AS INTEGER) AS u,"
        f" CAST(((ymin + ymax) / 2 + {HALF_WORLD!r}) * {STEPS} / {CELL} AS INTEGER) AS v FROM {_WITHIN}"
    )
    cells = (
        f"SELECT MIN(number) AS number, COUNT(*) AS n, u / {STEPS} * {STEPS} AS west, v / {STEPS} * {STEPS} AS south,"
        f" SUM(u % {STEPS}) / COUNT(*) AS along, SUM(v % {STEPS}) / COUNT(*) AS up"
        f" FROM ({entries}) GROUP BY u / {STEPS} * {1 << 26} + v / {STEPS}"
    )
    margins = f"SELECT *, {margin_sql('n')} AS m FROM ({cells})"
    places = f"SELECT number, n, {_place('west', 'along')} AS x, {_place('south', 'up')} AS y FROM ({margins})"
    bits = f"SELECT number, n, {_double('x')} AS x, {_double('y')} AS y FROM ({places})"
    point = f"CAST(x'0000000001' || {_bytes('c.x')} || {_bytes('c.y')} AS BLOB)"
    geometry = f"CASE WHEN c.n = 1 THEN d.geometry ELSE {point} END" if points else point
    return (
        f"(SELECT c.number AS fid, {geometry} AS geometry, c.n AS {COUNT}{shown}"
        f" FROM ({bits}) AS c CROSS JOIN (SELECT {_OCTETS} AS octets) AS o"
        " LEFT JOIN (SELECT fid AS drawn_number, geometry FROM tuzi_drawing) AS d ON d.drawn_number = c.number"
        f" LEFT JOIN (SELECT fid AS tuzi_number{kept} FROM features) AS f ON f.tuzi_number = c.number"
        " ORDER BY c.n, c.number)"
    )


def _place(side: str, mean: str) -> str:
    """Return where a circle stands along one axis, in parts of a metre."""
    steps = f"({side} + MIN(MAX({mean}, m), {STEPS} - m))"
    return f"CAST(({steps} * {CELL} / {STEPS} - {HALF_WORLD!r}) * {_PARTS} AS INTEGER)"


def _double(parts: str) -> str:
    """Return the 64 bits (IEEE 754) of a whole number of parts of a metre as a number of metres."""
    size, bias = f"ABS({parts})", 1023 - _PARTS.bit_length() + 1
    cases = "".join(
        f" WHEN {size} >= {1 << power} THEN {bias + power << 52} + (({size} - {1 << power}) << {52 - power})"
        for power in range(36, -1, -1)
    )
    return f"(CASE{cases} ELSE 0 END | CASE WHEN {parts} < 0 THEN 1 << 63 ELSE 0 END)"


def _bytes(bits: str) -> str:
    """Return 64 bits as eight bytes, the highest first (WKB, big-endian)."""
    return " || ".join(f"SUBSTR(o.octets, 1 + (({bits} >> {shift}) & 255), 1)" for shift in range(56, -8, -8))
