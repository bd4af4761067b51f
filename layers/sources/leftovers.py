"""What of a delivery is not read: files beside the one that is meant, and data that a file only points to."""

from __future__ import annotations

import mmap
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from layers.checks import FindingLog, Severity
from layers.sources.contents import Item
from layers.sources.formats import Format

_SHOWN = 5
_REFERENCES = {
    Format.KML: re.compile(
        rb"<(?:\w+:)?NetworkLink[\s>](?:(?!</?(?:\w+:)?NetworkLink).)*?<href>\s*([^<]{0,300})", re.DOTALL
    ),
    Format.GML: re.compile(rb"""xlink:href\s*=\s*["']([^"'#][^"']{0,300})["']"""),
    # ASCII DXF, BLOCK: group 3 repeats the block's name, group 1 is the path of an external reference.
    Format.DXF: re.compile(
        rb"\n[ ]*0\r?\nBLOCK\r?\n(?:(?![ ]*0\r?\n)[ ]*\d+\r?\n[^\n]*\n){0,40}?[ ]*3\r?\n[^\n]*\n[ ]*1\r?\n([^\r\n]+)"
    ),
}
_GRAVE = frozenset({Format.KML, Format.DXF})
"""Where what is pointed to would have been drawn; GML points mostly to lists of codes."""


def note_files(chosen: Item, items: Sequence[Item], log: FindingLog) -> None:
    """Note the data files of an archive that are left aside."""
    others = [str(item.member) for item in items if item is not chosen]
    log.add("finding_files_unread", len(others), chosen=chosen.member, names=_listed(others))


def note_layers(chosen: str, labels: Sequence[str], log: FindingLog) -> None:
    """Note the layers of a file that are left aside."""
    others = [label for label in labels if label != chosen]
    log.add("finding_layers_unread", len(others), chosen=chosen, names=_listed(others))


def note_references(path: Path, kind: Format, log: FindingLog) -> str | None:
    """Note the places outside of the file that it points to and return the first; nothing is fetched from there."""
    pattern = _REFERENCES.get(kind)
    if pattern is None or not path.stat().st_size:
        return None
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        places = [found[1].strip().decode("utf-8", "replace") for found in pattern.finditer(content)]
    severity = Severity.WARNING if kind in _GRAVE else Severity.INFO
    log.add("finding_links_ignored", len(places), ((0, place) for place in places), severity=severity)
    return next(iter(places), None)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(islice(names, _SHOWN))
    return shown if len(names) <= _SHOWN else f"{shown} …"
