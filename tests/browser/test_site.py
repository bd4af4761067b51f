"""The map site as people use it, in a real browser, on the real server."""

from __future__ import annotations

import json
import re
import urllib.request
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Trouble
from tests.browser.looking import HOSTILE, answer_hostile, colours, settle, switch_on

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CITY_HALL = "/?c=120.64690,24.16190&z=16"


def test_the_basemap_shows(open_page: OpenPage) -> None:
    page = open_page(CITY_HALL)
    settle(page)
    assert colours(page, 500, 150, 700, 600) > 12
    expect(page).to_have_title(re.compile("圖資 Tuzi"))
    expect(page.get_by_role("heading", level=1)).not_to_be_empty()


def test_basemaps_can_be_changed(open_page: OpenPage) -> None:
    page = open_page(CITY_HALL)
    page.get_by_role("tab", name="底圖").click()
    expect(page.get_by_role("radio")).not_to_have_count(0)
    page.get_by_role("radio", name="無底圖").check(force=True)
    settle(page)
    assert colours(page, 500, 150, 700, 600) == 1
    expect(page).to_have_url(re.compile("base=none"))


def test_layers_go_on_and_off(open_page: OpenPage) -> None:
    page = open_page(CITY_HALL)
    switch_on(page, "行政區界")
    expect(page).to_have_url(re.compile("layers=districts"))
    page.get_by_role("tab", name="已開啟").click()
    card = page.locator('[data-layer="districts"]')
    expect(card.get_by_role("list", name="圖例").locator("img").first).to_be_visible()
    assert card.locator(".legend img").first.evaluate("image => image.naturalWidth") > 0
    card.get_by_role("button", name="移除").click()
    expect(page).not_to_have_url(re.compile("layers="))
    expect(page.get_by_text("還沒有開啟圖層")).to_be_visible()


def test_opacity_changes_the_map_and_the_address(open_page: OpenPage) -> None:
    page = open_page(f"{CITY_HALL}&base=none&layers=villages")
    settle(page)
    assert colours(page, 500, 150, 700, 600) > 1
    slider = page.get_by_role("slider")
    slider.focus()
    slider.press("Home")
    expect(page).to_have_url(re.compile("layers=villages:0"))
    settle(page)
    assert colours(page, 500, 150, 700, 600) == 1


def test_layers_are_reordered_by_keyboard(open_page: OpenPage) -> None:
    page = open_page(f"{CITY_HALL}&layers=districts,villages")
    page.get_by_role("button", name="移動「行政區界」").press("ArrowDown")
    expect(page).to_have_url(re.compile("layers=villages,districts"))


def test_layers_are_reordered_by_dragging(open_page: OpenPage) -> None:
    page = open_page(f"{CITY_HALL}&layers=districts,villages")
    settle(page)
    grip = page.get_by_role("button", name="移動「行政區界」").bounding_box()
    below = page.locator('[data-layer="villages"]').bounding_box()
    assert grip and below
    page.mouse.move(grip["x"] + 10, grip["y"] + 10)
    page.mouse.down()
    page.mouse.move(grip["x"] + 10, below["y"] + below["height"] - 4, steps=8)
    page.mouse.up()
    expect(page).to_have_url(re.compile("layers=villages,districts"))


def test_a_place_is_found_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("/")
    box = page.get_by_role("combobox")
    box.fill("西屯區")
    option = page.get_by_role("option", name=re.compile("西屯區.*行政區界")).first
    expect(option).to_be_visible()
    while option.get_attribute("aria-selected") != "true":
        chosen = page.locator('[role="option"][aria-selected="true"]').get_attribute("id")
        box.press("ArrowDown")
        expect(page.locator('[role="option"][aria-selected="true"]')).not_to_have_id(chosen or "")
    expect(box).to_have_attribute("aria-activedescendant", option.get_attribute("id") or "")
    box.press("Enter")
    expect(page.locator(".pin-place")).to_be_visible()
    expect(page.get_by_role("region", name="地點資訊")).to_contain_text("西屯區")
    expect(page).to_have_url(re.compile("pin=120\\.6.*24\\.1"))
    page.go_back()
    expect(page.locator(".pin-place")).to_be_hidden()


def test_the_list_of_the_search_box_closes_with_escape(open_page: OpenPage) -> None:
    page = open_page("/")
    box = page.get_by_role("combobox")
    box.fill("西屯")
    expect(page.get_by_role("listbox")).to_be_visible()
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("西屯")


