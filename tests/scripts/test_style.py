"""``tuzi style``: foreign styles looked at, written in another form, and given classes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from catalog.snapshot import read_snapshot
from layers.styles.document import parse_style
from layers.styles.sld import read_sld_file
from scripts.workshop import Workshop
from tests.layers.sld_documents import QGIS_ZONING, sld
from tests.scripts.commands import CommandLine, run

__all__ = ["run"]

POINTS = sld(
    "<Rule><Title>大</Title><ogc:Filter><ogc:PropertyIsEqualTo><ogc:PropertyName>等級</ogc:PropertyName>"
    "<ogc:Literal>11</ogc:Literal></ogc:PropertyIsEqualTo></ogc:Filter><PointSymbolizer><Graphic><Mark>"
    "<WellKnownName>circle</WellKnownName><Fill/></Mark></Graphic></PointSymbolizer></Rule>"
)


@pytest.fixture
def shelters(run: CommandLine) -> CommandLine:
    """Onboard points with a text, a whole number and a style that is an SLD file."""
    delivery = run.folder / "delivery"
    delivery.mkdir()
    levels = ("11", "12", "A3", "11", "12")
    rows = [
        f"S{place},所{place},{level},{people},{120.6 + place / 1000},24.1"
        for place, (level, people) in enumerate(zip(levels, (5, 6, 7, 900, 950), strict=True))
    ]
    text = "\n".join(["代號,名稱,等級,人數,經度,緯度", *rows, ""])
    (delivery / "shelters.csv").write_text(text, encoding="utf-8")
    (delivery / "points.sld").write_text(POINTS, encoding="utf-8")
    (delivery / "manifest.yml").write_text(
        "agencies: [{id: fire, title: 消防局}]\nthemes: [{id: safety, title: 安全}]\nlayers:\n"
        "  - {id: shelters, file: shelters.csv, title: 避難所, agency: fire, theme: safety, key: 代號,\n"
        "     style: points.sld}\n",
        encoding="utf-8",
    )
    run("onboard", delivery)
    return run


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_manifest_may_name_an_sld_file(shelters: CommandLine) -> None:
    layer = read_snapshot(Workshop(shelters.config).catalogue).layers["shelters"]
    (rule,) = layer.style.rules
    assert rule.filter == "等級 = 11 OR 等級 = '11'"


def test_check_tells_rule_by_rule(run: CommandLine) -> None:
    moved = QGIS_ZONING.replace('"maxDisplacement">1<', '"maxDisplacement">50<')
    said = run("style", "check", write(run.folder, "zoning.sld", moved), code=1)
    assert "Rule 4\n" in said
    assert "Microsoft JhengHei" in said
    assert "maxDisplacement" in said
    assert "4 rules can be drawn; 2 things" in said
    good = QGIS_ZONING.replace("Microsoft JhengHei", "Noto Sans TC")
    assert "all 4 rules" in run("style", "check", write(run.folder, "good.sld", good))


def test_check_names_fields_that_a_layer_lacks(shelters: CommandLine) -> None:
    file = write(shelters.folder, "points.sld", POINTS)
    assert "all 1 rules" in shelters("style", "check", file, "--layer", "shelters")
    wrong = write(shelters.folder, "wrong.sld", POINTS.replace("等級", "級別"))
    said = shelters("style", "check", wrong, "--layer", "shelters", code=1)
    assert "大\n" in said
    assert "級別" in said
    document = write(shelters.folder, "a.yml", "rules: [{name: a, symbols: [{text: {field: 電話}}]}]")
    assert "電話" in shelters("style", "check", document, "--layer", "shelters", code=1)
    assert "ghost" in shelters("style", "check", file, "--layer", "ghost", code=1)


def test_convert_goes_both_ways(shelters: CommandLine) -> None:
    file = write(shelters.folder, "points.sld", POINTS)
    target = shelters.folder / "points.yml"
    shelters("style", "convert", file, "--to", "yaml", "--layer", "shelters", "--output", target)
    style = parse_style(yaml.safe_load(target.read_text(encoding="utf-8")))
    assert style.rules[0].filter == "等級 = '11'"
    again = shelters.folder / "again.sld"
    shelters("style", "convert", target, "--to", "sld", "-o", again)
    back = shelters("style", "convert", again, "--to", "yaml", "--layer", "shelters")
    assert parse_style(yaml.safe_load(back)) == style
    heat = write(shelters.folder, "heat.yml", "heatmap: {}\nrules: [{name: a, symbols: [{fill: {colour: '#112233'}}]}]")
    assert "cannot be said in SLD" in shelters("style", "convert", heat, "--to", "sld", "-o", again)
    assert [rule.name for rule in read_sld_file(again).style.rules] == ["a"]


def test_classify_fills_in_what_depends_on_values(shelters: CommandLine) -> None:
    short = "graduated: {field: 人數, symbol: mark, classes: 2}\n"
    file = write(shelters.folder, "people.yml", short)
    assert "tuzi style classify" in shelters("style", "check", file, code=1)
    shelters("style", "classify", file, "--layer", "shelters", "--output", file)
    assert yaml.safe_load(file.read_text(encoding="utf-8"))["graduated"]["breaks"] == [900.0]
    assert "all 2 rules" in shelters("style", "check", file, "--layer", "shelters")
    file = write(shelters.folder, "levels.yml", "categorised: {field: 等級, symbol: mark}\n")
    said = shelters("style", "classify", file, "--layer", "shelters")
    assert yaml.safe_load(said)["categorised"]["categories"] == ["11", "12", "A3"]


def test_what_cannot_be_read_is_one_sentence(run: CommandLine) -> None:
    assert "DOCTYPE" in run("style", "check", write(run.folder, "a.sld", "<!DOCTYPE a []><a/>"), code=1)
    assert "ghost.sld" in run("style", "check", run.folder / "ghost.sld", code=1)
    assert "ghost.yml" in run("style", "check", run.folder / "ghost.yml", code=1)
    rules = write(run.folder, "rules.yml", "rules: []")
    assert "ghost" in run("style", "classify", rules, "--layer", "ghost", code=1)
