"""Pictures and rasters with what belongs to them beside, through the intake's door into the store."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.enums import ColorInterp

from layers.checks import FindingLog
from layers.config import ArchiveConfig
from layers.crs import TWD97_TM2, Crs
from layers.errors import SourceError
from layers.raster import RasterStore, RasterSummary
from layers.sources import PartKind, RasterSource, SourceOptions, list_parts, open_source
from tests.layers.deliveries import write_zip

WORLD = "0.25\n0\n0\n-0.25\n217000.125\n2671499.875\n"
"""A quarter of a metre to the pixel; its last two lines are the middle of the upper left pixel."""
PRJ = (
    'PROJCS["TWD97_TM2",GEOGCS["GCS_TWD97",DATUM["D_TWD97",SPHEROID["GRS_1980",6378137.0,298.257222101]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",250000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",121.0],'
    'PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
AUX = f"<PAMDataset><SRS>{PRJ.replace('&', '').replace(chr(34), '&quot;')}</SRS></PAMDataset>"


def look(file: Path, limits: ArchiveConfig | None = None, crs: Crs | None = None) -> RasterSource:
    with open_source(file, SourceOptions(crs=crs), limits or ArchiveConfig(), FindingLog()) as source:
        assert isinstance(source, RasterSource)
        return source


def take_in(file: Path, folder: Path, crs: Crs | None = None) -> tuple[RasterSummary, Any]:
    """Store a raster and return what the release says and the pixels of its COG."""
    store = RasterStore(folder / "rasters")
    with open_source(file, SourceOptions(crs=crs), ArchiveConfig(), FindingLog()) as source:
        assert isinstance(source, RasterSource)
        summary = store.create("a", 1, source.file, source.crs)
    (cog,) = (folder / "rasters").rglob("*.tif")
    with rasterio.open(cog) as dataset:
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        return summary, dataset.read()


def picture(file: Path, mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> Path:
    colour = {"RGB": (200, 30, 30), "L": 90, "LA": (90, 255), "CMYK": (9, 9, 9, 9), "RGBA": (1, 2, 3, 255)}[mode]
    Image.new(mode, size, colour).save(file, format="PNG" if file.suffix.lower() == ".png" else "JPEG")
    return file


@pytest.mark.parametrize(
    ("image", "world"),
    [
        ("a.jpg", "a.jgw"), ("a.png", "a.pgw"), ("a.jpg", "a.wld"), ("a.JPG", "A.JGW"), ("A.PNG", "a.PGW"),
        ("a.jpeg", "a.jpgw"), ("航照.png", "航照.pgw"),
    ],
)  # fmt: skip
def test_a_world_file_of_any_name_says_where(tmp_path: Path, image: str, world: str) -> None:
    picture(tmp_path / image)
    (tmp_path / world).write_text(WORLD)
    before = sorted(tmp_path.iterdir())
    assert look(tmp_path / image).crs is None
    summary, pixels = take_in(tmp_path / image, tmp_path / "out", TWD97_TM2)
    assert (summary.width, summary.height, str(summary.crs)) == (40, 30, "EPSG:3826")
    assert summary.extent[0] == pytest.approx(120.6753, abs=1e-3)
    assert np.abs(pixels[:3, 15, 20].astype(int) - (200, 30, 30)).max() < 8
    assert [path for path in sorted(tmp_path.iterdir()) if path.name != "out"] == before


@pytest.mark.parametrize(("name", "content"), [("a.prj", PRJ), ("a.jpg.aux.xml", AUX), ("A.PRJ", "\ufeff" + PRJ)])
def test_what_lies_beside_names_the_crs(tmp_path: Path, name: str, content: str) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "a.jgw").write_text(WORLD)
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert look(tmp_path / "a.jpg").crs == TWD97_TM2


def test_a_zipped_picture_comes_with_its_world_file(tmp_path: Path) -> None:
    content = picture(tmp_path / "a.jpg").read_bytes()
    file = write_zip(tmp_path / "a.zip", {"圖/a.JPG": content, "圖/a.jgw": WORLD.encode(), "圖/icon.png": content})
    (part, *_) = list_parts(file, ArchiveConfig())
    assert (part.name, part.kind, part.source_layer) == ("a", PartKind.RASTER, None)
    assert take_in(file, tmp_path / "out", TWD97_TM2)[0].width == 40


def test_a_palette_of_eight_bits_and_grey_with_opacity(tmp_path: Path) -> None:
    image = Image.new("P", (40, 30), 1)
    image.putpalette([0, 0, 0, 10, 200, 30])
    image.save(tmp_path / "a.png")
    (tmp_path / "a.pgw").write_text(WORLD)
    assert take_in(tmp_path / "a.png", tmp_path / "1", TWD97_TM2)[1][:, 3, 3].tolist() == [10, 200, 30, 255]
    picture(tmp_path / "b.png", "LA")
    (tmp_path / "b.pgw").write_text(WORLD)
    assert take_in(tmp_path / "b.png", tmp_path / "2", TWD97_TM2)[1][:, 3, 3].tolist() == [90, 90, 90, 255]


def test_overviews_are_made(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", size=(1500, 1100))
    (tmp_path / "a.pgw").write_text(WORLD)
    take_in(tmp_path / "a.png", tmp_path / "out", TWD97_TM2)
    (cog,) = (tmp_path / "out").rglob("*.tif")
    with rasterio.open(cog) as dataset:
        assert dataset.overviews(1) == [2, 4]


@pytest.mark.parametrize(("name", "kind"), [("a.tif", "TIFF"), ("a.jpg", "JPEG")])
def test_colours_of_printing_become_those_of_screens(tmp_path: Path, name: str, kind: str) -> None:
    # No cyan, all magenta and yellow, no black: red.
    Image.new("CMYK", (40, 30), (0, 255, 255, 0)).save(tmp_path / name, format=kind)
    (tmp_path / name).with_suffix(".wld").write_text(WORLD)
    red, green, blue, alpha = take_in(tmp_path / name, tmp_path / "out", TWD97_TM2)[1][:, 3, 3].tolist()
    assert red > 240
    assert green < 15
    assert blue < 15
    assert alpha == 255


def png_of_one_colour(file: Path, side: int) -> Path:
    """Write a PNG of side × side pixels in a few kilobytes (ISO 15948, clause 11)."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + side)) for _ in range(64)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    return file


def test_a_picture_that_swells_is_refused_before_it_is_read(tmp_path: Path) -> None:
    png_of_one_colour(tmp_path / "a.png", 100_000)
    with pytest.raises(SourceError, match=r"a\.png has 100,000 × 100,000 pixels"):
        look(tmp_path / "a.png")


def test_overviews_and_masks_beside_a_raster_are_not_read(tmp_path: Path) -> None:
    profile = {"driver": "GTiff", "width": 8, "height": 8, "count": 1, "dtype": "uint8", "crs": "EPSG:3826"}
    transform = rasterio.transform.from_origin(217000, 2671500, 1, 1)
    with rasterio.open(tmp_path / "a.tif", "w", transform=transform, **profile) as dataset:
        dataset.write(np.full((1, 8, 8), 7, dtype=np.uint8))
        dataset.colorinterp = [ColorInterp.gray]
    for name in ("a.tif.ovr", "a.tif.msk"):
        (tmp_path / name).write_bytes(b"<VRTDataset rasterXSize='4' rasterYSize='4'></VRTDataset>")
    assert (take_in(tmp_path / "a.tif", tmp_path / "out")[1] == 7).all()
