"""Batches of a few shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

from layers.features import FeatureBatch


def batch_of(shapes: list[Any]) -> FeatureBatch:
    """Return a batch whose column ``n`` counts from 0 and whose rows count from 1."""
    geometry = np.empty(len(shapes), dtype=object)
    geometry[:] = shapes
    numbers = np.arange(len(shapes))
    return FeatureBatch(geometry, {"n": numbers.astype(object)}, numbers.astype(np.int64) + 1)
