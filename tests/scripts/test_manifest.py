"""``tuzi manifest``: drafts that can be onboarded, a schema that editors can use, a check that says what to write."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result

from catalog.manifest import read_manifest
from catalog.manifest.schema import manifest_schema
from layers.errors import TuziError
from scripts.cli import tuzi as command
from tests.conftest import ROOT, tuzi, write_configuration

STATION = {"type": "Point", "coordinates": [120.685, 24.137]}
GOOD = """
agencies: [{id: civil, title: 民政局}]
themes: [{id: boundaries, title: {zh: 行政界線, en: Boundaries}, position: 10}]
agency: civil
theme: boundaries
crs: 3826
layers:
  - id: districts
    file: districts.geojson
    title: 行政區界
    key: code
    search: [name]
    fields: {name: {zh: 名稱, en: Name, unit: "-"}, code: 代碼}
    joins: [{file: population.csv, key: code, to: code, fields: {people: 人口數}}]
    personal: {columns: {owner: drop}, geomask: {radius: 200, seed: 7}}
    update: {schedule: "0 3 * * 1", mode: delta, deleted: gone, frequency: weekly, max_loss: 0.1}
    style: {rules: [{name: all, symbols: [{line: {colour: "#000000"}}]}]}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "platform"
    folder.mkdir()
    return write_configuration(folder)


def manifest(config: Path, *arguments: object, language: str = "en") -> Result:
    given = ["--config", str(config), "manifest", *map(str, arguments)]
    return CliRunner().invoke(command, given, env={"TUZI_LANGUAGE": language}, catch_exceptions=False)


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def stations(folder: Path, name: str = "stations.geojson") -> Path:
    features = [
        {"type": "Feature", "properties": {"station_code": f"T{at}", "站名": "臺中"}, "geometry": STATION}
        for at in range(3)
    ]
    return write(folder, name, json.dumps({"type": "FeatureCollection", "features": features}))


