"""A catalogue database in a temporary folder and entries to fill it with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog.database import Catalogue
from catalog.manifest import AgencyEntry, LayerEntry, ThemeEntry
from catalog.publishing import Publication, StoredRelease, introduce, publish_all
from layers.crs import TWD97_TM2
from layers.extent import BoundingBox
from layers.schema import Field, FieldType, GeometryType, Schema, schema_document


@pytest.fixture(params=["sqlite", "postgresql"])
def catalogue_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/catalogue.sqlite"
    url: str = request.getfixturevalue("postgres_url")
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def catalogue(catalogue_url: str) -> Iterator[Catalogue]:
    catalogue = Catalogue(catalogue_url)
    catalogue.migrate()
    introduce(
        catalogue,
        (
            AgencyEntry(id="civil", title="民政局"),  # type: ignore[arg-type]
            AgencyEntry(id="fire", title={"zh": "消防局", "en": "Fire Bureau"}),  # type: ignore[arg-type]
        ),
        (
            ThemeEntry(id="boundaries", title="界線", position=1),  # type: ignore[arg-type]
            ThemeEntry(id="safety", title="安全", position=2),  # type: ignore[arg-type]
        ),
    )
    yield catalogue
    catalogue.close()


def entry(id_: str = "districts", **values: Any) -> LayerEntry:
    given = {"file": Path("districts.gpkg"), "title": "行政區", "agency": "civil", "theme": "boundaries", **values}
    return LayerEntry(id=id_, **given)


def stored(count: int = 29) -> StoredRelease:
    schema = Schema(GeometryType.MULTIPOLYGON, TWD97_TM2, (Field("name", FieldType.TEXT),))
    return StoredRelease(
        kind="vector",
        count=count,
        extent=BoundingBox(120.46, 23.99, 121.45, 24.44),
        schema=schema_document(schema),
        raster=None,
        report={},
        source="districts.gpkg",
        checksum="0" * 64,
    )


def publish_stored(catalogue: Catalogue, entry: LayerEntry, number: int, stored: StoredRelease, actor: str) -> None:
    """Publish one layer by itself."""
    publish_all(catalogue, (Publication(entry, number, stored),), actor)
