"""What the city is collected in: tables of features, and random numbers that belong to a place."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(slots=True)
class Table:
    """Features in columns: geometry in EPSG:3826 and attribute values, all of one length."""

    geometry: list[Any] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.geometry)

    def add(self, geometry: Any, **values: Any) -> None:
        """Append one feature; every feature of a table has the same attributes."""
        self.geometry.append(geometry)
        for name, value in values.items():
            self.columns.setdefault(name, []).append(value)

    def extend(self, geometry: Iterable[Any], **values: Sequence[Any]) -> None:
        """Append many features, one sequence of values per attribute."""
        self.geometry.extend(geometry)
        for name, column in values.items():
            self.columns.setdefault(name, []).extend(column)

    def append(self, other: Table) -> None:
        """Append the features of a table that has the same attributes."""
        self.extend(other.geometry, **other.columns)


def chance(seed: int, *place: object) -> np.random.Generator:
    """Return the random numbers of a place; they depend on the seed and the place's name alone."""
    return np.random.default_rng([seed, zlib.crc32("/".join(map(str, place)).encode())])
