"""Places found by a part of their name, best first."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.crs import WGS84
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import FeatureStore, Release
from layers.stores.search import fold, fold_all, pair_texts, pairs
from tests.layers.releases import stored

NAMES = (
    "逢甲大學",
    "逢甲夜市",
    "逢甲",
    "國立逢甲高中",
    "臺中火車站",
    "台中公園",
    "新台中",
    "Fengjia Road 12",
    "ＦＥＮＧＪＩＡ　Ｐａｒｋ",
    "中正路一段100號",
    "中正路10號",
    '引號"的店',
    "50% off* (sale) AND NEAR",
    "",
    "   ",
    None,
    "甲逢",
    "逢 甲",
    "𠮷野家",
)
SCHEMA = Schema(
    GeometryType.POINT,
    WGS84,
    (Field("name", FieldType.TEXT), Field("other", FieldType.TEXT), Field("plain", FieldType.TEXT)),
    searchable=("name", "other"),
)


@pytest.fixture(scope="module")
def places(module_store: FeatureStore) -> Release:
    rows = [(shapely.Point(120.6, 24.1), {"name": name, "other": f"別名{n}"}) for n, name in enumerate(NAMES)]
    return stored(module_store, SCHEMA, rows)


def names(places: Release, text: str, limit: int = 10) -> list[str]:
    return [feature.properties["name"] for feature in places.search(text, ("name",), limit)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("逢甲", ["逢甲", "逢甲大學", "逢甲夜市", "國立逢甲高中"]),
        ("逢", ["逢甲", "逢 甲", "逢甲大學", "逢甲夜市", "甲逢", "國立逢甲高中"]),
        ("甲", ["甲逢", "逢甲", "逢 甲", "逢甲大學", "逢甲夜市", "國立逢甲高中"]),
        ("台中", ["台中公園", "臺中火車站", "新台中"]),
        ("臺中", ["台中公園", "臺中火車站", "新台中"]),
        ("fengjia", ["ＦＥＮＧＪＩＡ　Ｐａｒｋ", "Fengjia Road 12"]),
        ("FengJia Park", ["ＦＥＮＧＪＩＡ　Ｐａｒｋ"]),
        ("a P", ["ＦＥＮＧＪＩＡ　Ｐａｒｋ"]),
        ("中正路", ["中正路10號", "中正路一段100號"]),
        ("１０", ["中正路10號", "中正路一段100號"]),
        ('"', ['引號"的店']),
        ('號"的', ['引號"的店']),
        ("% off*", ["50% off* (sale) AND NEAR"]),
        ("and near", ["50% off* (sale) AND NEAR"]),
        ("𠮷", ["𠮷野家"]),
        ("", []),
        ("  ", []),
        ("逢甲大學站", []),
        ("x" * 5000, []),
        ("\0", []),
    ],
)
def test_found_best_first(places: Release, text: str, expected: list[str]) -> None:
    assert names(places, text) == expected


def test_the_limit_keeps_the_best(places: Release) -> None:
    assert names(places, "逢甲", 2) == ["逢甲", "逢甲大學"]
    assert names(places, "甲", 1) == ["甲逢"]


def test_only_the_fields_asked_for(places: Release) -> None:
    assert places.search("別名3", ("name",), 5) == []
    (found,) = places.search("別名3", ("other", "name"), 5)
    assert (found.fid, found.geometry) == (4, shapely.Point(120.6, 24.1))


def test_a_field_without_index_is_searched_too(feature_store: FeatureStore) -> None:
    rows = [(None, {"plain": name}) for name in NAMES]
    release = stored(feature_store, SCHEMA, rows)
    found = [feature.properties["plain"] for feature in release.search("逢甲", ("plain",), 3)]
    assert found == ["逢甲", "逢甲大學", "逢甲夜市"]


@given(
    entries=st.lists(st.text(st.sampled_from("中台正路Aab \"'*^-:()1１"), max_size=6), max_size=12),
    text=st.text(st.sampled_from("中台正路Aab \"'*^-:()1１"), min_size=1, max_size=3),
)
@settings(deadline=None, max_examples=60)
def test_every_part_of_a_name_finds_it(module_store: FeatureStore, entries: list[str], text: str) -> None:
    def plain(value: str) -> str:
        return " ".join(value.replace("１", "1").lower().split())

    release = stored(module_store, SCHEMA, [(None, {"name": entry}) for entry in entries], layer="entries")
    wanted = plain(text)
    matches = [(plain(entry), fid) for fid, entry in enumerate(entries, 1) if wanted and wanted in plain(entry)]
    expected = sorted(
        matches, key=lambda match: (match[0] != wanted, not match[0].startswith(wanted), len(match[0]), match[1])
    )
    assert [feature.fid for feature in release.search(text, ("name",), 50)] == [fid for _, fid in expected]


@given(st.lists(st.text(max_size=12), max_size=8))
def test_names_are_folded_and_cut_alike_one_by_one_and_together(names: list[str]) -> None:
    folded = fold_all(names)
    assert folded == [fold(name) for name in names]
    filled = [name for name in folded if name]
    assert pair_texts(filled) == [" ".join(pairs(name, start=True, end=True)) for name in filled]
