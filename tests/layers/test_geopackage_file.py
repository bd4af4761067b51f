"""The file a release is kept in: whole or absent, and readable by every GIS."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from layers.crs import TWD97_TM2, WGS84
from layers.errors import UnknownRelease
from layers.features import FeatureQuery
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores.geopackage import GeoPackageStore
from tests.layers.releases import TOWN, batch_of, features_of, stored, town_rows


@pytest.fixture
def store(tmp_path: Path) -> GeoPackageStore:
    return GeoPackageStore(tmp_path)


def test_gdal_reads_the_features_that_were_written(store: GeoPackageStore, tmp_path: Path) -> None:
    rows = town_rows()
    stored(store, TOWN, rows)
    file = tmp_path / "town" / "1.gpkg"
    meta, fids, geometry, columns = pyogrio.raw.read(file, return_fids=True)
    assert meta["crs"] == "EPSG:3826"
    assert pyogrio.list_layers(file).tolist() == [["features", "Unknown"]]
    assert fids.tolist() == list(range(1, len(rows) + 1))
    expected = np.array([row[0] for row in rows] + [None], dtype=object)[:-1]
    found = shapely.from_wkb(geometry)
    assert [shape is None for shape in found] == [shape is None for shape in expected]
    located = [place for place, shape in enumerate(expected) if shape is not None]
    assert shapely.equals_exact(found[located], expected[located]).all()
    by_name = dict(zip(meta["fields"], columns, strict=True))
    assert by_name["名稱"].tolist() == [row[1]["名稱"] for row in rows]
    assert by_name["code"].tolist() == [row[1]["code"] for row in rows]
    built = [None if np.isnat(day) else day.astype("datetime64[D]").item() for day in by_name["built"]]
    assert built == [row[1]["built"] for row in rows]
    heights = [None if np.isnan(value) else value for value in by_name["height"]]
    assert heights == [row[1]["height"] for row in rows]


def test_gdal_uses_the_spatial_index(store: GeoPackageStore, tmp_path: Path) -> None:
    rows = town_rows()
    stored(store, TOWN, rows)
    file = tmp_path / "town" / "1.gpkg"
    assert pyogrio.read_info(file)["capabilities"]["fast_spatial_filter"]
    box = shapely.box(212_000, 2_668_000, 216_000, 2_672_000)
    _, fids, _, _ = pyogrio.raw.read(file, bbox=box.bounds, return_fids=True)
    expected = [place + 1 for place, row in enumerate(rows) if row[0] is not None and row[0].intersects(box)]
    assert sorted(fids.tolist()) == expected


def test_the_files_r_trees_and_tables_are_sound(store: GeoPackageStore, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    points = [(shapely.Point(*place), {"n": n}) for n, place in enumerate(random.random((3000, 2)) * 9 + (116, 20))]
    schema = Schema(GeometryType.POINT, WGS84, (Field("n", FieldType.INTEGER),))
    stored(store, schema, points, layer="points", size=1000)
    with sqlite3.connect(tmp_path / "points" / "1.gpkg") as database:
        for table in ("rtree_features_geom", "tuzi_drawing_index"):
            assert database.execute(f"SELECT rtreecheck('{table}')").fetchone() == ("ok",)
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (3000,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA application_id").fetchone() == (0x47504B47,)


def test_without_commit_nothing_is_left(store: GeoPackageStore, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), store.create("town", 1, TOWN) as writer:
        writer.write(batch_of(TOWN, town_rows()))
        raise RuntimeError
    assert store.numbers("town") == []
    assert not list(tmp_path.rglob("*.*"))
    with pytest.raises(UnknownRelease):
        store.open("town", 1)


def test_a_killed_writer_is_invisible_and_written_over(store: GeoPackageStore, tmp_path: Path) -> None:
    killed = store.create("town", 1, TOWN)
    killed.write(batch_of(TOWN, town_rows()))
    assert (tmp_path / "town" / "1.gpkg.partial").exists()
    assert store.numbers("town") == []
    assert stored(GeoPackageStore(tmp_path), TOWN, town_rows(5)).count == 5
    assert store.numbers("town") == [1]


def test_a_release_in_use_survives_its_eviction(tmp_path: Path) -> None:
    store = GeoPackageStore(tmp_path, opened=1)
    first = stored(store, TOWN, town_rows(8), layer="a")
    stored(store, TOWN, town_rows(9), layer="b")
    assert len(features_of(first.read_page(FeatureQuery(limit=20)))) == 8
    assert store.open("a", 1).count == 8


def test_heights_are_kept(store: GeoPackageStore, tmp_path: Path) -> None:
    schema = Schema(GeometryType.POINT, TWD97_TM2, ())
    release = stored(store, schema, [(shapely.Point(217_990, 2_670_210, 87.5), {}), (shapely.Point(2e5, 2.6e6), {})])
    first, second = features_of(release.read_page(FeatureQuery()))
    assert first["geometry"]["coordinates"][2] == 87.5
    assert len(second["geometry"]["coordinates"]) == 2
    assert shapely.from_wkb(pyogrio.raw.read(tmp_path / "town" / "1.gpkg")[2][0]).z == 87.5