def test_a_draft_asks_for_what_it_cannot_know(config: Path, tmp_path: Path) -> None:
    stations(tmp_path)
    draft = manifest(config, "new", tmp_path / "stations.geojson", "-o", tmp_path / "draft.yml", language="zh-TW")
    assert draft.exit_code == 0, draft.output
    text = (tmp_path / "draft.yml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    assert (document["agency"], document["theme"]) == ("TODO", "TODO")
    (layer,) = document["layers"]
    assert (layer["id"], layer["file"], layer["key"]) == ("stations", "stations.geojson", "station_code")
    assert layer["fields"] == {"station_code": {"zh": ""}, "站名": {"zh": ""}}
    assert "# search: [站名]" in text
    assert "# joins:" in text
    assert "文字，有值 100%，例：T0 / T1 / T2" in text
    checked = tuzi(config, "manifest", "check", str(tmp_path / "draft.yml"))
    assert checked.returncode == 1
    assert "agency" in checked.stdout
    write(tmp_path, "draft.yml", text.replace("agency: TODO", "agency: rail").replace("theme: TODO", "theme: traffic"))
    assert [entry.agency for entry in read_manifest(tmp_path / "draft.yml").layers] == ["rail"]


def test_a_draft_never_overwrites_what_was_filled_in(config: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "manifest.yml", "layers: []\n")
    done = tuzi(config, "manifest", "new", str(stations(tmp_path)), "-o", str(file))
    assert done.returncode == 1
    assert "manifest.yml" in done.stderr
    assert file.read_text(encoding="utf-8") == "layers: []\n"


def test_a_draft_names_agencies_that_the_catalogue_knows(config: Path, tmp_path: Path) -> None:
    good = stations(tmp_path)
    assert tuzi(config, "onboard", str(good), "--agency", "rail:鐵路局").returncode == 0
    assert "rail 鐵路局" in manifest(config, "new", good).output


def test_every_layer_of_a_file_gets_its_entry(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "both"
    folder.mkdir()
    stations(folder, "公園.geojson")
    stations(folder, "roads.geojson")
    archive = Path(shutil.make_archive(str(tmp_path / "delivery"), "zip", folder))
    layers = yaml.safe_load(manifest(config, "new", archive).output)["layers"]
    assert {layer["source_layer"] for layer in layers} == {"公園", "roads"}
    assert len({layer["id"] for layer in layers}) == 2


def test_what_the_delivery_writes_stays_in_comments_and_texts(config: Path, tmp_path: Path) -> None:
    hostile = {
        "a: b\n- c": "x\ny: !!python/object 1",
        "# no comment": "]}\u2028z: 1",
        "'\"": "\x00\x07",
        "yes": "no",
        "{": "\u0085q: 2",
    }
    feature = {"type": "Feature", "properties": hostile, "geometry": STATION}
    file = write(tmp_path, "x.geojson", json.dumps({"type": "FeatureCollection", "features": [feature]}))
    draft = manifest(config, "new", file, "--agency", "a:甲", "--theme", "t:乙", "-o", tmp_path / "m.yml")
    assert draft.exit_code == 0
    document = yaml.safe_load((tmp_path / "m.yml").read_text(encoding="utf-8"))
    assert document.keys() == {"agency", "theme", "licence", "agencies", "themes", "layers"}
    assert len(document["layers"][0]["fields"]) == 5
    assert read_manifest(tmp_path / "m.yml").layers[0].id == "x"


def test_personal_columns_come_with_a_proposal(config: Path, tmp_path: Path) -> None:
    text = "id,姓名,身分證字號,lon,lat\n1,王大明,A123456789,120.68,24.13\n2,陳美玲,B123456780,120.69,24.14\n"
    draft = manifest(config, "new", write(tmp_path, "people.csv", text)).output
    (layer,) = yaml.safe_load(draft)["layers"]
    assert layer["personal"]["columns"] == {"姓名": "mask", "身分證字號": "drop"}
    assert "王大明" not in draft
    assert "A123456789" not in draft


@pytest.mark.data
@pytest.mark.slow
def test_a_draft_of_real_files_is_onboarded_as_it_is(config: Path, tmp_path: Path, real_data: Path) -> None:
    names = [
        "admin/tainan_village_big5_TM2TWD97.shp.zip",
        "derived/taichung_zoning_L0308_twd97.dxf",
        "realtime/taichung_ibike_2019.kml",
        "poi/taiwan_schools_big5.csv",
        "terrain/dem5m_nantou_renai_TM2TWD97_f64.tif",
    ]
    file = tmp_path / "draft.yml"
    files = [real_data / name for name in names]
    assert manifest(config, "new", *files, "--agency", "a:甲", "--theme", "t:乙", "-o", file).exit_code == 0
    assert manifest(config, "check", file).exit_code == 0
    done = tuzi(config, "onboard", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(json.loads(tuzi(config, "list", "--json").stdout)) == len(names)


def schema_accepts(document: Any) -> bool:
    schema = manifest_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return not list(jsonschema.Draft202012Validator(schema).iter_errors(document))


def test_the_command_prints_the_schema(config: Path) -> None:
    assert json.loads(manifest(config, "schema").output) == manifest_schema()


def test_the_schema_takes_our_manifests() -> None:
    assert schema_accepts(yaml.safe_load(GOOD))
    assert schema_accepts(yaml.safe_load((ROOT / "tests/system/taiwan.yml").read_text(encoding="utf-8")))
    examples = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/manifest.md").read_text(encoding="utf-8"), re.DOTALL)
    whole = [example for example in examples if "\nlayers:" in f"\n{example}"]
    assert whole
    for example in whole:
        assert schema_accepts(yaml.safe_load(example)), example


def test_every_key_of_a_layer_is_described_in_the_schema() -> None:
    definitions = manifest_schema()["$defs"]
    for name in ("LayerEntry", "UpdateEntry", "PersonalEntry", "JoinEntry", "AgencyEntry", "BasemapEntry"):
        for key, described in definitions[name]["properties"].items():
            assert described.get("description"), f"{name}.{key}"


BAD = [
    ("crs: 3826", "crs: [3826]"),
    ("mode: delta", "mode: sideways"),
    ("max_loss: 0.1", "max_loss: 7"),
    ("radius: 200", "radius: -1"),
    ("owner: drop", "owner: sell"),
    ("    key: code\n", "    kye: code\n"),
    ("id: districts", "id: Districts!"),
    ("    title: 行政區界\n", ""),
    ("search: [name]", "search: {name: 1}"),
    ("position: 10", "position: ten"),
]


@pytest.mark.parametrize(("good", "bad"), BAD, ids=[bad.strip() or "no title" for _, bad in BAD])
def test_schema_and_reader_refuse_the_same(tmp_path: Path, good: str, bad: str) -> None:
    assert GOOD.count(good) == 1
    text = GOOD.replace(good, bad)
    assert not schema_accepts(yaml.safe_load(text))
    with pytest.raises(TuziError):
        read_manifest(write(tmp_path, "m.yml", text))


SAID = [
    ("    key: code\n", "    kye: code\n", ("districts", "kye", "key")),
    ("mode: delta", "mode: sideways", ("districts", "update.mode", "sideways", "'replace', 'append' or 'delta'")),
    ("max_loss: 0.1", "max_loss: 7", ("districts", "update.max_loss", "≤ 1")),
    ("id: districts", "id: Districts!", ("Districts!", "lower-case")),
    ("    title: 行政區界\n", "", ("districts", "title", "needed")),
    ("crs: 3826", "crs: EPSG:999999", ("districts", "crs", "EPSG:3826")),
    ('schedule: "0 3 * * 1"', "schedule: weekly", ("districts", "update.schedule")),
    ("radius: 200", "radius: far", ("districts", "personal.geomask.radius", "number")),
    ("position: 10", "position: ten", ("boundaries", "position", "whole number")),
    ("themes:", "thems:", ("thems",)),
]


@pytest.mark.parametrize(("good", "bad", "parts"), SAID, ids=[bad.strip() or "no title" for _, bad, _ in SAID])
def test_the_check_names_file_layer_key_and_what_to_write(
    config: Path, tmp_path: Path, good: str, bad: str, parts: tuple[str, ...]
) -> None:
    done = manifest(config, "check", write(tmp_path, "m.yml", GOOD.replace(good, bad)))
    assert done.exit_code == 1
    for part in ("m.yml", *parts):
        assert part in done.output


def test_the_check_speaks_both_languages(config: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "m.yml", GOOD.replace("crs: 3826", "crs: EPSG:999999").replace("key: code\n", "kye: code\n"))
    chinese, english = (manifest(config, "check", file, language=language).output for language in ("zh-TW", "en"))
    assert "是否為 key" in chinese
    assert "did you mean key" in english
    assert not re.search(r"[\u4e00-\u9fff]", english.replace("districts", ""))


def test_the_check_finds_files_that_are_not_there_and_ids_given_twice(config: Path, tmp_path: Path) -> None:
    entry = "  - {id: a, file: nothing.shp, title: A, agency: x, theme: y}\n"
    file = write(tmp_path, "m.yml", f"layers:\n{entry}{entry}")
    done = manifest(config, "check", file)
    assert done.exit_code == 1
    assert "nothing.shp" in done.output
    assert "another layer has the same id" in done.output
    # Neither the agency nor the theme is known to anybody.
    assert "The agency x is not known" in done.output


def test_the_check_takes_folders_and_reads_no_data(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    write(folder, "good.yml", GOOD)
    write(folder, "districts.geojson", "this is no map data at all")
    write(folder, "population.csv", "neither is this")
    write(folder, "style.yml", "rules: []\n")
    done = manifest(config, "check", folder)
    assert done.exit_code == 0, done.output
    assert "good.yml is good." in done.output
    assert not (config.parent / "data").exists()
