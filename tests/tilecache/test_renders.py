"""Renders under way: one for all who want the same picture, and an end to waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from layers.crs import WEB_MERCATOR
from layers.drawing import MapRequest
from layers.errors import RenderError, RenderUnavailable
from layers.extent import BoundingBox
from tilecache.renders import Admission, Renders

PATIENCE = 20
CROWD = 8


def request(width: int = 10) -> MapRequest:
    return MapRequest((), BoundingBox(0, 0, 1, 1), WEB_MERCATOR, width, 10)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_all_who_ask_for_one_picture_get_that_of_one_render() -> None:
    drawn: list[MapRequest] = []

    def draw(asked: MapRequest) -> Image.Image:
        drawn.append(asked)
        until(lambda: renders.waiting_for(asked) == CROWD)
        return Image.new("RGBA", (asked.width, asked.height))

    renders = Renders(draw, PATIENCE)
    with ThreadPoolExecutor(2 * CROWD) as crowd:
        asked = [crowd.submit(renders.picture, request(width)) for width in (10, 20) for _ in range(CROWD)]
        pictures = [future.result(PATIENCE) for future in asked]
    assert sorted(one.width for one in drawn) == [10, 20]
    assert [picture.width for picture in pictures] == [10] * CROWD + [20] * CROWD
    assert renders.waiting_for(request()) == 0


def test_a_finished_picture_is_not_kept() -> None:
    drawn: list[int] = []

    def draw(asked: MapRequest) -> Image.Image:
        drawn.append(asked.width)
        return Image.new("RGBA", (1, 1))

    renders = Renders(draw, PATIENCE)
    renders.picture(request())
    renders.picture(request())
    assert drawn == [10, 10]


@pytest.mark.parametrize("error", [RenderError("render_engine"), RenderUnavailable(), MemoryError()])
def test_what_goes_wrong_is_told_to_all_and_forgotten(error: BaseException) -> None:
    fails = True

    def draw(asked: MapRequest) -> Image.Image:
        if not fails:
            return Image.new("RGBA", (1, 1))
        until(lambda: renders.waiting_for(asked) == CROWD)
        raise error

    renders = Renders(draw, PATIENCE)
    with ThreadPoolExecutor(CROWD) as crowd:
        asked = [crowd.submit(renders.picture, request()) for _ in range(CROWD)]
        assert {type(future.exception(PATIENCE)) for future in asked} == {type(error)}
    fails = False
    assert renders.picture(request()).size == (1, 1)


def test_waiting_ends_and_the_render_goes_on_for_those_who_come_back() -> None:
    opened, drawn = threading.Event(), []

    def draw(asked: MapRequest) -> Image.Image:
        drawn.append(asked)
        assert opened.wait(PATIENCE)
        return Image.new("RGBA", (7, 7))

    renders = Renders(draw, 0.01)
    for _ in range(2):
        with pytest.raises(RenderUnavailable):
            renders.picture(request())
    renders._timeout = PATIENCE
    with ThreadPoolExecutor(1) as later:
        again = later.submit(renders.picture, request())
        until(lambda: renders.waiting_for(request()) == 3)
        opened.set()
        assert again.result(PATIENCE).size == (7, 7)
    assert len(drawn) == 1


def test_no_more_are_admitted_than_there_are_places() -> None:
    admission = Admission(2)
    with admission.admitted():
        with admission.admitted(), pytest.raises(RenderUnavailable), admission.admitted():
            pass
        with admission.admitted():
            pass
    with pytest.raises(KeyError), admission.admitted():
        raise KeyError
    with admission.admitted(), admission.admitted():
        pass
