"""Peers that serve finished tiles: nginx from a folder, MapProxy from its file cache."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from tests.benchmarks.environments import granian, own_python, peer_environment
from tests.benchmarks.machine import Say
from tests.benchmarks.servers import Server, Starter, running

NGINX = """
daemon off;
worker_processes {workers};
pid {folder}/nginx-{port}.pid;
error_log {folder}/nginx-error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  types {{ image/png png; }}
  client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""

MAPPROXY = """
services: {wmts: {restful: true, kvp: true}}
layers: [{name: bench, title: Bench, sources: [bench]}]
caches:
  bench:
    grids: [GLOBAL_WEBMERCATOR]
    sources: []
    format: image/png
    cache: {type: file, directory: %s, directory_layout: tms}
globals: {cache: {base_dir: cache, lock_dir: cache/locks}}
"""
MAPPROXY_APP = "from mapproxy.wsgiapp import make_wsgi_app\n\napplication = make_wsgi_app('mapproxy.yaml')\n"


def nginx(folder: Path, tiles: Path, workers: int, ready: str) -> Starter | None:
    """Return what starts nginx on a folder of tiles, None where there is no nginx."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        return None

    def command(port: int) -> Sequence[str]:
        file = folder / f"nginx-{port}.conf"
        file.write_text(NGINX.format(folder=folder, root=tiles, port=port, workers=workers))
        return [program, "-e", str(folder / "nginx-error.log"), "-c", str(file)]

    def start() -> AbstractContextManager[Server]:
        return running(command, ready, folder)

    return start


class MapProxyPeer:
    """Stock MapProxy: WMTS from a file cache, no source, under the same Granian as Tuzi."""

    def __init__(self, folder: Path, environments: Path, tiles: Path, say: Say) -> None:
        packages = ["mapproxy==7.0.0", granian()]
        self._programs = peer_environment(environments, "mapproxy", packages, own_python(), say)
        self._folder = folder
        (folder / "mapproxy.yaml").write_text(MAPPROXY % tiles)
        (folder / "mapproxy_app.py").write_text(MAPPROXY_APP)

    def serve(self, workers: int, threads: int | None, ready: str) -> Starter:
        """Return what starts it; without a number of threads it has Granian's default."""

        def command(port: int) -> Sequence[str]:
            more = [] if threads is None else ["--blocking-threads", str(threads)]
            return granian_command(self._programs, port, workers, [*more, "mapproxy_app:application"])

        def start() -> AbstractContextManager[Server]:
            return running(command, ready, self._folder)

        return start


def granian_command(programs: Path, port: int, workers: int, more: Sequence[str]) -> Sequence[str]:
    """Return the command that serves a WSGI application under a peer's Granian."""
    fixed = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    return [str(programs / "granian"), *fixed, *more]
