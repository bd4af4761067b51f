"""``tuzi export-manifest``: catalogue and manifests say the same, in both directions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from catalog.database import Catalogue
from catalog.export import export_all
from catalog.manifest import Manifest, read_manifest
from catalog.publishing import introduce, stage
from catalog.records import Snapshot
from catalog.snapshot import read_snapshot
from scripts.workshop import Workshop
from tests.catalog.conftest import publish_stored, stored
from tests.scripts.commands import CommandLine, run, write_table
from tilecache.publication import publish_all

__all__ = ["run"]

TAIWAN = Path(__file__).parent.parent / "system" / "taiwan.yml"
EVERYTHING = """
agencies:
  - {id: civil, title: {zh: 民政局, en: Civil Affairs}}
  - {id: fire, title: 消防局}
themes: [{id: boundaries, title: {zh: 界線, en: Boundaries}, position: 3}, {id: safety, title: 安全}]
layers:
  - id: districts
    file: 交付/行政區.zip
    source_layer: towns
    title: {zh: 行政區界, en: Districts}
    abstract: "多行\\n說明: # 不是註解"
    attribution: {zh: 臺中市政府, en: Taichung}
    agency: civil
    theme: boundaries
    crs: EPSG:3826
    encoding: big5
    key: TOWNCODE
    search: [TOWNNAME]
    title_field: TOWNNAME
    keywords: [行政區, "yes", "123"]
    licence: 政府資料開放授權條款-第1版
    position: 5
    coverage: true
    reference: TOWNCODE
    fields: {TOWNNAM: {zh: 名稱, name: TOWNNAME, unit: 區, description: 區名}}
    joins: [{file: 人口.csv, key: TOWNCODE, to: 代碼, fields: {人口數: 人口}}]
    update: {source: "https://example.org/a.zip", schedule: "0 3 * * 1", mode: delta, deleted: DEL, max_loss: 0.05,
             frequency: monthly}
    style:
      rules:
        - {name: all, symbols: [{line: {colour: "#112233", width: {8: 0.5, 14: 4}}}], zoom: [8, null]}
  - id: shelters
    file: /elsewhere/shelters.csv
    title: 避難所
    agency: fire
    theme: safety
    access: restricted
    x: 經度
    y: 緯度
    demonstration: true
    personal: {columns: {電話: drop, 姓名: mask}, geomask: {radius: 100, seed: 7}}
  - {id: pois, file: a.osm.pbf, title: 景點, agency: civil, theme: safety, tags: {tourism: [museum]}, folders: each}
basemaps:
  - id: base
    title: {zh: 底圖, en: Base}
    attribution: 地政局
    background: "#f4f1ea"
    position: 2
    members:
      - {layer: districts, style: {rules: [{name: all, symbols: [{fill: {colour: "#ffffff"}}]}]}}
      - {layer: shelters}
  - {id: overlay, title: 疊加, overlay: true, members: [{layer: shelters}]}
"""


def fill(catalogue: Catalogue, manifest: Manifest) -> Snapshot:
    """Enter a manifest as onboarding does, without its files."""
    catalogue.migrate()
    introduce(catalogue, manifest.agencies, manifest.themes)
    for entry in manifest.layers:
        publish_stored(catalogue, entry, stage(catalogue, entry), stored(), "tester")
    publish_all(catalogue, (), "tester", manifest.basemaps)
    return read_snapshot(catalogue)


def timeless(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot without what differs between two catalogues of the same content."""
    then = datetime(2026, 1, 1, tzinfo=UTC)
    layers = {
        id_: replace(layer, updated=then, release=replace(layer.release, created=then))
        for id_, layer in snapshot.layers.items()
    }
    basemaps = {
        id_: replace(
            basemap, members=tuple(replace(member, layer=layers[member.layer.id]) for member in basemap.members)
        )
        for id_, basemap in snapshot.basemaps.items()
    }
    return replace(snapshot, revision=0, layers=layers, basemaps=basemaps)


@pytest.mark.parametrize("name", ["everything", "taiwan"])
def test_what_is_written_makes_the_same_catalogue_again(tmp_path: Path, name: str) -> None:
    given = tmp_path / "given.yml"
    given.write_text(EVERYTHING if name == "everything" else TAIWAN.read_text(encoding="utf-8"), encoding="utf-8")
    manifest = read_manifest(given)
    one = Catalogue(f"sqlite:///{tmp_path}/one.sqlite")
    other = Catalogue(f"sqlite:///{tmp_path}/other.sqlite")
    before = fill(one, manifest)
    written = tmp_path / "written.yml"
    written.write_text(export_all(one, tmp_path), encoding="utf-8")
    again = read_manifest(written)
    assert {entry.id: entry for entry in again.layers} == {
        entry.id: entry.model_copy(update={"style": _plain(entry.style)}) for entry in manifest.layers
    }
    assert timeless(fill(other, again)) == timeless(before)
    assert export_all(other, tmp_path) == export_all(one, tmp_path)
    one.close()
    other.close()


def _plain(style: object) -> object:
    """Return a style with the names of its zooms as JSON has them."""
    if isinstance(style, dict):
        return {str(name): _plain(value) for name, value in style.items()}
    return [_plain(value) for value in style] if isinstance(style, list) else style


def test_layers_go_out_and_come_in_again(run: CommandLine, tmp_path: Path) -> None:
    write_table(tmp_path / "delivery" / "shelters.csv", "ABC")
    (tmp_path / "delivery" / "manifest.yml").write_text(
        "agencies: [{id: fire, title: 消防局}]\nthemes: [{id: safety, title: 安全}]\nlayers:\n"
        "  - {id: shelters, file: shelters.csv, title: 避難所, agency: fire, theme: safety, key: 代號,\n"
        "     style: {rules: [{name: all, symbols: [{mark: {size: {8: 3, 14: 9}}}]}]}}\n"
        "basemaps: [{id: base, title: 底圖, members: [{layer: shelters}]}]\n",
        encoding="utf-8",
    )
    run("onboard", tmp_path / "delivery")
    written = tmp_path / "delivery" / "again.yml"
    run("export-manifest", "shelters", "base", "--output", written)
    document = yaml.safe_load(written.read_text(encoding="utf-8"))
    assert document["layers"][0]["file"] == "shelters.csv"
    assert document["basemaps"] == [{"id": "base", "title": "底圖", "members": [{"layer": "shelters"}]}]
    catalogue = Workshop(run.config).catalogue
    before = read_snapshot(catalogue)
    assert "unchanged" in run("onboard", written)
    after = read_snapshot(catalogue)
    assert after.layers == before.layers
    other = tmp_path / "other"
    other.mkdir()
    fresh = CommandLine(other)
    fresh("onboard", written)
    assert timeless(read_snapshot(Workshop(fresh.config).catalogue)) == timeless(after)
    assert fresh("export-manifest", "--all") == run("export-manifest", "--all")


def test_what_is_wanted_must_be_said(run: CommandLine) -> None:
    assert "--all" in run("export-manifest", code=1)
    assert "--all" in run("export-manifest", "a", "--all", code=1)
    assert "no layer ghost" in run("export-manifest", "ghost", code=1)
