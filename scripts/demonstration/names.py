"""Names: of roads and streets, numerals, and how lanes are called after where they leave."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_DIGITS = "〇一二三四五六七八九"
_FAMILIAR = [
    "民權",
    "民族",
    "民生",
    "自由",
    "中正",
    "中華",
    "成功",
    "光復",
    "公園",
    "市府",
    "平等",
    "繼光",
    "興中",
    "綠川",
    "柳川",
    "美村",
    "精誠",
    "華美",
    "中美",
    "英才",
    "大墩",
    "東興",
    "大業",
    "大英",
    "惠中",
    "惠文",
    "惠來",
    "朝富",
    "朝馬",
    "青海",
    "漢口",
    "福星",
    "逢甲",
    "寧夏",
    "甘肅",
    "天津",
    "山西",
    "陝西",
    "昌平",
    "興安",
    "梅川",
    "健行",
    "學士",
    "育才",
    "錦南",
    "雙十",
    "力行",
    "精武",
    "旱溪",
    "樂業",
    "東光",
    "十甲",
    "振興",
    "台中",
    "工學",
    "學府",
    "南門",
    "永和",
    "忠孝",
    "仁愛",
    "信義",
    "和平",
    "博愛",
    "新生",
    "建功",
    "復興",
    "長春",
    "大同",
    "永春",
    "永順",
    "豐樂",
    "文昌",
    "軍功",
    "祥順",
    "敦富",
    "敦化",
    "四平",
    "熱河",
    "遼寧",
    "瀋陽",
    "大連",
    "河北",
    "松安",
    "同榮",
    "安順",
    "東英",
    "富貴",
    "富強",
    "旅順",
    "福雅",
    "福順",
    "西平",
    "西安",
    "何厝",
    "大安",
    "大容",
    "大忠",
    "大信",
    "大進",
    "大昌",
    "大觀",
    "向心",
    "保安",
    "保寧",
    "嶺東",
    "工業",
    "忠勇",
    "春社",
    "鎮平",
    "德昌",
    "德富",
    "新平",
    "新光",
    "育賢",
    "育仁",
    "永義",
    "宜昌",
    "宜佳",
    "長億",
    "光興",
    "光明",
    "益民",
    "塗城",
    "爽文",
    "內新",
    "東榮",
    "現岱",
    "瑞城",
    "仁化",
    "草湖",
]
_FIRST = "大中正東南北文武忠孝仁愛信義永福祥瑞豐富華興安康樂和平新春光明德智長青玉金吉昌盛順泰嘉慶成建國學育英雅"
_SECOND = "興安平和福祥順德義信仁愛明光華榮昌盛豐樂美成功學文雅春秋山水泉溪園田林竹松梅蘭英賢達通泰康寧"


def numeral(number: int) -> str:
    """Return 1 to 99 as Taiwan writes them on street signs: 一, 十, 十二, 二十三."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十") + ("" if ones == 0 else _DIGITS[ones])


def name_stems(random: np.random.Generator, taken: set[str]) -> Iterator[str]:
    """Yield two-character names no road of the district has yet: familiar ones first."""
    familiar = [name for name in random.permutation(_FAMILIAR) if name not in taken]
    for name in familiar:
        taken.add(str(name))
        yield str(name)
    pairs = [first + second for first in _FIRST for second in _SECOND if first != second]
    for index in random.permutation(len(pairs)):
        if pairs[index] not in taken:
            taken.add(pairs[index])
            yield pairs[index]


def address(district: str, village: str, road: str, lane: str, alley: str, number: str) -> str:
    """Write an address in the order Taiwan uses."""
    return f"臺中市{district}{village}{road}{lane}{alley}{number}"
