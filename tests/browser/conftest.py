"""A real Chromium, the site under test, and a page that writes down what goes wrong in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, sync_playwright

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Debian's Chromium; installed where this may be done, otherwise the tests are skipped."""
    if not shutil.which("chromium"):
        subprocess.run([sys.executable, str(ROOT / "scripts" / "chromium.py")], check=False)
    path = shutil.which("chromium")
    if path is None:
        reason = "Chromium is missing: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def site_url(request: pytest.FixtureRequest) -> str:
    """Base URL of the site: the demonstration city, or TUZI_SITE_URL where one is running already."""
    if running := os.environ.get("TUZI_SITE_URL"):
        return running.rstrip("/")
    if not (ROOT / "server/site/dist/index.html").is_file():
        pytest.fail("the map site is not built: make site")
    url: str = request.getfixturevalue("served_city")
    return url


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(chromium: str, playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
    yield browser
    browser.close()


@dataclass
class Trouble:
    """What a page must not do: errors on its console, requests to anybody else."""

    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


OpenPage = Callable[..., Page]


@pytest.fixture
def trouble() -> Trouble:
    return Trouble()


@pytest.fixture
def open_page(browser: Browser, site_url: str, trouble: Trouble) -> Iterator[OpenPage]:
    """Open the site at an address, as a desktop or a phone; every page must end without trouble."""
    contexts: list[BrowserContext] = []

    def watch(page: Page) -> None:
        host = urlparse(site_url).netloc

        def note(request: Request) -> None:
            if urlparse(request.url).scheme in ("http", "https", "ws", "wss") and urlparse(request.url).netloc != host:
                trouble.foreign.append(request.url)

        page.on("console", lambda said: trouble.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: trouble.errors.append(str(error)))
        page.on("request", note)

    def open_page(
        address: str = "/",
        *,
        phone: bool = False,
        locale: str = "zh-TW",
        before: Callable[[Page], None] | None = None,
        ready: str = "#map canvas",
    ) -> Page:
        size = (390, 844) if phone else (1440, 900)
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            device_scale_factor=2 if phone else 1,
            has_touch=phone,
            is_mobile=phone,
            locale=locale,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        watch(page)
        if before:
            before(page)
        page.goto(site_url + address)
        page.wait_for_selector(ready, state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(autouse=True)
def untroubled(open_page: OpenPage, trouble: Trouble) -> Iterator[None]:
    yield
    assert trouble == Trouble()
