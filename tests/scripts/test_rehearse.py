"""``tuzi rehearse`` changes nothing, says everything, and its page may be sent to anybody."""

from __future__ import annotations

import hashlib
import html.parser
import json
import re
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from scripts.cli import tuzi as command
from tests.conftest import tuzi, write_configuration

STATION = {"type": "Point", "coordinates": [120.685, 24.137]}
PERSON = "id,姓名,身分證字號,lon,lat\n1,王大明,A123456789,120.68,24.13\n2,陳美玲,B123456780,120.69,24.14\n"
HOSTILE = "<script>alert('x')</script>\"&"


def collection(*features: tuple[Mapping[str, Any], Any]) -> str:
    listed = [{"type": "Feature", "properties": dict(given), "geometry": shape} for given, shape in features]
    return json.dumps({"type": "FeatureCollection", "features": listed}, ensure_ascii=False)


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def rehearse(config: Path, *arguments: object, language: str = "en") -> Result:
    environment = {"TUZI_LANGUAGE": language, "COLUMNS": "200"}
    given = ["--config", str(config), "rehearse", *map(str, arguments)]
    return CliRunner().invoke(command, given, env=environment, catch_exceptions=False)


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
        for file in sorted(folder.rglob("*"))
    }


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "platform"
    folder.mkdir()
    return write_configuration(folder)


@pytest.fixture
def station(tmp_path: Path) -> Path:
    return write(tmp_path, "station.geojson", collection(({"name": "臺中車站"}, STATION)))


def test_it_works_where_there_is_no_catalogue_and_makes_none(config: Path, station: Path) -> None:
    done = rehearse(config, station)
    assert done.exit_code == 0, done.output
    assert [file.name for file in config.parent.iterdir()] == ["config.yml"]


@pytest.mark.slow
@pytest.mark.parametrize("leftovers", [False, True], ids=["closed", "with what a crash leaves"])
def test_it_changes_no_byte_of_the_data_folder(config: Path, station: Path, leftovers: bool) -> None:
    assert tuzi(config, "onboard", str(station), "--agency", "rail:鐵路局").returncode == 0
    data = config.parent / "data"
    if leftovers:
        _leave_a_log(data)
    before = fingerprint(data)
    assert before
    manifest = write(
        station.parent,
        "manifest.yml",
        "agencies: [{id: civil, title: 民政局}]\ntheme: other\n"
        "layers:\n  - {id: station, file: station.geojson, title: 車站, agency: civil}\n"
        "  - {id: another, file: station.geojson, title: 車站, agency: civil}\n",
    )
    done = rehearse(config, manifest, "--json")
    assert fingerprint(data) == before
    # The catalogue was asked all the same: the first id belongs to another agency.
    document = json.loads(done.stdout)
    assert [page["outlook"] for page in document["rehearsals"]] == ["refused", "published"]
    assert "鐵路局" in document["rehearsals"][0]["verdict"]
    assert done.exit_code == 1


def _leave_a_log(data: Path) -> None:
    """Leave the write-ahead log of an open database beside it, as a process does that is killed."""
    catalogue = next(data.glob("*.db"), None) or next(data.glob("*.sqlite*"))
    connection = sqlite3.connect(catalogue)
    connection.execute("CREATE TABLE left_over (n)")
    connection.commit()
    log = Path(f"{catalogue}-wal")
    kept = log.read_bytes()
    whole = catalogue.read_bytes()
    connection.close()
    catalogue.write_bytes(whole)
    log.write_bytes(kept)


def test_the_exit_code_tells_good_from_bad(config: Path, tmp_path: Path, station: Path) -> None:
    assert rehearse(config, station).exit_code == 0
    broken = write(tmp_path, "broken.geojson", "{")
    done = rehearse(config, station, broken)
    assert done.exit_code == 1
    assert "broken.geojson" in done.output
    assert "2 in all: 1 can be published, 1 cannot." in done.output


