"""Whether a file is whole, for formats whose readers take what they find for all there is."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from xml.parsers import expat

from layers.errors import SourceError
from layers.sources.formats import Format

_CHUNK = 1 << 20
_TAIL = 256
_BINARY_DXF = b"AutoCAD Binary DXF"


def check_whole(path: Path, kind: Format, file: str) -> None:
    """Check that a file has its end; raises SourceError with the place where it breaks off or is wrong."""
    if kind in {Format.KML, Format.GML, Format.GPX, Format.OSM}:
        _check_xml(path, file)
    elif kind is Format.DXF:
        _check_drawing(path, file)
    elif kind is Format.OSM_PBF:
        _check_blobs(path, file)


def _check_xml(path: Path, file: str) -> None:
    """Parse the whole document, keeping nothing of it; a document type is refused wherever it stands."""

    def refuse(*_: object) -> None:
        raise SourceError("source_xml_entities", file=file)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise SourceError("source_xml", file=file, line=error.lineno, column=error.offset + 1, reason=reason) from error


def _check_drawing(path: Path, file: str) -> None:
    """Look for the end mark of an ASCII drawing (DXF Reference, "General DXF File Structure")."""
    with path.open("rb") as stream:
        if stream.read(len(_BINARY_DXF)) == _BINARY_DXF:
            return
        stream.seek(max(0, os.fstat(stream.fileno()).st_size - _TAIL))
        if b"EOF" not in stream.read():
            raise SourceError("source_damaged", file=file, reason="no EOF")


def _check_blobs(path: Path, file: str) -> None:
    """Walk over the blobs of a PBF file by the lengths that each of them states."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        at = 0
        while at < size:
            stream.seek(at)
            head = stream.read(4)
            length = struct.unpack(">I", head)[0] if len(head) == 4 else size
            data = _data_size(stream.read(length)) if length <= 65_536 else size
            at += 4 + length + data
    if at != size:
        raise SourceError("source_truncated", file=file, size=f"{size:,}", expected=f"{at:,}")


def _data_size(header: bytes) -> int:
    """Return field 3, ``datasize``, of a BlobHeader (protocol buffers: key, then a number in groups of seven bits)."""
    at = 0
    while at < len(header):
        key, at = _number(header, at)
        value, at = _number(header, at)
        if key == 0x18:
            return value
        if key & 7 == 2:
            at += value
    return 0


def _number(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(content):
        byte, at = content[at], at + 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            break
    return value, at


def count_lines(path: Path) -> int:
    """Return how many lines of a text file hold something; 0 where there is no such file."""
    if not path.is_file():
        return 0
    with path.open("rb") as stream:
        return sum(1 for line in stream if line.strip())
