"""Tuzi itself: the benchmark's data onboarded through the command line, the server as it is shipped."""

from __future__ import annotations

import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.benchmarks.data import Data
from tests.benchmarks.servers import BenchmarkError, Server, Starter, running

ROOT = Path(__file__).parent.parent.parent
TUZI = Path(sys.executable).with_name("tuzi")
FONTS = ("server/site/node_modules/@expo-google-fonts/noto-sans-tc", "/usr/share/fonts")
STORE = {"store": "${TUZI_STORE:-geopackage}", "postgis": {"url": "${TUZI_POSTGIS_URL:-postgresql://localhost/tuzi}"}}
"""Files, or with TUZI_STORE=postgis the database of TUZI_POSTGIS_URL."""
ONBOARD_LIMIT = 300


@dataclass(frozen=True)
class Platform:
    """A data folder with the benchmark's layers, and its configuration."""

    folder: Path
    config: Path

    @property
    def tiles(self) -> Path:
        """Where the tile stores lie."""
        return self.folder / "data" / "tiles"

    def serve(self, workers: int | None = None) -> Starter:
        """Return what starts ``tuzi serve``; without a number it runs with the workers it is shipped with."""

        def command(port: int) -> list[str]:
            more = [] if workers is None else ["--workers", str(workers)]
            return [str(TUZI), "--config", str(self.config), "serve", "--port", str(port), *more]

        def start() -> AbstractContextManager[Server]:
            return running(command, "/ogc?f=json", self.folder)

        return start

    def forget_tiles(self, layer: str) -> None:
        """Empty the tile store of a layer, so that its tiles are cold; no server may be running."""
        for file in self.tiles.glob(f"{layer}.sqlite*"):
            file.unlink()


def found_platform(folder: Path, data: Data) -> Platform:
    """Onboard the data into a folder of its own."""
    folder.mkdir()
    config = folder / "config.yml"
    settings = {
        "data": str(folder / "data"),
        "language": "en",
        "layers": {"fonts": [str(ROOT / font) for font in FONTS], **STORE},
        "server": {"site": str(ROOT / "server/site/dist")},
    }
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    done = subprocess.run(
        [str(TUZI), "--config", str(config), "onboard", str(data.manifest)],
        capture_output=True,
        text=True,
        check=False,
        timeout=ONBOARD_LIMIT,
    )
    if done.returncode:
        raise BenchmarkError(f"tuzi onboard failed: {done.stdout[-2000:]} {done.stderr[-2000:]}")
    return Platform(folder, config)
