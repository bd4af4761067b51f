"""Shapefiles: the parts that belong together, whether they are whole, and the encoding of their text."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from pathlib import Path

from layers.checks import FindingLog
from layers.errors import SourceError
from layers.sources.dbf import Dbf, DbfColumn, DbfText
from layers.sources.dbf_notes import note_cells, note_dates, whole_name
from layers.sources.encoding import Decision, codec_name, decide_for_text

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
    table = Dbf(dbf)
    decision = _decide(shp, table, encoding, log)
    note_cells(table, decision.encoding, log)
    folder = workspace / "shapefile"
    folder.mkdir()
    if mended := _mended(table, decision.encoding, log):
        table.write_again(mended, folder / "source.dbf")
    for suffix, part in ((".shp", shp), (".dbf", None if mended else dbf), (_INDEX_SUFFIX, shx), (".prj", prj)):
        if part is not None:
            # Links keep GDAL from writing a .shx, or finding a lying .cpg, in the agency's folder.
            (folder / f"source{suffix}").symlink_to(part.resolve())
    return Shapefile(folder / "source.shp", decision, restore_index=shx is None)


def _mended(table: Dbf, encoding: str, log: FindingLog) -> list[DbfColumn]:
    """Return what must be said otherwise of columns: GDAL fails at half a character, and at the 30th of February."""
    as_text = {column.offset for column in note_dates(table, encoding, log)}
    columns = [
        replace(column, name=whole_name(column.name, encoding), kind="C" if column.offset in as_text else column.kind)
        for column in table.columns
    ]
    return [new for old, new in zip(table.columns, columns, strict=True) if new != old]


def _check_length(shp: Path) -> None:
    with shp.open("rb") as stream:
        head = stream.read(100)
    declared = struct.unpack(">i", head[24:28])[0] * 2 if len(head) == 100 else 100
    size = shp.stat().st_size
    if len(head) < 100 or size < declared:
        raise SourceError("source_truncated", file=shp.name, size=f"{size:,}", expected=f"{declared:,}")


def _decide(shp: Path, table: Dbf, encoding: str | None, log: FindingLog) -> Decision:
    text = DbfText(table)
    claimed = codec_name(encoding, shp.name) if encoding else _code_page(shp) or table.claimed
    decision = decide_for_text(text, claimed)
    if decision.is_plain:
        return decision
    if claimed is None:
        log.add("finding_encoding_undeclared", encoding=decision.encoding)
    elif decision.encoding != claimed:
        log.add("finding_encoding_wrong", declared=claimed, encoding=decision.encoding)
    else:
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
