"""The connections to one PostgreSQL database, and what must be there before a release can be.

Nothing is connected before it is needed. The password is in no message and in no log.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import RawCursor
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from layers.errors import InvalidParameter, StoreError, StoreUnavailable
from layers.stores.postgis.folding import folding_statements
from layers.stores.postgis.tables import quoted

Connection = psycopg.Connection[tuple[Any, ...]]

_CONNECT_TIMEOUT = 10
"""Seconds for the server to answer at all."""
_REST = 1.0
"""Seconds for which a server that did not answer is not asked again: nobody waits for what was just not there."""
_REGISTRY = (
    "CREATE SEQUENCE IF NOT EXISTS {schema}.release_identities",
    """
    CREATE TABLE IF NOT EXISTS {schema}.releases (
      identity bigint PRIMARY KEY, layer text COLLATE "C" NOT NULL, number bigint NOT NULL, relations text NOT NULL,
      metadata text NOT NULL, geometry_digests bytea NOT NULL, attribute_digests bytea NOT NULL,
      committed timestamp with time zone NOT NULL DEFAULT now(), UNIQUE (layer, number))
    """,
    "COMMENT ON TABLE {schema}.releases IS 'Releases of layers and the tables that hold them'",
)


class Database:
    """One database with PostGIS and the schema in which releases are kept; safe to share between threads.

    ``timeout`` bounds every read in seconds, ``pool`` the connections that read at once.
    """

    def __init__(self, url: str, schema: str, pool: int, timeout: float) -> None:
        self._parameters = _parsed(url)
        self.schema = schema
        self._size = pool
        self.timeout = timeout
        self._pool: ConnectionPool[Connection] | None = None
        self._lock = threading.Lock()
        self._failure: tuple[float, StoreUnavailable] | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """The connection's parameters by their names in libpq, the password among them."""
        return dict(self._parameters)

    @property
    def place(self) -> str:
        """Server and database as people may see them."""
        host, port = self._parameters.get("host", "localhost"), self._parameters.get("port", "5432")
        return f"{host}:{port}/{self._parameters.get('dbname', '')}"

    @property
    def reading_options(self) -> str:
        """Server settings of every connection that reads."""
        options = (f"statement_timeout={round(self.timeout * 1000)}", "jit=off", "plan_cache_mode=force_custom_plan")
        return " ".join([self._parameters.get("options", ""), *(f"-c {option}" for option in options)]).strip()

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one reading statement with ``$1``, ``$2`` … and return its rows.

        Raises InvalidParameter where it takes too long, StoreUnavailable where the database does not answer.
        """
        self.check()
        try:
            return self._rows(statement, parameters)
        except psycopg.errors.QueryCanceled:
            raise InvalidParameter("query_timeout", seconds=round(self.timeout)) from None
        except psycopg.OperationalError as error:
            raise self._unreachable(error) from None

    def check(self) -> None:
        """Raise StoreUnavailable where the database does not answer; nothing is asked while there is no doubt.

        The pool would try to connect for as long as a read may take, and who asks meanwhile would hold a thread of
        the server. So where it holds no connection, or the last read failed, a connection is tried first.
        """
        failure = self._failure
        if failure is None and self._pool is not None and self._pool.get_stats().get("pool_size", 0):
            return
        if failure is not None and time.monotonic() < failure[0] + _REST:
            raise failure[1]
        self._connect().close()
        self._failure = None

    def _rows(self, statement: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        pool = self._ready()
        for _ in range(2):
            with pool.connection() as connection:
                try:
                    return connection.execute(statement, parameters, binary=True).fetchall()
                except psycopg.OperationalError:
                    if not connection.broken:
                        raise
            # The server was started anew, or is gone: what waits in the pool is of no use any more.
            self._connect().close()
            pool.check()
        raise psycopg.OperationalError("the connection was lost")

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a connection of its own for writing: all or nothing; raises StoreError where there is none."""
        connection = self.connect()
        with connection, connection.transaction():
            yield connection

    def connect(self) -> Connection:
        """Return a connection for writing, outside of the pool; raises StoreError where there is none."""
        self._ready()
        return self._connect()

    def _connect(self) -> Connection:
        # Writing takes as long as it takes, whatever limits the database sets for others.
        limits = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
        options = f"{self._parameters.get('options', '')} {limits}".strip()
        given: dict[str, Any] = {"connect_timeout": _CONNECT_TIMEOUT, **self._parameters, "options": options}
        try:
            return psycopg.connect(**given, autocommit=True, cursor_factory=RawCursor)
        except psycopg.OperationalError as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: Exception) -> StoreUnavailable:
        if isinstance(error, PoolTimeout):
            # Busy, or gone while the pool tries again and again: the next read finds out.
            unavailable = StoreUnavailable(place=self.place, reason="no free connection")
            self._failure = time.monotonic() - _REST, unavailable
        else:
            unavailable = StoreUnavailable(place=self.place, reason=_first_line(error))
            self._failure = time.monotonic(), unavailable
        return unavailable

    def _ready(self) -> ConnectionPool[Connection]:
        if self._pool is None:
            with self._lock:
                if self._pool is None:
                    self._prepare()
                    self._pool = self._open_pool()
        return self._pool

    def _open_pool(self) -> ConnectionPool[Connection]:
        options = {**self._parameters, "connect_timeout": _CONNECT_TIMEOUT, "options": self.reading_options}
        pool: ConnectionPool[Connection] = ConnectionPool(
            kwargs={**options, "autocommit": True, "cursor_factory": RawCursor},
            min_size=0,
            max_size=self._size,
            timeout=self.timeout,
            open=False,
        )
        pool.open()
        return pool

    def _prepare(self) -> None:
        """Create what is missing: the extension where the role may, the schema, the registry, the functions."""
        with self._connect() as connection:
            try:
                self._check_encoding(connection)
                if self._is_complete(connection):
                    return
                # One process creates, the others wait. The lock is the session's and no transaction's: what was
                # created meanwhile is seen by transactions that begin later.
                connection.execute("SELECT pg_advisory_lock($1)", [lock_number(self.schema)])
                self._create_extension(connection)
                if not self._is_complete(connection):
                    self._create_registry(connection)
            except psycopg.Error as error:
                raise StoreError("store_database_failed", place=self.place, reason=_first_line(error)) from None

    def _check_encoding(self, connection: Connection) -> None:
        ((encoding,),) = connection.execute("SHOW server_encoding").fetchall()
        if encoding != "UTF8":
            raise StoreError("store_encoding", place=self.place, encoding=encoding)

    def _is_complete(self, connection: Connection) -> bool:
        registry = f"{quoted(self.schema)}.releases"
        ((complete,),) = connection.execute(
            "SELECT to_regclass($1) IS NOT NULL AND EXISTS (SELECT FROM pg_extension WHERE extname = 'postgis')",
            [registry],
        ).fetchall()
        return bool(complete)

    def _create_extension(self, connection: Connection) -> None:
        if connection.execute("SELECT FROM pg_extension WHERE extname = 'postgis'").fetchone() is not None:
            return
        try:
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        except psycopg.Error as error:
            raise StoreError("store_postgis_missing", place=self.place, reason=_first_line(error)) from None

    def _create_registry(self, connection: Connection) -> None:
        schema = quoted(self.schema)
        with connection.transaction():
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            for statement in [*_REGISTRY, *folding_statements(self.schema)]:
                connection.execute(statement.replace("{schema}", schema))

    def close(self) -> None:
        """Close what is idle, and the rest as it comes back; what is asked for later is connected anew."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool:
            pool.close()


def lock_number(*parts: object) -> int:
    """Return the number of the advisory lock that guards something of this name."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def primary_message(error: psycopg.Error) -> str:
    """Return what the server says of an error, without the data and statements around it."""
    return error.diag.message_primary or _first_line(error)


def _parsed(url: str) -> dict[str, str]:
    try:
        # The catalogue's URL names its driver; both may be written the same way.
        parsed = conninfo_to_dict(make_conninfo(url.replace("postgresql+psycopg://", "postgresql://", 1)))
    except psycopg.Error:
        # What libpq says of a wrong URL may quote the password.
        raise StoreError("store_url") from None
    return {name: str(value) for name, value in parsed.items() if value is not None}


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
