"""Measurements by contender and measure, and their medians."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from statistics import median


class Samples:
    """Collects one number a round."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], list[float]] = defaultdict(list)

    def add(self, contender: str, measure: str, value: float) -> None:
        """Keep the number of one round."""
        self._values[contender, measure].append(value)

    def median(self, contender: str, measure: str) -> float | None:
        """Return the median over the rounds, None where nothing was measured."""
        values = self._values.get((contender, measure))
        return median(values) if values else None

    def document(self) -> Mapping[str, Mapping[str, list[float]]]:
        """Return everything that was measured, for the JSON file."""
        result: dict[str, dict[str, list[float]]] = defaultdict(dict)
        for (contender, measure), values in self._values.items():
            result[contender][measure] = [round(value, 3) for value in values]
        return result
