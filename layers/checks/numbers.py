"""Numbers as agencies write them into text, and the values that stand for "no data"."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(
    r"(?:約\s*|\+|-|[$＄]\s*)?(?:[1-9]\d{0,2}(?:,\d{3})+|0|[1-9]\d*)?(?:\.\d+)?(?<=\d)(?:[eE][+-]?\d{1,3})?"
    r"\s*(?:km2|km|cm|mm|m2|m3|m|ha|kg|t|ppm|%|°C|㎡|㎥|㎞|公尺|公里|公分|公頃|公噸|公斤|平方公尺|平方公里|立方公尺|坪|元|千元|萬元"
    r"|人|戶|次|輛|件|個|處|棟|座|株|盞|歲|度)?"
)
_CODE = re.compile(
    r"代碼|代號|編號|編碼|號碼|電話|傳真|手機|統編|郵遞|門牌|code|phone|^tel$|^fax$|zip|postcode|_?id$|^no$",
    re.IGNORECASE,
)
"""Names of columns whose digits are no quantities: nobody adds up telephone numbers."""
BEGINNINGS = "0123456789+-.０１２３４５６７８９＋－．約$＄"
"""What a number begins with."""

NUMERIC_SENTINELS = frozenset({-9, -99, -999, -9999, -99999, -32768, 999, 9999, 99999, 999999, -99.9, -999.9})
WORDS = frozenset(
    {
        "N/A",
        "n/a",
        "#N/A",
        "NULL",
        "null",
        "Null",
        "<Null>",
        "None",
        "none",
        "nan",
        "NaN",
        "NAN",
        "無",
        "無資料",
        "不詳",
    }
    | {"查無資料", "未提供", "-", "--", "---", "－", "—", "──", "x", "X", "#VALUE!", "#REF!", "#DIV/0!"}
)
WRITTEN_SENTINELS = frozenset(f"{number:g}" for number in NUMERIC_SENTINELS) | {
    "-99.0",
    "-999.0",
    "-9999.0",
    "-99.00",
    "-999.00",
}


def is_code(name: str) -> bool:
    """Tell whether a field's name says that its digits are no quantities."""
    return bool(_CODE.search(name))


def is_number(text: str) -> bool:
    """Tell whether a text is a number: with thousands commas, a unit, or full-width digits; no code such as 007."""
    if _NUMBER.fullmatch(text):
        return True
    return not text.isascii() and bool(_NUMBER.fullmatch(unicodedata.normalize("NFKC", text)))


def stands_apart(sentinel: float, lowest: float, highest: float) -> bool:
    """Tell whether a number lies so far from all others that it is none of their kind."""
    return lowest > sentinel / 2 if sentinel < 0 else highest < sentinel / 2
