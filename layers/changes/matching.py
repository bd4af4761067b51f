"""Finds what belongs together in two lists: places of equal entries, by sorting and joining whole arrays."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
"""Positions in an array."""
PlacePairs = tuple[Places, Places]
"""Equally long: a position in the one and one in the other list."""
Column = NDArray[np.int64]


def match_keys(before: NDArray[np.object_], after: NDArray[np.object_], *, as_text: bool = False) -> PlacePairs:
    """Return the places of equal keys, ordered by the place in ``after``; keys are unique on either side."""
    first, second = before.tolist(), after.tolist()
    if as_text:
        first, second = list(map(str, first)), list(map(str, second))
    place_of = dict(zip(first, range(len(first)), strict=True))
    found = np.fromiter(map(place_of.get, second, repeat(-1)), dtype=np.int64, count=len(second))
    matched = np.flatnonzero(found >= 0)
    return found[matched], matched


def match_equal(before: Sequence[Column], after: Sequence[Column]) -> PlacePairs:
    """Return the places of equal rows of several columns, each place at most once.

    Rows that occur several times are paired in their order: the first with the first, and so on; those that one
    side has more of stay alone.
    """
    length = len(before[0])
    columns = [np.concatenate(pair) for pair in zip(before, after, strict=True)]
    # The sort is stable, so that within equal rows those of ``before`` come first, each side in its own order.
    order = np.lexsort(columns)
    group = _groups([column[order] for column in columns])
    is_before = order < length
    before_count = np.bincount(group, weights=is_before).astype(np.int64) if len(order) else group
    after_count = np.bincount(group).astype(np.int64) - before_count if len(order) else group
    starts = np.concatenate(([0], np.cumsum(before_count + after_count)))[:-1]
    rank = np.arange(len(order)) - starts[group]
    rank -= np.where(is_before, 0, before_count[group])
    matched = rank < np.minimum(before_count, after_count)[group]
    return order[matched & is_before], order[matched & ~is_before] - length


def _groups(columns: Sequence[Column]) -> NDArray[np.int64]:
    """Number the runs of equal rows in sorted columns, from 0."""
    begins = np.zeros(len(columns[0]), dtype=bool)
    for column in columns:
        begins[1:] |= column[1:] != column[:-1]
    return np.cumsum(begins)


def others(length: int, places: Places) -> Places:
    """Return the positions of a list that are not among ``places``, ascending."""
    left = np.ones(length, dtype=bool)
    left[places] = False
    return np.flatnonzero(left)


def out_of_order(places: Places) -> NDArray[np.bool_]:
    """Tell which places have a greater one before them or a smaller one behind them."""
    if not len(places):
        return np.zeros(0, dtype=bool)
    greatest = np.maximum.accumulate(places)
    smallest = np.minimum.accumulate(places[::-1])[::-1]
    result: NDArray[np.bool_] = (places < greatest) | (places > smallest)
    return result


def occurring_once(values: Column, everywhere: Column) -> NDArray[np.bool_]:
    """Tell which of ``values`` occur exactly once in ``everywhere``."""
    ordered = np.sort(everywhere)
    count = np.searchsorted(ordered, values, side="right") - np.searchsorted(ordered, values, side="left")
    result: NDArray[np.bool_] = count == 1
    return result
