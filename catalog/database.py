"""The catalogue's database: connections, transactions that move the revision, migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, make_url, select, text, update
from sqlalchemy.orm import Session

from catalog.models import CatalogueState

MIGRATIONS = Path(__file__).parent / "migrations"


class Catalogue:
    """The database of one catalogue; shared by threads, not by processes."""

    def __init__(self, url: str):
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = create_engine(parsed)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        # A SQLite transaction that reads first and writes later can fail with SQLITE_BUSY at once;
        # writers therefore take the lock when they begin.
        self._writing = self.engine.execution_options(writes=True)

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the catalogue is the embedded one."""
        return self.engine.dialect.name == "sqlite"

    def migrate(self) -> None:
        """Bring the schema to the newest version; creates it where there is none."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session for reading."""
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a transaction whose changes readers do not notice: staging, keys in preparation, events."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def change(self) -> Iterator[Session]:
        """Open a transaction that changes what readers see: it moves the revision as it commits."""
        with self.write() as session:
            yield session
            session.flush()
            move_revision(session)

    def revision(self) -> int:
        """Return the present revision."""
        with self.engine.connect() as connection:
            return int(connection.execute(select(CatalogueState.revision)).scalar_one())

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def move_revision(session: Session) -> None:
    """Tell all readers that what they see has changed, once this transaction commits."""
    session.execute(update(CatalogueState).values(revision=CatalogueState.revision + 1))


def _prepare_sqlite(connection: Any, record: object) -> None:
    # SQLAlchemy's pysqlite driver begins transactions too late for BEGIN IMMEDIATE; we begin them ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    connection.execute(text("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN"))
