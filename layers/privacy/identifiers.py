"""Numbers that identify a person, told from other numbers by their checksums."""

from __future__ import annotations

import re
from itertools import cycle

NATIONAL_ID = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][1289A-Da-d][0-9]{8}(?![A-Za-z0-9])")
"""身分證字號 (letter and 1 or 2), 居留證 since 2021 (letter and 8 or 9) and before (two letters)."""
MOBILE = re.compile(r"(?<![\d-])(?:\+?886[- ]?|0)9\d{2}[- ]?\d{3}[- ]?\d{3}(?!\d)")
LANDLINE = re.compile(
    r"(?<![\d-])(?:\((?:02|03|037|04|049|05|06|07|08|082|0826|0836|089)\)[:\s]?"
    r"|(?:02|03|037|04|049|05|06|07|08|082|0826|0836|089)[- ])\d{2,4}[- ]?\d{3,4}(?!\d)"
)
"""With its area code set apart by brackets, a hyphen or a blank; digits alone are as good as any code."""
EMAIL = re.compile(r"[\w.+-]+@(?P<domain>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
CARD = re.compile(r"(?<!\d)\d{4}(?:[- ]?\d{4}){2}[- ]?\d{1,7}(?!\d)")
PLATE = re.compile(r"[A-Z]{3}-\d{4}|[A-Z]{2}-\d{4}|\d{4}-[A-Z]{2}|[A-Z]{3}-\d{3}|\d{3}-[A-Z]{3}")

_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
"""In the order of their numbers, from 10 on (內政部, 國民身分證統一編號編碼原則)."""
_ISSUERS = re.compile(r"4|5[1-5]|2[2-7]|35|62")
"""First digits of the cards that are used in Taiwan (ISO/IEC 7812)."""


def is_national_id(text: str) -> bool:
    """Tell whether the checksum of a national id or resident certificate number is right."""
    text = text.upper()
    if not NATIONAL_ID.fullmatch(text):
        return False
    first = _LETTERS.index(text[0]) + 10
    second = _LETTERS.index(text[1]) % 10 if text[1].isalpha() else int(text[1])
    digits = [first // 10, first % 10, second, *map(int, text[2:])]
    return (
        sum(digit * weight for digit, weight in zip(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True)) % 10 == 0
    )


def is_card(text: str) -> bool:
    """Tell whether digits are a payment card's number: a known issuer and the right check digit (Luhn)."""
    digits = re.sub(r"[- ]", "", text)
    if not (digits.isdecimal() and 13 <= len(digits) <= 19 and _ISSUERS.match(digits)):
        return False
    doubled = (int(digit) * factor for digit, factor in zip(reversed(digits), cycle((1, 2)), strict=False))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
