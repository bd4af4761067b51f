"""Who sees what: the one decision."""

from __future__ import annotations

import pytest

from catalog.access import ANONYMOUS, Principal, may_see, visible_basemaps, visible_layers
from catalog.database import Catalogue
from catalog.manifest import BasemapEntry
from catalog.publishing import stage
from catalog.snapshot import read_snapshot
from tests.catalog.conftest import entry, publish_stored, stored
from tilecache.publication import publish_all

ENTRUSTED = Principal("police", frozenset({"restricted"}))
CONNECTED = Principal("parks")


@pytest.fixture
def snapshot(catalogue: Catalogue) -> object:
    for access in ("public", "internal", "restricted"):
        given = entry(access, access=access)
        publish_stored(catalogue, given, stage(catalogue, given), stored(), "tester")
    for id_, members in {"open": ["public"], "mixed": ["public", "internal"]}.items():
        publish_all(
            catalogue, (), "tester", (BasemapEntry(id=id_, title=id_, members=[{"layer": m} for m in members]),)
        )  # type: ignore[arg-type]
    return read_snapshot(catalogue)


@pytest.mark.parametrize(
    ("principal", "seen"),
    [
        (ANONYMOUS, {"public"}),
        (CONNECTED, {"public", "internal"}),
        (ENTRUSTED, {"public", "internal", "restricted"}),
    ],
)
def test_layers(snapshot, principal: Principal, seen: set[str]) -> None:  # type: ignore[no-untyped-def]
    assert set(visible_layers(principal, snapshot)) == seen
    assert {layer.id for layer in snapshot.layers.values() if may_see(principal, layer)} == seen


def test_a_basemap_exists_only_where_all_its_members_do(snapshot) -> None:  # type: ignore[no-untyped-def]
    assert set(visible_basemaps(ANONYMOUS, snapshot)) == {"open"}
    assert set(visible_basemaps(CONNECTED, snapshot)) == {"open", "mixed"}
