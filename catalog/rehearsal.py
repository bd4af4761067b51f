"""Rehearsals against the catalogue: what it would refuse, and what it knows that helps to look at a delivery."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import inspect, make_url, select

from catalog import models
from catalog.database import Catalogue
from catalog.errors import CatalogueError
from catalog.holdings import Holdings
from catalog.manifest import LayerEntry, Manifest
from catalog.manifest.drafting import Known
from catalog.planning import plan_of, update_of
from catalog.registration import claim_layer, register_agencies, register_themes
from catalog.succession import predecessor
from layers.config import LayersConfig
from layers.errors import TuziError
from layers.intake import Progress
from layers.plan import IntakePlan
from layers.rehearsal import Rehearsal, rehearse

_IN_MEMORY = "sqlite://"


@contextmanager
def catalogue_for_rehearsal(url: str) -> Iterator[Catalogue]:
    """Open a catalogue that shows what the one at ``url`` holds, and is empty where there is none.

    An embedded catalogue is copied into memory, so that neither its file nor its folder is touched, not even by
    the files that SQLite keeps beside an open database.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" and (served := _served(url)) is not None:
        with closing(served):
            yield served
        return
    with closing(Catalogue(_IN_MEMORY)) as catalogue:
        if parsed.get_backend_name() == "sqlite" and parsed.database and Path(parsed.database).is_file():
            _copy(Path(parsed.database), catalogue)
        catalogue.migrate()
        yield catalogue


def _served(url: str) -> Catalogue | None:
    """Open the catalogue in a database server as it is; None where it has not been set up yet."""
    catalogue = Catalogue(url)
    if inspect(catalogue.engine).has_table(models.Layer.__tablename__):
        return catalogue
    catalogue.close()
    return None


def _copy(file: Path, catalogue: Catalogue) -> None:
    if file.with_name(f"{file.name}-shm").exists():
        # Somebody has it open; reading along changes nothing.
        _copy_from(f"{file.resolve().as_uri()}?mode=ro", catalogue)
        return
    with tempfile.TemporaryDirectory(prefix="tuzi-rehearsal-") as folder:
        for part in (file, file.with_name(f"{file.name}-wal")):
            if part.exists():
                shutil.copyfile(part, Path(folder) / part.name)
        _copy_from((Path(folder) / file.name).as_uri(), catalogue)


def _copy_from(uri: str, catalogue: Catalogue) -> None:
    with closing(sqlite3.connect(uri, uri=True)) as source:
        connection = catalogue.engine.raw_connection()
        try:
            target = connection.driver_connection
            if isinstance(target, sqlite3.Connection):
                source.backup(target)
        finally:
            connection.close()


def claim_errors(catalogue: Catalogue, manifests: Sequence[Manifest]) -> Mapping[str, TuziError]:
    """Return, by layer id, why the catalogue would not take the layers of a delivery; nothing is written for good.

    As in onboarding, agencies and themes of all its manifests are introduced first.
    """
    errors: dict[str, TuziError] = {}
    with catalogue.read() as session:
        for manifest in manifests:
            register_agencies(session, manifest.agencies)
            register_themes(session, manifest.themes)
        session.flush()
        for entry in (entry for manifest in manifests for entry in manifest.layers):
            try:
                claim_layer(session, entry)
            except TuziError as error:
                errors[entry.id] = error
        session.rollback()
    return errors


@dataclass(frozen=True, slots=True)
class EntryRehearsals:
    """Rehearses manifests' entries for one catalogue."""

    catalogue: Catalogue
    holdings: Holdings
    config: LayersConfig

    def rehearse(self, entry: LayerEntry, progress: Progress, refusal: TuziError | None = None) -> Rehearsal:
        """Rehearse one layer; never raises for what is wrong with the delivery.

        ``refusal`` is what the catalogue has against it; the file is looked at all the same.
        """
        try:
            before = predecessor(self.catalogue, entry.id)
            update = update_of(entry, entry.update.mode, before, self.holdings)
            plan = replace(plan_of(entry, self.catalogue, self.holdings), update=update)
        except TuziError as error:
            refusal = refusal or error
            plan = _plan_alone(entry, self.holdings)
        rehearsal = rehearse(plan, self.config, progress, entry.update.source, entry.id)
        refusal = refusal or _title_error(entry, rehearsal)
        return rehearsal if refusal is None or rehearsal.error is not None else replace(rehearsal, error=refusal)


def _plan_alone(entry: LayerEntry, holdings: Holdings) -> IntakePlan:
    """Return the plan without the other layers that it names."""
    alone = entry.model_copy(update={"personal": entry.personal.model_copy(update={"aggregate": None})})
    with catalogue_for_rehearsal(_IN_MEMORY) as empty:
        return plan_of(alone, empty, holdings)


def _title_error(entry: LayerEntry, rehearsal: Rehearsal) -> TuziError | None:
    names = () if rehearsal.schema is None else rehearsal.schema.names
    if entry.title_field is None or entry.title_field in names or rehearsal.error is not None:
        return None
    return CatalogueError(
        "catalogue_unknown_field", layer=entry.id, field=entry.title_field, role="title_field", fields=", ".join(names)
    )


def known_owners(catalogue: Catalogue) -> Known:
    """Return the agencies and themes that a catalogue holds."""
    with catalogue.read() as session:
        agencies = session.scalars(select(models.Agency).order_by(models.Agency.id))
        themes = session.scalars(select(models.Theme).order_by(models.Theme.position, models.Theme.id))
        return Known(
            tuple((agency.id, agency.title_zh) for agency in agencies),
            tuple((theme.id, theme.title_zh) for theme in themes),
        )