def test_coordinates_of_the_national_grid_are_found(open_page: OpenPage) -> None:
    page = open_page("/")
    box = page.get_by_role("combobox")
    box.fill("218178.39, 2670220.10")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("1 筆結果")
    box.press("Enter")
    # What PROJ makes of it: 120.6869, 24.1369.
    expect(page.get_by_role("region", name="地點資訊")).to_contain_text("120.686900, 24.136900")
    expect(page).to_have_url(re.compile(r"c=120\.686\d\d,24\.136\d\d"))


def test_enter_does_not_have_to_wait_for_the_answer(open_page: OpenPage) -> None:
    page = open_page("/")
    box = page.get_by_role("combobox")
    box.fill("西屯區")
    box.press("Enter")
    # The best answer is taken when it comes, whatever it is.
    expect(box).not_to_be_focused()
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_click_tells_what_is_here(open_page: OpenPage) -> None:
    page = open_page(f"{CITY_HALL}&layers=districts")
    settle(page)
    plain = page.screenshot()
    page.mouse.click(800, 450)
    panel = page.get_by_role("region", name="地點資訊")
    expect(panel.get_by_role("heading", name="行政區界")).to_be_visible()
    expect(panel.locator(".attributes dd").first).not_to_be_empty()
    assert page.screenshot() != plain
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_the_middle_of_the_map_is_asked_by_keyboard(open_page: OpenPage) -> None:
    page = open_page(f"{CITY_HALL}&layers=districts")
    page.locator("#map").press("Enter")
    expect(page.get_by_role("region", name="地點資訊").get_by_role("heading", name="行政區界")).to_be_visible()


def test_attributes_are_text_and_never_markup(open_page: OpenPage) -> None:
    page = open_page(
        f"{CITY_HALL}&layers=districts&pin=120.6469,24.1619,{quote(HOSTILE)}",
        before=lambda page: page.route("**/api/v1/identify*", answer_hostile),
    )
    panel = page.get_by_role("region", name="地點資訊")
    expect(panel.locator(".attributes dd").first).to_contain_text("<img src=x")
    expect(panel.get_by_role("heading", level=2)).to_have_text(HOSTILE)
    expect(page.locator('img[src="x"]')).to_have_count(0)
    expect(page).not_to_have_title("broken")


def test_english(open_page: OpenPage) -> None:
    page = open_page(f"{CITY_HALL}&layers=districts")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("tab", name="Layers")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator('[data-layer="districts"]')).to_contain_text("Districts")
    expect(page).to_have_url(re.compile("lang=en"))
    page.reload()
    expect(page.get_by_role("tab", name="Layers")).to_be_visible()


def test_an_address_restores_everything(open_page: OpenPage) -> None:
    address = "/?c=120.60000,24.20000&z=15&base=none&layers=villages:40,districts:80:hidden&pin=120.6,24.2,Here&lang=en"
    page = open_page(address)
    expect(page.locator(".active-layer .layer-title")).to_have_text(["Villages", "Districts"])
    expect(page.get_by_role("slider").first).to_have_value("40")
    expect(page.get_by_role("button", name="Show Districts")).to_be_visible()
    expect(page.get_by_role("region", name="About this place")).to_contain_text("Here")
    settle(page)
    page.reload()
    page.wait_for_selector("#map canvas", state="attached")
    settle(page)
    assert page.url.endswith(address)


def test_back_and_forward(open_page: OpenPage) -> None:
    page = open_page(f"{CITY_HALL}&layers=districts")
    expect(page.locator(".active-layer")).to_have_count(1)
    page.evaluate("history.pushState(null, '', '/?c=120.7,24.1&z=14&layers=villages,districts')")
    page.go_back()
    page.go_forward()
    expect(page.locator(".active-layer")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"c=120\.70000,24\.10000&z=14"))


def test_a_link_to_layers_that_are_gone_still_opens(open_page: OpenPage) -> None:
    page = open_page(f"{CITY_HALL}&layers=districts,gone-for-good")
    expect(page.locator(".active-layer")).to_have_count(1)
    expect(page.get_by_text("連結中的 1 個圖層已不存在")).to_be_visible()


def test_a_layer_tells_about_itself(open_page: OpenPage) -> None:
    page = open_page(f"{CITY_HALL}&layers=villages")
    page.get_by_role("button", name="關於「村里界」").first.click()
    about = page.get_by_role("dialog", name="村里界")
    expect(about.get_by_text("提供機關")).to_be_visible()
    expect(about.get_by_text("/tiles/villages/{z}/{x}/{y}.png")).to_be_visible()
    page.keyboard.press("Escape")
    expect(about).to_be_hidden()


