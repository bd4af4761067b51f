"""How releases follow one another: for each the release it was made from and where its pictures differ from that one's.

What a footprint is made of is the tile cache's business; here it is bytes, by grid and level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from catalog import models
from catalog.database import Catalogue
from catalog.errors import CatalogueUnavailable


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


def read_bases(session: Session, layer_id: str) -> dict[int, int]:
    """Return for each release of a layer of which that is known the one it was made from."""
    question = select(models.Succession.number, models.Succession.base).where(models.Succession.layer_id == layer_id)
    return {row.number: row.base for row in session.execute(question)}


def read_footprints(session: Session, layer_id: str, number: int) -> dict[tuple[str, int], bytes]:
    """Return a release's footprint by grid and level."""
    question = select(models.Footprint.grid, models.Footprint.level, models.Footprint.metatiles).where(
        models.Footprint.layer_id == layer_id, models.Footprint.number == number
    )
    return {(row.grid, row.level): row.metatiles for row in session.execute(question)}
