"""Which encoding a text is in, decided before it is decoded."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from layers.errors import SourceError

_CHUNK = 1 << 20
_TRIALS = ("utf-8", "cp950")
_WESTERN = frozenset({"iso8859-1", "cp1252", "iso8859-15", "cp437", "cp850"})
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_TOLERANT = "tuzi-user-defined"
_UNKNOWN = re.compile("[\ufffd\ue000-\uf8ff]")
_ROW = 157
_USER_DEFINED = ((0xFA, 0xFE, 0xE000), (0x8E, 0xA0, 0xE311), (0x81, 0x8D, 0xEEB8))
"""Lead bytes and the first private code point of code page 950's user-defined areas, as Microsoft maps them."""


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


def losses(text: str) -> int:
    """Return how many characters of a decoded text are not really known."""
    return len(_UNKNOWN.findall(text))


def tolerant() -> str:
    """Return the name of the way to decode (``errors=``) that keeps what can be kept of undefined characters.

    Agencies write rare characters of names as user-defined ones (造字) of Big5. No table says what they look like
    (Hong Kong's says something else), so they stay what Windows makes of them: code points for private use.
    """
    codecs.register_error(_TOLERANT, _keep_user_defined)
    return _TOLERANT


def _keep_user_defined(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    pair = error.object[error.start : error.start + 2]
    if error.encoding not in {"cp950", "big5"} or len(pair) < 2 or not _is_trail(pair[1]):
        return "\ufffd", error.end
    if 0xC6 <= pair[0] <= 0xC8:
        # The one addition that all systems share: circled numbers, kana, radicals.
        return pair.decode("big5hkscs", "replace")[:1], error.start + 2
    for first, last, base in _USER_DEFINED:
        if first <= pair[0] <= last:
            place = pair[1] - 0x40 if pair[1] < 0x7F else pair[1] - 0x62
            return chr(base + (pair[0] - first) * _ROW + place), error.start + 2
    return "\ufffd", error.end


def _is_trail(byte: int) -> bool:
    return 0x40 <= byte <= 0x7E or 0xA1 <= byte <= 0xFE


def decide(chunks: Sequence[bytes], named: str | None = None) -> Decision:
    """Decide for a text given in chunks, each of which may end inside a character.

    ``named`` is what the file claims: it is believed where it fits, and where UTF-8 does not fit better.
    """
    if all(chunk.isascii() for chunk in chunks):
        return Decision(named or "utf-8", is_plain=True)
    # Every byte is some Western letter, so that claim always fits; it is what software writes that knows no better.
    believed = [named] if named and named not in _WESTERN else []
    order = dict.fromkeys(["utf-8", *believed, *_TRIALS, *([named] if named else [])])
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
    decoder = codecs.getincrementaldecoder(encoding)
    try:
        decoder("strict").decode(chunk)
    except UnicodeDecodeError:
        return max(losses(decoder(tolerant()).decode(chunk)), 1)
    return 0


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
    try:
        _, plain = _decode_file(path, encoding, "strict")
    except UnicodeDecodeError:
        return Decision(encoding, max(_decode_file(path, encoding, tolerant())[0], 1))
    return Decision(encoding, is_plain=plain)


def _decode_file(path: Path, encoding: str, errors: str) -> tuple[int, bool]:
    """Return how many characters of the text are not defined, and whether it is nothing but ASCII."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    replaced, plain = 0, True
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            text = decoder.decode(chunk)
            if not chunk.isascii():
                plain = False
                replaced += losses(text)
    return replaced + losses(decoder.decode(b"", final=True)), plain


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
