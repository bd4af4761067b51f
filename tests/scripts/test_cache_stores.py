"""``tuzi seed`` and ``tuzi cache`` over every other store than the default: the same walk, the same words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from scripts.workshop import Workshop
from tests.scripts.commands import CommandLine
from tests.scripts.test_cache import deliver, kept, put, releases
from tests.tilecache.redis_server import redis_server
from tests.tilecache.s3_server import s3_server
from tilecache.requests import Block
from tilecache.requests.opening import open_request_log

pytestmark = pytest.mark.slow


@pytest.fixture(params=["filesystem", "redis", "s3"])
def city(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CommandLine]:
    """A layer and a basemap of it, with one metatile of each kept."""
    run = CommandLine(tmp_path)
    with ExitStack() as stack:
        section = "  filesystem: {durable: false}\n"
        if request.param == "redis":
            section = f"  redis: {{url: '{stack.enter_context(redis_server(tmp_path))}', prefix: '{tmp_path.name}'}}\n"
        if request.param == "s3":
            s3 = stack.enter_context(s3_server(tmp_path))
            document = s3.model_dump() | {
                "prefix": tmp_path.name,
                "access_key": s3.access_key.get_secret_value(),
                "secret_key": s3.secret_key.get_secret_value(),
            }
            section = f"  s3: {json.dumps(document)}\n"
        text = run.config.read_text(encoding="utf-8")
        run.config.write_text(f"{text}tilecache:\n  store: {request.param}\n{section}", encoding="utf-8")
        deliver(run, "ABCDEFGHIJKLMNOP")
        yield run


def test_tiles_are_counted_seeded_verified_and_pruned(city: CommandLine) -> None:
    right = kept(city)
    assert len(right) == 16 and "current" in city("cache", "stats")
    assert "all of them are right" in city("cache", "verify")
    shown = max(right, key=lambda key: len(right[key]))
    put(city, {shown: b""})
    assert "1 differed and were replaced" in city("cache", "verify", "--all", code=1)
    assert kept(city) == right

    configuration = Workshop(city.config).configuration
    log = open_request_log(configuration.tilecache, configuration.tiles_folder)
    log.add({Block("shelters", shown.grid, 15, shown.x // 8, shown.y // 8): 9})
    city("seed", "shelters", "--zoom", "15-16", "--jobs", 1)
    seeded = kept(city)
    assert {key: seeded[key] for key in right} == right and len(seeded) > len(right)
    assert "Nothing to draw" in city("seed", "shelters", "--zoom", "15-16")

    for codes in ("ABCDEFGHIJKLMNO", "ABCDEFGHIJKLMN"):
        deliver(city, codes)
    assert releases(city) == {1, 2, 3}
    city("cache", "prune", "--keep", 0)
    assert releases(city) == {3}
    assert "all of them are right" in city("cache", "verify", "--all")
    assert "0 tiles removed" in city("cache", "prune", "--keep", 0)
