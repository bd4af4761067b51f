"""Kinds of personal data, and the names of columns that promise one."""

from __future__ import annotations

import re
from enum import StrEnum


class PersonalKind(StrEnum):
    """What a column tells about people; the value ends the code of its finding."""

    NATIONAL_ID = "id"
    HEALTH_CARD = "health_card"
    ACCOUNT = "account"
    BIRTH = "birth"
    EMAIL = "email"
    MOBILE = "mobile"
    LANDLINE = "phone"
    PLATE = "plate"
    NAME = "name"
    CASE = "case"
    ADDRESS = "address"


_NAMES: tuple[tuple[PersonalKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            PersonalKind.NATIONAL_ID,
            r"身[分份]證|居留證|統一證號|national_?id|^id_?(?:card|no|number)$|^idno$|^arc_?no$",
        ),
        (PersonalKind.HEALTH_CARD, r"健保(?:卡|號)|nhi_?(?:card|no)|health_?insurance"),
        (PersonalKind.ACCOUNT, r"帳號|帳戶|信用卡|卡號|card_?(?:no|num)|account_?(?:no|num)|^iban$"),
        (PersonalKind.BIRTH, r"出生(?!地|數|率|人|別|序|年$)|生日|誕辰|birth(?!_?(?:place|rate)|s$)|^dob$"),
        (PersonalKind.EMAIL, r"e-?mail|電子郵件|電郵|信箱"),
        (PersonalKind.MOBILE, r"手機|行動電話|mobile|cell_?phone"),
        (PersonalKind.LANDLINE, r"電話|市話|連絡方式|聯絡方式|傳真|phone|^tel(?:_|$)|^fax$"),
        (PersonalKind.PLATE, r"車牌|車號|牌照|(?<!door)(?<!door_)plate_?(?:no|num|id)?$"),
        (
            PersonalKind.NAME,
            r"(?:姓名|所有權人|所有人|負責人|申請人|聯絡人|連絡人|承辦人|代表人|管理人|當事人|使用人|承租人|監護人|屋主|地主|戶長"
            r"|住戶|車主|飼主|患者|病患|家長|死者|owner|applicant|contact(?:_?person)?|full_?name|person_?name|patient_?name"
            r"|contact_?name)(?:_?\d+|名稱)?$",
        ),
        (PersonalKind.ADDRESS, r"地址|住址|門牌(?!號碼?$)|戶籍|居住地|地號|^addr|address"),
    )
)
_CASE_COLUMN = re.compile(
    r"(?:發病|確診|病例|罹病|染疫|收治|個案(?:編|研|號)|研判日|感染日|onset|sick_?date|diagnos|patient|case_?(?:id|no|num|date))"
    r"(?!.*(?:數|率|count|total|rate|地點|醫院))",
    re.IGNORECASE,
)
_CASE_LAYER = re.compile(
    r"登革熱|確診|病例|個案|腸病毒|結核|染疫|疫情|dengue|covid|patients?|(?<![a-z])cases?(?![a-z])", re.IGNORECASE
)
_PERSON_COLUMN = re.compile(r"性別|年齡|年紀|(?<![a-z])(?:sex|gender|age)(?![a-z])", re.IGNORECASE)
_COORDINATES = re.compile(
    r"坐標|座標|經度|緯度|東經|北緯|經緯|coord|latitude|longitude|(?<![a-z])(?:lat|lon|lng|long)(?![a-z])|twd_?(?:97|67)|wgs_?84"
    r"|(?<![a-z])tm_?2|geohash|plus_?code|^[xy]$|[_ ][xy]$|^[xy][_ ]|^position",
    re.IGNORECASE,
)


def named_kind(name: str) -> PersonalKind | None:
    """Return the kind that a column's name promises, or None."""
    return next((kind for kind, pattern in _NAMES if pattern.search(name)), None)


def names_case(name: str) -> bool:
    """Tell whether a column belongs to single cases of a disease: when somebody fell ill, a case's number."""
    return bool(_CASE_COLUMN.search(name))


def names_cases(layer: str) -> bool:
    """Tell whether a layer's name speaks of cases of a disease."""
    return bool(_CASE_LAYER.search(layer))


def describes_person(name: str) -> bool:
    """Tell whether a column describes a single person: sex, age."""
    return bool(_PERSON_COLUMN.search(name))


def names_coordinates(name: str) -> bool:
    """Tell whether a column's name says that it holds coordinates."""
    return bool(_COORDINATES.search(name))
