"""Stock pygeoapi with its SQLiteGPKG and its PostgreSQL provider over the benchmark's polygons."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import yaml

from tests.benchmarks.data import AREA
from tests.benchmarks.environments import granian, own_python, peer_environment, python_for_spatialite
from tests.benchmarks.machine import Say
from tests.benchmarks.postgres import USER
from tests.benchmarks.servers import HOST, BenchmarkError, Server, Starter, running
from tests.benchmarks.static_peers import granian_command

PACKAGES = ("pygeoapi==0.21.0", "geoalchemy2", "psycopg2-binary")
READY = "/collections/polygons/items?limit=1&f=json"


class PygeoapiPeer:
    """One provider's pygeoapi, under the same Granian as Tuzi."""

    def __init__(self, folder: Path, environments: Path, name: str, provider: dict[str, Any], say: Say) -> None:
        self._folder = folder / f"pygeoapi-{name}"
        self._folder.mkdir()
        python = python_for_spatialite() or own_python()
        packages = [*PACKAGES, granian()]
        self._programs = peer_environment(environments, "pygeoapi", packages, python, say)
        config, document = self._folder / "config.yml", self._folder / "openapi.yml"
        config.write_text(yaml.safe_dump(_configuration(provider)), encoding="utf-8")
        self._environment = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(document)}
        generate = [
            str(self._programs / "pygeoapi"),
            "openapi",
            "generate",
            str(config),
            "--output-file",
            str(document),
        ]
        done = subprocess.run(generate, cwd=self._folder, capture_output=True, text=True, check=False, timeout=120)
        if done.returncode:
            raise BenchmarkError(f"pygeoapi openapi generate: {done.stderr[-500:]}")

    def serve(self, workers: int, threads: int) -> Starter:
        """Return what starts it."""

        def command(port: int) -> Sequence[str]:
            more = ["--blocking-threads", str(threads), "pygeoapi.flask_app:APP"]
            return granian_command(self._programs, port, workers, more)

        def start() -> AbstractContextManager[Server]:
            return running(command, READY, self._folder, self._environment)

        return start


def geopackage_provider(geopackage: Path) -> dict[str, Any] | None:
    """Describe the SQLiteGPKG provider, None where no Python here can load SpatiaLite."""
    if python_for_spatialite() is None:
        return None
    return {"type": "feature", "name": "SQLiteGPKG", "data": str(geopackage), "id_field": "fid", "table": "polygons"}


def postgresql_provider(port: int) -> dict[str, Any]:
    """Describe the PostgreSQL provider."""
    data = {"host": HOST, "port": port, "dbname": "postgres", "user": USER, "password": "-", "search_path": ["public"]}
    return {
        "type": "feature",
        "name": "PostgreSQL",
        "data": data,
        "id_field": "fid",
        "table": "polygons",
        "geom_field": "geom",
    }


def _configuration(provider: dict[str, Any]) -> dict[str, Any]:
    name = {"name": "bench", "url": "https://example.org"}
    return {
        "server": {
            "bind": {"host": HOST, "port": 5000},
            "url": "http://127.0.0.1:5000",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "gzip": False,
            "languages": ["en-US"],
            "cors": True,
            "pretty_print": False,
            "limits": {"default_items": 10, "max_items": 10_000},
            "map": {"url": "https://example.org/{z}/{x}/{y}.png", "attribution": "-"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "bench",
                "description": "bench",
                "keywords": ["bench"],
                "keywords_type": "theme",
                "terms_of_service": "https://example.org",
                "url": "https://example.org",
            },
            "license": name,
            "provider": name,
            "contact": {"name": "bench"},
        },
        "resources": {
            "polygons": {
                "type": "collection",
                "title": "polygons",
                "description": "polygons",
                "keywords": ["bench"],
                "extents": {"spatial": {"bbox": list(AREA), "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
                "providers": [provider],
            }
        },
    }