def test_a_page_is_no_wider_than_100_columns(config: Path, tmp_path: Path) -> None:
    fields = {f"欄位名稱很長的欄位{number}": "很長的值" * 20 for number in range(40)}
    file = write(tmp_path, "wide.geojson", collection((fields, STATION), ({"a": 1}, None)))
    output = rehearse(config, file, language="zh-TW").output
    widths = [sum(2 if ord(character) > 0x2E80 else 1 for character in line) for line in output.splitlines()]
    assert max(widths) <= 100
    assert "上架" in output
    assert "\x1b[" not in output


def test_json_says_all_in_keys_that_do_not_change(config: Path, tmp_path: Path) -> None:
    bowtie = {
        "type": "Polygon",
        "coordinates": [[[120.6, 24.1], [120.7, 24.2], [120.7, 24.1], [120.6, 24.2], [120.6, 24.1]]],
    }
    file = write(tmp_path, "plots.geojson", collection(({"code": "a", "n": 3}, bowtie)))
    document = json.loads(rehearse(config, file, "--json").stdout)
    assert document.keys() == {"count", "refused", "rehearsals"}
    (page,) = document["rehearsals"]
    assert page.keys() == {
        "title", "file", "size", "outlook", "verdict", "format", "kind", "layers", "source_layer", "rows", "kept",
        "quarantined", "geometries", "geometry_type", "encoding", "crs", "crs_presumed", "stored_crs", "extent",
        "extent_tm2", "tm2", "fields", "findings", "forecast",
    }  # fmt: skip
    assert page["geometries"] == {"POLYGON": 1}
    assert page["outlook"] == "repaired"
    assert page["extent"] == pytest.approx([120.6, 24.1, 120.7, 24.2])
    finding = next(finding for finding in page["findings"] if "self_intersection" in finding["code"])
    assert finding.keys() == {
        "number",
        "code",
        "severity",
        "field",
        "count",
        "sentence",
        "action",
        "examples",
        "places",
    }
    assert (finding["severity"], finding["count"], finding["examples"][0]["row"]) == ("warning", 1, 1)
    assert finding["places"] == [pytest.approx([120.65, 24.15])]
    assert page["fields"][0]["name"] == "code"
    assert set(page["forecast"]) == {"linkable", "downloadable", "structure", "encoding_match", "desc_match", "csv"}


def test_the_options_of_onboarding_are_those_of_the_rehearsal(config: Path, tmp_path: Path) -> None:
    text = "站名,東,北\n臺中車站,217900,2670400\n"
    file = tmp_path / "stations.csv"
    file.write_bytes(text.encode("cp950"))
    assert rehearse(config, file).exit_code == 1
    options = ("--x", "東", "--y", "北", "--crs", "3826", "--encoding", "big5", "--key", "站名", "--json")
    done = rehearse(config, file, *options)
    assert done.exit_code == 0, done.output
    (page,) = json.loads(done.stdout)["rehearsals"]
    assert (page["crs"], page["encoding"], page["rows"]) == ("EPSG:3826", "cp950", 1)
    assert page["fields"][0]["samples"] == ["臺中車站"]


