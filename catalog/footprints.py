"""How releases follow one another: for each the release it was made from and where its pictures differ from that one's.

What a footprint is made of is the tile cache's business; here it is bytes, by grid and level.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from catalog import models
from catalog.database import Catalogue
from catalog.errors import CatalogueUnavailable

Unite = Callable[[Sequence[bytes]], bytes]
"""Joins serialised sets of metatiles."""


@dataclass(frozen=True, slots=True)
class Succession:
    """Where the pictures of a release differ from those of the release ``base``."""

    base: int
    metatile: int
    """Tiles along a side of the metatiles that are counted."""
    footprints: Mapping[tuple[str, int], bytes]
    """Serialised sets of metatiles by grid and level; a level that is missing differs everywhere."""


@dataclass(frozen=True, slots=True)
class Step:
    """One level of a succession."""

    base: int
    metatile: int
    metatiles: bytes


def write_succession(session: Session, layer_id: str, number: int, succession: Succession) -> None:
    """Write down, or anew, how a release follows from its base."""
    drop_successions(session, layer_id, (number,))
    session.add(models.Succession(layer_id=layer_id, number=number, base=succession.base, metatile=succession.metatile))
    session.flush()
    session.add_all(
        models.Footprint(layer_id=layer_id, number=number, grid=grid, level=level, metatiles=body)
        for (grid, level), body in succession.footprints.items()
    )


def drop_successions(session: Session, layer_id: str, numbers: tuple[int, ...]) -> None:
    """Forget how releases followed from their bases: their pictures count as different everywhere."""
    for table in (models.Footprint, models.Succession):
        session.execute(delete(table).where(table.layer_id == layer_id, table.number.in_(numbers)))


def read_steps(catalogue: Catalogue, layer_id: str, grid: str, level: int) -> dict[int, Step]:
    """Return what is known of a layer's releases on one level of a grid; raises CatalogueUnavailable."""
    question = (
        select(models.Footprint.number, models.Succession.base, models.Succession.metatile, models.Footprint.metatiles)
        .join(
            models.Succession,
            (models.Succession.layer_id == models.Footprint.layer_id)
            & (models.Succession.number == models.Footprint.number),
        )
        .where(models.Footprint.layer_id == layer_id, models.Footprint.grid == grid, models.Footprint.level == level)
    )
    try:
        with catalogue.read() as session:
            rows = session.execute(question).all()
    except DBAPIError as error:
        raise CatalogueUnavailable from error
    return {row.number: Step(row.base, row.metatile, row.metatiles) for row in rows}


def join_successions(catalogue: Catalogue, layer_id: str, longest: int, unite: Unite) -> int:
    """Join the oldest footprints of releases that are gone where a layer's chain is longer than ``longest``.

    Returns how many became one. A tile that only they changed has another edition after it; what it shows is the same.
    """
    with catalogue.write() as session:
        session.execute(select(models.Layer.id).where(models.Layer.id == layer_id).with_for_update())
        layer = session.get(models.Layer, layer_id)
        if layer is None or layer.current_release is None:
            return 0
        known = _known(session, layer_id)
        chain = [layer.current_release]
        while (follows := known.get(chain[-1])) is not None:
            chain.append(follows.base)
        if len(chain) <= longest:
            return 0
        present = {release.number for release in layer.releases}
        # From the middle on, so that this is not done again with the next release.
        first = max([longest // 2, *(place + 1 for place, number in enumerate(chain) if number in present)])
        gone = chain[first:-1]
        if len(gone) < 2 or len({known[number].metatile for number in gone}) > 1:
            return 0
        parts = [_footprints(session, layer_id, number) for number in gone]
        places = set(parts[0]).intersection(*parts[1:])
        footprints = {place: unite([part[place] for part in parts]) for place in places}
        write_succession(session, layer_id, gone[0], Succession(chain[-1], known[gone[0]].metatile, footprints))
        drop_successions(session, layer_id, tuple(gone[1:]))
        return len(gone)


def _known(session: Session, layer_id: str) -> dict[int, models.Succession]:
    rows = session.scalars(select(models.Succession).where(models.Succession.layer_id == layer_id))
    return {row.number: row for row in rows}


def _footprints(session: Session, layer_id: str, number: int) -> dict[tuple[str, int], bytes]:
    question = select(models.Footprint.grid, models.Footprint.level, models.Footprint.metatiles).where(
        models.Footprint.layer_id == layer_id, models.Footprint.number == number
    )
    return {(row.grid, row.level): row.metatiles for row in session.execute(question)}
