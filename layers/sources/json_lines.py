"""GeoJSON objects in a row: one on each line, or each after a record separator (RFC 8142)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

from layers.errors import SourceError

_SEPARATOR = b"\x1e"
_LONGEST = 256_000_000
"""Bytes of one object."""


def check_lines(path: Path, file: str) -> None:
    """Check that every object of the sequence is whole; raises SourceError with the line of the first that is not.

    GDAL passes over lines that it cannot parse, without a word.
    """
    for line, text in _texts(path, file):
        try:
            orjson.loads(text)
        except orjson.JSONDecodeError as error:
            at, column = line + error.lineno - 1, error.colno
            raise SourceError("source_json", file=file, line=at, column=column, reason=error.msg) from None


def _texts(path: Path, file: str) -> Iterator[tuple[int, bytes]]:
    """Yield (number of its first line, text) of each object."""
    with path.open("rb") as stream:
        first = stream.read(3)
        stream.seek(3 if first == b"\xef\xbb\xbf" else 0)
        separated = stream.read(1) == _SEPARATOR
        stream.seek(3 if first == b"\xef\xbb\xbf" else 0)
        text, start = b"", 1
        for number, line in enumerate(iter(lambda: stream.readline(_LONGEST), b""), 1):
            if not separated:
                if line.strip():
                    yield number, line
                continue
            if line.startswith(_SEPARATOR):
                if text.strip():
                    yield start, text
                text, start = b"", number
            text += line.lstrip(_SEPARATOR)
            if len(text) > _LONGEST:
                raise SourceError("source_json", file=file, line=start, column=1, reason=f"> {_LONGEST:,} bytes")
        if text.strip():
            yield start, text
