"""Deliver tables as files: whole subjects at the end, or each district's as soon as it is ready."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scripts.demonstration.boundaries import District
from scripts.demonstration.subjects import Subject, read_delivery
from scripts.demonstration.tables import Table
from scripts.demonstration.writer import write_table

_KML_NAMES = {"name": "Name"}


@dataclass(frozen=True, slots=True)
class Delivered:
    """One file and the layer it is."""

    layer: str
    subject: Subject
    file: str
    district: District | None
    count: int
    columns: tuple[str, ...]


class Deliverer:
    """Takes tables in any order and writes each layer once."""

    def __init__(self, folder: Path, by_district: bool) -> None:
        self.folder = folder
        self.by_district = by_district
        self.delivery = read_delivery()
        self._waiting: dict[str, Table] = {}
        self._done: list[Delivered] = []

    def take(self, name: str, district: District | None, table: Table) -> None:
        """Take the features of a subject; those of split subjects are written at once in the city's size."""
        subject = self.delivery.subject(name)
        if not len(table):
            return
        if self.by_district and subject.split and district is not None:
            self._write(subject, f"{name}-{district.slug}", table, district)
        else:
            self._waiting.setdefault(name, Table()).append(table)

    def finish(self) -> list[Delivered]:
        """Write what was collected; return all layers in drawing order."""
        for name, table in self._waiting.items():
            self._write(self.delivery.subject(name), name, table, None)
        self._waiting.clear()
        order = {subject.id: number for number, subject in enumerate(self.delivery.subjects)}
        rasters = [
            Delivered(subject.id, subject, subject.file, None, 0, ())
            for subject in self.delivery.subjects
            if subject.is_raster
        ]
        return sorted([*self._done, *rasters], key=lambda item: (order[item.subject.id], item.layer))

    def _write(self, subject: Subject, layer: str, table: Table, district: District | None) -> None:
        file = subject.file_name(layer)
        if file.endswith(".kml"):
            # KML has an element for the name of a place, which readers call Name.
            table = Table(
                table.geometry, {_KML_NAMES.get(name, name): values for name, values in table.columns.items()}
            )
        write_table(self.folder / file, table, subject.crs or "EPSG:3826", subject.encoding or "utf-8")
        self._done.append(Delivered(layer, subject, file, district, len(table), tuple(table.columns)))
