"""Deliveries with one thing wrong with their text or their attributes each: one for every code."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from shapely import Point

from layers.plan import FieldDefinition
from tests.layers.dbf import DbfField, write_shapefile
from tests.layers.deliveries import TAICHUNG, TAICHUNG_TM2, Delivery, write_vector

X, Y = TAICHUNG_TM2
LON, LAT = TAICHUNG
BIG5 = "cp950"
NAMES = ["許功里", "臺中里", "犁頭店", "豐原里"]


def csv_bytes(header: str, rows: Sequence[str], encoding: str = "utf-8") -> bytes:
    lines = [f"{header},經度,緯度", *(f"{row},{LON + at / 1000},{LAT}" for at, row in enumerate(rows))]
    return "".join(f"{line}\r\n" for line in lines).encode(encoding)


def sent(folder: Path, content: bytes, **plan: Any) -> Delivery:
    file = folder / "sent.csv"
    file.write_bytes(content)
    return Delivery(folder, file, **plan)


def column(folder: Path, name: str, values: Sequence[str], **plan: Any) -> Delivery:
    """Take in a table with one column beside its coordinates."""
    return sent(folder, csv_bytes(name, values), **plan)


def shapefile(
    folder: Path,
    names: Sequence[str] = NAMES,
    encoding: str = BIG5,
    driver: int = 0x4F,
    cpg: str | None = None,
    fields: Sequence[DbfField] = ((b"NAME", "C", 20),),
    **plan: Any,
) -> Delivery:
    """Take in a shapefile whose first column holds these names, and others nothing."""
    rows = [[name.encode(encoding), *([b""] * (len(fields) - 1))] for name in names]
    return Delivery(folder, write_shapefile(folder / "parts", fields, rows, driver, cpg), **plan)


def user_defined(folder: Path) -> Delivery:
    # 0xFA40: private in code page 950, U+20547 in HKSCS.
    return sent(folder, csv_bytes("里名", NAMES, BIG5).replace("許".encode(BIG5), b"\xfa\x40"))


def binary_field(folder: Path) -> Delivery:
    file = write_vector(folder / "sent.gpkg", [Point(X, Y)], {"名": ["甲"]}, driver="GPKG")
    with closing(sqlite3.connect(file)) as database:
        database.execute("ALTER TABLE sent ADD COLUMN 照片 BLOB")
        database.commit()
    return Delivery(folder, file)


ENCODING: Mapping[str, Callable[[Path], Delivery]] = {
    "finding_encoding": lambda folder: shapefile(folder),
    "finding_encoding_wrong": lambda folder: shapefile(folder, cpg="UTF-8"),
    "finding_encoding_undeclared": lambda folder: shapefile(folder, driver=0),
    "finding_encoding_lossy": user_defined,
    "finding_encoding_mark": lambda folder: sent(folder, csv_bytes("里名", NAMES, "utf-8-sig")),
    # Nine bytes are four characters of Big5 and half of the fifth.
    "finding_characters_cut": lambda folder: shapefile(folder, ["臺中市西屯區"], fields=((b"NAME", "C", 9),)),
    "finding_characters_user_defined": user_defined,
    "finding_characters_lookalike": user_defined,
    "finding_text_destroyed": lambda folder: column(folder, "里名", ["???", "????", "臺中里"]),
    "finding_text_garbled": lambda folder: column(folder, "里名", ["臺中里".encode(BIG5).decode("latin-1"), "豐原里"]),
    "finding_text_full_width": lambda folder: column(folder, "地址", ["中正路１２３號", "中山路8號"]),
    "finding_text_variants": lambda folder: column(folder, "縣市", ["臺中市", "台中市"]),
}

ATTRIBUTES: Mapping[str, Callable[[Path], Delivery]] = {
    "finding_key_missing": lambda folder: column(folder, "編號", ["A1", ""], key="編號"),
    "finding_key_duplicate": lambda folder: column(folder, "編號", ["A1", "A2", "A1"], key="編號"),
    "finding_key_candidate": lambda folder: column(folder, "路燈編號", ["A1", "A2", "A3", "A4", "A1"]),
    "finding_fields_renamed": lambda folder: column(folder, "fid", ["1"]),
    "finding_fields_dropped": binary_field,
    "finding_rows_ragged": lambda folder: sent(folder, csv_bytes("名", ["甲"]) + f"乙,{LON},{LAT},多\r\n".encode()),
    "finding_rows_blank": lambda folder: sent(folder, csv_bytes("名", ["甲"]) + b",,\r\n\r\n"),
    "finding_headers_missing": lambda folder: column(folder, "", ["甲"]),
    "finding_headers_duplicate": lambda folder: column(folder, "名,名", ["甲,乙"]),
    "finding_columns_blank": lambda folder: column(folder, "名,,", ["甲,,"]),
    "finding_names_cut": lambda folder: shapefile(
        folder, fields=(("使用分區名".encode(BIG5), "C", 20), ("計畫_1".encode(BIG5), "C", 9))
    ),
    "finding_names_restored": lambda folder: column(folder, "C01", ["甲"], fields={"C01": FieldDefinition("里名")}),
    "finding_dictionary_unused": lambda folder: column(folder, "名", ["甲"], fields={"名稱": FieldDefinition("全名")}),
    "finding_dictionary_clash": lambda folder: column(folder, "甲,乙", ["1,2"], fields={"甲": FieldDefinition("乙")}),
    "finding_values_mixed": lambda folder: column(folder, "樓高", ["12.5", "9", "約三層", "8"]),
    "finding_values_cut": lambda folder: shapefile(
        folder, ["臺中市西屯區", "臺中市南屯區", *NAMES[:3]], fields=((b"NAME", "C", 12),)
    ),
    "finding_values_trimmed": lambda folder: column(folder, "名", [" 甲", "乙"]),
    "finding_numbers_as_text": lambda folder: column(folder, "面積", ['"1,234.5"', "12 公尺", "１２"]),
    "finding_dates_roc": lambda folder: column(folder, "核准日期", ["1100421", "1091231"]),
    "finding_dates_impossible": lambda folder: column(folder, "施工日期", ["2024-02-30", "2024-03-01"]),
    "finding_sentinels": lambda folder: column(folder, "氣溫", ["-99", "21.5", "19"]),
    "finding_text_markup": lambda folder: column(folder, "說明", ["<b>公園</b>", "學校"]),
    "finding_text_control": lambda folder: column(folder, "名", ['"甲\n乙"', "丙"]),
    "finding_fields_empty": lambda folder: column(folder, "名,備註", ["甲,", "乙,"]),
    "finding_fields_constant": lambda folder: column(folder, "縣市", ["臺中市", "臺中市"]),
}
