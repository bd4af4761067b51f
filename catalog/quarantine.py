"""The rows that were set aside when a layer's release was taken in: reading them, and taking them back mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from catalog import models
from catalog.database import Catalogue
from catalog.errors import CatalogueError, UnknownLayer, UnpublishedRelease
from catalog.holdings import Holdings
from catalog.manifest import LayerEntry, UpdateMode
from catalog.models import ReleaseState
from catalog.onboarding import OnboardedLayer, Onboarding, OnboardingOptions
from catalog.records import LayerKind
from catalog.registration import entry_of
from layers.plan import PersonalRule
from layers.quarantine import WKT
from layers.schema import Schema
from layers.sources.formats import TABLES, promised_format
from layers.stores import QuarantinedRow, Release


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The quarantined rows of one release."""

    layer: str
    number: int
    release: Release
    entry: LayerEntry

    @property
    def schema(self) -> Schema:
        """The schema of the release that the rows were to be part of."""
        return self.release.schema

    @property
    def rows(self) -> list[QuarantinedRow]:
        """All rows, in the order of their delivery."""
        return list(self.release.quarantine())

    @property
    def is_table(self) -> bool:
        """Tell whether the layer is read from tables whose columns say where a row lies."""
        return self.entry.wkt is None and promised_format(self.entry.file) in TABLES


def open_quarantine(catalogue: Catalogue, holdings: Holdings, layer: str, number: int | None = None) -> Quarantine:
    """Open the quarantine of a release, or of the current one; raises UnknownLayer, UnpublishedRelease."""
    with catalogue.read() as session:
        row = session.get(models.Layer, layer)
        if row is None:
            raise UnknownLayer(layer=layer)
        if row.kind != LayerKind.VECTOR:
            raise CatalogueError("catalogue_quarantine_raster", layer=layer)
        wanted = row.current_release if number is None else number
        release = None if wanted is None else session.get(models.Release, (layer, wanted))
        if wanted is None or release is None or release.state != ReleaseState.READY:
            raise UnpublishedRelease(layer=layer, number=wanted or "-")
        return Quarantine(layer, wanted, holdings.features.open(layer, wanted), entry_of(row))


def resubmit(
    onboarding: Onboarding, layer: str, file: Path, wait: float, progress: Callable[[int, int | None], None]
) -> OnboardedLayer:
    """Take mended rows back: the good ones are added to the current release, the others stay in quarantine.

    They pass all checks that any delivery passes. Raises UnknownLayer, UnpublishedRelease.
    """
    kept = open_quarantine(onboarding.catalogue, onboarding.holdings, layer)
    options = OnboardingOptions(mode=UpdateMode.APPEND, resubmission=True, wait=wait)
    return onboarding.onboard(_entry(kept, file), progress, options)


def _entry(kept: Quarantine, file: Path) -> LayerEntry:
    """Return how the mended file is read: its columns bear the names of the layer, its joins are made already."""
    entry = kept.entry
    full = {name: field.name or name for name, field in entry.fields.items()}
    is_csv = file.suffix.lower() == ".csv"
    by_columns = is_csv and kept.is_table
    said = {
        "file": file,
        "source_layer": None,
        "encoding": None,
        "tags": {},
        "joins": (),
        "fields": {full[name]: field.model_copy(update={"name": None}) for name, field in entry.fields.items()},
        "x": full.get(entry.x or "", entry.x) if by_columns else None,
        "y": full.get(entry.y or "", entry.y) if by_columns else None,
        "wkt": WKT if is_csv and not by_columns else None,
        "crs": (entry.crs if by_columns else str(kept.schema.crs)) if is_csv else None,
        "personal": entry.personal.model_copy(
            update={
                "columns": {
                    name: rule for name, rule in entry.personal.columns.items() if rule is not PersonalRule.DROP
                }
            }
        ),
    }
    return entry.model_copy(update=said)
