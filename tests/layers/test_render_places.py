"""The queue in front of the renderer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from layers.errors import RenderUnavailable
from layers.render.places import Places


def test_a_full_queue_turns_the_next_away_at_once() -> None:
    places = Places(places=1, queue=0, timeout=60)
    with places.taken(), pytest.raises(RenderUnavailable), places.taken():
        pass
    with places.taken():
        pass


def test_nobody_waits_longer_than_allowed() -> None:
    places = Places(places=1, queue=5, timeout=0.05)
    with places.taken(), pytest.raises(RenderUnavailable), places.taken():
        pass
    with places.taken():
        pass


def test_a_place_is_given_back_after_a_failure() -> None:
    places = Places(places=1, queue=0, timeout=1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), places.taken():
            _ = 1 / 0


def test_no_more_than_the_places_are_taken_and_all_get_their_turn() -> None:
    places = Places(places=2, queue=20, timeout=30)
    both_inside = threading.Barrier(2)
    lock, inside, most = threading.Lock(), 0, 0

    def visit(_: int) -> None:
        nonlocal inside, most
        with places.taken():
            with lock:
                inside += 1
                most = max(most, inside)
            both_inside.wait(timeout=30)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(10) as threads:
        assert len(list(threads.map(visit, range(10)))) == 10
    assert most == 2
