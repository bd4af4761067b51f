"""Quarantined rows on their way out to whoever mends them and back: the columns that tell which is which."""

from __future__ import annotations

import hashlib

import orjson
import shapely

from layers.messages import Language, message
from layers.stores import QuarantinedRow

IDENTITY = "quarantine_id"
"""By which a mended row is found again."""
ROW = "quarantine_row"
"""Row number in the delivery it came with."""
REASON = "quarantine_reason"
"""Code of the finding."""
NOTE = "quarantine_note"
"""The reason in words."""
WKT = "geometry_wkt"
COLUMNS = (IDENTITY, ROW, REASON, NOTE)


def reason_sentence(code: str, language: Language) -> str:
    """Return in few words why a row with the finding ``code`` was set aside."""
    return message(f"reason_{code.removeprefix('finding_')}", language)


def identity(row: QuarantinedRow) -> str:
    """Return a short text that is the same for the same row, on every store and in every release it stays in."""
    body = b"" if row.geometry is None else shapely.to_wkb(row.geometry, byte_order=1, flavor="iso")
    properties = orjson.dumps(dict(row.properties), option=orjson.OPT_SORT_KEYS)
    content = b"%d\0%b\0%b" % (row.row, body, properties)
    # The letter in front keeps spreadsheets from reading a number.
    return f"q{hashlib.blake2b(content, digest_size=8).hexdigest()}"
