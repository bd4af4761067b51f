"""The watch swaps snapshots whole and survives a catalogue that cannot be read."""

from __future__ import annotations

import threading

from catalog.database import Catalogue
from catalog.publishing import stage
from catalog.records import Snapshot
from catalog.snapshot import read_snapshot
from catalog.watch import SnapshotWatch
from tests.catalog.conftest import entry, publish_stored, stored


def test_a_change_is_seen_and_subscribers_are_told_before_it_becomes_current(catalogue: Catalogue) -> None:
    watch = SnapshotWatch(lambda: read_snapshot(catalogue), catalogue.revision)
    seen: list[tuple[int, bool]] = []
    watch.subscribe(lambda snapshot: seen.append((snapshot.revision, watch.snapshot is snapshot)))
    assert not watch.poll()
    publish_stored(catalogue, entry(), stage(catalogue, entry()), stored(), "tester")
    assert watch.poll()
    assert "districts" in watch.snapshot.layers
    assert [current for _, current in seen] == [True, False]
    assert seen[1][0] == watch.snapshot.revision


def test_polling_goes_on_after_an_error() -> None:
    looked = threading.Event()
    answers = iter([OSError("gone"), 2])

    def revision() -> int:
        answer = next(answers, 2)
        if isinstance(answer, Exception):
            raise answer
        looked.set()
        return answer

    snapshots = iter([Snapshot(1, {}, {}, (), ()), Snapshot(2, {}, {}, (), ())])
    changed = threading.Event()
    watch = SnapshotWatch(lambda: next(snapshots), revision, interval=0.01)
    watch.subscribe(lambda snapshot: changed.set() if snapshot.revision == 2 else None)
    watch.start()
    assert changed.wait(5)
    watch.stop()
    assert watch.snapshot.revision == 2
