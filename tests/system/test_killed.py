"""``kill -9`` at random moments of an onboarding: what is published goes on being served, the next run cleans up."""

from __future__ import annotations

import json
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from catalog import models
from catalog.manifest import AgencyEntry, LayerEntry, ThemeEntry
from catalog.onboarding import OnboardedLayer, OnboardingOptions, Outcome
from catalog.publishing import introduce
from catalog.snapshot import read_snapshot
from catalog.sweeping import find_leftovers
from layers.features import FeatureQuery
from scripts.workshop import Workshop
from tests.conftest import write_configuration
from tests.database import Stores

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
MOMENTS = 100
FEATURES = 150
LAYER = "plates"
NURSERY = """
import os, signal, sys
from pathlib import Path
from catalog.manifest import LayerEntry
from catalog.onboarding import OnboardingOptions
from scripts.workshop import Workshop

while line := sys.stdin.readline():
    config, entry = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if not child:
        onboarding = Workshop(Path(config)).onboarding
        result = onboarding.onboard(LayerEntry.model_validate_json(entry), lambda *_: None, OnboardingOptions(wait=30))
        os._exit(0 if result.outcome == "published" else 1)
    if sys.stdin.readline() == "kill\\n":
        os.kill(child, signal.SIGKILL)
    print(os.waitpid(child, 0)[1], flush=True)
"""
"""A process that has imported everything, and has children that onboard; it kills them before it waits for them."""


class Nursery:
    """Starts onboardings in processes of their own, at once."""

    def __init__(self, process: subprocess.Popen[str], config: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out, self._config = process.stdin, process.stdout, config

    def start(self, entry: LayerEntry) -> None:
        """Start an onboarding."""
        self._say(f"{self._config}\t{entry.model_dump_json(exclude_defaults=True)}")

    def end(self, how: str) -> int:
        """Kill it or wait for it; returns how it ended (os.waitpid)."""
        self._say(how)
        return int(self._out.readline())

    def _say(self, line: str) -> None:
        self._in.write(f"{line}\n")
        self._in.flush()


@contextmanager
def nursery(config: Path) -> Iterator[Nursery]:
    process = subprocess.Popen(
        [sys.executable, "-c", NURSERY], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Nursery(process, config)
    finally:
        process.kill()
        process.communicate()


def entry(folder: Path, turn: int) -> LayerEntry:
    """Return a delivery that differs from all others in every feature."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": f"A{at}", "turn": turn},
            "geometry": {"type": "Point", "coordinates": [120.6 + at / 10000, 24.1 + turn / 10000]},
        }
        for at in range(FEATURES)
    ]
    file = folder / f"{turn}.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return LayerEntry(id=LAYER, file=file, title="門牌", agency="civil", theme="other", key="code")  # type: ignore[arg-type]


class Watcher:
    """Sees the catalogue and the store as a server does."""

    def __init__(self, config: Path) -> None:
        self.workshop = Workshop(config)
        self._seen: list[int] = []

    def served(self) -> tuple[int, int, bytes]:
        """Return number, count and a page of what is published; the page must be of one delivery alone."""
        layer = read_snapshot(self.workshop.catalogue).layers[LAYER]
        release = self.workshop.holdings.release(layer)
        page = release.read_page(FeatureQuery(limit=FEATURES))
        turns = {feature["properties"]["turn"] for feature in json.loads(b"[%b]" % page.features)}
        assert len(turns) == 1
        assert layer.release.count == release.count == page.number_matched == page.number_returned == FEATURES
        return layer.release.number, release.count, page.features

    def onboard(self, entry: LayerEntry) -> OnboardedLayer:
        return self.workshop.onboarding.onboard(entry, lambda *_: None, OnboardingOptions(wait=30))

    def assert_clean(self) -> None:
        """Demand that nothing is left of what was killed, in the catalogue or in the store."""
        catalogue, holdings = self.workshop.catalogue, self.workshop.holdings
        assert not find_leftovers(catalogue, holdings, LAYER)
        with catalogue.read() as session:
            known = list(session.scalars(select(models.Release.number).order_by(models.Release.number)))
        assert holdings.features.numbers(LAYER) == known
        assert self._kept() == self._expected(len(known))

    def _kept(self) -> int:
        """Return how many files or tables the store consists of, half-written ones too."""
        configuration = self.workshop.configuration.layers
        if configuration.store == "geopackage":
            folder = self.workshop.configuration.releases_folder
            return sum(1 for file in folder.rglob("*") if file.is_file())
        with psycopg.connect(configuration.postgis.url.get_secret_value()) as connection:
            query = "SELECT count(*) FROM pg_tables WHERE schemaname = %s"
            row = connection.execute(query, [configuration.postgis.database_schema]).fetchone()
            assert row is not None
            return int(row[0])

    def _expected(self, releases: int) -> int:
        """Return how many there are for so many releases, as the first two of them tell."""
        if len(self._seen) < 2:
            self._seen.append(self._kept())
            return self._seen[-1]
        one, two = self._seen
        return one + (two - one) * (releases - 1)


@pytest.fixture
def config(stores: Stores, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    file = write_configuration(tmp_path)
    catalogue = "sqlite:///catalogue.sqlite"
    if stores.kind == "postgis":
        catalogue = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+psycopg://", 1)
    text = file.read_text(encoding="utf-8")
    text = text.replace("layers:\n", f"layers:\n{stores.configuration(stores.make())}")
    file.write_text(f"{text}catalog:\n  url: {catalogue}\n", encoding="utf-8")
    return file


def test_a_hundred_killings(config: Path, tmp_path: Path) -> None:
    watcher = Watcher(config)
    introduce(
        watcher.workshop.catalogue,
        (AgencyEntry(id="civil", title="民政局"),),  # type: ignore[arg-type]
        (ThemeEntry(id="other", title="其他"),),  # type: ignore[arg-type]
    )
    turns = iter(range(1, 10_000))
    moments = random.Random(20260101)
    for _ in range(2):
        assert watcher.onboard(entry(tmp_path, next(turns))).outcome is Outcome.PUBLISHED
        watcher.assert_clean()
    with nursery(config) as children:
        length = measured_length(children, tmp_path, turns)
        killed = 0
        for _ in range(MOMENTS):
            before = watcher.served()
            children.start(entry(tmp_path, next(turns)))
            time.sleep(moments.uniform(0, length))
            killed += children.end("kill") == signal.SIGKILL
            after = watcher.served()
            assert after == before or after[0] > before[0]
            assert watcher.onboard(entry(tmp_path, next(turns))).outcome is Outcome.PUBLISHED
            assert watcher.served()[0] > after[0]
            watcher.assert_clean()
    # Were most of them done before they were killed, nothing would have been tested.
    assert killed > MOMENTS * 0.7


def measured_length(children: Nursery, folder: Path, turns: Iterator[int]) -> float:
    """Return the seconds that a whole onboarding takes in a child."""
    lengths = []
    for _ in range(3):
        delivered = entry(folder, next(turns))
        begin = time.perf_counter()
        children.start(delivered)
        assert children.end("wait") == 0
        lengths.append(time.perf_counter() - begin)
    return statistics.median(lengths)
