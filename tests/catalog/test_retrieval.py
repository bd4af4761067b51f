"""Deliveries from the web: only what changed, only from where it is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.config import RetrievalConfig
from catalog.errors import RetrievalError
from catalog.retrieval import Retrieval, Validators, is_address
from tests.catalog.web import Site, download_site


@pytest.fixture
def site() -> Iterator[Site]:
    with download_site() as site:
        yield site


def retrieval(site: Site, **limits: object) -> Retrieval:
    return Retrieval(RetrievalConfig(**{"hosts": (f"127.0.0.1:{site.port}",), "timeout": 5, **limits}))


def test_what_did_not_change_is_not_fetched_again(site: Site, tmp_path: Path) -> None:
    site.pages["/a.csv"] = (200, {"ETag": '"v1"', "Last-Modified": "Sat, 21 Nov 2026 00:00:00 GMT"}, b"x,y\n1,2\n")
    target, fetcher = tmp_path / "a.csv", retrieval(site)
    first = fetcher.fetch(site.url("/a.csv"), target)
    assert (first.changed, first.size, target.read_bytes()) == (True, 8, b"x,y\n1,2\n")
    target.unlink()
    again = fetcher.fetch(site.url("/a.csv"), target, first.validators)
    assert (again.changed, target.exists()) == (False, False)
    assert site.asked[1][1]["If-None-Match"] == '"v1"'
    assert site.asked[1][1]["If-Modified-Since"] == "Sat, 21 Nov 2026 00:00:00 GMT"
    site.pages["/a.csv"] = (200, {"ETag": '"v2"'}, b"x,y\n3,4\n")
    assert fetcher.fetch(site.url("/a.csv"), target, first.validators).validators == Validators('"v2"')


def test_only_hosts_of_the_configuration_are_asked(site: Site, tmp_path: Path) -> None:
    with pytest.raises(RetrievalError, match=r"localhost.*hosts"):
        retrieval(site).fetch(f"http://localhost:{site.port}/a.csv", tmp_path / "a")
    with pytest.raises(RetrievalError, match="127"):
        Retrieval(RetrievalConfig()).fetch(site.url("/a.csv"), tmp_path / "a")
    assert site.asked == []


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://127.0.0.1/", "http:///a", "http://[::1", "/etc/passwd", ""],
)
def test_only_the_web_is_asked(site: Site, tmp_path: Path, address: str) -> None:
    with pytest.raises(RetrievalError, match="cannot be fetched"):
        retrieval(site).fetch(address, tmp_path / "a")


def test_a_redirect_must_lead_to_an_allowed_host(site: Site, tmp_path: Path) -> None:
    site.pages["/old.csv"] = (302, {"Location": "/new.csv"}, b"")
    site.pages["/new.csv"] = (200, {}, b"n")
    site.pages["/out.csv"] = (302, {"Location": f"http://localhost:{site.port}/new.csv"}, b"")
    site.pages["/file.csv"] = (301, {"Location": "file:///etc/passwd"}, b"")
    site.pages["/ring.csv"] = (307, {"Location": "/ring.csv"}, b"")
    fetcher = retrieval(site)
    assert fetcher.fetch(site.url("/old.csv"), tmp_path / "a").size == 1
    for path in ("/out.csv", "/file.csv"):
        with pytest.raises(RetrievalError):
            fetcher.fetch(site.url(path), tmp_path / "b")
    with pytest.raises(RetrievalError, match="redirects"):
        fetcher.fetch(site.url("/ring.csv"), tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_failures_are_told_without_keys(site: Site, tmp_path: Path) -> None:
    site.pages["/gone.csv"] = (503, {}, b"")
    site.pages["/large.csv"] = (200, {}, b"." * 2_000)
    site.pages["/cut.csv"] = (200, {"Content-Length": "999"}, b"short")
    fetcher = retrieval(site, max_bytes=1_000, timeout=1)
    for path, words in (("/gone.csv", "503"), ("/large.csv", "1,000"), ("/cut.csv", "breaks off")):
        address = site.url(path).replace("//", "//user:secret@") + "?key=secret"
        with pytest.raises(RetrievalError, match=words) as caught:
            fetcher.fetch(address, tmp_path / "a")
        assert "secret" not in str(caught.value)


def test_a_source_is_an_address_or_a_path() -> None:
    assert is_address("https://data.example/a.csv")
    assert is_address("ftp://data.example/a.csv")
    assert not is_address("deliveries/門牌.csv")
    assert not is_address("C:/deliveries/a.csv")
