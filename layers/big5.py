"""Big5 as Windows reads it (code page 950), with the characters that users defined for themselves (造字)."""

from __future__ import annotations

import codecs
import re

_TOLERANT = "tuzi-user-defined"
_UNKNOWN = re.compile("[\ufffd\ue000-\uf8ff]")
_ROW = 157
_USER_DEFINED = ((0xFA, 0xFE, 0xE000), (0x8E, 0xA0, 0xE311), (0x81, 0x8D, 0xEEB8))
"""Lead bytes and the first private code point of code page 950's user-defined areas, as Microsoft maps them."""


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


def bytes_of(character: str) -> bytes | None:
    """Return the two bytes of Big5 that a private code point stands for; None for those outside of its areas."""
    for first, last, base in _USER_DEFINED:
        lead, place = divmod(ord(character) - base, _ROW)
        if 0 <= lead <= last - first:
            return bytes([first + lead, place + (0x40 if place < 0x3F else 0x62)])
    return None


def hong_kong_reading(character: str) -> str | None:
    """Return the character that Hong Kong's HKSCS has where Taiwan leaves room for users' own; None for none."""
    pair = bytes_of(character)
    if pair is None:
        return None
    try:
        return pair.decode("big5hkscs")
    except UnicodeDecodeError:
        return None
