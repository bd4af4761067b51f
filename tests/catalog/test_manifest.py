"""Manifests: defaults, relative files, styles beside them, and everything that is wrong said at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.errors import InvalidManifest
from catalog.manifest import Manifest, read_manifest
from catalog.records import Access
from layers.crs import TWD97_TM2

STYLE = "rules:\n  - name: all\n    symbols:\n      - fill: {colour: '#aabbcc'}\n"


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "manifest.yml"
    file.write_text(text, encoding="utf-8")
    return file


def problems_of(tmp_path: Path, text: str) -> str:
    with pytest.raises(InvalidManifest) as caught:
        read_manifest(write(tmp_path, text))
    return str(caught.value)


def test_defaults_at_the_top_hold_for_all_layers_and_give_way_to_their_own(tmp_path: Path) -> None:
    manifest = read_manifest(
        write(
            tmp_path,
            """
agency: civil
theme: boundaries
access: internal
crs: EPSG:3826
layers:
  - {id: districts, file: 行政區.zip, title: 行政區}
  - {id: villages, file: sub/村里.zip, title: {zh: 村里, en: Villages}, access: public, crs: 3824}
""",
        )
    )
    districts, villages = manifest.layers
    assert (districts.agency, districts.access, districts.declared_crs) == ("civil", Access.INTERNAL, TWD97_TM2)
    assert (villages.access, str(villages.declared_crs)) == (Access.PUBLIC, "EPSG:3824")
    assert districts.file == tmp_path / "行政區.zip"
    assert villages.title.as_text().in_language("en") == "Villages"
    assert districts.title.as_text().in_language("en") == "行政區"


def test_styles_are_read_from_files_or_in_place(tmp_path: Path) -> None:
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "a.yml").write_text(STYLE, encoding="utf-8")
    text = """
agency: civil
theme: boundaries
layers:
  - {id: a, file: a.gpkg, title: A, style: styles/a.yml}
  - id: b
    file: b.gpkg
    title: B
    style: {rules: [{name: all, symbols: [{line: {colour: "#000000"}}]}]}
    styles: {night: styles/a.yml, thin: {rules: [{name: thin, symbols: [{line: {colour: "#000000"}}]}]}}
basemaps:
  - {id: base, title: 底圖, members: [{layer: a, style: styles/a.yml}, {layer: b}]}
"""
    manifest = read_manifest(write(tmp_path, text))
    assert manifest.layers[0].style is not None
    assert manifest.layers[0].style["rules"][0]["name"] == "all"
    assert manifest.basemaps[0].members[0].style == manifest.layers[0].style
    assert manifest.basemaps[0].members[1].style is None
    assert manifest.layers[0].styles == {}
    assert manifest.layers[1].styles["night"] == manifest.layers[0].style
    assert manifest.layers[1].styles["thin"]["rules"][0]["name"] == "thin"


@pytest.mark.parametrize(
    ("styles", "said"),
    [
        ("{default: {rules: [{name: a, symbols: [{line: {colour: '#000000'}}]}]}}", "default"),
        ("{'a,b': {rules: [{name: a, symbols: [{line: {colour: '#000000'}}]}]}}", "a,b"),
        ("{night: {rules: [{name: a, symbols: [{line: {colour: nope}}]}]}}", "nope"),
        ("{night: nowhere.yml}", "nowhere.yml"),
        ("[night]", "styles"),
    ],
)
def test_named_styles_that_cannot_be_are_told(tmp_path: Path, styles: str, said: str) -> None:
    (tmp_path / "a.gpkg").touch()
    layer = f"{{id: a, file: a.gpkg, title: A, agency: civil, theme: boundaries, styles: {styles}}}"
    with pytest.raises(InvalidManifest) as raised:
        read_manifest(write(tmp_path, f"layers: [{layer}]"))
    assert said in raised.value.sentence("zh-TW")


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    said = problems_of(
        tmp_path,
        """
agency: civil
theme: boundaries
layers:
  - {id: "Bad Id!", file: a.gpkg, title: A}
  - {id: b, file: b.gpkg, title: B, crs: EPSG:999999}
  - {id: c, title: C, colour: red}
""",
    )
    for part in ("“Bad Id!”, id", "“b”, crs", "“c”, file", "“c”, colour"):
        assert part in said
    assert "manifest.yml" in said


@pytest.mark.parametrize("text", ["- a\n- b\n", "layers: {a: b}\n", "layers: [\n", "just words"])
def test_what_is_no_manifest_is_one_sentence(tmp_path: Path, text: str) -> None:
    assert "manifest.yml" in problems_of(tmp_path, text)


def test_a_missing_manifest_or_style_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidManifest, match=r"nothing\.yml"):
        read_manifest(tmp_path / "nothing.yml")
    layer = "{id: a, agency: c, theme: t, file: a.gpkg, title: A, style: no.yml}"
    assert "no.yml" in problems_of(tmp_path, f"layers: [{layer}]\n")


def test_an_empty_manifest_holds_nothing(tmp_path: Path) -> None:
    assert read_manifest(write(tmp_path, "layers: []\n")) == Manifest()
