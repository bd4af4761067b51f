"""Deliveries that trigger the findings about files."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from shapely import Point

from layers.crs import TWD97_TM2
from tests.layers.deliveries import TAICHUNG, TAICHUNG_TM2, Delivery, parts_of, write_vector, write_zip

LON, LAT = TAICHUNG
X, Y = TAICHUNG_TM2
KML = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
MARK = f"<Placemark><name>甲</name><Point><coordinates>{LON},{LAT}</coordinates></Point></Placemark>"


def index_restored(folder: Path) -> Delivery:
    shp = write_vector(folder / "a.shp", [Point(X, Y)], {"n": [1]})
    return Delivery(folder / "out", write_zip(folder / "a.zip", parts_of(shp, but=(".shx",))))


def journal_applied(folder: Path) -> Delivery:
    file = write_vector(folder / "a.gpkg", [Point(X, Y)], {"n": [1]}, driver="GPKG")
    sent = folder / "sent"
    sent.mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE gpkg_contents SET description = '新'")
        connection.commit()
        # As a copy that was made while QGIS had the file open.
        for name in ("a.gpkg", "a.gpkg-wal"):
            shutil.copyfile(folder / name, sent / name)
    return Delivery(folder / "out", sent / "a.gpkg")


def nothing_kept(folder: Path) -> Delivery:
    (folder / "a.csv").write_text("n,x,y\n1,,\n2,,\n")
    return Delivery(folder / "out", folder / "a.csv", crs=TWD97_TM2)


def files_unread(folder: Path) -> Delivery:
    shp = write_vector(folder / "a.shp", [Point(X, Y)], {"n": [1]})
    return Delivery(folder / "out", write_zip(folder / "a.zip", {**parts_of(shp), "說明.csv": b"a,b\n1,2\n"}))


def layers_unread(folder: Path) -> Delivery:
    for name in ("roads", "rivers"):
        write_vector(folder / "a.gpkg", [Point(X, Y)], {"n": [1]}, driver="GPKG", layer=name, append=name == "rivers")
    return Delivery(folder / "out", folder / "a.gpkg", source_layer="rivers")


def folders_empty(folder: Path) -> Delivery:
    body = f"<Folder><name>有</name>{MARK}</Folder><Folder><name>空</name></Folder>"
    (folder / "a.kml").write_text(KML.format(body), encoding="utf-8")
    return Delivery(folder / "out", folder / "a.kml")


def links_ignored(folder: Path) -> Delivery:
    link = "<NetworkLink><name>即時</name><Link><href>http://127.0.0.1:9/now.kml</href></Link></NetworkLink>"
    (folder / "a.kml").write_text(KML.format(MARK + link), encoding="utf-8")
    return Delivery(folder / "out", folder / "a.kml")


FILES: Mapping[str, Callable[[Path], Delivery]] = {
    f"finding_{made.__name__}": made
    for made in (
        index_restored,
        journal_applied,
        nothing_kept,
        files_unread,
        layers_unread,
        folders_empty,
        links_ignored,
    )
}
"""By the code that each of them triggers."""