def test_a_wrong_option_is_one_sentence(config: Path, station: Path) -> None:
    done = tuzi(config, "rehearse", str(station), "--crs", "EPSG:99999999")
    assert done.returncode == 1
    assert "--crs" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_layer_of_a_file_gets_its_page(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "both"
    write(folder, "parks.geojson", collection(({"name": "公園"}, STATION)))
    write(folder, "roads.geojson", collection(({"name": "道路"}, STATION)))
    archive = Path(shutil.make_archive(str(tmp_path / "delivery"), "zip", folder))
    document = json.loads(rehearse(config, archive, "--json").stdout)
    assert {page["source_layer"] for page in document["rehearsals"]} == {"parks", "roads"}
    assert {len(page["layers"]) for page in document["rehearsals"]} == {2}
    (one,) = json.loads(rehearse(config, archive, "--layer", "roads", "--json").stdout)["rehearsals"]
    assert one["fields"][0]["samples"] == ["道路"]


def test_a_folder_is_its_manifests_or_its_files(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    write(folder, "a.geojson", collection(({"n": 1}, STATION)))
    write(folder, "deeper/b.geojson", collection(({"n": 2}, STATION)))
    write(folder, "notes.docx", "not for us")
    write(folder, "__MACOSX/._a.geojson", "decoy")
    assert json.loads(rehearse(config, folder, "--json").stdout)["count"] == 2
    write(
        folder,
        "manifest.yml",
        "agencies: [{id: civil, title: 民政局}]\nthemes: [{id: t, title: 主題}]\nagency: civil\ntheme: t\n"
        "layers:\n  - {id: a, file: a.geojson, title: 甲, title_field: nothing}\n",
    )
    done = rehearse(config, folder, "--json")
    (page,) = json.loads(done.stdout)["rehearsals"]
    assert (page["title"], page["outlook"]) == ("甲", "refused")
    assert "nothing" in page["verdict"]


def test_a_broken_manifest_does_not_stop_the_others(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    write(folder, "a.geojson", collection(({"n": 1}, STATION)))
    write(
        folder, "agencies.yml", "agencies: [{id: civil, title: 民政局}]\nthemes: [{id: t, title: 主題}]\nlayers: []\n"
    )
    write(folder, "b.yml", "layers:\n  - {id: a, file: a.geojson, title: 甲, agency: civil, theme: t}\n")
    write(folder, "c.yml", "layers:\n  - {id: C!}\n")
    done = tuzi(config, "rehearse", str(folder), "--json")
    assert [page["outlook"] for page in json.loads(done.stdout)["rehearsals"]] == ["published"]
    assert "c.yml" in done.stderr
    assert done.returncode == 1


def test_a_folder_without_deliveries_says_so(config: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = tuzi(config, "rehearse", str(tmp_path / "empty"))
    assert done.returncode == 1
    assert "empty" in done.stderr


class Page(html.parser.HTMLParser):
    """What a browser would see of a page: its elements, and everything it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.fetched: list[str] = []
        self.events: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href", "data"}]
        self.events += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(config: Path, *arguments: object, language: str = "zh-TW") -> str:
    file = config.parent / "report.html"
    rehearse(config, *arguments, "--html", file, "--language", language)
    return file.read_text(encoding="utf-8")


def test_the_page_is_one_file_that_fetches_nothing(config: Path, station: Path) -> None:
    text = page_of(config, station)
    page = Page(text)
    assert page.fetched == []
    assert not {"script", "iframe", "object", "link", "img", "base", "form"} & set(page.elements)
    assert not re.search(r"url\(|@import|https?://", text)
    assert 'lang="zh-Hant-TW"' in text
    assert "可以上架" in page.text
    assert "svg" in page.elements


@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_names_and_values_stay_text(config: Path, tmp_path: Path, language: str) -> None:
    properties = {f"field{HOSTILE}": HOSTILE, "</style>": "</svg><b onclick=1>", "key": HOSTILE}
    text = collection((properties, STATION), ({**properties, "key": HOSTILE}, STATION))
    file = write(tmp_path, "<img src=x onerror=1>&.geojson", text)
    manifest = write(
        tmp_path,
        "m.yml",
        "agencies: [{id: a, title: A}]\nthemes: [{id: t, title: T}]\nlayers:\n"
        f"  - {{id: x, agency: a, theme: t, file: {json.dumps(file.name)}, key: key, title: {json.dumps(HOSTILE)}}}\n",
    )
    plain = Page(page_of(config, write(tmp_path, "plain.geojson", collection(({"n": 1}, STATION))), language=language))
    page = Page(page_of(config, manifest, language=language))
    assert HOSTILE in page.text
    assert page.events == []
    assert set(page.elements) - set(plain.elements) <= {
        "ul",
        "ol",
        "li",
        "span",
        "b",
        "code",
        "small",
        "text",
        "g",
        "circle",
        "path",
    }
    assert "script" not in page.elements
    assert "img" not in page.elements


def test_no_report_shows_who_somebody_is(config: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "people.csv", PERSON)
    for output in (rehearse(config, file).output, rehearse(config, file, "--json").output, page_of(config, file)):
        for secret in ("王大明", "陳美玲", "A123456789", "B123456780"):
            assert secret not in output
    assert rehearse(config, file).exit_code == 1


def test_a_report_of_several_has_a_summary_with_ways_to_each(config: Path, tmp_path: Path, station: Path) -> None:
    broken = write(tmp_path, "broken.geojson", "{")
    page = Page(page_of(config, station, broken))
    assert page.fetched == ["#d1", "#d2"]
    assert "共 2 項：可上架 1 項，無法上架 1 項。" in page.text


@pytest.mark.data
@pytest.mark.slow
def test_rehearsing_says_what_onboarding_will_say(config: Path, tmp_path: Path, real_data: Path) -> None:
    """Through both commands: the findings that `tuzi rehearse` foretells are those of the release."""
    names = [
        "admin/tainan_village_big5_TM2TWD97.shp.zip",
        "transport/taichung_road_construction_redacted.json",
        "realtime/cwa_O-A0001-001_2026-07-02.json",
        "hazard/ncdr_typhoon_2025_danas.kmz",
        "poi/taiwan_schools_big5.csv",
    ]
    lines = [f"  - {{id: l{at}, file: {real_data / name}, title: T{at}}}" for at, name in enumerate(names)]
    head = "agencies: [{id: a, title: 甲}]\nthemes: [{id: t, title: 乙}]\nagency: a\ntheme: t\nlayers:\n"
    manifest = write(tmp_path, "real.yml", head + "\n".join(lines) + "\n")
    pages = json.loads(rehearse(config, manifest, "--json").stdout)["rehearsals"]
    tuzi(config, "onboard", str(manifest))
    reports = _reports(config)
    published = {f"l{at}" for at, page in enumerate(pages) if page["outlook"] != "refused"}
    assert published == reports.keys()
    for at, page in enumerate(pages):
        if report := reports.get(f"l{at}"):
            assert (page["rows"], page["kept"], page["quarantined"]) == (
                report["rows"], report["kept"], report["quarantined"],
            )  # fmt: skip
            foretold = [(finding["code"], finding["severity"], finding["count"]) for finding in page["findings"]]
            assert foretold == [(f["code"], f["severity"], f["count"]) for f in report["findings"]]


def _reports(config: Path) -> dict[str, Any]:
    catalogue = next(file for file in (config.parent / "data").iterdir() if file.suffix in {".db", ".sqlite"})
    connection = sqlite3.connect(catalogue)
    rows = connection.execute("SELECT layer_id, report FROM release WHERE report IS NOT NULL").fetchall()
    connection.close()
    return {layer: json.loads(report) for layer, report in rows}


@pytest.mark.slow
def test_additions_are_rehearsed_against_the_release_they_are_added_to(config: Path, tmp_path: Path) -> None:
    first = [({"code": code}, STATION) for code in ("a", "b")]
    write(tmp_path, "stations.geojson", collection(*first))
    head = "agencies: [{id: a, title: 甲}]\nthemes: [{id: t, title: 乙}]\nagency: a\ntheme: t\nlayers:\n"
    entry = "  - {id: stations, file: stations.geojson, title: 車站, key: code, update: {mode: append}}\n"
    manifest = write(tmp_path, "m.yml", head + entry)
    assert tuzi(config, "onboard", str(manifest)).returncode == 0
    write(tmp_path, "stations.geojson", collection(({"code": "b"}, STATION)))
    refused = rehearse(config, manifest, "--json", language="zh-TW")
    said = tuzi(config, "onboard", str(manifest))
    assert (refused.exit_code, said.returncode) == (1, 1)
    (page,) = json.loads(refused.stdout)["rehearsals"]
    errors = [finding["sentence"] for finding in page["findings"] if finding["severity"] == "error"]
    assert errors
    for error in errors:
        assert error in " ".join(said.stdout.split())
    write(tmp_path, "stations.geojson", collection(({"code": "c"}, STATION)))
    assert rehearse(config, manifest).exit_code == 0
    assert tuzi(config, "onboard", str(manifest)).returncode == 0
