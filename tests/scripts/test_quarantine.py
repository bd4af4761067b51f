"""``tuzi quarantine``: rows that were set aside go out, come back mended, and none is lost or doubled."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely

from catalog.quarantine import open_quarantine
from layers.checks.codes import CODES, Action
from layers.features import FeatureQuery
from layers.messages import LANGUAGES
from layers.quarantine import reason_sentence
from scripts.workshop import Workshop
from tests.database import Stores
from tests.scripts.commands import CommandLine

HEADER = ("代號", "名稱", "樓層", "高度", "啟用", "經度", "緯度")
ROWS: tuple[tuple[object, ...], ...] = (
    ("A1", "甲", 3, 9.5, "2020-01-31", 120.61, 24.11),
    ("A2", "乙", "", 7.0, "2021-02-28", 120.62, 24.12),
    ("A3", "丙", 1, "", "", "", ""),
    ("A4", "丁", 2, 6.25, "2022-12-31", "東經", "北緯"),
    ("A5", "戊", 5, 20, "2023-01-01", 120.65, 24.15),
    ("A6", "己,庚", "", 1.5, "2024-02-29", 0, 0),
)


@pytest.fixture
def run(stores: Stores, tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path, stores.configuration(stores.make()))


def write_csv(file: Path, header: Any, rows: Any) -> Path:
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return file


@pytest.fixture
def plates(run: CommandLine) -> CommandLine:
    file = write_csv(run.folder / "plates.csv", HEADER, ROWS)
    run("onboard", file, "--id", "plates", "--agency", "civil:民政局", "--key", "代號", "--title", "門牌")
    return run


def read(file: Path) -> tuple[list[str], list[dict[str, str]]]:
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.DictReader(stream)
        rows = list(reader)
        return list(reader.fieldnames or []), rows


def content(run: CommandLine, layer: str = "plates") -> tuple[list[str], list[str]]:
    """Return the keys of all features and of all quarantined rows."""
    workshop = Workshop(run.config)
    kept = open_quarantine(workshop.catalogue, workshop.holdings, layer)
    features = kept.release.read_features(FeatureQuery(limit=1000))
    return [str(feature.id) for feature in features], [row.properties["代號"] for row in kept.rows]


def mend(file: Path, fixes: dict[str, dict[str, str]], only: set[str] | None = None) -> Path:
    header, rows = read(file)
    sent = [{**row, **fixes.get(row["代號"], {})} for row in rows if only is None or row["代號"] in only]
    return write_csv(file.with_name("mended.csv"), header, [[row[name] for name in header] for row in sent])


def test_rows_are_shown_with_their_reasons(plates: CommandLine) -> None:
    said = plates("quarantine", "show", "plates")
    assert said.count("no usable coordinates") == 3
    assert "代號=A4" in said
    assert "經度=東經" in said
    assert "2 of 3" in plates("quarantine", "show", "plates", 1, "--limit", 2)
    assert "3" in plates("show", "plates")
    assert "no layer ghost" in plates("quarantine", "show", "ghost", code=1)
    assert "no release 7" in plates("quarantine", "show", "plates", 7, code=1)


def test_mended_rows_leave_the_quarantine_and_nothing_else_changes(plates: CommandLine) -> None:
    file = plates.folder / "bad.csv"
    plates("quarantine", "export", "plates", file)
    header, rows = read(file)
    assert header == ["quarantine_id", "quarantine_row", "quarantine_reason", "quarantine_note", *HEADER]
    assert [row["quarantine_row"] for row in rows] == ["3", "4", "6"]
    assert {row["quarantine_reason"] for row in rows} == {"finding_coordinates_missing"}
    assert rows[2]["名稱"] == "己,庚"
    # One is mended, one is still bad, one is not sent back at all.
    mended = mend(file, {"A3": {"經度": "120.63", "緯度": "24.13"}, "A4": {"名稱": "丁丁"}}, {"A3", "A4"})
    said = plates("quarantine", "resubmit", "plates", mended)
    assert "+1 -0 ~0" in said
    assert "2 rows" in said
    assert content(plates) == (["A1", "A2", "A5", "A3"], ["A4", "A6"])
    assert "丁丁" in plates("quarantine", "show", "plates")
    # The same again finds nothing to do, and rows that went in are not in the quarantine any more.
    assert "unchanged" in plates("quarantine", "resubmit", "plates", mended)
    again = mend(file, {"A3": {"經度": "120.63", "緯度": "24.13", "名稱": "再一次"}}, {"A3"})
    assert "are not in the quarantine" in plates("quarantine", "resubmit", "plates", again, code=1)
    plates("quarantine", "export", "plates", file)
    rest = mend(file, {key: {"經度": "120.64", "緯度": "24.14"} for key in ("A4", "A6")})
    plates("quarantine", "resubmit", "plates", rest)
    assert content(plates) == (["A1", "A2", "A5", "A3", "A4", "A6"], [])
    assert "quarantined rows resubmitted" in plates("show", "plates")


def test_the_description_and_the_file_of_the_layer_stay(plates: CommandLine) -> None:
    plates("quarantine", "export", "plates", plates.folder / "bad.csv")
    plates(
        "quarantine", "resubmit", "plates", mend(plates.folder / "bad.csv", {"A3": {"經度": "120.6", "緯度": "24.1"}})
    )
    workshop = Workshop(plates.config)
    entry = open_quarantine(workshop.catalogue, workshop.holdings, "plates").entry
    assert (entry.file.name, entry.title.zh, entry.key) == ("plates.csv", "門牌", "代號")


def test_rows_sent_twice_or_without_their_mark_are_refused(plates: CommandLine) -> None:
    file = plates.folder / "bad.csv"
    plates("quarantine", "export", "plates", file)
    mended = mend(file, {"A3": {"經度": "120.63", "緯度": "24.13"}}, {"A3"})
    lines = mended.read_text(encoding="utf-8").splitlines()
    mended.write_text("\n".join([*lines, lines[1].replace("A3", "A9"), ""]), encoding="utf-8")
    assert "come again" in plates("quarantine", "resubmit", "plates", mended, code=1)
    bare = write_csv(plates.folder / "bare.csv", HEADER, [("A3", "丙", 1, "", "", 120.63, 24.13)])
    assert "quarantine_id" in plates("quarantine", "resubmit", "plates", bare, code=1)
    known = mend(file, {"A3": {"經度": "120.63", "緯度": "24.13", "代號": "A1"}}, {"A3"})
    assert "A1" in plates("quarantine", "resubmit", "plates", known, code=1)
    assert content(plates) == (["A1", "A2", "A5"], ["A3", "A4", "A6"])


def test_a_replacing_delivery_starts_anew_and_others_carry_the_quarantine_on(plates: CommandLine) -> None:
    more = write_csv(plates.folder / "more.csv", HEADER, [("A7", "辛", 1, 1.5, "", 120.6, 24.1)])
    plates("onboard", more, "--id", "plates", "--mode", "append")
    assert content(plates) == (["A1", "A2", "A5", "A7"], ["A3", "A4", "A6"])
    good = write_csv(plates.folder / "good.csv", HEADER, [row for row in ROWS if row[0] in {"A1", "A2", "A5"}])
    plates("onboard", good, "--id", "plates", "--accept-loss")
    assert content(plates) == (["A1", "A2", "A5"], [])


POLYGONS = [
    {"type": "Polygon", "coordinates": [[[120.6, 24.1], [120.7, 24.1], [120.7, 24.2], [120.6, 24.1]]]},
    {"type": "Polygon", "coordinates": [[[120.6, 24.1], [120.6, 24.1], [120.6, 24.1], [120.6, 24.1]]]},
]


@pytest.fixture
def parcels(run: CommandLine) -> CommandLine:
    """A layer of polygons, one of which is but a point."""
    features = [
        {
            "type": "Feature",
            "properties": {"代號": f"P{at}", "公有": at == 1, "日期": "2020-01-31"},
            "geometry": geometry,
        }
        for at, geometry in enumerate([*POLYGONS[:1] * 3, *POLYGONS[1:]])
    ]
    document = {"type": "FeatureCollection", "features": features}
    file = run.folder / "parcels.geojson"
    file.write_text(json.dumps(document), encoding="utf-8")
    manifest = run.folder / "parcels.yml"
    manifest.write_text(
        "agencies: [{id: land, title: 地政局}]\nthemes: [{id: other, title: 其他}]\nlayers:\n"
        f"  - {{id: parcels, file: {file.name}, title: 地籍, agency: land, theme: other, key: 代號}}\n",
        encoding="utf-8",
    )
    run("onboard", manifest)
    return run


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "csv"])
def test_every_format_goes_out_and_comes_back(parcels: CommandLine, suffix: str) -> None:
    assert content(parcels, "parcels") == (["P0", "P1", "P2"], ["P3"])
    file = parcels.folder / f"bad.{suffix}"
    parcels("quarantine", "export", "parcels", file)
    mended = "POLYGON ((120.6 24.1, 120.7 24.1, 120.7 24.2, 120.6 24.1))"
    if suffix == "csv":
        header, (row,) = read(file)
        assert row["geometry_wkt"].startswith("POLYGON")
        write_csv(file, header, [{**row, "geometry_wkt": mended}.values()])
    else:
        meta, _, geometry, columns = pyogrio.raw.read(file)
        assert shapely.from_wkb(geometry)[0].geom_type == "Polygon"
        assert (
            dict(zip(meta["fields"], (column[0] for column in columns), strict=True)).items()
            >= {
                "quarantine_row": 4,
                "quarantine_reason": "finding_geometry_broken",
                "quarantine_note": "the geometry cannot be repaired",
                "代號": "P3",
            }.items()
        )
        pyogrio.raw.write(
            file,
            geometry=shapely.to_wkb(np.array([shapely.from_wkt(mended)], dtype=object)),
            field_data=columns,
            fields=meta["fields"],
            geometry_type="Polygon",
            crs="EPSG:4326",
            driver={"gpkg": "GPKG", "geojson": "GeoJSON"}[suffix],
        )
    assert "+1 -0 ~0" in parcels("quarantine", "resubmit", "parcels", file)
    assert content(parcels, "parcels") == (["P0", "P1", "P2", "P3"], [])


def test_only_known_formats_are_written(plates: CommandLine) -> None:
    assert ".gpkg" in plates("quarantine", "export", "plates", plates.folder / "bad.xlsx", code=1)


def test_every_reason_has_words() -> None:
    for code, kind in CODES.items():
        if kind.action is Action.SET_ASIDE:
            assert all(reason_sentence(code, language) for language in LANGUAGES)
