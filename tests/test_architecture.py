"""The house's rules on imports: one way between packages, one door per third party, none hidden in functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RANK = {"layers": 0, "catalog": 1, "tilecache": 2, "server": 3, "scripts": 4}
MODULES = sorted(file for package in RANK for file in (ROOT / package).rglob("*.py") if "site/" not in str(file))

DOORS = {
    "mapnik": ("layers/render",),
    "pyproj": ("layers/crs.py", "layers/crs_definitions.py"),
    "fiona": ("layers/sources", "layers/stores", "layers/raster"),
    "pyogrio": ("layers/sources", "layers/stores", "layers/raster", "scripts/demonstration/writer.py"),
    "rasterio": ("layers/sources", "layers/stores", "layers/raster", "scripts/demonstration"),
    "nanoarrow": ("layers/sources",),
    "python_calamine": ("layers/sources",),
    "mapproxy": ("tilecache", "server/mapproxy.py"),
    "pygeoapi": ("server/ogc",),
    "sqlalchemy": ("catalog", "scripts", "server/configuration.py"),
    "alembic": ("catalog",),
    "psycopg": ("layers/stores/postgis",),
    "psycopg_pool": ("layers/stores/postgis",),
    "google": ("layers/mvt", "layers/glyphs"),
    "freetype": ("layers/glyphs",),
    "deflate": ("layers/render/png.py",),
    "pyroaring": ("tilecache/footprint.py",),
    "redis": ("tilecache/stores/redis.py", "tilecache/locks/redis.py", "tilecache/requests/redis.py"),
    "flask": ("server",),
    "click": ("scripts",),
    "minio": ("tilecache/stores/s3.py",),
    "urllib3": ("catalog/retrieval.py", "tilecache/stores/s3.py"),
    "cronsim": ("catalog/schedule.py",),
}


def imports_of(file: Path) -> Iterator[tuple[str, int, bool]]:
    """Yield (module, line, hidden in a function)."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    hidden = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, node.lineno, id(node) in hidden
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno, id(node) in hidden


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_keep_the_house_rules(file: Path) -> None:
    path = str(file.relative_to(ROOT))
    package = path.split("/")[0]
    for module, line, hidden in imports_of(file):
        top = module.split(".")[0]
        if top in RANK:
            assert not hidden, f"{path}:{line} hides the import of {module} in a function"
            assert RANK[top] <= RANK[package], f"{path}:{line} imports {module}: against the direction of the house"
        if top in DOORS:
            assert path.startswith(DOORS[top]), f"{path}:{line} imports {module} outside of its door {DOORS[top]}"


def test_layers_know_no_http() -> None:
    for file in (ROOT / "layers").rglob("*.py"):
        for module, line, _ in imports_of(file):
            assert module.split(".")[0] not in {"flask", "werkzeug", "http", "urllib"} or module == "urllib.parse", (
                f"{file}:{line}"
            )
