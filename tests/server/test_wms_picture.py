"""What clients of other servers wish of a picture, without any parameter of our own."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image

from tests.server.map_city import City, Reply, call
from tests.server.test_wms import RED, VIEW, get_map, pixels


def shares(picture: Image.Image) -> dict[str, int]:
    """Count pixels of outlines (black) and areas (red)."""
    rgb = np.asarray(picture.convert("RGB")).astype(int)
    return {"line": int((rgb.sum(axis=2) < 200).sum()), "area": int((rgb == RED[:3]).all(axis=2).sum())}


@pytest.mark.parametrize(
    ("wish", "density"),
    [
        ({"DPI": 192, "MAP_RESOLUTION": 192, "FORMAT_OPTIONS": "dpi:192"}, 2),
        ({"MAP_RESOLUTION": "192"}, 2),
        ({"FORMAT_OPTIONS": "antialias:on;DPI:180"}, 2),
        ({"DPI": "96"}, 1),
        ({"DPI": "72"}, 1),
        ({"MAP_RESOLUTION": "90"}, 1),
        ({"FORMAT_OPTIONS": "antialias:full"}, 1),
        ({"DPI": ""}, 1),
    ],
)
def test_density_is_drawn_as_asked(city: City, wish: dict[str, object], density: int) -> None:
    """Twice as many pixels with a double density show the same map, its lines as wide on paper as before."""
    plain = get_map(city)
    dense = get_map(city, WIDTH=600 * density, HEIGHT=400 * density, **wish)
    if density == 1:
        assert dense.body == plain.body
        return
    once, twice = shares(pixels(plain)), shares(pixels(dense))
    assert twice["area"] / once["area"] == pytest.approx(4, rel=0.02)
    # Without a density the outlines would be one pixel wide still, and cover half as many.
    assert twice["line"] / once["line"] == pytest.approx(4, rel=0.25)


def test_what_is_near_is_as_near_on_a_dense_screen(city: City) -> None:
    # Of a map of 5 m a pixel at twice the density: 40 m are eight pixels, four of an ordinary screen.
    question = {
        "REQUEST": "GetFeatureInfo", "LAYERS": "stops", "QUERY_LAYERS": "stops", "INFO_FORMAT": "application/json",
        "WIDTH": 1200, "HEIGHT": 800, "I": int((217_040 - VIEW.west) / 5), "J": int((VIEW.north - 2_673_500) / 5),
    }  # fmt: skip
    assert b'"stops.1"' not in get_map(city, **question).body
    assert b'"stops.1"' in get_map(city, DPI=192, **question).body


@pytest.mark.parametrize(
    "asked", ["image/png8", "image/png24", "image/png32", "image/png; mode=8bit", "image/png;mode=24bit", "IMAGE/PNG"]
)
def test_every_name_of_png_is_png(city: City, asked: str) -> None:
    reply = get_map(city, FORMAT=asked, TRANSPARENT="TRUE")
    assert reply.headers["Content-Type"] == "image/png"
    assert reply.body == get_map(city, TRANSPARENT="TRUE").body


def test_a_map_of_few_colours_has_a_palette(city: City) -> None:
    assert Image.open(BytesIO(get_map(city, FORMAT="image/png8").body)).mode == "P"


@pytest.mark.parametrize("asked", ["image/vnd.jpeg-png", "image/vnd.jpeg-png8"])
@pytest.mark.parametrize(("transparent", "expected"), [("TRUE", "image/png"), ("FALSE", "image/jpeg")])
def test_jpeg_is_chosen_where_nothing_shines_through(city: City, asked: str, transparent: str, expected: str) -> None:
    reply = get_map(city, FORMAT=asked, TRANSPARENT=transparent)
    assert reply.headers["Content-Type"] == expected
    assert f"image/{Image.open(BytesIO(reply.body)).format.lower()}" == expected


def failed(city: City, **changes: object) -> Reply:
    return get_map(city, LAYERS="nothing", **changes)


@pytest.mark.parametrize("version", ["1.1.1", "1.3.0"])
@pytest.mark.parametrize("wish", ["INIMAGE", "application/vnd.ogc.se_inimage", "BLANK", "application/vnd.ogc.se_blank"])
@pytest.mark.parametrize("format_", ["image/png", "image/jpeg", "image/webp", "image/vnd.jpeg-png"])
def test_exceptions_come_in_the_format_of_the_map(city: City, version: str, wish: str, format_: str) -> None:
    reply = get_map(city, version, LAYERS="nothing", EXCEPTIONS=wish, FORMAT=format_)
    kind = "image/png" if format_ == "image/vnd.jpeg-png" else format_
    assert (reply.status, reply.headers["Content-Type"]) == (200, kind)
    picture = Image.open(BytesIO(reply.body))
    assert (f"image/{picture.format.lower()}", picture.size) == (kind, (600, 400))
    is_blank = len(picture.convert("RGB").getcolors(100_000)) == 1
    assert is_blank == ("blank" in wish.lower())


def test_a_blank_exception_lies_on_the_ground_that_was_asked_for(city: City) -> None:
    assert pixels(failed(city, EXCEPTIONS="BLANK", BGCOLOR="0x102030")).getpixel((3, 3)) == (16, 32, 48, 255)
    assert pixels(failed(city, EXCEPTIONS="BLANK", TRANSPARENT="TRUE")).getpixel((3, 3))[3] == 0


@pytest.mark.parametrize("wish", ["XML", "application/vnd.ogc.se_xml", "", "JSON"])
def test_exceptions_are_documents_otherwise(city: City, wish: str) -> None:
    assert failed(city, EXCEPTIONS=wish).body == failed(city).body


def test_no_parameter_of_ours_is_needed(city: City) -> None:
    """STYLES, TRANSPARENT, BGCOLOR, EXCEPTIONS, VERSION may all be left out, and names be written in any case."""
    plain = get_map(city)
    sparse = city.get(
        "/wms", ReQuEsT="getmap", layers="districts", crs="epsg:3826", bbox=",".join(map(str, VIEW)), WIDTH="600",
        height="400.0", Format="image/png",
    )  # fmt: skip
    assert sparse.body == plain.body
    assert get_map(city, STYLES="default").body == plain.body


def posted(
    city: City, path: str, body: bytes, kind: str = "application/x-www-form-urlencoded", query: str = ""
) -> Reply:
    """Send a form."""
    environ = {
        "REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query, "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body), "wsgi.url_scheme": "http",
        "HTTP_HOST": "maps.taichung.example", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8080",
    }  # fmt: skip
    return call(city.services, environ)


FORM = {
    "SERVICE": "WMS", "VERSION": "1.3.0", "LAYERS": "districts", "STYLES": "", "CRS": "EPSG:3826",
    "BBOX": ",".join(map(str, VIEW)), "WIDTH": "600", "HEIGHT": "400", "FORMAT": "image/png",
}  # fmt: skip


def test_a_form_is_as_good_as_a_query(city: City) -> None:
    """Clients with many layers post what would make the address too long (OGC 06-121r3, 11.2)."""
    body = urlencode(FORM).encode()
    whole = posted(city, "/wms", body + b"&REQUEST=GetMap", "application/x-www-form-urlencoded; charset=UTF-8")
    assert (whole.status, whole.body) == (200, get_map(city).body)
    # What stands in the address comes first.
    assert posted(city, "/wms/boundaries", body + b"&REQUEST=x", query="REQUEST=GetMap").body == whole.body
    document = posted(city, "/wmts", b"service=WMTS&request=GetCapabilities")
    assert document.body == city.get("/wmts", SERVICE="WMTS", REQUEST="GetCapabilities").body


def test_other_bodies_are_refused(city: City) -> None:
    body = urlencode(FORM).encode() + b"&REQUEST=GetMap"
    assert posted(city, "/wms", b"<GetMap/>", "text/xml").status == 405
    assert posted(city, "/tiles/districts.json", b"", query="f=json").status == 405
    assert posted(city, "/tiles/districts/10/855/440.png", b"").status == 405
    assert posted(city, "/wms", body + b"&X=" + b"a" * 20_000).status == 400
    assert posted(city, "/wms", b"\xff\xfe\x00=\x00&&==").status == 400


@pytest.mark.parametrize("size", [(60, 10), (4, 60), (100, 11), (11, 11)])
def test_a_slice_of_a_map_shows_marks_that_are_larger_than_it(city: City, size: tuple[int, int]) -> None:
    """QGIS cuts its requests at a layer's extent: points in a row come as a map a few pixels high."""
    width, height = size
    x, y = 217_000.0, 2_673_500.0
    box = f"{x - 10 * width / 2},{y - 10 * height / 2},{x + 10 * width / 2},{y + 10 * height / 2}"
    picture = pixels(get_map(city, LAYERS="stops", WIDTH=width, HEIGHT=height, BBOX=box))
    # The mark is a circle of twelve pixels, on which its label lies.
    colours = [colour for _, colour in picture.getcolors(10_000)]
    assert any(green > 150 and red < 90 and blue < 90 for red, green, blue, _ in colours)
