"""Which encoding a text is in, decided before it is decoded."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from layers.errors import SourceError

_CHUNK = 1 << 20
_TRIALS = ("utf-8", "cp950", "big5hkscs")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Decision:
    """The encoding a text is read with and how well it fits."""

    encoding: str
    errors: int = 0
    """Places that cannot be decoded; they are read as U+FFFD."""
    is_plain: bool = False
    """Nothing but ASCII: every encoding would do."""


def codec_name(encoding: str, file: str) -> str:
    """Return Python's name of an encoding; raises SourceError where there is none of that name."""
    cleaned = encoding.strip().lower()
    cleaned = {"950": "cp950", "big-5": "cp950", "big5": "cp950", "ansi_950": "cp950", "65001": "utf-8"}.get(
        cleaned, cleaned
    )
    try:
        return codecs.lookup(cleaned).name
    except LookupError:
        raise SourceError("source_encoding_unknown", file=file, encoding=encoding[:40]) from None


def decide(chunks: Sequence[bytes], named: str | None = None) -> Decision:
    """Decide for a text given in chunks, each of which may end inside a character.

    ``named`` is what the file claims: it is believed where it fits, and where UTF-8 does not fit better.
    """
    if all(chunk.isascii() for chunk in chunks):
        return Decision(named or "utf-8", is_plain=True)
    order = dict.fromkeys(["utf-8", *([named] if named else []), *_TRIALS])
    best: Decision | None = None
    for encoding in order:
        errors = sum(_failures(chunk, encoding) for chunk in chunks)
        if errors == 0:
            return Decision(encoding)
        if best is None or errors < best.errors:
            best = Decision(encoding, errors)
    assert best is not None  # noqa: S101 - there is always a trial
    return best


def _failures(chunk: bytes, encoding: str) -> int:
    # Fixed-width cells may end inside a character: an incremental decoder waits for the rest and does not complain.
    return codecs.getincrementaldecoder(encoding)("replace").decode(chunk).count("\ufffd")


def decide_for_file(path: Path, named: str | None = None) -> Decision:
    """Decide for a whole text file; a byte order mark settles it."""
    with path.open("rb") as stream:
        head = stream.read(4)
        for mark, encoding in _MARKS:
            if head.startswith(mark):
                return Decision(encoding)
    order = dict.fromkeys(["utf-8", *([named] if named else []), *_TRIALS])
    best: Decision | None = None
    for encoding in order:
        decision = _try_file(path, encoding)
        if decision.errors == 0:
            return Decision(named, is_plain=True) if decision.is_plain and named else decision
        if best is None or decision.errors < best.errors:
            best = decision
    assert best is not None  # noqa: S101 - there is always a trial
    return best


def _try_file(path: Path, encoding: str) -> Decision:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    errors, plain = 0, True
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            text = decoder.decode(chunk)
            if not chunk.isascii():
                plain = False
                errors += text.count("\ufffd")
    errors += decoder.decode(b"", final=True).count("\ufffd")
    return Decision(encoding, errors, plain)


def transcode(source: Path, target: Path, encoding: str) -> None:
    """Write a text file again in UTF-8."""
    with (
        source.open(encoding=encoding, errors="replace", newline="") as reader,
        target.open("w", encoding="utf-8", newline="") as writer,
    ):
        while text := reader.read(_CHUNK):
            writer.write(text)


def restored_name(raw: bytes) -> str:
    """Return a file name that an archive keeps as bytes of an unknown encoding."""
    return raw.decode(decide([raw]).encoding, errors="replace")
