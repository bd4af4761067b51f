"""Migrations keep what catalogues hold, and end at the schema that the models describe."""

from __future__ import annotations

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import text

from catalog.database import MIGRATIONS, Catalogue
from catalog.manifest import LayerEntry
from catalog.models import Base, Layer
from catalog.registration import entry_of
from catalog.snapshot import read_snapshot

SCHEMA = '{"geometry_type": "POINT", "crs": "EPSG:3826", "key": "code", "searchable": [], "fields": []}'
AS_OF_0001 = f"""
INSERT INTO agency (id, title_zh) VALUES ('civil', '民政局');
INSERT INTO theme (id, title_zh, position) VALUES ('boundaries', '界線', 1);
INSERT INTO layer (id, agency_id, theme_id, kind, title_zh, abstract_zh, attribution_zh, access, licence, keywords,
    demonstration, position, search_fields, current_release, retired, created, updated)
  VALUES ('districts', 'civil', 'boundaries', 'vector', '行政區', '', '', 'internal', 'CC0', '["a"]',
    false, 7, '["name"]', 1, false, '2026-01-01 00:00:00', '2026-01-02 00:00:00');
INSERT INTO release (layer_id, number, state, created, source, checksum, count, schema, report)
  VALUES ('districts', 1, 'ready', '2026-01-01 00:00:00', '行政區.zip', 'abc', 29, '{SCHEMA}', '{{"findings": []}}');
"""


def migrate(catalogue: Catalogue, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with catalogue.engine.connect() as connection:
        config.attributes["connection"] = connection
        (command.upgrade if version != "0001" else command.downgrade)(config, version)
        connection.commit()


def fill_first(catalogue: Catalogue) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with catalogue.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in AS_OF_0001.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
        connection.commit()


def test_a_catalogue_of_the_first_version_keeps_its_layers(catalogue_url: str) -> None:
    catalogue = Catalogue(catalogue_url)
    fill_first(catalogue)
    catalogue.migrate()
    layer = read_snapshot(catalogue).layers["districts"]
    assert (layer.release.number, layer.release.count, layer.title.zh, layer.position) == (1, 29, "行政區", 7)
    with catalogue.read() as session:
        row = session.get_one(Layer, "districts")
        (release,) = row.releases
        assert (row.entry, release.digest, release.plan, release.mode, release.base) == (None, "", "", "replace", None)
        assert (release.quarantined, release.changes, release.actor) == (0, None, "")
        assert entry_of(row) == LayerEntry.model_validate(
            {
                "id": "districts",
                "file": "行政區.zip",
                "title": "行政區",
                "agency": "civil",
                "theme": "boundaries",
                "key": "code",
                "access": "internal",
                "licence": "CC0",
                "keywords": ["a"],
                "position": 7,
                "search": ["name"],
            }
        )
    catalogue.close()


def test_the_way_back_keeps_them_too(catalogue_url: str) -> None:
    catalogue = Catalogue(catalogue_url)
    fill_first(catalogue)
    catalogue.migrate()
    migrate(catalogue, "0001")
    with catalogue.engine.connect() as connection:
        assert connection.execute(text("SELECT source, count FROM release")).all() == [("行政區.zip", 29)]
        assert connection.execute(text("SELECT title_zh FROM layer")).all() == [("行政區",)]
    catalogue.migrate()
    assert list(read_snapshot(catalogue).layers) == ["districts"]
    catalogue.close()


def test_migrations_end_where_the_models_stand(catalogue_url: str) -> None:
    catalogue = Catalogue(catalogue_url)
    catalogue.migrate()
    with catalogue.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    catalogue.close()
