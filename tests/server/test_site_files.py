"""The built site as browsers get it: small, kept as long as it may be, and locked up."""

from __future__ import annotations

import gzip
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from server.problems import problem_response
from server.site_files import site_blueprint

SCRIPT = b"console.log('city');" * 100


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    site = tmp_path / "dist"
    (site / "assets").mkdir(parents=True)
    (site / "index.html").write_text("<!doctype html>", encoding="utf-8")
    (site / "assets" / "index-1a2b.js").write_bytes(SCRIPT)
    (site / "assets" / "index-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (site / "assets" / "index-1a2b.js.br").write_bytes(b"as if packed by Brotli")
    (site / "favicon.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "secret.gz").write_bytes(b"not a part of the site")
    web = flask.Flask("site", static_folder=None)
    web.register_blueprint(site_blueprint(site))
    web.register_error_handler(Exception, problem_response)
    return web.test_client()


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("gzip;q=0.5, br;q=0", "gzip"),
        ("identity", None),
        ("", None),
    ],
)
def test_assets_come_in_the_smallest_form_that_the_client_reads(
    client: FlaskClient, accepted: str, coding: str | None
) -> None:
    answer = client.get("/assets/index-1a2b.js", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == coding
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Vary"] == "Accept-Encoding"
    body = gzip.decompress(answer.data) if coding == "gzip" else answer.data
    assert body == (b"as if packed by Brotli" if coding == "br" else SCRIPT)


def test_assets_are_kept_for_good_and_the_page_is_asked_for_each_time(client: FlaskClient) -> None:
    asset = client.get("/assets/index-1a2b.js").headers["Cache-Control"]
    assert {"public", "max-age=31536000", "immutable"} == set(asset.split(", "))
    assert client.get("/favicon.svg").headers["Cache-Control"] == "public, max-age=3600"
    page = client.get("/")
    assert "no-cache" in page.headers["Cache-Control"]
    again = client.get("/", headers={"If-None-Match": page.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_page_may_load_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/")
    policy = dict(rule.split(" ", 1) for rule in page.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"]


@pytest.mark.parametrize("path", ["/assets/gone.js", "/../secret", "/%2e%2e/secret", "/assets/../../secret"])
def test_what_is_not_of_the_site_is_not_found(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert answer.status_code == 404
    assert b"not a part" not in answer.data
