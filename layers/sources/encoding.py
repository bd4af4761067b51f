"""Which encoding a text is in, decided before it is decoded."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Protocol

from layers.big5 import losses, tolerant
from layers.errors import SourceError

__all__ = [
    "MARKED",
    "Decision",
    "Text",
    "codec_name",
    "cut_short",
    "decide",
    "decide_for_file",
    "decide_for_text",
    "is_whole",
    "losses",
    "restored_name",
    "tolerant",
    "transcode",
]

_CHUNK = 1 << 20
_TRIALS = ("utf-8", "cp950")
_FEW = 200
_WESTERN = frozenset({"iso8859-1", "cp1252", "iso8859-15", "cp437", "cp850"})
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MARKED = frozenset(encoding for _, encoding in _MARKS)
"""Encodings that a byte order mark tells."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The encoding a text is read with and how well it fits."""

    encoding: str
    errors: int = 0
    """Characters that the encoding does not define; they are read as user-defined characters or U+FFFD."""
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

    ``named`` is what the file claims: it is believed where it fits, and where nothing fits better.
    """
    return decide_for_text(_Chunks([chunk for chunk in chunks if not chunk.isascii()]), named)


def decide_for_file(path: Path, named: str | None = None) -> Decision:
    """Decide for a whole text file; a byte order mark settles it, unless the text does not keep what it promises."""
    with path.open("rb") as stream:
        head = stream.read(4)
    marked = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)
    if marked == "utf-16":
        return Decision(marked)
    return decide_for_text(_File(path), named, marked)


class Text(Protocol):
    """A text whose encoding is in question."""

    def is_plain(self) -> bool:
        """Tell whether it is nothing but ASCII."""

    def fits(self, encoding: str) -> bool:
        """Tell whether all of it can be decoded."""

    def losses(self, encoding: str, most: int | None) -> int:
        """Return how many characters the encoding does not define; counting may end above ``most``."""

    def decoded(self, encoding: str) -> Iterator[str]:
        """Decode all of it, part by part, as far as that is possible."""


def decide_for_text(text: Text, named: str | None, marked: str | None = None) -> Decision:
    """Decide for any text; ``named`` is what it claims to be in, ``marked`` what a byte order mark says."""
    if text.is_plain():
        return Decision(named or "utf-8", is_plain=True)
    # Every byte is some Western letter, so that claim always fits; it is what software writes that knows no better.
    believed = [named] if named and named not in _WESTERN else []
    order = list(
        dict.fromkeys([marked or "utf-8", *believed, *_TRIALS[marked is not None :], *([named] if named else [])])
    )
    for encoding in order:
        if text.fits(encoding):
            if encoding == "utf-8" and _reads_better(text, "cp950", encoding, named == "cp950"):
                return Decision("cp950")
            return Decision(encoding)
    # Counting what is wrong takes long where all is wrong: whoever is right has few losses, and is found soon.
    for most in (_FEW, _FEW * 100, None):
        losses_of = {encoding: max(text.losses(encoding, most), 1) for encoding in order}
        encoding = min(order, key=losses_of.__getitem__)
        if most is None or losses_of[encoding] <= most:
            return Decision(encoding, losses_of[encoding])
    raise AssertionError  # The last count has no end.


def _reads_better(text: Text, encoding: str, other: str, claimed: bool) -> bool:
    """Tell whether a few bytes that happen to fit two encodings make more usual characters in the first of them."""
    if not text.fits(encoding):
        return False
    share, against = _share_of_usual(text.decoded(encoding)), _share_of_usual(text.decoded(other))
    return share > against or (claimed and share == against)


def _share_of_usual(parts: Iterator[str]) -> float:
    """Return which share of the characters beyond ASCII is usual in Taiwan: level 1 of Big5, and signs like ° and é."""
    usual = unusual = 0
    for part in parts:
        for character in part:
            if character > "\x7f":
                code = character.encode("cp950", "ignore")
                is_usual = character <= "\xff" or (len(code) == 2 and 0xA1 <= code[0] <= 0xC6)
                usual, unusual = usual + is_usual, unusual + (not is_usual)
    return usual / max(usual + unusual, 1)


class _Chunks:
    """Chunks of a text that may each end inside a character, such as cells of fixed width."""

    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks
        self._joined = b"\n".join(chunks)

    def is_plain(self) -> bool:
        return not self._chunks

    def fits(self, encoding: str) -> bool:
        try:
            self._joined.decode(encoding)
        except UnicodeDecodeError:
            return all(is_whole(chunk, encoding) for chunk in self._chunks)
        return True

    def losses(self, encoding: str, most: int | None) -> int:
        count = 0
        for text in self._strictly_or_not(encoding):
            count += text
            if most is not None and count > most:
                break
        return count

    def _strictly_or_not(self, encoding: str) -> Iterator[int]:
        for chunk in self._chunks:
            if not is_whole(chunk, encoding):
                yield max(losses(cut_short(chunk, encoding)), 1)

    def decoded(self, encoding: str) -> Iterator[str]:
        return (cut_short(chunk, encoding) for chunk in self._chunks)


def is_whole(chunk: bytes, encoding: str) -> bool:
    """Tell whether a chunk, which may end inside a character, can be decoded."""
    # An incremental decoder waits for the rest of a character that was cut and does not complain.
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def cut_short(chunk: bytes, encoding: str) -> str:
    """Decode what may end inside a character: that half is left out, nothing else."""
    return codecs.getincrementaldecoder(encoding)(tolerant()).decode(chunk)


class _File:
    """A text file, read a megabyte at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _parts(self) -> Iterator[bytes]:
        with self._path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk

    def is_plain(self) -> bool:
        return all(chunk.isascii() for chunk in self._parts())

    def fits(self, encoding: str) -> bool:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        try:
            for chunk in self._parts():
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True

    def losses(self, encoding: str, most: int | None) -> int:
        count = 0
        for chunk, text in zip(chain(self._parts(), [b"\x80"]), self.decoded(encoding), strict=True):
            count += 0 if chunk.isascii() else losses(text)
            if most is not None and count > most:
                break
        return count

    def decoded(self, encoding: str) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(encoding)(tolerant())
        for chunk in self._parts():
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)


def transcode(source: Path, target: Path, encoding: str) -> None:
    """Write a text file again in UTF-8."""
    with (
        source.open(encoding=encoding, errors=tolerant(), newline="") as reader,
        target.open("w", encoding="utf-8", newline="") as writer,
    ):
        while text := reader.read(_CHUNK):
            writer.write(text)


def restored_name(raw: bytes) -> str:
    """Return a file name that an archive keeps as bytes of an unknown encoding."""
    return raw.decode(decide([raw]).encoding, errors="replace")
