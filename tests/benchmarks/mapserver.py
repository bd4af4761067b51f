"""MapServer 8 as a peer: two FastCGI processes behind nginx over the very GeoPackage, with the city's look."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks import city
from tests.benchmarks.machine import MAPSERVER_PROGRAMS
from tests.benchmarks.servers import HOST, BenchmarkError, Server, Starter, running, stop

PROCESSES = 2
_TOP = 559082264.0287178
"""Scale denominator of zoom 0 (OGC: pixels of 0.28 mm)."""

MAP = """
MAP
  NAME "city"
  SIZE 256 256
  MAXSIZE 4096
  IMAGECOLOR {ground}
  FONTSET "{folder}/fonts.txt"
  PROJECTION "init=epsg:3857" END
  EXTENT {extent}
  DEFRESOLUTION 72
  RESOLUTION 72
  CONFIG "PROJ_LIB" "/usr/share/proj"
  OUTPUTFORMAT
    NAME "png" DRIVER "AGG/PNG" MIMETYPE "image/png" IMAGEMODE RGB EXTENSION "png"
    FORMATOPTION "COMPRESSION={compression}"
  END
  WEB
    METADATA
      "wms_title" "city" "wms_srs" "EPSG:3857" "wms_enable_request" "*" "wms_onlineresource" "http://{host}/"
    END
  END
{layers}
END
"""
LAYER = """
  LAYER
    NAME "{name}"
    TYPE {kind}
    STATUS ON
    CONNECTIONTYPE OGR
    CONNECTION "{geopackage}"
    DATA "{table}"
    PROCESSING "CLOSE_CONNECTION=DEFER"
    PROJECTION "init=epsg:3857" END
    METADATA "wms_title" "{name}" END
{body}
  END
