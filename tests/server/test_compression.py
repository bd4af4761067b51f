"""Large documents travel packed to who reads gzip, and mean the same."""

from __future__ import annotations

import gzip

import pytest

from server.answer_cache import AnswerCache
from server.answers import Answer
from tests.server.map_city import City
from tests.server.ogc_fixtures import Town

DOCUMENTS = ("/api/v1/catalogue", "/ogc/collections", "/ogc/api")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("packed"))


@pytest.mark.parametrize("path", DOCUMENTS)
def test_who_reads_gzip_gets_the_same_document_packed(town: Town, path: str) -> None:
    plain = town.get(path)
    packed = town.get(path, headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.body) < len(plain.body)
    assert gzip.decompress(packed.body) == plain.body
    assert "Accept-Encoding" in plain.headers["Vary"]


@pytest.mark.parametrize("accepted", ["gzip;q=0", "gzip; q=0, br", "br", "identity", ""])
def test_who_does_not_read_gzip_gets_it_plain(town: Town, accepted: str) -> None:
    reply = town.get("/api/v1/catalogue", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in reply.headers
    assert reply.json["revision"] == 1


def test_either_form_is_known_again(town: Town) -> None:
    plain = town.get("/api/v1/catalogue").headers["ETag"]
    packed = town.get("/api/v1/catalogue", headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    # RFC 9110, 8.8.3: two forms in different bytes share no strong ETag.
    assert packed == f"W/{plain}"
    for known in (plain, packed):
        headers = {"Accept-Encoding": "gzip", "If-None-Match": known}
        reply = town.get("/api/v1/catalogue", headers=headers)
        assert (reply.status, reply.body) == (304, b"")


def test_a_document_is_packed_once() -> None:
    cache = AnswerCache()
    first = cache.get("catalogue", lambda: Answer(b"{}" * 1000))
    assert first.packed is not None
    assert cache.get("catalogue", lambda: Answer(b"")).packed is first.packed


def test_small_answers_stay_as_they_are(town: Town) -> None:
    assert "Content-Encoding" not in town.get("/api/v1/search", q="x", headers={"Accept-Encoding": "gzip"}).headers


def test_capabilities_are_packed_and_tiles_are_not(city: City) -> None:
    headers = {"HTTP_ACCEPT_ENCODING": "gzip"}
    packed = city.get("/wmts/1.0.0/WMTSCapabilities.xml", headers=headers)
    assert gzip.decompress(packed.body) == city.get("/wmts/1.0.0/WMTSCapabilities.xml").body
    assert "Content-Encoding" not in city.get("/tiles/districts/14/13683/7057.png", headers=headers).headers
