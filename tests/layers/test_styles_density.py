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
        (170, Density.SPARSE),
        (190, Density.MEDIUM),
        (4300, Density.MEDIUM),
        (4500, Density.DENSE),
    ],
)
def test_counts_within_a_city_have_classes(count: int, density: Density) -> None:
    # 2,714 square kilometres, of which 703 count: 2 km from one to the next with 176 features, 400 m with 4,392.
    assert density_of(count, CITY) == density


@pytest.mark.parametrize(
    ("kept", "count", "density"),
    [
        (Density.SPARSE, 200, Density.SPARSE),
        (Density.SPARSE, 440, Density.SPARSE),
        (Density.SPARSE, 460, Density.MEDIUM),
        (Density.MEDIUM, 70, Density.MEDIUM),
        (Density.MEDIUM, 60, Density.SPARSE),
        (Density.MEDIUM, 11_000, Density.MEDIUM),
        (Density.MEDIUM, 11_500, Density.DENSE),
        (Density.DENSE, 1800, Density.DENSE),
        (Density.DENSE, 1600, Density.MEDIUM),
        (Density.DENSE, 50, Density.SPARSE),
    ],
)
def test_a_class_is_left_only_when_it_is_clearly_another(kept: Density, count: int, density: Density) -> None:
    assert density_of(count, CITY, kept) == density


def test_growth_by_small_steps_changes_the_class_once_each() -> None:
    count, density, seen = 50, None, []
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
