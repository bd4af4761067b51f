"""``tuzi seed``: draws the tiles of a layer or basemap before anybody asks for them."""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from functools import partial

import click
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from catalog.comparison import release_before
from catalog.errors import CatalogueError
from catalog.records import BasemapRecord
from catalog.snapshot import read_snapshot
from layers.extent import BoundingBox
from scripts.console import console, progress
from scripts.language import TranslatedCommand, option
from scripts.mounts import find_drawable, in_style, open_lineages, open_requests, open_store, opener, tile_pattern
from scripts.workshop import Workshop
from tilecache.configuration import IMAGERY_FORMAT, tile_formats
from tilecache.drawing import Drawable, extent_of
from tilecache.editions import Editions
from tilecache.errors import RequestLogUnavailable
from tilecache.footprint import Footprint
from tilecache.grids import TileMatrixSet, find_grid, tile_matrix_sets
from tilecache.identity import DEFAULT_STYLE
from tilecache.reach import footprint_of_area, footprint_of_record, footprint_since, intersection
from tilecache.requests import Block
from tilecache.seed_plan import SeedPlan, plan_seeding
from tilecache.seeding import Estimate, Seeding, seeding

FORMATS = ("png", "webp", "jpg", "png@2x", "webp@2x", "jpg@2x")
"""As the endings of their URLs are."""
FIRST, LAST = 8, 16
"""Levels that are seeded where none are named, counted as WebMercatorQuad's."""


@click.command("seed", cls=TranslatedCommand, help="help_seed")
@click.argument("name")
@option("--grid", default="WebMercatorQuad", show_default=True, help="help_seed_grid")
@option("--zoom", metavar="8-16", help="help_seed_zoom")
@option("--area", help="help_seed_area")
@option("--style", default=DEFAULT_STYLE, show_default=True, help="help_seed_style")
@option("--format", "format_", type=click.Choice(FORMATS), default="png", show_default=True, help="help_seed_format")
@option("--jobs", type=click.IntRange(1, 256), default=os.cpu_count() or 1, show_default=True, help="help_seed_jobs")
@option("--only-changed", is_flag=True, help="help_seed_only_changed")
@option("--max-failures", type=click.IntRange(min=1), default=10, show_default=True, help="help_seed_max_failures")
@option("--estimate", is_flag=True, help="help_seed_estimate")
@click.pass_obj
def seed(
    workshop: Workshop,
    name: str,
    grid: str,
    zoom: str | None,
    area: str | None,
    style: str,
    format_: str,
    jobs: int,
    only_changed: bool,
    max_failures: int,
    estimate: bool,
) -> None:
    """Draw the tiles that are not kept yet, the most useful first."""
    record = find_drawable(workshop, name)
    shown = in_style(record, style)
    kept_as = _kept_format(shown, format_)
    matrices = find_grid(tile_matrix_sets(workshop.configuration.tilecache.max_zoom), grid)
    box = None if area is None else parse_area(workshop, area)
    footprint = _footprint(workshop, shown, matrices, parse_levels(zoom, matrices), kept_as, only_changed)
    if box is not None:
        levels = list(footprint.levels)
        footprint = intersection(footprint, footprint_of_area(box, matrices, levels, footprint.metatile))
    middle = (box or BoundingBox(*workshop.configuration.layers.extent)).centre
    store = open_store(workshop.configuration)
    editions = Editions(shown, open_lineages(workshop.configuration))
    pattern = tile_pattern(record, matrices.id, kept_as, style)
    screen = console()
    requests = _requests(workshop, screen, name)
    plan = plan_seeding(pattern, footprint, store, middle, partial(editions.at, matrices), requests)
    if not plan.total:
        screen.print(workshop.say("seed_nothing", name=name, kept=f"{sum(plan.kept.values()):,}"))
        return
    jobs = min(jobs, plan.total)
    with seeding(plan, opener(workshop.config_file, record, matrices, style), jobs, max_failures) as work:
        _seed(workshop, screen, work, jobs, estimate)
    _conclude(workshop, screen, work, estimate)


def _kept_format(record: Drawable, name: str) -> str:
    """Return what tile keys call a format; raises CatalogueError where the record has no tiles of it."""
    kind, _, density = name.partition("@")
    kind = IMAGERY_FORMAT if kind == "jpg" else kind
    if kind not in tile_formats(record):
        raise CatalogueError("seed_format", name=record.id, format=name)
    return f"{kind}@{density}" if density else kind


def _requests(workshop: Workshop, screen: Console, name: str) -> dict[Block, float]:
    """Return what clients ask for of a layer or basemap; without it the order is another, not the result."""
    try:
        return open_requests(workshop.configuration).requests(name)
    except RequestLogUnavailable as error:
        screen.print(error.sentence(workshop.language), style="yellow")
        return {}


