"""The beginning of an XML file: its root, its encoding, and no document type, so that there is nothing to resolve."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from layers.errors import SourceError
from layers.sources.encoding import codec_name, decide, tolerant

_PROLOG = 1 << 20
"""A prolog is some hundred characters; one that is longer than this hides something."""
_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*?\?>")
_ENCODING = re.compile(r"""\bencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")
_BESIDE = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<(?:[^\s<>/!?:]+:)?([^\s<>/!?:]+)(?=[\s/>])")
_GML = "opengis.net/gml"
_NATIVE = frozenset({"utf-8", "utf-8-sig", "ascii"})


def declared_root(path: Path, head: bytes) -> str | None:
    """Return ``XML kml``, ``XML gpx``, ``XML osm``, ``HTML``, ``XML`` for GML and ``XML …`` otherwise; None for no XML.

    Raises SourceError for a document type: entities can fetch other files or grow without bound, and no agency's
    software writes them.
    """
    encoding = encoding_of(head)
    text = head.decode(encoding, errors="replace").lstrip("\ufeff")
    if not text.lstrip().startswith("<"):
        return None
    rest = _after_prolog(text)
    if rest == "" and path.stat().st_size > len(head):
        with path.open("rb") as stream:
            rest = _after_prolog(stream.read(_PROLOG).decode(encoding, errors="replace").lstrip("\ufeff"))
    if rest[:9].lower() == "<!doctype":
        if re.match(r"<!doctype\s+html\b", rest, re.IGNORECASE):
            return "HTML"
        raise SourceError("source_xml_entities", file=path.name)
    root = _ROOT.match(rest)
    if root is None:
        if rest.startswith("<!") or not rest:
            raise SourceError("source_xml_entities", file=path.name)
        return None
    element = root[1].lower()
    if element in {"kml", "gpx", "osm"}:
        return f"XML {element}"
    if element == "html":
        return "HTML"
    return "XML" if _GML in rest else f"XML {root[1]}"


def _after_prolog(text: str) -> str:
    """Return the text from the root element (or the document type) on; empty where the prolog does not end."""
    at = 0
    while found := _BESIDE.match(text, at):
        at = found.end()
    rest = text[at:]
    return "" if rest.startswith(("<!--", "<?")) else rest


def encoding_of(head: bytes) -> str:
    """Return the encoding of an XML file: by its mark, by its declaration where that fits, otherwise by its bytes."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    declaration = _DECLARATION.match(head[:400].decode("latin-1"))
    named = _ENCODING.search(declaration[0]) if declaration else None
    try:
        encoding = codec_name(named[1], "") if named else "utf-8"
    except SourceError:
        encoding = "utf-8"
    if encoding in {"utf-16", "utf-16-le", "utf-16-be", "utf-7", "utf-32"}:
        # A declaration that could be read as ASCII refutes itself.
        encoding = "utf-8"
    return decide([head], encoding).encoding


def in_utf8(path: Path, target: Path) -> tuple[Path, str]:
    """Return a file that parsers can read, and the encoding it was in: itself, or ``target`` written in UTF-8."""
    with path.open("rb") as stream:
        head = stream.read(1 << 16)
        encoding = encoding_of(head)
        if encoding == "utf-8" and not head.isascii():
            return path, encoding
        if head.isascii():
            encoding = _later_encoding(path, encoding)
    declaration = _DECLARATION.match(head[:400].decode("latin-1"))
    declared = _ENCODING.search(declaration[0]) if declaration else None
    if encoding in _NATIVE and (declared is None or declared[1].lower() in {"utf-8", "us-ascii"}):
        return path, encoding
    with (
        path.open(encoding=encoding, errors=tolerant(), newline="") as reader,
        target.open("w", encoding="utf-8", newline="") as writer,
    ):
        writer.write('<?xml version="1.0" encoding="UTF-8"?>')
        writer.write(_DECLARATION.sub("", reader.read(_CHUNK).lstrip("\ufeff"), count=1))
        while text := reader.read(_CHUNK):
            writer.write(text)
    return target, encoding


def _later_encoding(path: Path, encoding: str) -> str:
    """Decide by the first text that is not ASCII: files often begin with a thousand rows that are."""
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            if not chunk.isascii():
                return decide([chunk.lstrip(bytes(range(0x80, 0xC0)))], encoding).encoding
    return encoding
