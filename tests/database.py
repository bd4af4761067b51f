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
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
KEEPER = '"$@" & cat; kill -INT $!; wait; cd / && rm -rf "$0"'
"""Runs the server until nobody holds the other end of its input any more, however the test process ended; tidies up.

SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
"""
PATIENCE = 30.0
"""Seconds for the server to start or to stop."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server on which databases may be created."""
    if url := os.environ.get("TUZI_TEST_POSTGRES_URL"):
        yield url.replace("postgresql+psycopg://", "postgresql://", 1)
        return
    if programs() is None:
        pytest.skip("no PostgreSQL with PostGIS (apt-get install postgresql-15-postgis-3, or TUZI_TEST_POSTGRES_URL)")
    with own_cluster() as cluster:
        yield cluster.url


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


class Stores:
    """Feature stores of one kind, made empty, opened again, and removed at the end."""

    def __init__(self, kind: str, folder: Path, url: str | None) -> None:
        self.kind = kind
        self._folder = folder
        self._url = url
        self._prefix = f"store_{uuid.uuid4().hex}"
        self._opened: list[tuple[GeoPackageStore | PostgisStore, str]] = []

    def make(self) -> FeatureStore:
        """Return an empty store."""
        return self._open(f"{self._prefix}_{len(self._opened)}")

    def again(self, store: FeatureStore) -> FeatureStore:
        """Return the same store as another process would open it: with nothing remembered."""
        return self._open(self._place(store))

    def configuration(self, store: FeatureStore) -> str:
        """Return the keys of the configuration's ``layers`` section that name a store, as YAML."""
        place = self._place(store)
        if self._url is None:
            return f"  folder: {self._folder / place}\n"
        return f"  store: postgis\n  postgis:\n    url: {self._url}\n    database_schema: {place}\n"

    def close(self) -> None:
        """Close and remove all."""
        for store, _ in self._opened:
            store.close()
        for place in {place for _, place in self._opened} if self._url else ():
            _execute(self._url or "", sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(place)))

    def _open(self, place: str) -> FeatureStore:
        store = PostgisStore(self._url, place, pool=4) if self._url else GeoPackageStore(self._folder / place)
        self._opened.append((store, place))
        return store

    def _place(self, store: FeatureStore) -> str:
        return next(place for opened, place in self._opened if opened is store)


@contextmanager
def open_stores(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Stores]:
    """Yield the stores of a kind; for fixtures of any scope."""
    url: str | None = request.getfixturevalue("postgis_server") if kind == "postgis" else None
    stores = Stores(kind, folder, url)
    try:
        yield stores
    finally:
        stores.close()


@pytest.fixture(params=STORES)
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    """Feature stores of a kind; every test that asks runs once for each kind."""
    with open_stores(request.param, request, tmp_path / "stores") as opened:
        yield opened


@pytest.fixture
def feature_store(stores: Stores) -> FeatureStore:
    """An empty feature store; every test that asks runs once for each kind."""
    return stores.make()


@pytest.fixture
def every_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, FeatureStore]]:
    """An empty store of each kind, by its name, for tests that hold one against the other."""
    with ExitStack() as stack:
        opened = {kind: stack.enter_context(open_stores(kind, request, tmp_path / kind)) for kind in STORES}
        yield {kind: stores.make() for kind, stores in opened.items()}


@pytest.fixture(scope="session", params=STORES)
def session_stores(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """Feature stores of a kind for what many modules share."""
    with open_stores(request.param, request, tmp_path_factory.mktemp("stores")) as opened:
        yield opened


@pytest.fixture(scope="module", params=STORES)
def module_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FeatureStore]:
    """A feature store that the tests of one module share, once for each kind."""
    with open_stores(request.param, request, tmp_path_factory.mktemp("stores")) as opened:
        yield opened.make()


def _execute(url: str, statement: sql.Composable) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _with_database(url: str, name: str) -> str:
    """Return the URL with another database; only such URLs as this module makes and documents are understood."""
    head, mark, options = url.partition("?")
    scheme, _, rest = head.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{name}{mark}{options}"


class Cluster:
    """A PostgreSQL server that can be stopped and started again, on one port and one folder."""

    def __init__(self, programs_folder: Path, folder: Path) -> None:
        # PostgreSQL refuses to run as root, and its user must reach the folder.
        self._account = "postgres" if os.geteuid() == 0 else None
        self._programs = programs_folder
        self._folder = folder
        self._port = free_port()
        self._processes: list[subprocess.Popen[bytes]] = []
        self.url = f"postgresql://{USER}@{HOST}:{self._port}/postgres"
        if self._account:
            shutil.chown(folder, self._account)
        _initialise(programs_folder / "initdb", folder, self._account)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = [part for setting in SETTINGS for part in ("-c", setting)]
        program, data = self._programs / "postgres", self._folder / "data"
        command = [program, "-D", data, "-p", str(self._port), "-h", HOST, "-k", self._folder]
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(
                ["/bin/sh", "-c", KEEPER, str(self._folder), *map(str, command), *options],
                user=self._account,
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._processes.append(process)
        _await_connection(self.url, process, self._folder / "log")

    def stop(self) -> None:
        """Stop the server, as its administrator would who does not wait for clients."""
        pid_file = self._folder / "data" / "postmaster.pid"
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)
        deadline = time.monotonic() + PATIENCE
        while pid_file.exists():
            assert time.monotonic() < deadline, "PostgreSQL does not stop"
            time.sleep(0.02)

    def close(self) -> None:
        """Stop whatever runs, for good."""
        for process in self._processes:
            _stop(process)


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """Yield a running server that nobody else uses; skips where PostgreSQL cannot be had."""
    programs_folder = programs()
    if programs_folder is None:
        pytest.skip("no PostgreSQL with PostGIS to stop and start (apt-get install postgresql-15-postgis-3)")
    folder = Path(tempfile.mkdtemp(prefix="tuzi-test-pg-"))
    try:
        cluster = Cluster(programs_folder, folder)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.close()
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
    assert process.stdin
    process.stdin.close()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
