"""Rows of JSON feeds: the list of objects somewhere in an envelope, nested objects laid flat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from layers.errors import SourceError
from layers.sources.encoding import tolerant
from layers.sources.model import BATCH_ROWS
from layers.sources.rows import TableChunk

_DEEPEST = 8
_LABEL = "name"
"""A list of objects that each carry a …Name of their own is laid flat under these names, never by position."""


class JsonRows:
    """A ``RowReader`` over a parsed JSON document."""

    def __init__(self, path: Path, file: str, encoding: str) -> None:
        self.name = Path(file).stem
        content = path.read_bytes()
        try:
            document = orjson.loads(content if encoding == "utf-8" else content.decode(encoding, errors=tolerant()))
        except orjson.JSONDecodeError as error:
            document = _lines(content) if error.lineno > 1 or b"\n" in content else None
            if document is None:
                raise SourceError(
                    "source_json", file=file, line=error.lineno, column=error.colno, reason=error.msg
                ) from None
        records = _find_records(document)
        if not records:
            raise SourceError("source_no_records", file=file)
        self._records = [_flatten(record) for record in records]
        self.header = list(dict.fromkeys(name for record in self._records for name in record))
        self.count: int | None = len(self._records)

    def chunks(self) -> Iterator[TableChunk]:
        """Give all records."""
        for at in range(0, len(self._records), BATCH_ROWS):
            part = self._records[at : at + BATCH_ROWS]
            yield TableChunk([[record.get(name) for record in part] for name in self.header], len(part))


def _lines(content: bytes) -> list[Any] | None:
    """Read one object on each line; None where that is not what the file is."""
    try:
        return [orjson.loads(line) for line in content.splitlines() if line.strip()]
    except orjson.JSONDecodeError:
        return None


def _find_records(document: Any) -> Sequence[Mapping[str, Any]]:
    """Return the longest list of objects in the document; an object of objects is a list with its keys in front."""
    found = list(_candidates(document, 0))
    return max(found, key=len, default=[])


def _candidates(value: Any, depth: int) -> Iterator[Sequence[Mapping[str, Any]]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        records = [item for item in value if isinstance(item, dict)]
        if records and len(records) == len(value):
            yield records
        elif records:
            yield from (found for item in records for found in _candidates(item, depth + 1))
    elif isinstance(value, dict):
        if len(value) > 1 and all(isinstance(item, dict) for item in value.values()):
            yield [{"key": key, **item} for key, item in value.items()]
        for item in value.values():
            yield from _candidates(item, depth + 1)


def _flatten(record: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and depth < _DEEPEST:
            flat |= _flatten(value, f"{name}_", depth + 1)
        elif isinstance(value, list) and (label := _label_of(value)):
            for item in value:
                rest = {key: part for key, part in item.items() if key != label}
                flat |= _flatten(rest, f"{name}_{item[label]}_", depth + 1)
        else:
            flat[name] = orjson.dumps(value).decode() if isinstance(value, list | dict) else value
    return flat


def _label_of(items: list[Any]) -> str | None:
    """Return the key whose texts tell the items of a list apart."""
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    for key in items[0]:
        labels = [item.get(key) for item in items]
        named = key.lower().endswith(_LABEL) and all(isinstance(label, str) and label for label in labels)
        if named and len(set(labels)) == len(labels):
            return str(key)
    return None
