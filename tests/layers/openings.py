"""Opens files for tests as intake does, and keeps what was read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.checks import Finding, FindingLog
from layers.config import ArchiveConfig
from layers.sources import RasterSource, SourceLayer, SourceOptions, open_source


@dataclass(frozen=True)
class Opened:
    """A source that was read to its end."""

    layer: SourceLayer
    geometry: list[Any]
    columns: dict[str, list[Any]]
    rows: list[int]
    findings: dict[str, Finding]


def read(file: Path, limits: ArchiveConfig | None = None, **options: Any) -> Opened:
    """Read a vector file or table whole."""
    log = FindingLog()
    with open_source(file, SourceOptions(**options), limits or ArchiveConfig(), log) as source:
        assert not isinstance(source, RasterSource)
        geometry: list[Any] = []
        rows: list[int] = []
        columns: dict[str, list[Any]] = {field.name: [] for field in source.layer.fields}
        for batch in source.batches():
            geometry += list(batch.geometry)
            rows += batch.rows.tolist()
            for name, values in batch.columns.items():
                columns[name] += list(values)
        return Opened(source.layer, geometry, columns, rows, {finding.code: finding for finding in log.findings()})
