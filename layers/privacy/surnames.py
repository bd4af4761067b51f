"""Values that look like Chinese personal names: one of the commonest surnames and one to three more characters."""

from __future__ import annotations

import re

COMMONEST = frozenset("陳林黃張李王吳劉蔡楊")
"""The ten surnames that half of all people in Taiwan bear (內政部, 全國姓名統計分析)."""
_SINGLE = frozenset(
    "陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾彭游詹胡施沈余盧梁趙顏柯翁魏孫戴范方宋鄧杜"
    "傅侯曹薛丁卓馬阮董溫唐藍石蔣古紀姚連馮歐程湯黎田康姜汪白鄒尤巫鐘涂龔嚴韓袁金童陸夏柳凃邵錢伍倪溫于譚駱熊任甘秦"
    "顧毛章史官萬俞雷粘饒張闕凌崔尹孔辛武辜陶段龍韋葛池孟褚殷麥賀賈莫文管關向包丘梅華利裴樊房全佘左花魯安鮑郝穆塗邢"
    "蒲成谷常閻練盛鄔耿聶符申祝繆項岳喻齊宮牛畢單季符佟喬鍋冉苗臧師敖應衛蘭時游岑尚封寇邰明蔺"
)
_DOUBLE = frozenset(
    {"歐陽", "司馬", "諸葛", "上官", "司徒", "張簡", "范姜", "江謝", "陳林", "夏侯", "皇甫", "尉遲", "公孫", "端木"}
)
_CHARACTERS = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff\ue000-\uf8ff]{2,4}")
"""User-defined characters (造字) are for names more than for anything else; a masked name (王○明) is nobody's."""
_NO_NAME = re.compile(
    "[里村鄰區鄉鎮市縣路街巷段號樓室山溪河川橋站廟寺宮祠園校店局所院處隊社會館場廠庫池埔寮厝坑崙墩圳港灣島湖潭嶺峰岩堂府署部組"
    "科課班級線道口門東西南北側旁前後右左公司國中小學幼廳殿埤洞崁埕嶼鼻漁農工商銀醫藥診]$"
    "|公司|國小|國中|高中|大學|公園|用地|道路|計畫|醫院|診所|藥局|銀行|農會|漁會|商店|門市|大樓|社區|中心|活動|服務|管理|管委"
)


def is_personal_name(value: str) -> bool:
    """Tell whether a value could be the name of a person, not of a place or a company."""
    value = value.strip()
    if not _CHARACTERS.fullmatch(value) or _NO_NAME.search(value):
        return False
    return (
        (value[0] in _SINGLE and len(value) <= 3) or value[:2] in _DOUBLE or (value[0] in _SINGLE and len(value) == 4)
    )


def are_personal_names(values: set[str]) -> bool:
    """Tell whether the differing values of a column are names of persons, whatever the column is called.

    Nearly all look like one, most have three characters, and the common surnames are as common as they are among
    people: names of places begin with such characters as well, but not in these shares.
    """
    names = [value for value in values if is_personal_name(value)]
    if len(names) < 5 or len(names) < 0.8 * len(values):
        return False
    three = sum(len(name) == 3 for name in names)
    common = sum(name[0] in COMMONEST for name in names)
    return three >= 0.6 * len(names) and common >= 0.25 * len(names)
