"""The parts as they are put together: nobody waits where nobody could answer."""

from __future__ import annotations

import pytest

import server.composition as composition
from layers.config import LayersConfig, RenderConfig
from server.composition import open_renderer
from server.config import ServerConfig
from server.configuration import Configuration


@pytest.mark.parametrize(("threads", "waiting"), [(2, 0), (4, 0), (16, 12), (32, 28)])
def test_waiting_maps_leave_threads_for_kept_tiles(threads: int, waiting: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(composition, "Renderer", lambda fonts, places, queue, timeout: asked.append(queue))
    open_renderer(
        Configuration(server=ServerConfig(blocking_threads=threads), layers=LayersConfig(render=RenderConfig()))
    )
    assert asked == [waiting]
