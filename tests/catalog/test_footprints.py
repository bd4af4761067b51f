"""How releases follow one another: written with a release, outliving it, joined when there are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from catalog.database import Catalogue
from catalog.errors import CatalogueUnavailable
from catalog.footprints import Succession, join_successions, read_steps
from catalog.models import Release
from catalog.publishing import Publication, publish_all, rollback, stage
from catalog.snapshot import read_snapshot
from tests.catalog.conftest import entry, stored


def release(catalogue: Catalogue, base: int | None) -> int:
    """Publish a release whose footprint on one level says its own number, and on another nothing."""
    number = stage(catalogue, entry())
    follows = None if base is None else Succession(base, 4, {("Quad", 12): f"{number} ".encode(), ("Quad", 13): b""})
    publication = Publication(entry(), number, replace(stored(), base=base), succession=follows)
    publish_all(catalogue, (publication,), "tester")
    return number


def unite(bodies: Sequence[bytes]) -> bytes:
    return b"".join(sorted(bodies))


def forget(catalogue: Catalogue, numbers: Sequence[int]) -> None:
    with catalogue.write() as session:
        for number in numbers:
            session.delete(session.get_one(Release, ("districts", number)))


def base_of(catalogue: Catalogue) -> int | None:
    return read_snapshot(catalogue).layers["districts"].release.base


def test_a_release_knows_what_it_follows(catalogue: Catalogue) -> None:
    first = release(catalogue, None)
    assert base_of(catalogue) is None
    second = release(catalogue, first)
    assert base_of(catalogue) == first
    steps = read_steps(catalogue, "districts", "Quad", 12)
    assert {number: (step.base, step.metatile, step.metatiles) for number, step in steps.items()} == {
        second: (first, 4, b"2 ")
    }
    assert read_steps(catalogue, "districts", "Quad", 14) == {} == read_steps(catalogue, "roads", "Quad", 12)
    rollback(catalogue, "districts", "tester")
    assert base_of(catalogue) is None


def test_what_is_known_outlives_the_release(catalogue: Catalogue) -> None:
    numbers = [release(catalogue, None)]
    for _ in range(3):
        numbers.append(release(catalogue, numbers[-1]))
    forget(catalogue, numbers[:3])
    assert set(read_steps(catalogue, "districts", "Quad", 12)) == set(numbers[1:])


def test_old_footprints_are_joined_where_there_are_many(catalogue: Catalogue) -> None:
    numbers = [release(catalogue, None)]
    for _ in range(9):
        numbers.append(release(catalogue, numbers[-1]))
    assert join_successions(catalogue, "districts", 6, unite) == 0, "they all may become current again"
    forget(catalogue, numbers[:8])
    assert join_successions(catalogue, "districts", 20, unite) == 0, "there are few"
    # Of 10, 9, 8 (the last that is there is 9) … 2, 1: three stay, the others follow from the first as one.
    assert join_successions(catalogue, "districts", 6, unite) == 6
    steps = read_steps(catalogue, "districts", "Quad", 12)
    assert {number: step.base for number, step in steps.items()} == {10: 9, 9: 8, 8: 7, 7: 1}
    assert steps[7].metatiles == b"2 3 4 5 6 7 "
    assert read_steps(catalogue, "districts", "Quad", 13)[7].metatiles == b""
    assert join_successions(catalogue, "districts", 6, unite) == 0
    assert join_successions(catalogue, "ghost", 6, unite) == 0


def test_a_catalogue_that_does_not_answer_says_so(catalogue: Catalogue) -> None:
    with catalogue.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE footprint")
    with pytest.raises(CatalogueUnavailable, match="does not answer"):
        read_steps(catalogue, "districts", "Quad", 12)