"""
COMPRESSION = 3
"""Of zlib: fastest at about the size of the tiles that it is compared with."""

NGINX = """
daemon off;
worker_processes 1;
user root;
pid {folder}/mapserver-nginx-{port}.pid;
error_log {folder}/mapserver-nginx.log warn;
events {{ worker_connections 256; }}
http {{
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      fastcgi_pass unix:{socket};
      fastcgi_buffers 64 16k;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param SCRIPT_NAME /;
      fastcgi_param SERVER_NAME localhost;
      fastcgi_param SERVER_PORT {port};
    }}
  }}
}}
"""


def is_installed() -> bool:
    """Tell whether MapServer, what starts it and nginx are there."""
    return bool(_nginx()) and all(map(shutil.which, MAPSERVER_PROGRAMS))


def _nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def mapserver(folder: Path, geopackage: Path, font: Path) -> Starter:
    """Return what starts MapServer; it has a map file for each zoom, so that none holds what is not drawn there."""
    nginx = _nginx()
    if nginx is None:
        raise BenchmarkError("MapServer is not installed")
    home = folder / "mapserver"
    home.mkdir(exist_ok=True)
    (home / "fonts.txt").write_text(f"noto {font}\n")
    for zoom in range(city.FIRST_ZOOM, city.LAST_ZOOM + 1):
        (home / f"city{zoom}.map").write_text(map_file(home, geopackage, zoom), encoding="utf-8")
    maps = "\n".join(f'"Z{zoom}" "{home}/city{zoom}.map"' for zoom in range(city.FIRST_ZOOM, city.LAST_ZOOM + 1))
    (home / "mapserver.conf").write_text(f"CONFIG\n ENV\n END\n MAPS\n{maps}\n END\nEND\n")

    @contextmanager
    def start() -> Iterator[Server]:
        socket = home / "socket"
        socket.unlink(missing_ok=True)
        with (home / "fcgi.log").open("wb") as log:
            fastcgi = subprocess.Popen(
                # spawn-fcgi opens the socket and becomes multiwatch, which keeps the processes alive.
                [
                    "spawn-fcgi",
                    "-n",
                    "-s",
                    str(socket),
                    "--",
                    "/usr/bin/multiwatch",
                    "-f",
                    str(PROCESSES),
                    MAPSERVER_PROGRAMS[0],
                ],
                env={"MAPSERVER_CONFIG_FILE": str(home / "mapserver.conf"), "PATH": "/usr/bin:/bin"},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            _await(socket)

            def command(port: int) -> list[str]:
                file = home / f"nginx-{port}.conf"
                file.write_text(NGINX.format(folder=home, port=port, socket=socket))
                return [nginx, "-e", str(home / "nginx-error.log"), "-c", str(file)]

            x, y = city.WEST + city.SPAN / 2, city.SOUTH + city.SPAN / 2
            with running(command, map_path((x, y, x + 1000, y + 1000), 256, 256, 15), home) as server:
                yield server
        finally:
            stop(fastcgi)

    return start


def _await(socket: Path) -> None:
    for _ in range(100):
        if socket.exists():
            return
        time.sleep(0.05)
    raise BenchmarkError("MapServer does not start")


def map_path(
    area: tuple[float, float, float, float], width: int, height: int, zoom: int, layers: tuple[str, ...] = city.LAYERS
) -> str:
    """Return the path of a map of EPSG:3857 in WMS."""
    bbox = ",".join(map(repr, area))
    names = ",".join(name for layer in layers for name in _names_of(layer))
    return (
        f"/?map=Z{zoom}&SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS={names}&STYLES=&SRS=EPSG:3857&BBOX={bbox}"
        f"&WIDTH={width}&HEIGHT={height}&FORMAT=image/png"
    )


def _names_of(layer: str) -> tuple[str, ...]:
    return (layer,)


def map_file(folder: Path, geopackage: Path, zoom: int) -> str:
    """Return the map of one zoom."""
    bodies = {layer: body for layer in city.LAYERS if (body := _body(layer, zoom))}
    kinds = {"buildings": "POLYGON", "roads": "LINE", "plates": "POINT", "places": "POINT"}
    layers = [
        LAYER.format(name=layer, table=layer, kind=kinds[layer], geopackage=geopackage, body=body)
        for layer, body in bodies.items()
    ]
    # A map of a zoom answers for all layers, also those that draw nothing there.
    layers += [
        f'LAYER NAME "{layer}" TYPE POINT STATUS ON METADATA "wms_title" "{layer}" END END'
        for layer in city.LAYERS
        if layer not in bodies
    ]
    return MAP.format(
        folder=folder,
        host=HOST,
        ground=_colour(city.GROUND),
        extent=" ".join(map(str, city.extent())),
        compression=COMPRESSION,
        layers="\n".join(layers),
    )


def _colour(colour: str) -> str:
    return " ".join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))


def _label(colour: str, size: float, priority: int, more: str = "POSITION CC") -> str:
    return f"""
      LABEL
        TYPE TRUETYPE FONT "noto" ENCODING "UTF-8" SIZE {0.75 * size} COLOR {_colour(colour)}
        OUTLINECOLOR {_colour(city.HALO)} OUTLINEWIDTH {2 * city.HALO_WIDTH} PRIORITY {priority} PARTIALS FALSE
        BUFFER {round(size / 4)} {more}
      END"""


def _stroke(colour: str, width: float) -> str:
    return f"STYLE COLOR {_colour(colour)} WIDTH {width:.2f} LINECAP ROUND LINEJOIN ROUND END"


def _body(layer: str, zoom: int) -> str:
    if layer == "buildings":
        fill = f"STYLE COLOR {_colour(city.BUILDING)} OUTLINECOLOR {_colour(city.BUILDING_OUTLINE)} WIDTH 0.7 END"
        return f"CLASS {fill} END" if zoom >= city.BUILDINGS_FROM else ""
    if layer == "plates":
        label = _label(city.PLATE_TEXT, city.SIZES[layer], 1)
        return f'LABELITEM "number" CLASS {label} END' if zoom >= city.PLATES_FROM else ""
    if layer == "places":
        seen = {rank for rank, first in city.RANKS_FROM.items() if zoom >= first}
        classes = "\n".join(
            f'CLASS EXPRESSION "{rank}" {_label(city.TEXT, city.SIZES[layer], 10 - rank)} END' for rank in sorted(seen)
        )
        filter_ = f'PROCESSING "NATIVE_FILTER=rank <= {max(seen)}"' if len(seen) < len(city.RANKS_FROM) else ""
        return f'CLASSITEM "rank" LABELITEM "name" {filter_} {classes}'
    return _roads(zoom)


def _roads(zoom: int) -> str:
    classes = []
    for class_, colour, casing, widths, first, named in (
        (2, city.MINOR, city.MINOR_CASING, city.MINOR_WIDTHS, city.MINOR_FROM, city.MINOR_NAMES_FROM),
        (1, city.MAJOR, city.MAJOR_CASING, city.MAJOR_WIDTHS, city.FIRST_ZOOM, city.MAJOR_NAMES_FROM),
    ):
        if zoom >= first:
            width = city.width_at(widths, zoom)
            follow = (
                f"ANGLE FOLLOW MAXOVERLAPANGLE 25 REPEATDISTANCE {city.NAME_SPACING:.0f}"
                f" MINDISTANCE {city.NAME_SPACING / 2:.0f}"
            )
            label = _label(city.ROAD_TEXT, city.SIZES["roads"], 4, follow) if zoom >= named else ""
            strokes = _stroke(casing, width + city.CASING), _stroke(colour, width)
            classes.append(f'CLASS EXPRESSION "{class_}" {strokes[0]} {strokes[1]} {label} END')
    filter_ = 'PROCESSING "NATIVE_FILTER=class = 1"' if zoom < city.MINOR_FROM else ""
    return f'CLASSITEM "class" LABELITEM "name" {filter_} {chr(10).join(classes)}'
