"""How densely features lie, and that a layer does not change its class with every update."""

from __future__ import annotations

import itertools

import pytest

from layers.extent import BoundingBox
from layers.styles.density import Density, density_of

CITY = BoundingBox(120.45, 24.0, 121.05, 24.4)
"""About 61 by 44.5 kilometres."""


@pytest.mark.parametrize(
    ("count", "density"),
    [
        (22, Density.SPARSE),
        (1000, Density.SPARSE),
        (2200, Density.MEDIUM),
        (60_000, Density.MEDIUM),
        (80_000, Density.DENSE),
    ],
)
def test_counts_within_a_city_have_classes(count: int, density: Density) -> None:
    # 2,714 square kilometres: 1.5 km from one to the next with 1,206 features, 200 m with 67,850.
    assert density_of(count, CITY) == density


@pytest.mark.parametrize(
    ("kept", "count", "density"),
    [
        (Density.SPARSE, 1300, Density.SPARSE),
        (Density.SPARSE, 2900, Density.SPARSE),
        (Density.SPARSE, 3300, Density.MEDIUM),
        (Density.MEDIUM, 600, Density.MEDIUM),
        (Density.MEDIUM, 400, Density.SPARSE),
        (Density.MEDIUM, 150_000, Density.MEDIUM),
        (Density.MEDIUM, 190_000, Density.DENSE),
        (Density.DENSE, 30_000, Density.DENSE),
        (Density.DENSE, 20_000, Density.MEDIUM),
        (Density.DENSE, 100, Density.SPARSE),
    ],
)
def test_a_class_is_left_only_when_it_is_clearly_another(kept: Density, count: int, density: Density) -> None:
    assert density_of(count, CITY, kept) == density


def test_growth_by_small_steps_changes_the_class_once_each() -> None:
    count, density, seen = 100, None, []
    for _ in range(200):
        density = density_of(count, CITY, density)
        # A step up is followed by a smaller one down.
        assert density_of(round(count * 0.97), CITY, density) == density
        seen.append(density)
        count = round(count * 1.05) + 1
    changes = [after for before, after in itertools.pairwise(seen) if before != after]
    assert changes == [Density.MEDIUM, Density.DENSE]


def test_what_is_not_known_stays_as_it_was() -> None:
    assert density_of(None, CITY) is None
    assert density_of(0, CITY, Density.DENSE) is Density.DENSE
    assert density_of(5, None, Density.SPARSE) is Density.SPARSE


def test_a_single_feature_is_not_a_crowd() -> None:
    assert density_of(1, BoundingBox(120.6, 24.1, 120.6, 24.1)) is Density.MEDIUM
