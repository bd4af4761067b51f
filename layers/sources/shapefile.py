"""Shapefiles: the parts that belong together, whether they are whole, and the encoding of their text."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from layers.checks import FindingLog
from layers.errors import SourceError
from layers.sources.encoding import Decision, codec_name, decide

_LANGUAGE_DRIVERS = {0x4F: "cp950", 0x78: "cp950", 0x4D: "gbk", 0x7A: "gbk", 0x03: "cp1252", 0x57: None}
"""dBASE language driver ids that are met here; 0x57 is "the ANSI code page", whatever that was."""
_RECORDS = 4096
_CELLS = 50_000
"""So many cells tell encodings apart; whatever later cells hold is still read without failing."""
_INDEX_SUFFIX = ".shx"


@dataclass(frozen=True, slots=True)
class Shapefile:
    """A shapefile that is fit to be read."""

    path: Path
    encoding: Decision
    restore_index: bool


def find_part(shp: Path, suffix: str) -> Path | None:
    """Return the file beside ``shp`` with that suffix in any case."""
    wanted = (shp.stem + suffix).lower()
    return next((file for file in shp.parent.iterdir() if file.name.lower() == wanted), None)


def prepare_shapefile(shp: Path, encoding: str | None, workspace: Path, log: FindingLog) -> Shapefile:
    """Check the parts and decide the encoding; parts whose names differ in case are linked under one name."""
    dbf, shx, prj = (find_part(shp, suffix) for suffix in (".dbf", _INDEX_SUFFIX, ".prj"))
    if dbf is None:
        raise SourceError("source_shapefile_incomplete", file=shp.name, missing=shp.stem + ".dbf")
    _check_length(shp)
    if shx is None:
        log.add("finding_index_restored")
    decision = _decide(shp, dbf, encoding, log)
    folder = workspace / "shapefile"
    folder.mkdir()
    for suffix, part in ((".shp", shp), (".dbf", dbf), (_INDEX_SUFFIX, shx), (".prj", prj)):
        if part is not None:
            # Links keep GDAL from writing a .shx, or finding a lying .cpg, in the agency's folder.
            (folder / f"source{suffix}").symlink_to(part.resolve())
    return Shapefile(folder / "source.shp", decision, restore_index=shx is None)


def _check_length(shp: Path) -> None:
    with shp.open("rb") as stream:
        head = stream.read(100)
    declared = struct.unpack(">i", head[24:28])[0] * 2 if len(head) == 100 else 100
    size = shp.stat().st_size
    if len(head) < 100 or size < declared:
        raise SourceError("source_truncated", file=shp.name, size=f"{size:,}", expected=f"{declared:,}")


def _decide(shp: Path, dbf: Path, encoding: str | None, log: FindingLog) -> Decision:
    chunks, driver = _text_of(dbf)
    claimed = _code_page(shp) or driver
    if encoding:
        wanted = codec_name(encoding, shp.name)
        return Decision(wanted, decide(chunks, wanted).errors)
    decision = decide(chunks, claimed)
    if claimed and not decision.is_plain and decision.encoding != claimed:
        log.add("finding_encoding_wrong", declared=claimed, encoding=decision.encoding)
    elif not decision.is_plain:
        log.add("finding_encoding", encoding=decision.encoding)
    return decision


def _code_page(shp: Path) -> str | None:
    cpg = find_part(shp, ".cpg")
    if cpg is None:
        return None
    try:
        return codec_name(cpg.read_text(encoding="latin-1")[:40], shp.name)
    except SourceError:
        return None


def _text_of(dbf: Path) -> tuple[list[bytes], str | None]:
    """Return names and cells that are not ASCII, and the encoding that the header claims."""
    with dbf.open("rb") as stream:
        head = stream.read(32)
        if len(head) < 32:
            raise SourceError("source_truncated", file=dbf.name, size=f"{len(head)}", expected="32+")
        rows, header_length, record_length = struct.unpack("<IHH", head[4:12])
        names = stream.read(max(header_length - 32, 0))
        expected, size = header_length + rows * record_length, dbf.stat().st_size
        if size < expected:
            raise SourceError("source_truncated", file=dbf.name, size=f"{size:,}", expected=f"{expected:,}")
        columns = _text_columns(names)
        chunks = [name for name, _, _ in columns]
        if record_length:
            pages = iter(lambda: stream.read(record_length * _RECORDS), b"")
            chunks += islice(_cells(pages, record_length, columns), _CELLS)
    return [chunk for chunk in chunks if not chunk.isascii()], _LANGUAGE_DRIVERS.get(head[29])


def _text_columns(descriptors: bytes) -> list[tuple[bytes, int, int]]:
    """Return (name, offset, width) of the columns; the width is 0 where they hold no text."""
    columns, offset = [], 1
    for at in range(0, len(descriptors) - 31, 32):
        descriptor = descriptors[at : at + 32]
        if descriptor[0] == 0x0D:
            break
        width = descriptor[16]
        name = descriptor[:11].split(b"\0")[0]
        columns.append((name, offset, width if descriptor[11:12] == b"C" else 0))
        offset += width
    return columns


def _cells(pages: Iterator[bytes], record_length: int, columns: list[tuple[bytes, int, int]]) -> Iterator[bytes]:
    for page in pages:
        if page.isascii():
            continue
        for start in range(0, len(page) - record_length + 1, record_length):
            record = page[start : start + record_length]
            if record.isascii():
                continue
            for _, offset, width in columns:
                cell = record[offset : offset + width]
                if not cell.isascii():
                    yield cell
