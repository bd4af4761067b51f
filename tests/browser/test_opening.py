"""How the site opens: on the city, sharp, small and locked up."""

from __future__ import annotations

import re
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import OpenPage
from tests.browser.looking import settle

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOME = r"c=120\.665\d\d,24\.150\d\d&z="


def test_the_site_opens_on_the_city(open_page: OpenPage) -> None:
    expect(open_page("/")).to_have_url(re.compile(f"{HOME}13&"))
    expect(open_page("/", phone=True)).to_have_url(re.compile(f"{HOME}12&"))


def test_home_and_the_whole_municipality_are_one_press_away(open_page: OpenPage) -> None:
    page = open_page("/?c=121.20000,24.36000&z=15")
    page.get_by_role("button", name="全市範圍").click()
    # The municipality is 105 km wide: at zoom 10 that is 688 pixels.
    expect(page).to_have_url(re.compile(r"z=10&"))
    page.get_by_role("button", name="回到市區").click()
    expect(page).to_have_url(re.compile(f"{HOME}13&"))


@pytest.mark.parametrize(("phone", "dense"), [(True, True), (False, False)])
def test_dense_screens_get_dense_tiles(open_page: OpenPage, phone: bool, dense: bool) -> None:
    tiles: list[str] = []

    def note(page: Page) -> None:
        def keep(response: Response) -> None:
            path = urlparse(response.url).path
            if path.startswith(("/wmts/", "/tiles/")) and response.ok:
                tiles.append(path)

        page.on("response", keep)

    settle(open_page("/?c=120.64690,24.16190&z=16&layers=districts", phone=phone, before=note))
    assert {path.split("/")[1] for path in tiles} == {"wmts", "tiles"}
    assert {path.endswith("@2x.png") for path in tiles} == {dense}


def test_the_page_is_small_on_the_wire_and_loads_nothing_foreign(open_page: OpenPage) -> None:
    answers: list[Response] = []
    page = open_page("/", before=lambda page: page.on("response", lambda answer: answers.append(answer)))
    settle(page)
    parts = [each for each in answers if urlparse(each.url).path.startswith("/assets/")]
    assert parts
    for part in parts:
        assert part.header_value("content-encoding") in {"gzip", "br"}, part.url
        assert "immutable" in (part.header_value("cache-control") or "")
    opened = next(each for each in answers if urlparse(each.url).path == "/")
    assert "default-src 'none'" in (opened.header_value("content-security-policy") or "")
