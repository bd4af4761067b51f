"""``tuzi cache requests``: which places clients ask for most."""

from __future__ import annotations

from collections.abc import Mapping

import click
import orjson
from rich.table import Table

from layers.crs import CRS84, transform_points
from scripts.console import console
from scripts.language import TranslatedCommand, option
from scripts.mounts import open_requests
from scripts.workshop import Workshop
from tilecache.grids import TileMatrixSet, tile_matrix_sets
from tilecache.requests import SIDE, Popularity

COLUMNS = ("layer", "grid", "zoom", "place", "requests")


@click.command("requests", cls=TranslatedCommand, help="help_cache_requests")
@option("--most", type=click.IntRange(1, 10_000), default=20, show_default=True, help="help_cache_most")
@option("--json", "as_json", is_flag=True, help="help_json")
@click.pass_obj
def requests(workshop: Workshop, most: int, as_json: bool) -> None:
    """List the places that are asked for most."""
    grids = tile_matrix_sets(workshop.configuration.tilecache.max_zoom)
    found = [one for one in open_requests(workshop.configuration).most_requested(most) if one.block.grid in grids]
    if as_json:
        documents = [_document(one, grids) for one in found]
        click.echo(orjson.dumps(documents, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table(box=None, pad_edge=False)
    for name in COLUMNS:
        table.add_column(workshop.say(f"column_{name}"), justify="right" if name == "requests" else "left")
    for one in found:
        lon, lat = _middle(one, grids)
        place = f"{lon:.5f},{lat:.5f}"
        table.add_row(one.block.layer, one.block.grid, str(one.block.z), place, f"{one.requests:,.0f}")
    console().print(table)


def _document(one: Popularity, grids: Mapping[str, TileMatrixSet]) -> dict[str, object]:
    block = one.block
    return {
        "layer": block.layer,
        "grid": block.grid,
        "zoom": block.z,
        "columns": [block.column * SIDE, block.column * SIDE + SIDE - 1],
        "rows": [block.row * SIDE, block.row * SIDE + SIDE - 1],
        "middle": [round(degrees, 6) for degrees in _middle(one, grids)],
        "requests": round(one.requests, 1),
    }


def _middle(one: Popularity, grids: Mapping[str, TileMatrixSet]) -> tuple[float, float]:
    """Return longitude and latitude (CRS84) of the middle of a block."""
    block, grid = one.block, grids[one.block.grid]
    columns, rows = grid.size(block.z)
    first = grid.bounds(block.z, block.column * SIDE, block.row * SIDE)
    x, y = min(block.column * SIDE + SIDE, columns) - 1, min(block.row * SIDE + SIDE, rows) - 1
    last = grid.bounds(block.z, x, y)
    lon, lat = transform_points((first.west + last.east) / 2, (first.north + last.south) / 2, grid.crs, CRS84)
    return float(lon), float(lat)