def parse_levels(text: str | None, grid: TileMatrixSet) -> list[int]:
    """Read ``8-16`` or ``12``, levels of the grid; raises CatalogueError."""
    if text is None:
        first, last = max(0, FIRST - grid.zoom_offset), LAST - grid.zoom_offset
        return list(range(first, min(last, grid.deepest) + 1))
    found = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", text.strip(), re.ASCII)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if not first <= last <= grid.deepest:
        raise CatalogueError("seed_zoom", zoom=text[:80], grid=grid.id, deepest=grid.deepest)
    return list(range(first, last + 1))


def parse_area(workshop: Workshop, text: str) -> BoundingBox:
    """Read west,south,east,north in degrees, or the id of a layer or basemap for its extent; raises CatalogueError."""
    snapshot = read_snapshot(workshop.catalogue)
    record = snapshot.layers.get(text) or snapshot.basemaps.get(text)
    if record is not None:
        return extent_of(record)
    try:
        box = BoundingBox(*map(float, text.split(",")))
    except (ValueError, TypeError):
        raise CatalogueError("seed_area", area=text[:80]) from None
    within = (
        all(map(math.isfinite, box)) and -180 <= box.west <= box.east <= 180 and -90 <= box.south <= box.north <= 90
    )
    if not within:
        raise CatalogueError("seed_area", area=text[:80])
    return box


def _footprint(
    workshop: Workshop,
    record: Drawable,
    grid: TileMatrixSet,
    levels: Sequence[int],
    format_: str,
    only_changed: bool,
) -> Footprint:
    # As MapProxy is told: the picture drawn at once stays about as large at either density.
    metatile = max(1, workshop.configuration.tilecache.metatile // (2 if format_.endswith("@2x") else 1))
    if not only_changed:
        return footprint_of_record(record, workshop.holdings, grid, levels, metatile)
    return footprint_since(record, workshop.holdings, _releases_before(workshop, record), grid, levels, metatile)


def _releases_before(workshop: Workshop, record: Drawable) -> dict[str, int]:
    """Return the release before the current one, of each layer that has one."""
    layers = [m.layer.id for m in record.members] if isinstance(record, BasemapRecord) else [record.id]
    found = {layer: release_before(workshop.catalogue, layer) for layer in layers}
    before = {layer: number for layer, number in found.items() if number is not None}
    if not before:
        raise CatalogueError("seed_no_release_before", name=record.id)
    return before


def _seed(workshop: Workshop, screen: Console, work: Seeding, jobs: int, only_estimate: bool) -> None:
    try:
        screen.print(_table(workshop, work.plan, work.estimate(), jobs))
        if only_estimate:
            return
        with progress(screen) as advance:
            for seeded in work.run():
                done = work.result.metatiles + len(work.result.failures)
                title = workshop.say("seed_progress", zoom=seeded.metatile.z)
                advance(title, done, work.plan.total)
    except BrokenProcessPool as error:
        raise CatalogueError("seed_process_died", metatiles=f"{work.result.metatiles:,}") from error
    except KeyboardInterrupt:
        screen.print(workshop.say("seed_interrupted", metatiles=f"{work.result.metatiles:,}"), style="yellow")
        raise


def _table(workshop: Workshop, plan: SeedPlan, estimates: Sequence[Estimate], jobs: int) -> Table:
    names = ("zoom", "metatiles_kept", "metatiles", "tiles", "time", "size")
    table = Table(box=None, pad_edge=False, title=workshop.say("seed_estimate"), title_justify="left")
    for name in names:
        table.add_column(workshop.say(f"column_{name}"), justify="right")
    for one in estimates:
        _row(workshop, table, str(one.z), [one], jobs)
    _row(workshop, table, workshop.say("column_total"), estimates, jobs)
    return table


def _row(workshop: Workshop, table: Table, title: str, estimates: Sequence[Estimate], jobs: int) -> None:
    table.add_row(
        title,
        f"{sum(one.kept for one in estimates):,}",
        f"{sum(one.metatiles for one in estimates):,}",
        f"{sum(one.tiles for one in estimates):,}",
        duration(sum(one.seconds for one in estimates) / jobs),
        decimal(sum(one.size for one in estimates)),
    )


def duration(seconds: float) -> str:
    """Write hours, minutes and seconds."""
    whole = math.ceil(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def _conclude(workshop: Workshop, screen: Console, work: Seeding, only_estimate: bool) -> None:
    result = work.result
    for failure in result.failures:
        key = work.plan.keys(failure.metatile)[0]
        reason = "" if failure.error is None else failure.error.sentence(workshop.language)
        place = f"{key.z}/{key.x}/{key.y}"
        screen.print(f"✗ {place}: {reason}", style="red", soft_wrap=True, markup=False)
    numbers = {"metatiles": f"{result.metatiles:,}", "tiles": f"{result.tiles:,}", "size": decimal(result.size)}
    screen.print(workshop.say("seed_estimated" if only_estimate else "seed_done", **numbers))
    if result.failures:
        code = "seed_stopped" if result.stopped else "seed_failed"
        screen.print(workshop.say(code, count=len(result.failures)), style="red")
        sys.exit(1)
