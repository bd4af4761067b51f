"""After any updates every tile is the one that a cache built from nothing would hold, and only touched ones were drawn.

The proof that effective releases are right (docs/adr/0013): whatever is added, moved, removed, renamed, put in another
order, restyled or rolled back, in layers whose labels compete with each other across the borders of tiles.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, example, given, note, settings
from hypothesis import strategies as st

from layers.overviews import building
from tests.database import Stores
from tests.tilecache.towns import (
    LAYERS,
    SIDE,
    STYLES,
    Thing,
    Town,
    ask,
    founded,
    may_show,
    tiles_between,
    tiles_of_town,
)

ZOOMS = (13, 16, 19)
FARM = (40_000.0, 0.0)
"""Far from the town: in another metatile even at the zooms at which maps are drawn from overviews."""
SEEN = ("shops", "roads", "blocks", "base")
ACTIONS = ("add", "move", "remove", "rename", "recast", "reorder", "restyle", "rollback", "grow", "shrink")
NAMES = ("永春", "大坑圓環", "豐原火車站前", "清水鰲峰山觀景平台", "7-11", "A", "第二市場東側入口停車場")
EXAMPLES = int(os.environ.get("TUZI_EXACTNESS_EXAMPLES", "2"))
"""Sequences of updates on each store; a hundred take some twenty minutes."""
FARMED = 6
OTHER = {"a": "b", "b": "a"}
MANY = 40
"""Features from which on a layer of the town has overviews for small scales."""


class Changes:
    """Changes a town at random and knows which features, as they were and as they are, any change concerned."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town = town
        self._chance = random.Random(seed)
        self._count = 0
        self._earlier: dict[str, list[tuple[Thing, ...]]] = {layer: [] for layer in LAYERS}

    def thing(self) -> Thing:
        self._count += 1
        # Half of them stand close together in the middle, in each other's way.
        spread = self._chance.choice((SIDE - 140, 100))
        corner = (SIDE - 140 - spread) / 2
        place = (corner + self._chance.uniform(0, spread), corner + self._chance.uniform(0, spread))
        return Thing(f"K{self._count}", place, self._chance.choice("ab"), self._chance.choice(NAMES))

    def found(self) -> None:
        for layer in LAYERS:
            farm = [replace(self.thing(), place=(FARM[0] + self._chance.uniform(0, 90), 0.0)) for _ in range(FARMED)]
            self.town.things[layer] = farm + [self.thing() for _ in range(12)]
            self._publish(layer)
        self.town.compose()

    def apply(self, action: str, layer: str) -> set[Thing] | None:
        """Change a layer and publish it; returns the features concerned, None for all of them."""
        if action == "rollback":
            return self._rollback(layer)
        before = self.town.things[layer]
        if action == "restyle":
            self.town.looks[layer] = (self.town.looks[layer] + 1) % len(STYLES[layer])
        things = self._changed(list(before), action)
        self.town.things[layer] = things
        self._publish(layer)
        if action == "restyle" or (len(before) >= MANY) != (len(things) >= MANY):
            return None
        # Of what changed its place in the order, any may be the one that is drawn later now.
        return set(things if action == "reorder" else ()) | set(before) ^ set(things)

    def _changed(self, things: list[Thing], action: str) -> list[Thing]:
        chosen = self._chance.randrange(FARMED, len(things))
        thing = things[chosen]
        match action:
            case "add" | "grow":
                new = [self.thing() for _ in range(1 if action == "add" else MANY)]
                where = self._chance.randrange(FARMED, len(things) + 1)
                things[where:where] = new
            case "shrink":
                del things[MANY // 2 :]
            case "move":
                things[chosen] = replace(thing, place=self.thing().place)
            case "remove" if len(things) > FARMED + 1:
                del things[chosen]
            case "rename":
                things[chosen] = replace(thing, name=self._chance.choice(NAMES))
            case "recast":
                things[chosen] = replace(thing, kind=OTHER[thing.kind])
            case "reorder":
                # Another order alone is no release, for the data is the same; so something changes far away.
                things[0] = replace(things[0], kind=OTHER[things[0].kind])
                things[FARMED:] = self._chance.sample(things[FARMED:], len(things) - FARMED)
        return things

    def _publish(self, layer: str) -> None:
        self.town.release(layer)
        now = tuple(self.town.things[layer])
        if not self._earlier[layer] or self._earlier[layer][-1] != now:
            self._earlier[layer].append(now)

    def _rollback(self, layer: str) -> set[Thing] | None:
        if len(self._earlier[layer]) > 1:
            self.town.rollback(layer)
            self._earlier[layer].pop()
            self.town.things[layer] = list(self._earlier[layer][-1])
        # What is drawn anew is at most what was never asked for before.
        return None


def tiles(town: Town) -> dict[str, tuple[bytes, str, str]]:
    """Ask for every tile of the town: body, ETag and whether it had been kept."""
    found = {}
    for path, _, _ in paths():
        reply = ask(town.living, path)
        assert reply.status == 200, (path, reply.body)
        found[path] = reply.body, reply.headers["ETag"], reply.headers["X-Tile-Cache"]
    return found


def paths() -> list[tuple[str, int, tuple[int, int]]]:
    return [
        (f"/tiles/{name}/{zoom}/{x}/{y}.png", zoom, (x, y))
        for name in SEEN
        for zoom in ZOOMS
        for x, y in [*tiles_of_town(zoom), *(tiles_between(zoom, FARM, FARM) if zoom == ZOOMS[0] else ())]
    ]


def assert_exact(town: Town, found: dict[str, tuple[bytes, str, str]]) -> None:
    fresh = town.from_nothing()
    for path, (body, _, _) in found.items():
        assert ask(fresh, path).body == body, path


def assert_spared(
    before: dict[str, tuple[bytes, str, str]],
    after: dict[str, tuple[bytes, str, str]],
    layer: str,
    concerned: set[Thing] | None,
) -> None:
    """Tiles that none of the features concerned come near to were neither drawn again nor got another ETag."""
    for path, zoom, tile in paths():
        name = path.split("/")[2]
        untouched = name not in {layer, "base"} or (
            concerned is not None and not any(may_show(thing, layer, zoom, tile) for thing in concerned)
        )
        if untouched:
            assert after[path][1] == before[path][1], path
            assert after[path][2] != "miss", path
        if after[path][1] == before[path][1]:
            assert after[path][0] == before[path][0], path


@pytest.fixture
def small_overviews(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers of a few dozen features get overviews as large ones do."""
    monkeypatch.setattr(building, "MANY_FEATURES", MANY)


STEPS = st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(LAYERS)), min_size=3, max_size=5)


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(0, 2**16), steps=STEPS)
@example(seed=1, steps=[("reorder", "blocks"), ("grow", "shops"), ("restyle", "roads"), ("rollback", "shops")])
@example(seed=5, steps=[("restyle", "shops"), ("restyle", "shops"), ("move", "shops"), ("grow", "shops")])
def test_every_tile_is_that_of_a_cache_built_from_nothing(
    small_overviews: None,
    stores: Stores,
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    steps: list[tuple[str, str]],
) -> None:
    with founded(tmp_path_factory.mktemp("town") / "town", stores.make()) as town:
        changes = Changes(town, seed)
        changes.found()
        town.refresh()
        kept = tiles(town)
        assert_exact(town, kept)
        for action, layer in steps:
            note(f"{action} {layer}")
            concerned = changes.apply(action, layer)
            town.refresh()
            now = tiles(town)
            assert_exact(town, now)
            assert_spared(kept, now, layer, concerned)
            kept = now
