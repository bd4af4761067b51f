"""Rows as COPY's text format takes them: columns are written one after the other, as whole columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from layers.stores.postgis.database import Connection

NULL = "\\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

Column = Sequence[str]


def numbers(values: Iterable[Any]) -> list[str]:
    """Return numbers; what is None is null."""
    return [NULL if value is None else repr(value) for value in values]


def texts(values: Iterable[str | None]) -> list[str]:
    """Return texts with their special characters escaped; what is None is null."""
    kept = list(values)
    # Hardly any column has such a character, and one search over all of it is much faster than many.
    if _SPECIAL.search("".join([value for value in kept if value is not None])):
        return [NULL if value is None else value.translate(_ESCAPES) for value in kept]
    return [NULL if value is None else value for value in kept]


def geometries(bodies: Iterable[bytes | None], srid: int) -> list[str]:
    """Return geometries from their WKB."""
    return [NULL if body is None else f"SRID={srid};{body.hex()}" for body in bodies]


def binaries(values: Iterable[bytes | None]) -> list[str]:
    """Return bytes."""
    return [NULL if value is None else f"\\\\x{value.hex()}" for value in values]


def copy_rows(connection: Connection, table: str, columns: Sequence[Column], *, frozen: bool = True) -> None:
    """Write rows into a table; ``frozen`` where this very transaction created it, so that nothing is to be tidied."""
    rows = "\n".join(map("\t".join, zip(*columns, strict=True)))
    options = " WITH (FREEZE)" if frozen else ""
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN{options}") as copy:
        copy.write(f"{rows}\n".encode())
