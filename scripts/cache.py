"""``tuzi cache``: what is kept of tiles, removing what nobody can ask for, and looking whether tiles are right."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

import click
import orjson
from rich.filesize import decimal
from rich.table import Table

from catalog.errors import UnknownLayer
from catalog.snapshot import read_reachable, read_snapshot
from scripts.cache_requests import requests
from scripts.console import Advance, console, progress
from scripts.language import TranslatedCommand, TranslatedGroup, option
from scripts.mounts import open_lineages, open_mount, open_store
from scripts.workshop import Workshop
from tilecache.drawing import Drawable
from tilecache.grids import TileMatrixSet, tile_matrix_sets
from tilecache.lineage import Lineages, shorten_lineage
from tilecache.retention import Amount, Group, Retention, count_tiles, drop_superseded, superseded_tiles
from tilecache.stores import TileStore
from tilecache.verification import FreshTiles, KeptMetatiles, Verified, kept_metatiles, verify_metatile

COLUMNS = ("layer", "edition", "style", "grid", "format", "zoom", "state")
KEPT_RELEASES = 1


@click.group("cache", cls=TranslatedGroup, help="help_cache")
def cache() -> None:
    """Look after the kept tiles."""


cache.add_command(requests)


@cache.command("stats", cls=TranslatedCommand, help="help_cache_stats")
@click.argument("names", nargs=-1)
@option("--by", type=click.Choice(COLUMNS), multiple=True, default=("layer", "state"), help="help_cache_by")
@option("--keep", type=click.IntRange(min=0), default=KEPT_RELEASES, show_default=True, help="help_cache_keep")
@option("--json", "as_json", is_flag=True, help="help_json")
@click.pass_obj
def stats(workshop: Workshop, names: tuple[str, ...], by: tuple[str, ...], keep: int, as_json: bool) -> None:
    """Count the kept tiles."""
    store = open_store(workshop.configuration)
    amounts = count_tiles(store, _retention(workshop, keep), _layers(store, names))
    if as_json:
        documents = [_document(group, amount) for group, amount in sorted(amounts.items())]
        click.echo(orjson.dumps(documents, option=orjson.OPT_INDENT_2).decode())
        return
    console().print(_table(workshop, amounts, by))


def _retention(workshop: Workshop, keep: int) -> Retention:
    return Retention(read_reachable(workshop.catalogue, keep), *_known(workshop))


def _known(workshop: Workshop) -> tuple[Lineages, Mapping[str, TileMatrixSet]]:
    settings = workshop.configuration.tilecache
    return open_lineages(workshop.configuration), tile_matrix_sets(settings.max_zoom)


def _document(group: Group, amount: Amount) -> dict[str, object]:
    return {**dict(zip(COLUMNS, group, strict=True)), "tiles": amount.tiles, "bytes": amount.size}


def _table(workshop: Workshop, amounts: dict[Group, Amount], by: Sequence[str]) -> Table:
    chosen = [place for place, name in enumerate(COLUMNS) if name in by]
    table = Table(box=None, pad_edge=False)
    for place in chosen:
        table.add_column(workshop.say(f"column_{COLUMNS[place]}"))
    for name in ("tiles", "size"):
        table.add_column(workshop.say(f"column_{name}"), justify="right")
    sums: dict[tuple[object, ...], Amount] = {}
    for group, amount in sorted(amounts.items()):
        shown = (*group[:-1], workshop.say(f"edition_{group.state}"))
        cells: tuple[object, ...] = tuple(shown[place] for place in chosen)
        for row in (cells, ()):
            total = sums.setdefault(row, Amount())
            total.tiles, total.size = total.tiles + amount.tiles, total.size + amount.size
    whole = sums.pop((), Amount())
    for row, amount in sums.items():
        table.add_row(*map(str, row), f"{amount.tiles:,}", decimal(amount.size))
    blanks = [""] * (len(chosen) - 1)
    table.add_row(workshop.say("column_total"), *blanks, f"{whole.tiles:,}", decimal(whole.size), style="bold")
    return table


@cache.command("prune", cls=TranslatedCommand, help="help_cache_prune")
@click.argument("names", nargs=-1)
@option("--keep", type=click.IntRange(min=0), default=KEPT_RELEASES, show_default=True, help="help_cache_keep")
@option("--dry-run", is_flag=True, help="help_cache_dry_run")
@click.pass_obj
def prune(workshop: Workshop, names: tuple[str, ...], keep: int, dry_run: bool) -> None:
    """Remove the tiles that no release and style can have any more."""
    store = open_store(workshop.configuration)
    layers = _layers(store, names)
    removed: Iterable[tuple[str, int]]
    if dry_run:
        retention = _retention(workshop, keep)
        removed = ((layer, superseded_tiles(store, retention, layer)) for layer in layers)
    else:
        for layer in layers:
            shorten_lineage(workshop.catalogue, layer)
        removed = drop_superseded(store, workshop.catalogue, *_known(workshop), layers, keep)
    total = 0
    for layer, count in removed:
        total += count
        if count:
            code = "cache_would_prune" if dry_run else "cache_pruned"
            click.echo(workshop.say(code, layer=layer, count=f"{count:,}"))
    click.echo(workshop.say("cache_would_prune_total" if dry_run else "cache_pruned_total", count=f"{total:,}"))


@cache.command("verify", cls=TranslatedCommand, help="help_cache_verify")
@click.argument("names", nargs=-1)
@option("--sample", type=click.IntRange(min=1), default=20, show_default=True, help="help_cache_sample")
@option("--all", "everything", is_flag=True, help="help_cache_all")
@option("--seed", type=int, default=0, show_default=True, help="help_cache_seed")
@option("--dry-run", is_flag=True, help="help_cache_verify_dry_run")
@click.pass_obj
def verify(workshop: Workshop, names: tuple[str, ...], sample: int, everything: bool, seed: int, dry_run: bool) -> None:
    """Draw kept tiles again, and replace those that differ."""
    store = open_store(workshop.configuration)
    snapshot = read_snapshot(workshop.catalogue)
    found: list[Verified] = []
    with progress(console()) as advance:
        for layer in _layers(store, names):
            record = snapshot.layers.get(layer) or snapshot.basemaps.get(layer)
            if record is not None:
                most = None if everything else sample
                found += _verify(workshop, record, store, most, seed, not dry_run, advance)
    wrong = sum(len(one.wrong) for one in found)
    errors = sum(one.error is not None for one in found)
    tiles = sum(one.tiles for one in found)
    code = "cache_verified" if not wrong else "cache_would_heal" if dry_run else "cache_healed"
    console().print(workshop.say(code, tiles=f"{tiles:,}", wrong=f"{wrong:,}"), style="red" if wrong else "green")
    if errors:
        console().print(workshop.say("cache_undrawn", count=errors), style="red")
    if wrong or errors:
        sys.exit(1)


def _verify(
    workshop: Workshop,
    record: Drawable,
    store: TileStore,
    most: int | None,
    seed: int,
    heal: bool,
    advance: Advance,
) -> list[Verified]:
    settings, fresh = workshop.configuration.tilecache, FreshTiles()
    lineages = open_lineages(workshop.configuration)
    mount = open_mount(workshop.configuration, record, fresh, lineages)
    found: list[Verified] = []
    for kept in kept_metatiles(record, store, tile_matrix_sets(settings.max_zoom), lineages):
        kept.suspect(record, workshop.holdings)
        chosen = kept.sample(most, seed)
        title = f"{record.id} {kept.pattern.variant}"
        for done, metatile in enumerate(chosen, 1):
            found.append(verify_metatile(kept, metatile, mount.draw_tile, fresh, store, heal))
            advance(title, done, len(chosen))
            _say_wrong(workshop, kept, found[-1])
    return found


def _say_wrong(workshop: Workshop, kept: KeptMetatiles, verified: Verified) -> None:
    lines = [f"{kept.pattern.layer} {kept.pattern.variant} {key.z}/{key.x}/{key.y}" for key in verified.wrong]
    if verified.error is not None:
        lines.append(f"{kept.pattern.layer}: {verified.error.sentence(workshop.language)}")
    for line in lines:
        console().print(f"✗ {line}", style="red", soft_wrap=True, markup=False)


def _layers(store: TileStore, names: Sequence[str]) -> list[str]:
    """Return the layers that are named, all without names; raises UnknownLayer for one of which nothing is kept."""
    known = store.layers()
    for name in names:
        if name not in known:
            raise UnknownLayer("cache_nothing_kept", name=name[:80])
    return list(names) or known
