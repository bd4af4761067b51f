"""``python -m tests.benchmarks``: measures everything and prints the table of ratios."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from tests.benchmarks.capabilities import measure_capabilities
from tests.benchmarks.changes import measure_changes
from tests.benchmarks.city_maps import measure_city_maps
from tests.benchmarks.cold import measure_cold
from tests.benchmarks.contention import measure_contention
from tests.benchmarks.data import Data, make_data
from tests.benchmarks.items import measure_items
from tests.benchmarks.machine import Say, describe, ensure_tools
from tests.benchmarks.onboarding import measure_onboarding
from tests.benchmarks.overviews import measure_overviews
from tests.benchmarks.pace import Pace, full_pace, quick_pace
from tests.benchmarks.samples import Samples
from tests.benchmarks.servers import BenchmarkError
from tests.benchmarks.table import Row, save, show
from tests.benchmarks.tiles import measure_tiles
from tests.benchmarks.tuzi import ROOT, Platform, found_platform
from tests.benchmarks.updates import measure_updates

RESULTS = ROOT / "bench-results"
ENVIRONMENTS = RESULTS / "peers"
PARTS = (
    "tiles",
    "contention",
    "items",
    "cold",
    "onboarding",
    "changes",
    "capabilities",
    "overviews",
    "updates",
    "city",
)
WIDTH = 150
"""Of the table where the output is no terminal."""
BUSY = 0.5
"""Load average above which numbers are not to be quoted."""
NEED_WRK = ("tiles", "contention", "items")


@dataclass(frozen=True)
class Run:
    """What every part is given."""

    folder: Path
    data: Data
    platform: Platform
    pace: Pace
    samples: Samples
    say: Say

    def measure(self, part: str) -> Sequence[Row]:
        """Measure one part."""
        if part == "tiles":
            return measure_tiles(self.folder, ENVIRONMENTS, self.platform, self.pace, self.samples, self.say)
        if part == "contention":
            return measure_contention(self.folder, self.platform, self.pace, self.samples, self.say)
        if part == "items":
            return measure_items(self.folder, ENVIRONMENTS, self.data, self.platform, self.pace, self.samples, self.say)
        if part == "onboarding":
            return measure_onboarding(self.folder, self.pace, self.samples, self.say)
        if part == "changes":
            return measure_changes(self.folder, self.pace, self.samples, self.say)
        if part == "capabilities":
            return measure_capabilities(self.folder, self.pace, self.samples, self.say)
        if part == "updates":
            return measure_updates(self.folder, self.data, self.platform, self.pace, self.samples, self.say)
        if part == "city":
            return measure_city_maps(self.folder, self.pace, self.samples, self.say)
        if part == "overviews":
            return measure_overviews(self.folder, self.pace, self.samples, self.say)
        return measure_cold(self.platform, self.pace, self.samples, self.say)


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round of each part: about three minutes")
    parser.add_argument("--only", action="append", choices=PARTS, help="measure this part alone; may be repeated")
    options = parser.parse_args()
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    load = os.getloadavg()[0]
    pace = quick_pace() if options.quick else full_pace()

    def say(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - pace.begun:5.0f} s[/]  {escape(line)}")

    if load > BUSY:
        say(f"this machine is busy (load {load:.1f}): ratios will be rough, p99 means little")
    ensure_tools(say)
    samples: dict[str, Samples] = {}
    rows, failed = _measured(options.only or PARTS, pace, samples, say)
    machine = describe(load)
    console.print(" · ".join(f"{name} {value}" for name, value in machine.items()), style="dim")
    show(console, rows)
    file = save(RESULTS, machine, rows, {part: sample.document() for part, sample in samples.items()})
    say(f"written to {file.relative_to(ROOT)}")
    sys.exit(1 if failed else 0)


def _measured(parts: Sequence[str], pace: Pace, samples: dict[str, Samples], say: Say) -> tuple[list[Row], bool]:
    """Measure the parts; one that cannot be measured becomes a row that says why."""
    rows: list[Row] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="tuzi-bench-") as name:
        folder = Path(name)
        # nginx's workers give up root and must still reach their files.
        folder.chmod(0o755)
        say("making 100,000 polygons and 40,000 labels, onboarding them")
        data = make_data(folder)
        platform = found_platform(folder / "tuzi", data)
        ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
        for part in parts:
            if part in NEED_WRK and not shutil.which("wrk"):
                rows.append(Row(part, "", "", None, note="not measured: wrk missing"))
                continue
            run = Run(folder, data, platform, pace, samples.setdefault(part, Samples()), say)
            try:
                rows += run.measure(part)
            except BenchmarkError as error:
                failed = True
                say(f"{part} cannot be measured: {error}")
                rows.append(Row(part, "", "", None, note=str(error).splitlines()[0][:120]))
    return rows, failed


if __name__ == "__main__":
    main()
