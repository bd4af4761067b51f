"""How the browser tests look at a page, and what they feed it."""

from __future__ import annotations

import io

from PIL import Image
from playwright.sync_api import Page, Route, expect

HOSTILE = "<img src=x onerror=\"document.title='broken'\">"


def settle(page: Page) -> None:
    """Wait until no tile and no request is under way."""
    expect(page.locator(".progress")).to_have_attribute("data-busy", "false", timeout=30_000)
    page.evaluate("() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))")


def colours(page: Page, left: int, top: int, width: int, height: int) -> int:
    """Count the colours in a part of what is seen."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return len(picture.crop((left, top, left + width, top + height)).getcolors(maxcolors=1 << 24) or [])


def switch_on(page: Page, title: str) -> None:
    page.get_by_role("textbox", name="篩選圖層").or_(page.get_by_role("searchbox", name="篩選圖層")).fill(title)
    page.get_by_role("checkbox", name=title).first.check()


def answer_hostile(route: Route) -> None:
    field = {"name": "x", "alias": {"zh": HOSTILE, "en": None}, "value": HOSTILE, "unit": HOSTILE}
    feature = {"type": "Feature", "id": 1, "geometry": None, "title": HOSTILE, "properties": {}, "fields": [field]}
    result = {"layer": "districts", "title": {"zh": HOSTILE, "en": None}, "features": [feature]}
    route.fulfill(json={"results": [result]})
