"""Growth: capabilities and a change of the catalogue at sixty, six hundred and six thousand layers.

The layers are rows of a catalogue, each with fields, keywords and styles of its own; nothing of them is drawn, so
none has features. The server is the one that is shipped, with one worker.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import yaml

from catalog import models
from catalog.database import Catalogue
from layers.crs import TWD97_TM2
from layers.schema import Field, FieldType, GeometryType, Schema, schema_document
from layers.text import Text
from server.configuration import read_configuration
from tests.benchmarks.data import SEED
from tests.benchmarks.machine import Say
from tests.benchmarks.pace import Pace
from tests.benchmarks.samples import Samples
from tests.benchmarks.servers import HOST, BenchmarkError, Server, get
from tests.benchmarks.table import Aim, Row
from tests.benchmarks.tuzi import FONTS, ROOT, Platform

SIZES = (60, 600, 6000)
THEMES, AGENCIES = 20, 24
TITLE = "道路中心線"
VISIBLE = 2.0
"""Seconds after which a change is served."""
PATIENCE = 60.0
DOCUMENTS = {
    "WMS capabilities": "/wms?SERVICE=WMS&REQUEST=GetCapabilities",
    "WMTS capabilities": "/wmts?SERVICE=WMTS&REQUEST=GetCapabilities",
}
CHANGED = "/tiles/layer-00007.json"
"""Small, so that asking for it again and again does not slow down what is measured."""
_MEGABYTE = 1024
"""Kilobytes."""


def measure_capabilities(folder: Path, pace: Pace, samples: Samples, say: Say) -> Sequence[Row]:
    """Measure each size with a server of its own in each round."""
    platforms = {}
    for size in SIZES:
        say(f"filling a catalogue of {size:,} layers")
        platforms[size] = _platform(folder / f"capabilities-{size}", size)
    for number in pace.each_round():
        for size, platform in platforms.items():
            say(f"capabilities of {size:,} layers, round {number + 1}")
            with platform.serve(workers=1)() as server:
                _measure(platform, server, str(size), samples, number)
    return list(_rows(samples))


def _measure(platform: Platform, server: Server, size: str, samples: Samples, number: int) -> None:
    samples.add(size, "memory of a worker before", _memory(server.pid))
    connection = http.client.HTTPConnection(HOST, server.port, timeout=PATIENCE)
    for name, path in DOCUMENTS.items():
        for measure in ("first", "again"):
            samples.add(size, f"{name}, {measure}", _timed(lambda path=path: _fetch(connection, path)))  # type: ignore[misc]
    samples.add(size, "memory of a worker", _memory(server.pid))
    catalogue = Catalogue(read_configuration(platform.config).catalogue_url)
    for change in range(3):
        title = f"{TITLE}{number}之{change}"
        with catalogue.change() as session:
            layer = session.get(models.Layer, "layer-00007")
            if layer is None:
                raise BenchmarkError("the catalogue is not what it was filled with")
            layer.title_zh = title
            layer.title_en = None
        samples.add(size, "change served", _timed(lambda title=title: _await(connection, title)))  # type: ignore[misc]
    catalogue.close()
    connection.close()


def _fetch(connection: http.client.HTTPConnection, path: str) -> bytes:
    reply = get(connection, path)
    if reply.status != 200:
        raise BenchmarkError(f"{path}: {reply.status}")
    return reply.body


def _await(connection: http.client.HTTPConnection, title: str) -> None:
    """Wait until a change stands in the answers about the layer, then in the capabilities."""
    limit = time.monotonic() + PATIENCE
    while title.encode() not in _fetch(connection, CHANGED):
        if time.monotonic() > limit:
            raise BenchmarkError("a change of the catalogue is not served")
        time.sleep(0.01)
    if title.encode() not in _fetch(connection, DOCUMENTS["WMS capabilities"]):
        raise BenchmarkError("capabilities tell of another revision than everything else")


def _timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def _memory(pid: int) -> float:
    """Return the resident size of the largest process of a server, its worker, in megabytes."""
    sizes = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        if f"\nPPid:\t{pid}\n" in text and "VmRSS:" in text:
            sizes.append(int(text.partition("VmRSS:")[2].split()[0]))
    return max(sizes, default=0) / _MEGABYTE


def _rows(samples: Samples) -> Iterator[Row]:
    names = [f"{name}, {measure}" for name in DOCUMENTS for measure in ("first", "again")]
    units = {**dict.fromkeys(names, "ms"), "change served": "ms", "memory of a worker": "MB"}
    for name, unit in units.items():
        fewest = samples.median(str(SIZES[0]), name)
        for size in SIZES:
            mine = samples.median(str(size), name)
            if size == SIZES[0]:
                yield Row(f"{size:,} layers", name, unit, mine)
                continue
            growth = Aim("≤", size / SIZES[0])
            yield Row(f"{size:,} layers", name, unit, mine, f"{SIZES[0]} layers", fewest, growth)
    most = samples.median(str(SIZES[-1]), "change served")
    yield Row(f"{SIZES[-1]:,} layers", "a change is served after", "ms", most, aim=Aim("≤", VISIBLE * 1000))


def _platform(folder: Path, size: int) -> Platform:
    folder.mkdir()
    config = folder / "config.yml"
    settings = {
        "data": str(folder / "data"),
        "layers": {"fonts": [str(ROOT / font) for font in FONTS]},
        "server": {"site": str(ROOT / "server/site/dist")},
    }
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    catalogue = Catalogue(read_configuration(config).catalogue_url)
    catalogue.migrate()
    with catalogue.change() as session:
        session.add_all(models.Agency(id=f"agency-{n}", title_zh=f"第{n}局", title_en=None) for n in range(AGENCIES))
        session.add_all(models.Theme(id=f"theme-{n}", title_zh=f"主題{n}", title_en=None) for n in range(THEMES))
        session.flush()
        session.add_all(_layers(size))
    catalogue.close()
    return Platform(folder, config)


def _layers(size: int) -> Iterator[models.Layer]:
    random = np.random.default_rng(SEED)
    kinds = (GeometryType.POINT, GeometryType.LINESTRING, GeometryType.POLYGON)
    for number in range(size):
        fields = tuple(Field(f"field_{n}_{number % 50}", FieldType.TEXT, Text(f"欄位{n}")) for n in range(8))
        schema = Schema(kinds[number % 3], TWD97_TM2, fields)
        west, south = random.uniform((120.45, 23.99), (121.3, 24.4))
        colour = f"#{number * 2654435761 % 0xFFFFFF:06x}"
        symbol = ({"mark": {"colour": colour}}, {"line": {"colour": colour}}, {"fill": {"colour": colour}})[number % 3]
        rule = {"name": "one", "title": {"zh": f"圖例{number}"}, "zoom": [8 + number % 6, 20], "symbols": [symbol]}
        yield models.Layer(
            id=f"layer-{number:05d}",
            agency_id=f"agency-{number % AGENCIES}",
            theme_id=f"theme-{number % THEMES}",
            kind="vector",
            title_zh=f"{TITLE}{number}",
            title_en=f"Road centre lines {number}",
            abstract_zh="臺中市各區道路中心線，供交通規劃與介接系統使用。" * 3,
            access="public" if number % 10 else "internal",
            licence="政府資料開放授權條款-第1版",
            keywords=["道路", "交通", f"關鍵字{number % 30}"],
            style={"rules": [rule]},
            current_release=1,
            releases=[
                models.Release(
                    number=1, state="ready", source=f"{number}.shp", count=1000 + number, west=west, south=south,
                    east=west + 0.05, north=south + 0.05, schema=schema_document(schema),
                )
            ],
        )  # fmt: skip
