"""``tuzi cache requests``: where on earth clients look most."""

from __future__ import annotations

import json

import pytest

from scripts.workshop import Workshop
from tests.scripts.commands import CommandLine, run
from tilecache.requests import Block
from tilecache.requests.opening import open_request_log

__all__ = ["run"]


def test_the_most_requested_places_are_listed(run: CommandLine) -> None:
    assert json.loads(run("cache", "requests", "--json")) == []
    configuration = Workshop(run.config).configuration
    log = open_request_log(configuration.tilecache, configuration.tiles_folder)
    # Taichung's station, 120.6850 E 24.1370 N: tile 16/54738/28237 by the formulas of slippy map tile names.
    log.add({Block("roads", "WebMercatorQuad", 16, 54738 // 4, 28237 // 4): 70, Block("roads", "gone", 1, 0, 0): 99})
    log.add({Block("rivers", "WebMercatorQuad", 0, 0, 0): 3})
    first, second = json.loads(run("cache", "requests", "--json"))
    assert (first["layer"], first["zoom"], first["columns"], first["rows"]) == (
        "roads", 16, [54736, 54739], [28236, 28239]
    )  # fmt: skip
    # A block of level 16 is two hundredths of a degree wide.
    assert first["middle"] == pytest.approx([120.6850, 24.1370], abs=0.022)
    assert first["requests"] == pytest.approx(70, rel=0.01)
    assert second["middle"] == [0, 0]
    said = run("cache", "requests", "--most", 2)
    assert "roads" in said and "70" in said and "rivers" not in said
