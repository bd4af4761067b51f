"""Where the values of an attribute are divided into classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Method = Literal["equal", "quantile", "jenks", "deviation"]
METHODS: tuple[Method, ...] = get_args(Method)
_MOST_DISTINCT = 1000
"""Of more different values, natural breaks are looked for among so many quantiles."""

Numbers = NDArray[np.float64]


def breaks_of(values: Sequence[float] | Numbers, classes: int, method: Method) -> tuple[float, ...]:
    """Return the borders between classes, ascending; each value belongs to the class that begins at or before it.

    There are fewer classes than asked for where there are not enough different values. Values that are not finite
    do not count; without any there are no borders.
    """
    numbers = np.asarray(values, dtype=np.float64)
    numbers = np.sort(numbers[np.isfinite(numbers)])
    if not len(numbers) or numbers[0] == numbers[-1] or classes < 2:
        return ()
    found = _METHODS[method](numbers, classes)
    inside = found[(found > numbers[0]) & (found <= numbers[-1])]
    return tuple(float(f"{border:.9g}") for border in np.unique(inside))


def _equal(numbers: Numbers, classes: int) -> Numbers:
    return np.linspace(numbers[0], numbers[-1], classes + 1)[1:-1]


def _quantile(numbers: Numbers, classes: int) -> Numbers:
    found: Numbers = np.quantile(numbers, np.arange(1, classes) / classes)
    return found


def _deviation(numbers: Numbers, classes: int) -> Numbers:
    """Return borders one standard deviation apart, on both sides of the mean alike."""
    steps = np.arange(classes - 1) - (classes - 2) / 2
    found: Numbers = numbers.mean() + steps * numbers.std()
    return found


def _jenks(numbers: Numbers, classes: int) -> Numbers:
    """Return the borders with the least sum of squares within classes (Fisher 1958, Jenks 1977).

    The answer is exact: every way to divide the different values is weighed, by dynamic programming.
    """
    values, counts = np.unique(numbers, return_counts=True)
    if len(values) > _MOST_DISTINCT:
        shares = np.linspace(0, 1, _MOST_DISTINCT)
        values, counts = np.unique(np.quantile(numbers, shares, method="nearest"), return_counts=True)
    classes = min(classes, len(values))
    # Of the middle, so that squares of large values keep their digits.
    centred = values - values.mean()
    weights = np.concatenate([[0.0], np.cumsum(counts)])
    sums = np.concatenate([[0.0], np.cumsum(counts * centred)])
    squares = np.concatenate([[0.0], np.cumsum(counts * centred**2)])
    weight = np.maximum(weights[None, :] - weights[:, None], 1.0)
    within = squares[None, :] - squares[:, None] - (sums[None, :] - sums[:, None]) ** 2 / weight
    within[np.tril_indices(len(within))] = np.inf
    cost, starts = within[0], []
    for _ in range(1, classes):
        total = cost[:, None] + within
        starts.append(total.argmin(axis=0))
        cost = total.min(axis=0)
    borders, end = [], len(values)
    for start in reversed(starts):
        end = int(start[end])
        borders.append(values[end])
    return np.array(borders[::-1], dtype=np.float64)


_METHODS: Mapping[Method, Callable[[Numbers, int], Numbers]] = {
    "equal": _equal,
    "quantile": _quantile,
    "jenks": _jenks,
    "deviation": _deviation,
}
