"""Keeps finished answers that depend on little: a revision, what is visible, host, language."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from server.answers import Answer


class AnswerCache:
    """Answers by key, packed once at gzip's ``level``, up to ``limit`` bytes of bodies.

    The least recently used go first.
    """

    def __init__(self, limit: int = 64 << 20, level: int = 9):
        self._limit = limit
        self._level = level
        self._size = 0
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """Return the answer kept under ``key``, else make and keep it."""
        with self._lock:
            if answer := self._answers.get(key):
                self._answers.move_to_end(key)
                return answer
        # Made outside of the lock: two clients may make the same answer, none waits for another's.
        answer = make().pack(self._level)
        with self._lock:
            self._forget(key)
            self._answers[key] = answer
            self._size += _weight(answer)
            while self._size > self._limit and len(self._answers) > 1:
                self._forget(next(iter(self._answers)))
        return answer

    def clear(self) -> None:
        """Forget everything, as a new revision wants it."""
        with self._lock:
            self._answers.clear()
            self._size = 0

    def _forget(self, key: Hashable) -> None:
        if answer := self._answers.pop(key, None):
            self._size -= _weight(answer)


def _weight(answer: Answer) -> int:
    return len(answer.body) + len(answer.packed or b"")
