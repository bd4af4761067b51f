"""MapLibre and OpenLayers, as agencies put them into their own sites, on the real server in a real Chromium."""

from __future__ import annotations

import io
import math
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright

from layers.crs import TWD97_TM2, WEB_MERCATOR, WGS84, transform_points
from tests.browser.client_styles import PLACES, WAY, ZONE_SIZE, ZONE_SOUTH, ZONES, library_site, onboard_styles
from tests.conftest import free_port, serving, write_configuration
from tests.sharing import made_once
from tests.system.client_town import BLUE, RED
from tests.system.client_town import PLACES as TOWN_PLACES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GL = (
    "--headless",
    "--no-sandbox",
    "--no-first-run",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)
SIZE = 512
CENTRE = (218_000.0, 2_673_000.0)
"""EPSG:3826."""
ZOOM = 15
"""Of pictures of 256 pixels a tile; MapLibre, whose tiles have 512, calls it one less."""
TOLERANCE = 8
"""Steps of 255 by which a colour may differ: clients blend on graphics hardware."""
Place = tuple[float, float]


@pytest.fixture(autouse=True)
def untroubled() -> None:
    """Take the place of the site's own guard: these pages are not the site's."""


@pytest.fixture(scope="session")
def styles_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    town = made_once(tmp_path_factory, "client-styles", onboard_styles)
    config = write_configuration(tmp_path_factory.mktemp("client-styles-served"), data=town / "data")
    with serving(config, free_port(), workers=1) as url:
        yield url


@pytest.fixture(scope="session")
def gl_browser(chromium: str, playwright: Playwright) -> Iterator[Browser]:
    """A Chromium that draws WebGL in software."""
    browser = playwright.chromium.launch(executable_path=chromium, args=list(GL))
    yield browser
    browser.close()


@pytest.fixture
def page(gl_browser: Browser) -> Iterator[Page]:
    """An empty page of another site, which must end without an error."""
    errors: list[str] = []
    with library_site() as url:
        page = gl_browser.new_page(viewport={"width": SIZE, "height": SIZE})
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        yield page
        page.close()
    assert errors == []


MAPLIBRE = """async ([style, center, zoom]) => {
  const maplibre = await import("/maplibre-gl/dist/maplibre-gl.mjs");
  const map = new maplibre.Map({
    container: "map", style, center, zoom, attributionControl: false, fadeDuration: 0,
    localIdeographFontFamily: false,
  });
  window.map = map;
  await new Promise((resolve, reject) => {
    map.on("error", (event) => reject(event.error ?? new Error("the map failed")));
    map.once("idle", resolve);
  });
}"""


@pytest.fixture
def drawn(page: Page, styles_url: str) -> Callable[[str], Image.Image]:
    """Draw a style of the server with MapLibre."""

    def draw(style: str) -> Image.Image:
        longitude, latitude = transform_points(*CENTRE, TWD97_TM2, WGS84)
        page.evaluate(MAPLIBRE, [f"{styles_url}/{style}", [float(longitude), float(latitude)], ZOOM - 1])
        return seen(page)

    return draw