def test_every_service_address_answers(open_page: OpenPage) -> None:
    page = open_page(f"{CITY_HALL}&layers=villages")
    page.get_by_role("button", name="關於「村里界」").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("code")).to_have_count(4)
    addresses = [
        *dialog.locator("code").all_text_contents(),
        *dialog.locator("a").evaluate_all("all => all.map(a => a.href)"),
    ]
    for address in addresses:
        tile = address.replace("{z}", "15").replace("{x}", "27365").replace("{y}", "14116")
        with urllib.request.urlopen(tile, timeout=20) as answer:
            assert answer.status == 200, address


def test_sharing_gives_the_address(open_page: OpenPage) -> None:
    page = open_page(f"{CITY_HALL}&layers=districts:60")
    page.get_by_role("button", name="分享").click()
    expect(page.get_by_role("textbox", name="地圖連結")).to_have_value(re.compile(r"c=120\.6.*layers=districts:60"))


def test_a_phone(open_page: OpenPage) -> None:
    page = open_page(CITY_HALL, phone=True)
    settle(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width == 390
    sheet = page.get_by_role("region", name="圖層面板")
    assert (sheet.bounding_box() or {})["height"] < 120
    page.get_by_role("tab", name="圖層").tap()
    expect(sheet).to_have_attribute("data-size", "half")
    switch_on(page, "行政區界")
    page.get_by_role("tab", name="已開啟").tap()
    expect(page.locator('[data-layer="districts"]')).to_be_visible()
    page.touchscreen.tap(150, 300)
    panel = page.get_by_role("region", name="地點資訊")
    expect(panel.get_by_role("heading", name="行政區界")).to_be_visible()
    box = panel.bounding_box()
    assert box and (box["x"], box["width"]) == (0, 390)
    panel.get_by_role("button", name="關閉").tap()
    expect(panel).to_be_hidden()


def test_fingers_hit_the_buttons_of_a_phone(open_page: OpenPage) -> None:
    page = open_page(f"{CITY_HALL}&layers=districts", phone=True)
    page.get_by_role("tab", name="已開啟").tap()
    expect(page.locator('[data-layer="districts"]')).to_be_visible()
    boxes = page.locator("button:visible:not(.sheet-handle):not(.grip), [role=tab]:visible").evaluate_all(
        "all => all.map(each => [each.textContent || each.ariaLabel, each.getBoundingClientRect().height])"
    )
    assert [box for box in boxes if box[1] < 44] == []


def test_the_server_not_answering_is_said(open_page: OpenPage, trouble: Trouble) -> None:
    page = open_page(
        f"{CITY_HALL}&layers=districts",
        before=lambda page: page.route("**/api/v1/identify*", lambda route: route.abort()),
    )
    settle(page)
    page.mouse.click(800, 450)
    expect(page.get_by_text("查詢沒有回應")).to_be_visible()
    # The browser itself writes the failed request on its console.
    assert all("ERR_FAILED" in error for error in trouble.errors)
    trouble.errors.clear()


def test_no_catalogue_is_said(open_page: OpenPage, trouble: Trouble) -> None:
    def refuse(page: Page) -> None:
        problem = {"title": "Unavailable", "status": 503, "detail": "維護中，請於一小時後再試。"}
        page.route("**/api/v1/catalogue", lambda route: route.fulfill(status=503, json=problem))

    page = open_page("/", before=refuse, ready="[role=alert]")
    expect(page.get_by_text("維護中，請於一小時後再試。")).to_be_visible()
    expect(page.get_by_text("地圖載入中")).to_be_hidden()
    expect(page.get_by_role("button", name="再試一次")).to_be_visible()
    trouble.errors.clear()


def test_the_keyboard_goes_from_the_header_to_the_map(open_page: OpenPage) -> None:
    page = open_page(CITY_HALL)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳至地圖")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#map")).to_be_focused()
    page.keyboard.press("ArrowRight")
    # 128 pixels of 2.39 m in Web Mercator are 0.00275 degrees.
    expect(page).to_have_url(re.compile(r"c=120\.6496\d,24\.16190"))


def test_the_catalogue_holds_what_the_site_shows(open_page: OpenPage, site_url: str) -> None:
    with urllib.request.urlopen(f"{site_url}/api/v1/catalogue", timeout=20) as answer:
        catalogue = json.load(answer)
    page = open_page("/")
    used = {layer["theme"] for layer in catalogue["layers"]}
    expect(page.locator(".theme")).to_have_count(len(used))
    counts = [int(text) for text in page.locator(".theme .theme-count").all_text_contents()]
    assert sum(counts) == len(catalogue["layers"])
