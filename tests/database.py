"""PostgreSQL for tests: a private server, fresh databases, and feature stores to fill.

The server is the one of ``TUZI_TEST_POSTGRES_URL`` or, without that, a cluster of this test process in a temporary
folder, on a port of its own. Where neither can be had, what needs it is skipped and says so.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from layers.stores import FeatureStore
from layers.stores.geopackage import GeoPackageStore
from layers.stores.postgis import PostgisStore
from scripts.postgresql import programs
from tests.sharing import free_port

STORES = ("geopackage", "postgis")
HOST = "127.0.0.1"
USER = "tuzi"
SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "max_connections=200",
    "shared_buffers=128MB",
)
"""Nothing in this cluster outlives a test run."""
PATIENCE = 30.0
"""Seconds for the server to start or to stop."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server on which databases may be created."""
    if url := os.environ.get("TUZI_TEST_POSTGRES_URL"):
        yield url.replace("postgresql+psycopg://", "postgresql://", 1)
        return
    folder = programs()
    if folder is None:
        pytest.skip("no PostgreSQL with PostGIS (apt-get install postgresql-15-postgis-3, or TUZI_TEST_POSTGRES_URL)")
    with _cluster(folder) as url:
        yield url


@contextmanager
def fresh_database(server: str, template: str = "template1") -> Iterator[str]:
    """Create a database, yield its URL, remove it with all who are still connected."""
    name = f"tuzi_{uuid.uuid4().hex}"
    _execute(server, sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield _with_database(server, name)
    finally:
        _execute(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty database."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def postgis_server(postgres_server: str) -> Iterator[str]:
    """URL of a database with PostGIS, shared by the tests of this process: each takes a schema of its own."""
    with fresh_database(postgres_server) as url:
        _execute(url, sql.SQL("CREATE EXTENSION postgis"))
        yield url


StoreMaker = Callable[[], FeatureStore]


@contextmanager
def made_stores(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[StoreMaker]:
    """Yield what makes empty stores of a kind; all of them are closed and removed at the end."""
    made: list[GeoPackageStore | PostgisStore] = []
    url: str | None = request.getfixturevalue("postgis_server") if kind == "postgis" else None
    schemas = [f"store_{uuid.uuid4().hex}"]

    def make() -> FeatureStore:
        if url is None:
            made.append(GeoPackageStore(folder / str(len(made))))
        else:
            schemas.append(f"{schemas[0]}_{len(made)}")
            made.append(PostgisStore(url, schemas[-1], pool=4))
        return made[-1]

    yield make
    for store in made:
        store.close()
    for schema in schemas[1:]:
        _execute(url or "", sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


@pytest.fixture(params=STORES)
def store_maker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreMaker]:
    """Make empty feature stores; every test that asks runs once for each kind."""
    with made_stores(request.param, request, tmp_path / "stores") as make:
        yield make


@pytest.fixture
def feature_store(store_maker: StoreMaker) -> FeatureStore:
    """An empty feature store; every test that asks runs once for each kind."""
    return store_maker()


@pytest.fixture(scope="module", params=STORES)
def module_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FeatureStore]:
    """A feature store that the tests of one module share, once for each kind."""
    with made_stores(request.param, request, tmp_path_factory.mktemp("stores")) as make:
        yield make()


def _execute(url: str, statement: sql.Composable) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _with_database(url: str, name: str) -> str:
    """Return the URL with another database; only such URLs as this module makes and documents are understood."""
    head, mark, options = url.partition("?")
    scheme, _, rest = head.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{name}{mark}{options}"


@contextmanager
def _cluster(programs_folder: Path) -> Iterator[str]:
    # PostgreSQL refuses to run as root, and its user must reach the folder.
    account = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="tuzi-test-pg-"))
    port = free_port()
    try:
        if account:
            shutil.chown(folder, account)
        _initialise(programs_folder / "initdb", folder, account)
        options = [part for setting in SETTINGS for part in ("-c", setting)]
        command = [programs_folder / "postgres", "-D", folder / "data", "-p", str(port), "-h", HOST, "-k", folder]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*map(str, command), *options], user=account, cwd=folder, stdout=log, stderr=log, start_new_session=True
            )
        try:
            url = f"postgresql://{USER}@{HOST}:{port}/postgres"
            _await_connection(url, process, folder / "log")
            yield url
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initialise(initdb: Path, folder: Path, account: str | None) -> None:
    options = ["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    command = [str(initdb), "-D", str(folder / "data"), *options]
    done = subprocess.run(command, user=account, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def _await_connection(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise AssertionError(f"PostgreSQL does not start:\n{log.read_text(errors='replace')}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
    process.send_signal(signal.SIGINT)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
