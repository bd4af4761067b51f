"""Which features of a release a question selects: their ``fid`` in answering order, remembered between pages."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

import numpy as np
from numpy.typing import NDArray

Fids = NDArray[np.int64]


class SelectionCache:
    """The selections used last, by question, within a number of bytes; safe to share between threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[Hashable, Fids] = OrderedDict()
        self._lock = Lock()

    def selection(self, question: Hashable, evaluate: Callable[[], Fids]) -> Fids:
        """Return the remembered answer to ``question``, or evaluate and remember it."""
        with self._lock:
            if (known := self._kept.get(question)) is not None:
                self._kept.move_to_end(question)
                return known
        fids = evaluate()
        with self._lock:
            self._remember(question, fids)
        return fids

    def _remember(self, question: Hashable, fids: Fids) -> None:
        if question in self._kept or fids.nbytes > self._limit:
            return
        self._kept[question] = fids
        self._size += _cost(fids)
        while self._size > self._limit:
            self._size -= _cost(self._kept.popitem(last=False)[1])


def _cost(fids: Fids) -> int:
    return fids.nbytes + 1024
