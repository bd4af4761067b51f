"""Masking: enough of a value stays to tell rows apart for their agency, too little to find the person."""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Any

from layers.privacy.identifiers import CARD, EMAIL, LANDLINE, MOBILE, NATIONAL_ID
from layers.privacy.kinds import PersonalKind
from layers.privacy.surnames import is_personal_name

_LONGEST = 10
_YEAR = re.compile(r"\s*(?:民國)?\s*(?:(\d{4})(?=\D|\d{4}$|$)|(\d{2,3})(?=[^\d]\s*\d|$)|(\d{2,3})(?=\d{4}$))")
"""1980-05-03, 19800503, 69/5/3, 民國69年5月3日, 0690503."""
_MASKED = re.compile(
    r"\S○{1,9}\S?|[A-Za-z][0-9A-D]\d\*{7}|0\d{1,4}\*{3}\d{0,3}|\S{0,4}\*{3}@(?:…|\.{3})|\*{4,15}\d{4}|(?:.{1,9}[縣市區鄉鎮])?\*{3}"
)
"""What masking leaves: rows may come a second time."""
_DISTRICT = re.compile(r"(?:\[\d+\]|\d{3,6})?(?P<place>(?:.{2}[縣市])?(?:.{1,3}[區鄉鎮市])?)")
_AREA_CODE = re.compile(r"\(?(0\d{1,3})[)\- ]|^(0[2-8])")


def masked(value: Any, kind: PersonalKind | None = None) -> str | None:
    """Return what may be shown of a value: 王○明, A12*******, 0912***678, ming***@…, of a date the year.

    ``kind`` is what the column's name promises; what the value itself shows goes before that. None stays None.
    """
    if value is None:
        return None
    if isinstance(value, datetime.date):
        return f"{value.year}"
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if not text:
        return None
    if _MASKED.fullmatch(text):
        return str(value).strip()
    if kind is PersonalKind.BIRTH:
        found = _YEAR.match(text)
        return next(filter(None, found.groups()), _hidden(text)) if found else _hidden(text)
    if isinstance(value, int) and kind in {PersonalKind.MOBILE, PersonalKind.LANDLINE} and not text.startswith("0"):
        # A spreadsheet took the number for a quantity.
        text = f"0{text}"
    return _by_value(text, kind)


def _by_value(text: str, kind: PersonalKind | None) -> str:
    if NATIONAL_ID.fullmatch(text):
        return f"{text[:3]}{'*' * 7}"
    if EMAIL.fullmatch(text):
        local = text.partition("@")[0]
        return f"{local[: min(4, len(local) // 2)]}***@…"
    if MOBILE.fullmatch(text):
        digits = re.sub(r"\D", "", text).removeprefix("886").lstrip("0")
        return f"0{digits[:3]}***{digits[-3:]}"
    if LANDLINE.match(text) or kind is PersonalKind.LANDLINE:
        area = _AREA_CODE.match(text)
        code = next(filter(None, area.groups())) if area else ""
        return f"{code}***{re.sub('[^0-9]', '', text)[len(code) :][-3:]}"
    if CARD.fullmatch(text) or kind in {PersonalKind.ACCOUNT, PersonalKind.HEALTH_CARD}:
        return f"{'*' * max(len(text) - 4, 4)}{text[-4:] if len(text) >= 10 else ''}"
    if kind is PersonalKind.PLATE:
        return f"{text[:2]}{'*' * max(len(text) - 2, 2)}"
    if kind is PersonalKind.ADDRESS:
        found = _DISTRICT.match(text)
        return f"{found['place'] if found else ''}***"
    if is_personal_name(text):
        return f"{text[0]}○" if len(text) == 2 else f"{text[0]}{'○' * (len(text) - 2)}{text[-1]}"
    return _hidden(text)


def _hidden(text: str) -> str:
    return text[0] + "○" * min(len(text) - 1, _LONGEST - 1) if len(text) > 1 else "○"