def seen(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def pixel(place: Place) -> tuple[int, int]:
    """Where a place in EPSG:3826 is in a picture around CENTRE."""
    scale = 2 * math.pi * 6378137.0 / 256 / 2**ZOOM
    (x0, y0), (x, y) = (transform_points(*at, TWD97_TM2, WEB_MERCATOR) for at in (CENTRE, place))
    return round(SIZE / 2 + (x - x0) / scale), round(SIZE / 2 - (y - y0) / scale)


def picture(url: str, layers: str, styles: str = "") -> Image.Image:
    """Ask for the same view as our own picture."""
    scale = 2 * math.pi * 6378137.0 / 256 / 2**ZOOM
    x, y = transform_points(*CENTRE, TWD97_TM2, WEB_MERCATOR)
    half = SIZE / 2 * scale
    query = f"service=WMS&version=1.3.0&request=GetMap&layers={layers}&styles={styles}&crs=EPSG:3857"
    query += f"&bbox={x - half},{y - half},{x + half},{y + half}&width={SIZE}&height={SIZE}&format=image/png"
    with urllib.request.urlopen(f"{url}/wms?{query}", timeout=60) as reply:
        return Image.open(io.BytesIO(reply.read())).convert("RGB")


def apart(first: Image.Image, second: Image.Image, place: Place) -> int:
    """Return by how much the colours at a place differ."""
    ours, theirs = (np.array(image.getpixel(pixel(place)), dtype=int) for image in (first, second))
    return int(np.abs(ours - theirs).max())


def inside(zone: str, east: float = 0.75, north: float = 0.75) -> Place:
    return ZONES[zone][0] + east * ZONE_SIZE, ZONE_SOUTH + north * ZONE_SIZE


def around(image: Image.Image, place: Place, reach: int) -> np.ndarray:
    x, y = pixel(place)
    return np.asarray(image.crop((x - reach, y - reach, x + reach, y + reach)), dtype=int)


def test_maplibre_draws_the_basemap_as_our_pictures_are(
    drawn: Callable[[str], Image.Image], page: Page, styles_url: str
) -> None:
    theirs, ours = drawn("tiles/drawn.style.json"), picture(styles_url, "drawn")
    places = {
        "background": (CENTRE[0], 2_672_450.0),
        "plain area": inside("plain"),
        "half transparent area": inside("pale"),
        "middle of the road": (218_400.0, WAY),
        "circle": PLACES["dot"],
        "square": PLACES["square"],
        "square by value": PLACES["large"],
    }
    found = {name: apart(ours, theirs, place) for name, place in places.items()}
    assert max(found.values()) <= TOLERANCE, found
    # Edges included: what differs beyond smoothing is texts alone.
    for place in (inside("plain", 0.0, 0.5), (218_400.0, WAY), PLACES["dot"], PLACES["square"], PLACES["large"]):
        difference = np.abs(around(ours, place, 24) - around(theirs, place, 24)).max(axis=2)
        assert (difference > 64).mean() < 0.05, place
    texts = page.evaluate(
        """() => map.queryRenderedFeatures({layers: map.getStyle().layers.filter((layer) =>
        layer.layout?.["text-field"]).map((layer) => layer.id)}).map((feature) => feature.properties)"""
    )
    assert {text.get("kind") for text in texts} >= {"plain", "hatched", "pale"}
    assert {text.get("name") for text in texts} >= {"臺灣大道二段", "icon 站"}


def test_hatches_are_as_dense_and_as_they_lean_in_our_pictures(
    drawn: Callable[[str], Image.Image], styles_url: str
) -> None:
    theirs, ours = drawn("tiles/zones.style.json"), picture(styles_url, "zones")
    place = inside("hatched", 0.75, 0.25)
    first, second = around(ours, place, 16), around(theirs, place, 16)
    assert np.abs(first.mean(axis=(0, 1)) - second.mean(axis=(0, 1))).max() < 6
    # Along the lines hardly anything changes; across them the ink does.
    for pixels in (first, second):
        green = pixels[..., 1]
        along = np.abs(green[1:, :-1] - green[:-1, 1:]).mean()
        across = np.abs(green[1:, 1:] - green[:-1, :-1]).mean()
        assert along < across / 3


def test_named_styles_and_colours_of_the_data(drawn: Callable[[str], Image.Image], styles_url: str) -> None:
    theirs, ours = drawn("tiles/zones/coloured.style.json"), picture(styles_url, "zones", "coloured")
    for zone in ZONES:
        assert apart(ours, theirs, inside(zone)) <= TOLERANCE, zone
    assert np.abs(np.array(theirs.getpixel(pixel(inside("pale")))) - (120, 160, 40)).max() <= TOLERANCE


def test_icons_and_glyphs_come_from_the_server(drawn: Callable[[str], Image.Image], page: Page) -> None:
    asked: list[str] = []
    page.on("response", lambda reply: asked.append(reply.url) if reply.ok else None)
    image = drawn("ogc/styles/places.default")
    assert any("/sprites/places/default/" in url and url.endswith(".png") for url in asked)
    assert any(url.endswith("/0-255.pbf") for url in asked)
    icon = around(image, PLACES["icon"], 6)
    assert np.abs(icon - (0xD0, 0x20, 0x20)).max(axis=2).min() <= TOLERANCE


OPENLAYERS = {
    "wmts": """async ([url, grid, center, resolution]) => {
  const [{default: Map}, {default: View}, {default: Tile}, {default: WMTS, optionsFromCapabilities},
    {default: Capabilities}, {register}] = await Promise.all([import("ol/Map.js"),
    import("ol/View.js"), import("ol/layer/Tile.js"), import("ol/source/WMTS.js"),
    import("ol/format/WMTSCapabilities.js"), import("ol/proj/proj4.js")]);
  proj4.defs("EPSG:3826", "+proj=tmerc +lat_0=0 +lon_0=121 +k=0.9999 +x_0=250000 +y_0=0 +ellps=GRS80 +units=m");
  register(proj4);
  const reply = await fetch(`${url}/wmts?service=WMTS&request=GetCapabilities&version=1.0.0`);
  const options = optionsFromCapabilities(new Capabilities().read(await reply.text()),
    {layer: "districts", matrixSet: grid});
  const projection = options.projection;
  options.crossOrigin = "anonymous";
  const map = new Map({target: "map", controls: [], layers: [new Tile({source: new WMTS(options)})],
    view: new View({projection, center, resolution})});
  await new Promise((resolve) => map.once("rendercomplete", resolve));
}""",
    "wms": """async ([url, code, center, resolution]) => {
  const [{default: Map}, {default: View}, {default: Image}, {default: ImageWMS}, {register}] =
    await Promise.all([import("ol/Map.js"), import("ol/View.js"), import("ol/layer/Image.js"),
    import("ol/source/ImageWMS.js"), import("ol/proj/proj4.js")]);
  proj4.defs("EPSG:3826", "+proj=tmerc +lat_0=0 +lon_0=121 +k=0.9999 +x_0=250000 +y_0=0 +ellps=GRS80 +units=m");
  register(proj4);
  const source = new ImageWMS({url: `${url}/wms`, params: {LAYERS: "districts"}, crossOrigin: "anonymous"});
  const map = new Map({target: "map", controls: [], layers: [new Image({source})],
    view: new View({projection: code, center, resolution})});
  await new Promise((resolve) => map.once("rendercomplete", resolve));
}""",
    "mvt": """async ([url, code, center, resolution]) => {
  const [{default: Map}, {default: View}, {default: VectorTileLayer}, {default: VectorTile}, {default: MVT},
    {Style, Fill}] = await Promise.all([import("ol/Map.js"), import("ol/View.js"), import("ol/layer/VectorTile.js"),
    import("ol/source/VectorTile.js"), import("ol/format/MVT.js"), import("ol/style.js")]);
  const style = (feature) => new Style({fill: new Fill(
    {color: feature.get("name") === "西區" ? "rgb(192, 32, 32)" : "rgb(32, 32, 192)"})});
  const source = new VectorTile({format: new MVT(), url: `${url}/tiles/districts/{z}/{x}/{y}.mvt`, maxZoom: 16});
  const map = new Map({target: "map", controls: [], layers: [new VectorTileLayer({source, style})],
    view: new View({projection: code, center, resolution})});
  await new Promise((resolve) => map.once("rendercomplete", resolve));
}""",
}
RESOLUTION = 10.0


@pytest.mark.parametrize(
    ("service", "grid", "code"),
    [
        ("wmts", "WebMercatorQuad", "EPSG:3857"),
        ("wmts", "TWD97TM2", "EPSG:3826"),
        ("wms", "EPSG:3857", "EPSG:3857"),
        ("wms", "EPSG:3826", "EPSG:3826"),
        ("mvt", "EPSG:3857", "EPSG:3857"),
    ],
)
def test_openlayers_shows_features_where_they_are(
    page: Page, styles_url: str, service: str, grid: str, code: str
) -> None:
    crs = {"EPSG:3857": WEB_MERCATOR, "EPSG:3826": TWD97_TM2}[code]
    centre = [float(value) for value in transform_points(218_500.0, 2_673_000.0, TWD97_TM2, crs)]
    arguments: list[Any] = [styles_url, grid, centre, RESOLUTION]
    page.evaluate(OPENLAYERS[service], arguments)
    image = seen(page)
    expected = {"red": RED, "blue": BLUE, "outside": (255, 255, 255)}
    for name, place in TOWN_PLACES.items():
        x, y = transform_points(*place, TWD97_TM2, crs)
        at = round(SIZE / 2 + (x - centre[0]) / RESOLUTION), round(SIZE / 2 - (y - centre[1]) / RESOLUTION)
        if 0 <= at[0] < SIZE:
            assert np.abs(np.array(image.getpixel(at)) - expected[name]).max() <= TOLERANCE, name
