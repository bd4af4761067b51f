"""The database behind the PostGIS store: what a GIS sees in it, what is said when it is not as it must be."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
from psycopg import sql

from layers.crs import TWD97_TM2, WGS84
from layers.drawing import DrawnLayer, MapRequest
from layers.errors import InvalidFilter, InvalidParameter, RenderError, StoreError, UnknownRelease
from layers.features import FeatureQuery
from layers.render import Renderer
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores.postgis import PostgisStore
from layers.styles.document import parse_style
from layers.text import Text
from tests.database import fresh_database
from tests.layers.pictures import FONTS, ROOT
from tests.layers.releases import TOWN, batch_of, features_of, stored, town_rows
from tests.sharing import free_port

SECRET = "pa ss'w\\ord%zz"


@pytest.fixture
def database(postgis_server: str) -> Iterator[tuple[str, str]]:
    """URL of the database and a schema in it that is removed afterwards."""
    schema = f"store_{uuid.uuid4().hex}"
    yield postgis_server, schema
    with psycopg.connect(postgis_server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def rows_of(url: str, statement: str, *parameters: object) -> list[Any]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement, parameters).fetchall()


def tables_of(url: str, schema: str) -> list[str]:
    return [name for (name,) in rows_of(url, "SELECT tablename FROM pg_tables WHERE schemaname = %s", schema)]


def test_a_gis_finds_the_layer_its_type_and_its_names(database: tuple[str, str]) -> None:
    url, schema = database
    fields = (Field("樓層", FieldType.INTEGER, Text("地上樓層數")), Field("built", FieldType.DATE))
    release = Schema(GeometryType.MULTIPOLYGON, TWD97_TM2, fields)
    stored(PostgisStore(url, schema), release, [(shapely.box(2e5, 2.6e6, 2.1e5, 2.61e6), {"樓層": 3})], layer="houses")
    (found,) = rows_of(
        url,
        "SELECT f_table_name, coord_dimension, srid, type FROM geometry_columns"
        " WHERE f_table_schema = %s AND f_geometry_column = 'geom'",
        schema,
    )
    table, *kind = found
    assert table.startswith("houses_1")
    assert kind == [2, 3826, "MULTIPOLYGON"]
    ((comment,),) = rows_of(url, "SELECT obj_description(%s::regclass)", f'"{schema}"."{table}"')
    assert comment == "houses, release 1"
    columns = rows_of(
        url,
        "SELECT column_name, data_type, col_description(%s::regclass, ordinal_position) FROM information_schema.columns"
        " WHERE table_name = %s ORDER BY ordinal_position",
        f'"{schema}"."{table}"',
        table,
    )
    assert columns[2:] == [("樓層", "bigint", "地上樓層數"), ("built", "date", None)]


def test_boxes_are_found_by_index(database: tuple[str, str]) -> None:
    url, schema = database
    random = np.random.default_rng(3)
    points = [(shapely.Point(*place), {}) for place in random.random((5000, 2)) * 9 + (116, 20)]
    stored(PostgisStore(url, schema), Schema(GeometryType.POINT, WGS84, ()), points, size=5000)
    table = next(name for name in tables_of(url, schema) if name.startswith("town_1") and name[-1].isdigit())
    plan = rows_of(
        url, f'EXPLAIN SELECT fid FROM "{schema}"."{table}" WHERE ST_Intersects(geom, \'SRID=4326;POINT(117 21)\')'
    )
    assert "Index" in str(plan)


def test_a_killed_process_leaves_nothing(database: tuple[str, str]) -> None:
    url, schema = database
    program = (
        "import sys; from layers.stores.postgis import PostgisStore;"
        "from tests.layers.releases import TOWN, batch_of, town_rows;"
        "writer = PostgisStore(sys.argv[1], sys.argv[2]).create('town', 1, TOWN);"
        "writer.write(batch_of(TOWN, town_rows())); print('written', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, url, schema], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == b"written\n"
    finally:
        process.kill()
        process.communicate()
    store = PostgisStore(url, schema)
    assert store.numbers("town") == []
    # Taking the number over waits for whatever is left of the dead process's session.
    store.drop("town", 1)
    assert tables_of(url, schema) == ["releases"]
    assert stored(store, TOWN, town_rows(5)).count == 5


def test_dropping_a_release_drops_every_table(database: tuple[str, str]) -> None:
    url, schema = database
    store = PostgisStore(url, schema)
    stored(store, TOWN, town_rows())
    assert len(tables_of(url, schema)) == 7
    other = PostgisStore(url, schema).open("town", 1)
    store.drop("town", 1)
    assert tables_of(url, schema) == ["releases"]
    for query in (FeatureQuery(), FeatureQuery(filter="floors = 1"), FeatureQuery(crs=TWD97_TM2)):
        with pytest.raises(UnknownRelease):
            other.read_page(query)
    with pytest.raises(UnknownRelease):
        other.digests()
    with pytest.raises(UnknownRelease):
        other.search("逢甲", ("名稱",), 3)


def test_a_release_that_was_written_again_elsewhere_is_opened_anew(database: tuple[str, str]) -> None:
    here, elsewhere = PostgisStore(*database), PostgisStore(*database)
    stored(here, TOWN, town_rows())
    elsewhere.drop("town", 1)
    stored(elsewhere, TOWN, town_rows(9))
    with pytest.raises(UnknownRelease):
        here.open("town", 1).read_page(FeatureQuery())
    assert here.open("town", 1).read_page(FeatureQuery()).number_matched == 9


def test_processes_that_open_an_empty_database_at_once(postgres_server: str) -> None:
    with fresh_database(postgres_server) as url:
        found: list[list[int]] = []
        stores = [PostgisStore(url) for _ in range(6)]
        threads = [threading.Thread(target=lambda s=store: found.append(s.numbers("town"))) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for store in stores:
            store.close()
    assert found == [[]] * 6


def test_a_question_that_takes_too_long_is_ended(database: tuple[str, str]) -> None:
    url, schema = database
    rows = [(None, {"code": f"c{n}", "名稱": "中" * 3000}) for n in range(3000)]
    stored(PostgisStore(url, schema), TOWN, rows, size=3000)
    release = PostgisStore(url, schema, timeout=0.02).open("town", 1)
    text = " OR ".join(f"名稱 LIKE '%{'中_' * 30}{n}%'" for n in range(400))
    with pytest.raises(InvalidParameter) as caught:
        release.read_page(FeatureQuery(filter=text))
    assert caught.value.code == "query_timeout"


def test_numbers_that_cannot_be_calculated_with(database: tuple[str, str]) -> None:
    release = stored(PostgisStore(*database), TOWN, town_rows())
    for text in ("height * 1e308 * 1e308 > 1", "1e-300 * 1e-300 < height"):
        with pytest.raises(InvalidFilter):
            release.read_page(FeatureQuery(filter=text))


def test_a_restarted_server_is_found_again(database: tuple[str, str]) -> None:
    url, schema = database
    store = PostgisStore(url, schema)
    release = stored(store, TOWN, town_rows())
    expected = release.read_page(FeatureQuery())
    threads = [
        threading.Thread(target=release.read_page, args=(FeatureQuery(filter=f"floors = {n}"),)) for n in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows_of(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    assert release.read_page(FeatureQuery()) == expected
    store.close()
    assert release.read_page(FeatureQuery()) == expected


def test_a_value_with_a_zero_character_is_refused_and_never_found(database: tuple[str, str]) -> None:
    store = PostgisStore(*database)
    with pytest.raises(StoreError, match="town"):
        stored(store, TOWN, [(None, {"code": "a\0b"})])
    release = stored(store, TOWN, town_rows())
    assert release.read_page(FeatureQuery(equals=(("code", "T000\0"),))).number_matched == 0
    assert release.read_page(FeatureQuery(filter="code IN ('T000\0')")).number_matched == 0


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{SECRET}@127.0.0.1/d",
        "postgresql://u:geheim@127.0.0.1:port/d",
        "mysql://u:geheim@127.0.0.1/d",
        "postgresql://u:geheim@127.0.0.1/d?nonsense=1",
    ],
)
def test_a_wrong_address_is_said_without_the_password(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        PostgisStore(url).numbers("town")
    assert_secret(caught.value)


def assert_secret(error: StoreError | RenderError) -> None:
    for language in ("zh-TW", "en"):
        sentence = error.sentence(language)  # type: ignore[arg-type]
        assert "{" not in sentence
        assert "geheim" not in sentence
        assert SECRET not in sentence


def test_a_server_that_is_not_there_is_named(caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    store = PostgisStore(f"postgresql+psycopg://tuzi:geheim@127.0.0.1:{port}/city")
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreError) as caught:
        store.open("town", 1)
    assert f"127.0.0.1:{port}/city" in str(caught.value)
    assert_secret(caught.value)
    with pytest.raises(StoreError):
        store.create("town", 1, TOWN)
    assert "geheim" not in caplog.text


@contextmanager
def role(server: str, password: str) -> Iterator[str]:
    name = f"plain_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(password))
        )
        try:
            yield name
        finally:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def test_a_database_without_postgis_is_named(postgres_server: str) -> None:
    with role(postgres_server, "geheim") as name, fresh_database(postgres_server) as url:
        parameters = {**psycopg.conninfo.conninfo_to_dict(url), "user": name, "password": "geheim"}
        with pytest.raises(StoreError) as caught:
            PostgisStore(psycopg.conninfo.make_conninfo("", **parameters)).numbers("town")
        assert caught.value.code == "store_postgis_missing"
        assert_secret(caught.value)


def test_a_database_in_another_encoding_is_named(postgres_server: str) -> None:
    name = f"tuzi_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING 'EUC_TW' LOCALE 'C' TEMPLATE template0")
        try:
            parameters = {**psycopg.conninfo.conninfo_to_dict(postgres_server), "dbname": name}
            with pytest.raises(StoreError, match="EUC_TW"):
                PostgisStore(psycopg.conninfo.make_conninfo("", **parameters)).numbers("town")
        finally:
            connection.execute(f"DROP DATABASE {name}")


def test_maps_are_drawn_with_any_password_and_show_it_to_nobody(database: tuple[str, str]) -> None:
    url, schema = database
    with role(url, SECRET) as name:
        owner = PostgisStore(url, schema)
        source = stored(owner, TOWN, town_rows()).drawing_source()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'GRANT USAGE ON SCHEMA "{schema}" TO {name}')
            connection.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO {name}')
        parameters = {**psycopg.conninfo.conninfo_to_dict(url), "user": name, "password": SECRET}
        reader = PostgisStore(psycopg.conninfo.make_conninfo("", **parameters), schema).open("town", 1)
        assert len(features_of(reader.read_page(FeatureQuery(limit=99)))) == 60
        style = parse_style({"rules": [{"name": "all", "symbols": [{"fill": {"colour": "#ff0000"}}]}]})
        renderer = Renderer(FONTS)
        pictures = [
            renderer.draw(MapRequest((DrawnLayer(s, style),), source.extent, source.crs, 200, 200)).tobytes()
            for s in (source, reader.drawing_source())
        ]
        assert pictures[0] == pictures[1]
        shown = f"{reader.drawing_source()!r} {reader.drawing_source()}"
        assert "***" in shown
        assert "pa ss" not in shown
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP OWNED BY {name}")
    with pytest.raises(RenderError) as caught:
        Renderer(FONTS).draw(
            MapRequest((DrawnLayer(reader.drawing_source(), style),), source.extent, source.crs, 200, 200)
        )
    assert_secret(caught.value)


def test_maps_are_drawn_again_after_the_database_dropped_its_connections(database: tuple[str, str]) -> None:
    url, schema = database
    source = stored(PostgisStore(url, schema), TOWN, town_rows()).drawing_source()
    style = parse_style({"rules": [{"name": "all", "symbols": [{"fill": {"colour": "#ff0000"}}]}]})
    request = MapRequest((DrawnLayer(source, style),), source.extent, source.crs, 200, 200)
    renderer = Renderer(FONTS)
    before = renderer.draw(request).tobytes()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert renderer.draw(request).tobytes() == before


def test_half_of_a_batch_is_nothing(database: tuple[str, str]) -> None:
    url, schema = database
    store = PostgisStore(url, schema)
    with pytest.raises(StoreError), store.create("town", 1, TOWN) as writer:
        writer.write(batch_of(TOWN, town_rows()))
        writer.write(batch_of(TOWN, [(None, {"code": "x", "floors": 1 << 70})]))
    assert store.numbers("town") == []
    assert tables_of(url, schema) == ["releases"]


def test_who_loses_a_release_to_another_writer_is_told_so(database: tuple[str, str]) -> None:
    url, schema = database
    first = PostgisStore(url, schema).create("town", 1, TOWN)
    with first, PostgisStore(url, schema).create("town", 1, TOWN) as second:
        with pytest.raises(StoreError) as caught:
            first.write(batch_of(TOWN, town_rows()))
        assert caught.value.code == "store_written_twice"
        second.write(batch_of(TOWN, town_rows(7)))
        second.commit()
    assert PostgisStore(url, schema).open("town", 1).count == 7


def test_a_limit_that_the_database_sets_for_others_ends_no_delivery(database: tuple[str, str]) -> None:
    url, schema = database
    store = PostgisStore(f"{url}?options=-c%20statement_timeout%3D1", schema)
    keyless = replace(TOWN, key=None)
    assert stored(store, keyless, town_rows(40) * 50, size=2000).count == 2000
